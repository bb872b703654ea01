// What a route's `settings` say, typed: how to answer, beside the model itself. Reconcilers write it, serving
// reads it.
#pragma once

#include <map>
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
  double popularityInfluence = 0, freshnessInfluence = 0;  ///< rankingInfluence (SE-2)
  double explorationWeight = 0;    ///< share of the slots that are explored (R28); 0: nothing is
  int64_t explorationCutOff = 30 * 86400;  ///< seconds that an explored item is older than the newest interaction at most
};

Json toJson(const RouteSettings& settings);
Result<RouteSettings> routeSettingsFromJson(const Json& json);

struct FilterDefinition {
  std::string expression;
  std::string dialect;  ///< extended or personalize
  bool operator==(const FilterDefinition&) const = default;
};

/// How a group's catalogue is shown, used and filtered.
struct CatalogueSettings {
  std::string titleColumn;     ///< display.title; empty: none
  bool catalogueOnly = false;  ///< items that are not in the Items dataset are not recommended
  /// Newest events of a type that automatic filters look at (F25); 0: all. 100 in groups with the service's
  /// quotas.
  int64_t interactionWindow = 0;
  std::string interactions;      ///< uid of the dataset of interactions; empty: there is none
  Json fields = Json::object();  ///< what filters may name: manifests/filter_fields.h
  std::map<std::string, FilterDefinition>
      filters;  ///< all of the group, those that do not fit the fields too
};
Json toJson(const CatalogueSettings& settings);
Result<CatalogueSettings> catalogueSettingsFromJson(const Json& json);

}  // namespace proffer
