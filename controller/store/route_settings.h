// What a route's `settings` say, typed: how to answer, beside the model itself. Reconcilers write it, serving
// reads it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer {

struct RouteSettings {
  std::string recipe;   ///< canonical recipe name of the version (or the use case's)
  std::string useCase;  ///< empty for campaigns
  std::string family;   ///< opens the artifact
  bool needsUser = true;
  bool needsItem = false;
  bool scores = false;
  bool metadata = false;                     ///< metadata columns may be asked for (R22)
  std::vector<std::string> automaticFilter;  ///< event types whose items the user must not see again
  bool fallback = false;  ///< the artifact is the popularity fallback, not the recipe itself
  bool stopped = false;   ///< recommender state: stopped
};

Json toJson(const RouteSettings& settings);
Result<RouteSettings> routeSettingsFromJson(const Json& json);

/// How a group's catalogue is shown and used.
struct CatalogueSettings {
  std::string titleColumn;     ///< display.title; empty: none
  bool catalogueOnly = false;  ///< items that are not in the Items dataset are not recommended
};
Json toJson(const CatalogueSettings& settings);
Result<CatalogueSettings> catalogueSettingsFromJson(const Json& json);

}  // namespace proffer
