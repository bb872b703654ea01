// Counts what random filters and requests were made of, from the trees themselves and from what their tests
// met when they were evaluated, and knows all that there is to meet: every operator with every kind of right
// side, type and null, in each dialect.
//
// One thread at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "random_filters.h"

namespace proffer::dsl::reference {

class FilterCoverage {
 public:
  /// The productions of a filter.
  void addFilter(const RandomFilter& filter);
  /// What its tests met for one request.
  void addEvaluation(const RandomFilter& filter, const World& world, const MetByTest& met);
  /// Anything else, by name.
  void add(const std::string& name) { ++counts_[name]; }
  void addStyles(const Styles& styles);

  /// What should have been met and was not.
  std::vector<std::string> missing() const;
  /// What was met least, of what should have been.
  std::pair<std::string, size_t> rarest() const;
  size_t expected() const;
  size_t count(const std::string& name) const;

 private:
  void addJoin(const std::string& dialect, const Node& node);
  void addTest(const std::string& dialect, const Node& test);

  std::map<std::string, size_t> counts_;
};

}  // namespace proffer::dsl::reference
