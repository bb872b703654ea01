// Random filters that fit a world: trees over every production of the grammar in either dialect, the text of
// a tree in a random style of writing, and values for its placeholders.
//
// The same Dice give the same filters. One thread at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "random_world.h"

namespace proffer::dsl::reference {

/// What a placeholder stands for, where it stands.
struct PlaceholderUse {
  ValueType type = ValueType::kText;
  bool time = false;       ///< of a field of times
  bool eventType = false;  ///< of EVENT_TYPE
  bool list = true;        ///< all uses are in IN lists
  bool required = false;   ///< by an INCLUDE
};

struct RandomFilter {
  Dialect dialect = Dialect::kExtended;
  Filter filter;  ///< as parse() should read the text, ranges aside
  std::map<std::string, PlaceholderUse> placeholders;
};

RandomFilter randomFilter(Dice& dice, const World& world);

/// Values for the placeholders: right ones most of the time, else missing, none, several or of the wrong
/// type.
std::map<std::string, std::vector<std::string>> randomParameters(Dice& dice, const RandomFilter& filter);

/// How often a way of writing was used, by its name.
using Styles = std::map<std::string, size_t>;

/// The filter as somebody might write it: any case, blanks, quotes, forms of numbers, and parentheses that
/// are not needed. Counts in `styles` what it made use of.
std::string randomText(Dice& dice, const RandomFilter& filter, Styles& styles);

/// `values` as a request's filterValues write them: quoted, or bare where that can be.
std::string randomParameterText(Dice& dice, const std::vector<std::string>& values);

}  // namespace proffer::dsl::reference
