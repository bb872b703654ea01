// Event types whose items a person does not see again, as serving leaves them out by itself: measurements ask
// with the same items left out.
//
// Immutable; any thread.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "recipes/view.h"

namespace proffer::recipes {

class AutomaticFilter {
 public:
  /// `wanted`: names of types, in any case; `eventTypes`: what the codes of histories are called.
  AutomaticFilter(std::span<const std::string> wanted, std::span<const std::string> eventTypes) {
    for (size_t type = 0; type < eventTypes.size(); ++type)
      if (std::any_of(wanted.begin(), wanted.end(),
                      [&](const std::string& one) { return equalsIgnoreCase(one, eventTypes[type]); }))
        types_.push_back(static_cast<uint16_t>(type));
  }

  /// The items of a history that are left out, ascending, each once.
  std::vector<Index> excluded(const History& history) const {
    std::vector<Index> items;
    for (size_t i = 0; i < history.types.size(); ++i)
      if (std::find(types_.begin(), types_.end(), history.types[i]) != types_.end())
        items.push_back(history.items[i]);
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
  }

 private:
  std::vector<uint16_t> types_;
};

}  // namespace proffer::recipes
