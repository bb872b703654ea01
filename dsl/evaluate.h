// A compiled filter and a request give a set of items.
//
// What a filter means:
//  - result = (union of the INCLUDEs that apply, or everything) minus (union of the EXCLUDEs that apply)
//  (F21, F22). An
//    expression applies unless its IF is false (F29), or it is an EXCLUDE one of whose placeholders (those of
//    its IF too) has no value (F37, F38); that is looked at first, and IF next. An INCLUDE without a value is
//    an error.
//  - Logic has two values. A test of a null is false, but for != , NOT IN and NOT BETWEEN, which are the
//  exact opposite of
//    = , IN and BETWEEN and so true (F27), and IS NULL. `NOT x` is the opposite of x.
//  - A test whose right side is a missing CurrentItem or CurrentUser value is false whatever its operator
//  (F28); of
//    BETWEEN, if either end is missing.
//  - A multi-valued field = or IN is true if any element equals any listed value, != and NOT IN if none does
//  (F26); with
//    a multi-valued right side any common element (F28). Texts compare byte by byte, but values of EVENT_TYPE
//    ignore ASCII case (F9).
//  - Against a text field the operand is text, against a number a number (texts of placeholders are parsed,
//  F35), against a boolean a
//    boolean (1 and 0 too). A field of CurrentItem/CurrentUser on the right has the same type (check sees to
//    it).
//  - Interactions tests. A test is true of an item if the user has an event with it, within the window, that
//  passes the
//    test (F24); so NOT IN and != look for an event that passes, too, and `NOT (...)` is how one asks that
//    there be none. Tests of events joined by AND speak of the same event, up to the next that tests
//    EVENT_TYPE again: precisely, an *event test* is a test of Interactions (or of Action_Interactions; never
//    both), an OR of event tests, or an AND of event tests at most one of which tests EVENT_TYPE (anywhere in
//    it). In an AND, its children that are event tests of one dataset are taken in order (others may stand
//    between) and gathered; one that tests EVENT_TYPE begins a new group if the group has such a one already.
//    A group is true of an item if one event passes all in it. What is no event test (NOT above all) is
//    evaluated by itself. "*" in an IN list of EVENT_TYPE, also as a placeholder's value, passes every event,
//    without a type too (F20).
//  - ItemID looks at the events of the requesting user by item; ActionID at the action interactions by
//  action, and
//    an Interactions group is true of all actions if any event of the user passes; UserID looks at each
//    candidate's own events, whatever item.
//  - The window: of each event type (ignoring case; none counts as one) the newest N events, in the order of
//  the history (F25).
//
//  - EVENT_VALUE is held as a float: the numbers it is compared with are rounded to float first, so that
//  = 4.1 finds 4.1.
//
// Functions are pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dsl/item_index.h"
#include "dsl/item_set.h"
#include "dsl/parameters.h"
#include "dsl/program.h"

namespace proffer::dsl {

/// One further column of a user's events, of one of two forms: `codes` (one per event, kNoIndex: null) of
/// `values`, or `numbers` (NaN: null). Coded values of number fields are parsed, of multi-valued fields split
/// at `|`.
struct EventColumn {
  std::string_view name;  ///< upper case
  std::span<const uint32_t> codes;
  std::span<const std::string> values;
  std::span<const double> numbers;
};

/// A view of one user's events, oldest first; nothing is copied, the spans must outlive the call.
struct UserHistory {
  std::span<const Index> items;     ///< indexes as in the ItemIndex; those it does not hold are passed over
  std::span<const int64_t> times;   ///< TIMESTAMP, epoch seconds
  std::span<const uint16_t> types;  ///< EVENT_TYPE: codes of typeNames; 0xFFFF: null; empty: all null
  std::span<const std::string> typeNames;
  std::span<const float> values;         ///< EVENT_VALUE, NaN: null; empty: all null
  std::span<const EventColumn> columns;  ///< any others; a column that is not there is null
  size_t size() const { return items.size(); }
};

/// Everybody's events, for UserID filters (segments). The view lasts until the next call.
class Histories {
 public:
  virtual ~Histories() = default;
  virtual UserHistory of(Index user) = 0;
};

/// Attributes of the requesting user: field (upper case) -> text as imported; absent: null.
using Attributes = std::map<std::string, std::string, std::less<>>;

inline constexpr size_t kWholeHistory = 0;

/// What the request is about. Everything may be absent: an unknown user has no events and no attributes
/// (F30).
struct Situation {
  const UserHistory* history = nullptr;        ///< interactions of the requesting user
  const UserHistory* actionHistory = nullptr;  ///< action interactions; `items` are action indexes
  Histories* histories = nullptr;              ///< of UserID filters only
  const Attributes* user = nullptr;
  Index currentItem = kNoIndex;  ///< in the ItemIndex (ItemID filters)
  const Parameters* parameters = nullptr;
  int64_t now = 0;                                 ///< epoch seconds
  size_t interactionWindow = kWholeHistory;        ///< newest events per event type; personalize: 100 (F25)
  size_t actionInteractionWindow = kWholeHistory;  ///< personalize: 300
};

/// How one test, AND, OR, NOT or event group came out for one item.
struct Finding {
  std::string text;  ///< canonical text of the part
  bool passes = false;
  std::string
      found;  ///< what the item, event or user has: `"Comedy", "Drama"`, `null`, `3 events`; empty for joins
  std::vector<Finding> parts;
};

struct ClauseFinding {
  Action action = Action::kInclude;
  std::string text;  ///< canonical text of the expression
  bool applies = true;
  std::string whyNot;  ///< if it does not apply: "IF is false", "$GENRE has no value"
  bool matches = false;
  Finding where;
  std::optional<Finding> condition;
};

struct Explanation {
  bool passes = false;
  std::string reason;  ///< one sentence: which expression let it in or kept it out
  std::vector<ClauseFinding> clauses;
};

/// A program with its static parts evaluated for one version of the items: what to keep per (filter, items
/// version). Immutable; any thread.
class PreparedFilter {
 public:
  /// kConflict if a column's type is not what the program was compiled for. A column that the index lacks is
  /// all null.
  static Result<PreparedFilter> prepare(std::shared_ptr<const Program> program,
                                        std::shared_ptr<const ItemIndex> items);

  /// For a newer version of the same index (withRows, grown): only `changed` items are evaluated again.
  /// `changed` names all that differ, those that the index grew by may be left out.
  Result<PreparedFilter> refreshed(std::shared_ptr<const ItemIndex> items,
                                   std::span<const Index> changed) const;

  /// Which items pass; of size() items()->size(). kInvalidInput for parameters that are missing (INCLUDE),
  /// empty, several for a comparison, or not of the field's type (F35..F37); the field is
  /// "filterValues.NAME".
  Result<ItemSet> resolve(const Situation& situation) const;
  /// The same as ItemSet::toWords() of it, which is what ranking takes, but quicker: what is known for the
  /// request only goes straight into the words. `words` may be kept and given again, to save its memory.
  Result<void> resolveWords(const Situation& situation, std::vector<uint64_t>& words) const;
  /// Whether one item passes, and why; agrees with resolve(). An item beyond the index has no values.
  Result<Explanation> explain(Index item, const Situation& situation) const;

  const Program& program() const { return *program_; }
  const ItemIndex& items() const { return *items_; }
  int64_t bytes() const;  ///< of the sets it keeps

 private:
  std::shared_ptr<const Program> program_;
  std::shared_ptr<const ItemIndex> items_;
  std::vector<ItemSet> staticSets_;
  std::optional<ItemSet> whole_;  // the answer, if it is the same for every request
};

}  // namespace proffer::dsl
