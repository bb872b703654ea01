// One program put to one request: right sides looked up, then sets of items or the truth for one item. One
// request, one thread; everything passed in must outlive it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "dsl/evaluate.h"
#include "dsl/event_scan.h"
#include "dsl/plan.h"

namespace proffer::dsl::detail {

class Request {
 public:
  Request(const Program& program, const ItemIndex& items, const Situation& situation);

  /// Looks up the right sides of a clause. Before anything else is asked about it. False: an EXCLUDE one of
  /// whose placeholders has no value, which does not apply (F37); `whyNot` says so.
  Result<bool> bind(const Clause& clause, std::string* whyNot = nullptr);
  /// Whether its IF is true.
  bool applies(const Clause& clause) const;

  /// `statics`: by slots; empty: they are evaluated as well.
  ItemSet setOf(const Part& part, std::span<const ItemSet> statics) const;
  /// Sets (or clears) the part's items in words, as many as the items' chunks have.
  void put(const Part& part, std::span<const ItemSet> statics, bool member,
           std::vector<uint64_t>& words) const;
  bool holds(const Part& part, Index item) const;
  /// The same with what was found.
  Finding explained(const Part& part, Index item) const;

 private:
  Result<void> bindTests(const Part& part);
  const RightSide& right(const Part& test) const {
    return test.fixedRight ? test.right : rights_[static_cast<size_t>(test.number)];
  }
  ItemSet allOrNone(bool all) const;
  ItemSet setOfTest(const Part& test) const;
  bool isAnyOf(const Part& test) const;
  std::vector<uint32_t> codesOf(const Part& test, const Column& column) const;
  ItemSet setOfNumbers(const Part& test, const Column& column) const;
  ItemSet setOfEvents(const Part& group) const;
  bool holdsForUser(const Part& test) const;
  bool holdsForItem(const Part& test, Index item) const;
  bool holdsForEvents(const Part& group, Index item) const;
  const UserHistory* historyOf(Dataset dataset) const;
  EventScan scan(const Part& group) const;
  std::string foundFor(const Part& test, Index item) const;

  const Program& program_;
  const ItemIndex& items_;
  const Situation& situation_;
  std::vector<RightSide> rights_;
  std::vector<char> window_, actionWindow_;
};

}  // namespace proffer::dsl::detail
