#include "reference_evaluator.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <variant>

namespace proffer::dsl::reference {

namespace {

using Scalar = std::variant<std::string, double, bool>;
using Values = std::vector<Scalar>;  // none: null

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

// -?digits[.digits][e±digits], and nothing else.
std::optional<double> readNumber(const std::string& text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && isDigit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (!digits()) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!digits()) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return std::strtod(text.c_str(), nullptr);
}

std::optional<bool> readBoolean(const std::string& text) {
  const std::string word = lower(text);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return std::nullopt;
}

namespace {

Values readScalar(const std::string& text, ValueType type) {
  if (type == ValueType::kText) return {text};
  if (type == ValueType::kNumber) {
    const auto number = readNumber(text);
    return number ? Values{*number} : Values{};
  }
  const auto boolean = readBoolean(text);
  return boolean ? Values{*boolean} : Values{};
}

Values readCell(const Row& row, const Field& field) {
  const auto found = row.find(field.name);
  if (found == row.end()) return {};
  if (!field.multiValued) return readScalar(found->second, field.type);
  Values values;
  std::string element;
  for (const char c : found->second + "|") {
    if (c != '|') {
      element += c;
    } else if (!element.empty()) {
      values.emplace_back(element);
      element.clear();
    }
  }
  return values;
}

bool ofEvents(Dataset dataset) {
  return dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
}
bool isEventType(const FieldRef& field) {
  return ofEvents(field.dataset) && field.name == "EVENT_TYPE";
}
bool isEventValue(const FieldRef& field) {
  return ofEvents(field.dataset) && field.name == "EVENT_VALUE";
}

bool equal(const Scalar& a, const Scalar& b, const FieldRef& field) {
  if (isEventType(field)) return lower(std::get<std::string>(a)) == lower(std::get<std::string>(b));
  return a == b;
}

bool haveCommon(const Values& left, const Values& right, const FieldRef& field) {
  for (const Scalar& a : left) {
    for (const Scalar& b : right) {
      if (equal(a, b, field)) return true;
    }
  }
  return false;
}

bool testsEventType(const Node& node) {
  if (node.isTest()) return isEventType(node.field);
  return std::any_of(node.children.begin(), node.children.end(), testsEventType);
}

/// Whether one event can answer the whole node.
bool isEventTest(const Node& node, Dataset dataset) {
  if (node.isTest()) return node.field.dataset == dataset;
  if (node.kind == Node::Kind::kNot) return false;
  for (const Node& child : node.children) {
    if (!isEventTest(child, dataset)) return false;
  }
  if (node.kind == Node::Kind::kOr) return true;
  return std::count_if(node.children.begin(), node.children.end(), testsEventType) <= 1;
}

std::vector<const Event*> newest(const std::vector<Event>& events, size_t window) {
  std::map<std::string, size_t> seen;
  std::vector<const Event*> kept;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const std::string type = event->type ? "of type " + lower(*event->type) : "without a type";
    if (window == 0 || ++seen[type] <= window) kept.push_back(&*event);
  }
  return kept;
}

class Evaluator {
 public:
  Evaluator(const World& world, const Request& request, Entity entity, MetByTest& met)
      : world_(world), request_(request), entity_(entity), met_(met) {
    if (request.user) {
      events_ = newest(request.user->events, request.window);
      actionEvents_ = newest(request.user->actionEvents, request.actionWindow);
    }
  }

  bool holds(const Node& node, size_t candidate) {
    switch (node.kind) {
      case Node::Kind::kNot:
        return !holds(node.children[0], candidate);
      case Node::Kind::kOr: {
        bool any = false;
        for (const Node& child : node.children) any = holds(child, candidate) || any;
        return any;
      }
      case Node::Kind::kAnd:
        return allHold(node, candidate);
      default:
        if (ofEvents(node.field.dataset)) return anEventPasses({&node}, node.field.dataset, candidate);
        return testHolds(node, leftOf(node.field, candidate));
    }
  }

 private:
  /// Event tests stand together in groups that one event must pass; all else is by itself.
  bool allHold(const Node& node, size_t candidate) {
    bool all = true;
    std::map<Dataset, std::vector<std::vector<const Node*>>> groups;
    for (const Node& child : node.children) {
      bool grouped = false;
      for (const Dataset dataset : {Dataset::kInteractions, Dataset::kActionInteractions}) {
        if (!isEventTest(child, dataset)) continue;
        auto& of = groups[dataset];
        const bool hasType = !of.empty() && std::any_of(of.back().begin(), of.back().end(),
                                                        [](const Node* n) { return testsEventType(*n); });
        if (of.empty() || (hasType && testsEventType(child))) of.emplace_back();
        of.back().push_back(&child);
        grouped = true;
      }
      if (!grouped) all = holds(child, candidate) && all;
    }
    for (const auto& [dataset, of] : groups) {
      for (const auto& group : of) all = anEventPasses(group, dataset, candidate) && all;
    }
    return all;
  }

  bool anEventPasses(const std::vector<const Node*>& group, Dataset dataset, size_t candidate) {
    bool any = false;
    for (const Event* event : eventsOf(dataset, candidate)) {
      bool all = true;
      for (const Node* node : group) all = eventPasses(*node, *event) && all;
      any = any || all;
    }
    return any;
  }

  std::vector<const Event*> eventsOf(Dataset dataset, size_t candidate) const {
    if (entity_ == Entity::kUser) return newest(world_.users[candidate].events, request_.window);
    const bool byTarget = (entity_ == Entity::kItem) == (dataset == Dataset::kInteractions);
    std::vector<const Event*> events;
    for (const Event* event : dataset == Dataset::kInteractions ? events_ : actionEvents_) {
      if (!byTarget || event->target == candidate) events.push_back(event);
    }
    return events;
  }

  bool eventPasses(const Node& node, const Event& event) {
    if (node.isTest()) return testHolds(node, leftOf(node.field, event));
    bool any = false, all = true;
    for (const Node& child : node.children) {
      const bool passes = eventPasses(child, event);
      any = any || passes;
      all = all && passes;
    }
    return node.kind == Node::Kind::kOr ? any : all;
  }

  const Field& fieldOf(const FieldRef& ref) const { return *world_.fields.of(ref.dataset)->find(ref.name); }

  Values leftOf(const FieldRef& ref, const Event& event) const {
    if (ref.name == "EVENT_TYPE") return event.type ? Values{*event.type} : Values{};
    if (ref.name == "EVENT_VALUE") return event.value ? Values{static_cast<double>(*event.value)} : Values{};
    if (ref.name == "TIMESTAMP") return {static_cast<double>(event.time)};
    return readCell(event.columns, fieldOf(ref));
  }

  Values leftOf(const FieldRef& ref, size_t candidate) const {
    switch (ref.dataset) {
      case Dataset::kItems:
        return readCell(world_.items[candidate], fieldOf(ref));
      case Dataset::kActions:
        return readCell(world_.actions[candidate], fieldOf(ref));
      case Dataset::kUsers:
        return readCell(world_.users[candidate].attributes, fieldOf(ref));
      case Dataset::kCurrentUser:
        return request_.user ? readCell(request_.user->attributes, fieldOf(ref)) : Values{};
      case Dataset::kCurrentItem:
        return request_.item && *request_.item < world_.items.size()
                   ? readCell(world_.items[*request_.item], fieldOf(ref))
                   : Values{};
      default:
        return {};
    }
  }

  Values rightOf(const Operand& operand, const FieldRef& left) const {
    const ValueType type = fieldOf(left).type;
    switch (operand.kind) {
      case Operand::Kind::kText:
        return {operand.text};
      case Operand::Kind::kNumber:
      case Operand::Kind::kBoolean:
        if (type == ValueType::kBoolean) return {operand.number != 0};
        return {operand.number};
      case Operand::Kind::kNow:
        return {static_cast<double>(request_.now) + operand.number};
      case Operand::Kind::kField:
        return leftOf(operand.field, 0);
      case Operand::Kind::kPlaceholder:
        break;
    }
    Values values;
    for (const std::string& text : request_.parameters.at(operand.text)) {
      for (const Scalar& value : readScalar(text, type)) values.push_back(value);
    }
    return values;
  }

  bool testHolds(const Node& node, const Values& left) {
    unsigned& met = met_[&node];
    met |= left.empty() ? kLeftNull : left.size() == 1 ? kLeftOne : kLeftMany;
    const bool holds = testHoldsFor(node, left, met);
    met |= holds ? kPassed : kFailed;
    return holds;
  }

  bool testHoldsFor(const Node& node, const Values& left, unsigned& met) {
    if (node.kind == Node::Kind::kIsNull) return left.empty() != node.negated;
    std::vector<Values> rights;
    for (const Operand& operand : node.operands) {
      Values right = rightOf(operand, node.field);
      met |= right.empty() ? kRightMissing : right.size() == 1 ? kRightOne : kRightMany;
      if (isEventValue(node.field)) {
        for (Scalar& value : right) value = static_cast<double>(static_cast<float>(std::get<double>(value)));
      }
      rights.push_back(std::move(right));
    }
    // F28, before all else: a right side that is missing makes the test false, whatever the operator.
    for (const Values& right : rights) {
      if (right.empty()) return false;
    }
    if (node.kind == Node::Kind::kIn) return isIn(node, left, rights) != node.negated;
    if (node.kind == Node::Kind::kBetween) {
      if (left.empty()) return node.negated;
      const double value = std::get<double>(left[0]);
      const double from = std::get<double>(rights[0][0]), to = std::get<double>(rights[1][0]);
      return (from <= value && value <= to) != node.negated;
    }
    return compare(node, left, rights[0]);
  }

  static bool isIn(const Node& node, const Values& left, const std::vector<Values>& rights) {
    const bool list = node.operands[0].kind != Operand::Kind::kField;
    for (const Values& right : rights) {
      const bool star = std::find(right.begin(), right.end(), Scalar(std::string("*"))) != right.end();
      if (list && star && isEventType(node.field)) return true;  // F20: also of events without a type
      if (haveCommon(left, right, node.field)) return true;
    }
    return false;
  }

  static bool compare(const Node& node, const Values& left, const Values& right) {
    if (node.comparison == Comparison::kEqual) return haveCommon(left, right, node.field);
    if (node.comparison == Comparison::kNotEqual) return !haveCommon(left, right, node.field);
    if (left.empty()) return false;
    const double a = std::get<double>(left[0]), b = std::get<double>(right[0]);
    switch (node.comparison) {
      case Comparison::kLess:
        return a < b;
      case Comparison::kLessOrEqual:
        return a <= b;
      case Comparison::kGreater:
        return a > b;
      default:
        return a >= b;
    }
  }

  const World& world_;
  const Request& request_;
  Entity entity_;
  MetByTest& met_;
  std::vector<const Event*> events_, actionEvents_;
};

/// Calls `visit` for every operand that is a placeholder, with the test it stands in.
void eachPlaceholder(const Node& node, const std::function<void(const Node&, const std::string&)>& visit) {
  for (const Operand& operand : node.operands) {
    if (operand.kind == Operand::Kind::kPlaceholder) visit(node, operand.text);
  }
  for (const Node& child : node.children) eachPlaceholder(child, visit);
}

struct Given {
  bool all = true;              // every placeholder has a value
  std::set<std::string> wrong;  // those whose values do not do
};

/// F35 to F37 for one expression, its IF too.
Given valuesGiven(const Expression& expression, const World& world, const Request& request) {
  Given given;
  const auto visit = [&](const Node& test, const std::string& name) {
    const auto found = request.parameters.find(name);
    if (found == request.parameters.end()) {
      given.all = false;
      if (expression.action == Action::kInclude) given.wrong.insert(name);
      return;
    }
    const ValueType type = world.fields.of(test.field.dataset)->find(test.field.name)->type;
    if (found->second.empty()) given.wrong.insert(name);
    if (found->second.size() > 1 && test.kind != Node::Kind::kIn) given.wrong.insert(name);
    for (const std::string& text : found->second) {
      if (readScalar(text, type).empty()) given.wrong.insert(name);
    }
  };
  eachPlaceholder(expression.where, visit);
  if (expression.condition) eachPlaceholder(*expression.condition, visit);
  return given;
}

}  // namespace

size_t candidates(const World& world, Entity entity) {
  if (entity == Entity::kItem) return world.items.size();
  return entity == Entity::kUser ? world.users.size() : world.actions.size();
}

Opinion evaluate(const Filter& filter, const World& world, const Request& request, MetByTest& met) {
  Opinion opinion;
  const Entity entity = filter.expressions[0].entity;
  Evaluator evaluator(world, request, entity, met);
  std::vector<const Expression*> applying;
  bool anyInclude = false;
  for (const Expression& expression : filter.expressions) {
    const Given given = valuesGiven(expression, world, request);
    // An EXCLUDE that is not used (F37) has no use for its other values either, right or wrong.
    if (!given.all && expression.action == Action::kExclude) continue;
    opinion.wrong.insert(given.wrong.begin(), given.wrong.end());
    if (!given.wrong.empty()) continue;
    if (expression.condition && !evaluator.holds(*expression.condition, 0)) continue;
    applying.push_back(&expression);
    anyInclude = anyInclude || expression.action == Action::kInclude;
  }
  if (!opinion.wrong.empty()) return opinion;
  for (size_t candidate = 0; candidate < candidates(world, entity); ++candidate) {
    bool included = !anyInclude, excluded = false;
    for (const Expression* expression : applying) {
      if (!evaluator.holds(expression->where, candidate)) continue;
      (expression->action == Action::kInclude ? included : excluded) = true;
    }
    opinion.passes.push_back(included && !excluded);
  }
  return opinion;
}

}  // namespace proffer::dsl::reference
