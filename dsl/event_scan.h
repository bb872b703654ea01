// Finds the events of one user that pass the tests of an event group. One request, one thread.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "dsl/evaluate.h"
#include "dsl/plan.h"

namespace proffer::dsl::detail {

/// Which events lie in the window, one byte each; empty: all do.
std::vector<char> eventsInWindow(const UserHistory& history, size_t window);

class EventScan {
 public:
  /// Everything must outlive it. `rights`: by the tests' numbers, for those whose right side is not fixed.
  EventScan(const Part& group, std::span<const RightSide> rights, const UserHistory& history,
            std::span<const char> inWindow);

  bool passes(size_t event) const;
  /// Whether any event passes (of this item, unless it is kNoIndex).
  bool any(Index item = kNoIndex) const;
  size_t count(Index item) const;
  std::vector<Index> items() const;  ///< of the events that pass, with duplicates

 private:
  // A test with its column found; what depends only on the event's type is answered by a table.
  struct Leaf {
    const Part* test = nullptr;
    const RightSide* right = nullptr;
    enum class From { kType, kTime, kValue, kColumn, kNothing } from = From::kNothing;
    const EventColumn* column = nullptr;
    std::vector<char> byType;  // the last for none
    bool ofNull = false;
  };

  void prepare(const Part& part, std::span<const RightSide> rights);
  bool passes(const Part& part, size_t event) const;
  bool passes(const Leaf& leaf, size_t event) const;
  bool passesColumn(const Leaf& leaf, size_t event) const;

  const Part& group_;
  const UserHistory& history_;
  std::span<const char> inWindow_;
  std::vector<Leaf> leaves_;
  std::vector<int> leafOfTest_;  // by the test's number less the first one's
  int firstTest_ = -1;
};

}  // namespace proffer::dsl::detail
