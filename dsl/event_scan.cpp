#include "dsl/event_scan.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "dsl/matching.h"
#include "dsl/right_side.h"

namespace proffer::dsl::detail {
namespace {

size_t typeOf(const UserHistory& history, size_t event) {
  if (history.types.empty() || history.types[event] >= history.typeNames.size())
    return history.typeNames.size();
  return history.types[event];
}

}  // namespace

std::vector<char> eventsInWindow(const UserHistory& history, size_t window) {
  if (window == kWholeHistory || history.size() <= window) return {};
  // Types that differ in case only share a window.
  std::vector<size_t> shared(history.typeNames.size() + 1);
  std::map<std::string, size_t> seen;
  for (size_t type = 0; type < history.typeNames.size(); ++type)
    shared[type] = seen.emplace(lower(history.typeNames[type]), type).first->second;
  shared.back() = history.typeNames.size();
  std::vector<size_t> counts(shared.size());
  std::vector<char> inWindow(history.size());
  for (size_t event = history.size(); event-- > 0;)
    inWindow[event] = ++counts[shared[typeOf(history, event)]] <= window;
  return inWindow;
}

EventScan::EventScan(const Part& group, std::span<const RightSide> rights, const UserHistory& history,
                     std::span<const char> inWindow)
    : group_(group), history_(history), inWindow_(inWindow) {
  for (const Part& part : group.parts) prepare(part, rights);
}

void EventScan::prepare(const Part& part, std::span<const RightSide> rights) {
  if (part.kind != Part::Kind::kTest) {
    for (const Part& child : part.parts) prepare(child, rights);
    return;
  }
  Leaf leaf;
  leaf.test = &part;
  leaf.right = part.fixedRight ? &part.right : &rights[static_cast<size_t>(part.number)];
  leaf.ofNull = passesNull(part, *leaf.right);
  const std::string& name = part.field.name;
  if (name == "EVENT_TYPE" && part.field.type == ValueType::kText) {
    leaf.from = Leaf::From::kType;
    for (const std::string& type : history_.typeNames) {
      const std::string_view text = type;
      leaf.byType.push_back(passesTexts(part, *leaf.right, {&text, 1}));
    }
    leaf.byType.push_back(leaf.ofNull);
  } else if (name == "TIMESTAMP" && part.field.type == ValueType::kNumber) {
    leaf.from = Leaf::From::kTime;
  } else if (name == "EVENT_VALUE" && part.field.type == ValueType::kNumber && !history_.values.empty()) {
    leaf.from = Leaf::From::kValue;
  } else {
    for (const EventColumn& column : history_.columns)
      if (column.name == name) {
        leaf.column = &column;
        leaf.from = Leaf::From::kColumn;
      }
  }
  if (firstTest_ < 0) firstTest_ = part.number;
  leafOfTest_.resize(static_cast<size_t>(part.number - firstTest_) + 1, -1);
  leafOfTest_.back() = static_cast<int>(leaves_.size());
  leaves_.push_back(std::move(leaf));
}

bool EventScan::passes(size_t event) const {
  if (!inWindow_.empty() && !inWindow_[event]) return false;
  return std::all_of(group_.parts.begin(), group_.parts.end(),
                     [&](const Part& part) { return passes(part, event); });
}

bool EventScan::passes(const Part& part, size_t event) const {
  const auto one = [&](const Part& child) { return passes(child, event); };
  if (part.kind == Part::Kind::kAnd) return std::all_of(part.parts.begin(), part.parts.end(), one);
  if (part.kind == Part::Kind::kOr) return std::any_of(part.parts.begin(), part.parts.end(), one);
  return passes(leaves_[static_cast<size_t>(leafOfTest_[static_cast<size_t>(part.number - firstTest_)])],
                event);
}

bool EventScan::passes(const Leaf& leaf, size_t event) const {
  switch (leaf.from) {
    case Leaf::From::kType:
      return leaf.byType[typeOf(history_, event)];
    case Leaf::From::kTime:
      return passesNumber(*leaf.test, *leaf.right, static_cast<double>(history_.times[event]));
    case Leaf::From::kValue:
      return passesNumber(*leaf.test, *leaf.right, static_cast<double>(history_.values[event]));
    case Leaf::From::kColumn:
      return passesColumn(leaf, event);
    case Leaf::From::kNothing:
      return leaf.ofNull;
  }
  return false;
}

bool EventScan::passesColumn(const Leaf& leaf, size_t event) const {
  const EventColumn& column = *leaf.column;
  const bool isText = leaf.test->field.type == ValueType::kText;
  if (column.codes.empty()) {
    if (isText || event >= column.numbers.size()) return leaf.ofNull;
    return passesNumber(*leaf.test, *leaf.right, column.numbers[event]);
  }
  if (event >= column.codes.size() || column.codes[event] >= column.values.size()) return leaf.ofNull;
  const std::string_view text = column.values[column.codes[event]];
  if (!isText) return passesNumber(*leaf.test, *leaf.right, numberOf(leaf.test->field, text));
  return passesTexts(*leaf.test, *leaf.right, elementsOf(leaf.test->field, text));
}

bool EventScan::any(Index item) const {
  for (size_t event = 0; event < history_.size(); ++event)
    if ((item == kNoIndex || history_.items[event] == item) && passes(event)) return true;
  return false;
}

size_t EventScan::count(Index item) const {
  size_t count = 0;
  for (size_t event = 0; event < history_.size(); ++event)
    if ((item == kNoIndex || history_.items[event] == item) && passes(event)) ++count;
  return count;
}

std::vector<Index> EventScan::items() const {
  std::vector<Index> items;
  for (size_t event = 0; event < history_.size(); ++event)
    if (passes(event)) items.push_back(history_.items[event]);
  return items;
}

}  // namespace proffer::dsl::detail
