#include "dsl/request.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "dsl/chunk_bits.h"
#include "dsl/column.h"
#include "dsl/matching.h"
#include "dsl/right_side.h"

namespace proffer::dsl::detail {
namespace {

const UserHistory kNoHistory;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The element texts of a coded value.
std::vector<std::string_view> namesOf(const Column& column, Index item) {
  std::vector<std::string_view> names;
  for (const uint32_t code : column.codesOf(item)) names.push_back(column.names->name(code));
  return names;
}

std::string shown(const PlanField& field, std::span<const std::string_view> texts, double number) {
  if (field.type == ValueType::kText) {
    std::vector<std::string> parts;
    for (const std::string_view text : texts) parts.push_back(proffer::quoted(text));
    return parts.empty() ? "null" : join(parts, ", ");
  }
  if (std::isnan(number)) return "null";
  if (field.type == ValueType::kBoolean) return number != 0 ? "true" : "false";
  return fmt::format("{}", number);
}

}  // namespace

Request::Request(const Program& program, const ItemIndex& items, const Situation& situation)
    : program_(program), items_(items), situation_(situation) {
  if (program.uses().interactions && situation.history)
    window_ = eventsInWindow(*situation.history, situation.interactionWindow);
  if (program.uses().actionInteractions && situation.actionHistory)
    actionWindow_ = eventsInWindow(*situation.actionHistory, situation.actionInteractionWindow);
}

Result<bool> Request::bind(const Clause& clause, std::string* whyNot) {
  if (clause.action == Action::kExclude) {
    for (const std::string& name : clause.placeholders) {
      if (situation_.parameters && situation_.parameters->contains(name)) continue;
      if (whyNot) *whyNot = fmt::format("${} has no value", name);
      return false;
    }
  }
  PROFFER_CHECK(bindTests(clause.where));
  if (clause.condition) PROFFER_CHECK(bindTests(*clause.condition));
  return true;
}

Result<void> Request::bindTests(const Part& part) {
  for (const Part& child : part.parts) PROFFER_CHECK(bindTests(child));
  if (part.kind != Part::Kind::kTest || part.fixedRight) return {};
  if (rights_.size() <= static_cast<size_t>(part.number))
    rights_.resize(static_cast<size_t>(part.number) + 1);
  PROFFER_TRY(rights_[static_cast<size_t>(part.number)], rightSideOf(part, &items_, situation_));
  return {};
}

bool Request::applies(const Clause& clause) const {
  return !clause.condition || holds(*clause.condition, kNoIndex);
}

ItemSet Request::allOrNone(bool all) const {
  return all ? ItemSet::all(items_.size()) : ItemSet::none(items_.size());
}

ItemSet Request::setOf(const Part& part, std::span<const ItemSet> statics) const {
  if (part.staticSlot >= 0 && !statics.empty()) return statics[static_cast<size_t>(part.staticSlot)];
  switch (part.kind) {
    case Part::Kind::kTest:
      return part.field.dataset == Dataset::kCurrentUser ? allOrNone(holdsForUser(part)) : setOfTest(part);
    case Part::Kind::kEvents:
      return setOfEvents(part);
    case Part::Kind::kNot:
      return setOf(part.parts[0], statics).complement();
    case Part::Kind::kAnd:
    case Part::Kind::kOr:
      break;
  }
  ItemSet set = setOf(part.parts[0], statics);
  for (size_t i = 1; i < part.parts.size(); ++i)
    set = part.kind == Part::Kind::kAnd ? set & setOf(part.parts[i], statics)
                                        : set | setOf(part.parts[i], statics);
  return set;
}

std::vector<uint32_t> Request::codesOf(const Part& test, const Column& column) const {
  std::vector<uint32_t> codes;
  for (const std::string& text : right(test).texts) codes.push_back(column.names->find(text));
  return codes;
}

// Whether it asks for items that have any of some texts.
bool Request::isAnyOf(const Part& test) const {
  if (test.kind != Part::Kind::kTest || test.field.dataset == Dataset::kCurrentUser) return false;
  const bool positive = test.test == Node::Kind::kIn
                            ? !test.negated
                            : test.test == Node::Kind::kCompare && test.comparison == Comparison::kEqual;
  return positive && test.field.type == ValueType::kText && items_.column(test.field.name) &&
         !right(test).missing;
}

void Request::put(const Part& part, std::span<const ItemSet> statics, bool member,
                  std::vector<uint64_t>& words) const {
  if (part.kind == Part::Kind::kEvents && program_.entity() == Entity::kItem) {
    for (const Index item : scan(part).items()) {
      if (item >= items_.size()) continue;
      const uint64_t bit = uint64_t{1} << (item & 63);
      words[item >> 6] = member ? words[item >> 6] | bit : words[item >> 6] & ~bit;
    }
    return;
  }
  if (member && part.staticSlot < 0 && isAnyOf(part)) {
    const Column& column = *items_.column(part.field.name);
    return column.orAnyOf(codesOf(part, column), words.data());
  }
  const ItemSet set = setOf(part, statics);
  for (size_t i = 0; i < set.chunks().size(); ++i)
    (member ? orInto : clearFrom)(set.chunks()[i], words.data() + i * kChunkWords);
}

ItemSet Request::setOfTest(const Part& test) const {
  const Column* column = items_.column(test.field.name);
  const RightSide& side = right(test);
  if (!column) return allOrNone(passesNull(test, side));
  if (test.test == Node::Kind::kIsNull) {
    const ItemSet present = column->present(items_.size());
    return test.negated ? present : present.complement();
  }
  if (side.missing) return allOrNone(false);
  if (!column->isText()) return setOfNumbers(test, *column);
  const ItemSet any = column->withAnyOf(codesOf(test, *column), items_.size());
  const bool positive = test.test == Node::Kind::kIn ? !test.negated : test.comparison == Comparison::kEqual;
  return positive ? any : any.complement();
}

ItemSet Request::setOfNumbers(const Part& test, const Column& column) const {
  const std::vector<double>& numbers = right(test).numbers;
  const Index size = items_.size();
  if (test.test == Node::Kind::kBetween) {
    const ItemSet set = column.within(numbers[0], numbers[1], size);
    return test.negated ? set.complement() : set;
  }
  if (test.test == Node::Kind::kIn) {
    ItemSet set = ItemSet::none(size);
    for (const double number : numbers) set = set | column.within(number, number, size);
    return test.negated ? set.complement() : set;
  }
  const double number = numbers[0];
  switch (test.comparison) {
    case Comparison::kEqual:
      return column.within(number, number, size);
    case Comparison::kNotEqual:
      return column.within(number, number, size).complement();
    case Comparison::kLess:
      return column.within(-kInfinity, std::nextafter(number, -kInfinity), size);
    case Comparison::kLessOrEqual:
      return column.within(-kInfinity, number, size);
    case Comparison::kGreater:
      return column.within(std::nextafter(number, kInfinity), kInfinity, size);
    case Comparison::kGreaterOrEqual:
      return column.within(number, kInfinity, size);
  }
  return allOrNone(false);
}

const UserHistory* Request::historyOf(Dataset dataset) const {
  const UserHistory* history =
      dataset == Dataset::kInteractions ? situation_.history : situation_.actionHistory;
  return history ? history : &kNoHistory;
}

EventScan Request::scan(const Part& group) const {
  return {group, rights_, *historyOf(group.events),
          group.events == Dataset::kInteractions ? window_ : actionWindow_};
}

ItemSet Request::setOfEvents(const Part& group) const {
  if (program_.entity() == Entity::kItem ||
      (program_.entity() == Entity::kAction && group.events == Dataset::kActionInteractions))
    return ItemSet::of(items_.size(), scan(group).items());
  if (program_.entity() == Entity::kAction) return allOrNone(scan(group).any());
  std::vector<Index> users;
  for (Index user = 0; situation_.histories && user < items_.size(); ++user)
    if (holdsForEvents(group, user)) users.push_back(user);
  return ItemSet::of(items_.size(), users);
}

bool Request::holdsForEvents(const Part& group, Index item) const {
  if (program_.entity() == Entity::kAction && group.events == Dataset::kInteractions)
    return scan(group).any();
  if (program_.entity() != Entity::kUser) return item != kNoIndex && scan(group).any(item);
  if (!situation_.histories) return false;
  const UserHistory history = situation_.histories->of(item);
  const std::vector<char> window = eventsInWindow(history, situation_.interactionWindow);
  return EventScan(group, rights_, history, window).any();
}

bool Request::holdsForUser(const Part& test) const {
  const std::string* text = nullptr;
  if (situation_.user)
    if (const auto found = situation_.user->find(test.field.name); found != situation_.user->end())
      text = &found->second;
  if (!text) return passesNull(test, right(test));
  if (test.field.type == ValueType::kText)
    return passesTexts(test, right(test), elementsOf(test.field, *text));
  return passesNumber(test, right(test), numberOf(test.field, *text));
}

bool Request::holdsForItem(const Part& test, Index item) const {
  const Column* column = items_.column(test.field.name);
  if (!column) return passesNull(test, right(test));
  if (column->isText()) return passesTexts(test, right(test), namesOf(*column, item));
  return passesNumber(test, right(test), column->numberOf(item));
}

bool Request::holds(const Part& part, Index item) const {
  const auto one = [&](const Part& child) { return holds(child, item); };
  switch (part.kind) {
    case Part::Kind::kTest:
      return part.field.dataset == Dataset::kCurrentUser ? holdsForUser(part) : holdsForItem(part, item);
    case Part::Kind::kEvents:
      return holdsForEvents(part, item);
    case Part::Kind::kNot:
      return !holds(part.parts[0], item);
    case Part::Kind::kAnd:
      return std::all_of(part.parts.begin(), part.parts.end(), one);
    case Part::Kind::kOr:
      return std::any_of(part.parts.begin(), part.parts.end(), one);
  }
  return false;
}

Finding Request::explained(const Part& part, Index item) const {
  Finding finding{part.text, holds(part, item), {}, {}};
  if (part.kind == Part::Kind::kTest) {
    finding.found = foundFor(part, item);
  } else if (part.kind == Part::Kind::kEvents) {
    const bool byItem = program_.entity() == Entity::kItem || part.events == Dataset::kActionInteractions;
    if (program_.entity() == Entity::kUser) {
      finding.found = finding.passes ? "such an event" : "no such event";
    } else {
      const size_t count = byItem && item == kNoIndex ? 0 : scan(part).count(byItem ? item : kNoIndex);
      finding.found = count == 0 ? "no such event" : count == 1 ? "1 event" : fmt::format("{} events", count);
    }
  } else {
    for (const Part& child : part.parts) finding.parts.push_back(explained(child, item));
  }
  return finding;
}

std::string Request::foundFor(const Part& test, Index item) const {
  if (test.field.dataset == Dataset::kCurrentUser) {
    const auto found =
        situation_.user ? situation_.user->find(test.field.name) : Attributes::const_iterator();
    if (!situation_.user || found == situation_.user->end()) return "null";
    return shown(test.field, elementsOf(test.field, found->second), numberOf(test.field, found->second));
  }
  const Column* column = items_.column(test.field.name);
  if (!column) return "null";
  if (column->isText()) return shown(test.field, namesOf(*column, item), kNullNumber);
  return shown(test.field, {}, column->numberOf(item));
}

}  // namespace proffer::dsl::detail
