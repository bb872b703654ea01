#include "filter_coverage.h"

#include <algorithm>
#include <functional>
#include <set>

namespace proffer::dsl::reference {

namespace {

using Kind = Node::Kind;
using Names = std::vector<std::string>;

std::string dialectName(Dialect dialect) {
  return dialect == Dialect::kPersonalize ? "personalize" : "extended";
}

std::string operatorName(const Node& test) {
  const std::string no = test.negated ? "NOT " : "";
  if (test.kind == Kind::kIn) return no + "IN";
  if (test.kind == Kind::kBetween) return no + "BETWEEN";
  if (test.kind == Kind::kIsNull) return test.negated ? "IS NOT NULL" : "IS NULL";
  static const char* const signs[] = {"=", "!=", "<", "<=", ">", ">="};
  return signs[static_cast<size_t>(test.comparison)];
}

std::string operandName(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kText:
      return "text";
    case Operand::Kind::kNumber:
      return "number";
    case Operand::Kind::kBoolean:
      return "boolean";
    case Operand::Kind::kPlaceholder:
      return "placeholder";
    case Operand::Kind::kNow:
      return "NOW";
    case Operand::Kind::kField:
      break;
  }
  return operand.field.dataset == Dataset::kCurrentItem ? "CurrentItem" : "CurrentUser";
}

std::string datasetLabel(Dataset dataset) {
  static const Names names = {"Items",       "Interactions", "Users", "Actions", "Action_Interactions",
                              "CurrentUser", "CurrentItem"};
  return names[static_cast<size_t>(dataset)];
}

std::string typeLabel(ValueType type) {
  return type == ValueType::kText ? "text" : type == ValueType::kNumber ? "number" : "boolean";
}

void eachNode(const Node& node, const std::function<void(const Node&)>& visit) {
  visit(node);
  for (const Node& child : node.children) eachNode(child, visit);
}

std::string joinName(Kind kind) {
  if (kind == Kind::kNot) return "NOT";
  if (kind == Kind::kAnd) return "AND";
  return kind == Kind::kOr ? "OR" : "test";
}

bool ofEvents(Dataset dataset) {
  return dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
}

const Field& fieldOf(const World& world, const FieldRef& ref) {
  return *world.fields.of(ref.dataset)->find(ref.name);
}

struct Bit {
  Met bit;
  const char* name;
};
constexpr Bit kLeft[] = {{kLeftNull, "null"}, {kLeftOne, "one"}, {kLeftMany, "many"}};
constexpr Bit kRight[] = {{kRightMissing, "missing"}, {kRightOne, "one"}, {kRightMany, "many"}};
constexpr Bit kOutcome[] = {{kPassed, "passed"}, {kFailed, "failed"}};

/// The operators of a type in a dialect (1.4).
Names operatorsOf(Dialect dialect, ValueType type) {
  Names names = {"IN", "NOT IN", "=", "!="};
  if (type == ValueType::kNumber) names.insert(names.end(), {"<", "<=", ">", ">="});
  if (dialect == Dialect::kPersonalize) return names;
  names.insert(names.end(), {"IS NULL", "IS NOT NULL"});
  if (type == ValueType::kNumber) names.insert(names.end(), {"BETWEEN", "NOT BETWEEN"});
  return names;
}

/// What may stand on the right of an operator.
Names rightsOf(Dialect dialect, ValueType type, const std::string& op) {
  if (op == "IS NULL" || op == "IS NOT NULL") return {"nothing"};
  Names names = {typeLabel(type)};
  const bool personalize = dialect == Dialect::kPersonalize;
  if (personalize && op == "NOT IN") return names;
  names.insert(names.end(), {"placeholder", "CurrentItem"});
  if (personalize) return names;
  names.emplace_back("CurrentUser");
  if (type == ValueType::kNumber) names.emplace_back("NOW");
  if (type == ValueType::kBoolean) names.emplace_back("number");
  return names;
}

std::vector<ValueType> typesOf(Dialect dialect) {
  if (dialect == Dialect::kPersonalize) return {ValueType::kText, ValueType::kNumber};
  return {ValueType::kText, ValueType::kNumber, ValueType::kBoolean};
}

void expectTests(Dialect dialect, std::set<std::string>& names) {
  const std::string d = dialectName(dialect) + ": ";
  for (const ValueType type : typesOf(dialect)) {
    for (const std::string& op : operatorsOf(dialect, type)) {
      for (const std::string& right : rightsOf(dialect, type, op)) {
        const std::string test = d + typeLabel(type) + " " + op + " " + right;
        for (const Bit& left : kLeft) {
          if (left.bit != kLeftMany || type == ValueType::kText) names.insert(test + ", left " + left.name);
        }
        if (!right.starts_with("Current")) continue;
        for (const Bit& bit : kRight) {
          if (bit.bit != kRightMany || type == ValueType::kText) names.insert(test + ", right " + bit.name);
        }
      }
      for (const Bit& bit : kOutcome) names.insert(d + typeLabel(type) + " " + op + " " + bit.name);
    }
  }
}

void expectPlaces(Dialect dialect, std::set<std::string>& names) {
  const std::map<std::string, Names> datasets = {
      {"ItemID", {"Items", "Interactions"}},
      {"UserID", {"Users", "Interactions"}},
      {"ActionID", {"Actions", "Interactions", "Action_Interactions"}}};
  const std::string d = dialectName(dialect) + ": ";
  for (const auto& [entity, of] : datasets) {
    for (const std::string action : {"INCLUDE ", "EXCLUDE "}) {
      for (const std::string& dataset : of) names.insert(d + action + entity + " WHERE " + dataset);
      if (entity == "UserID") continue;
      names.insert(d + action + entity + " IF");
      if (dialect == Dialect::kExtended) names.insert(d + action + entity + " WHERE CurrentUser");
    }
  }
  for (const auto* chain : {"1 expression", "2 expressions", "3 expressions", "4 expressions"}) {
    names.insert(d + chain);
  }
  names.insert({d + "AND of tests", d + "OR of tests", d + "AND below OR", d + "IF with AND"});
  names.insert({d + "EVENT_TYPE IN (\"*\")", d + "EVENT_TYPE = text", d + "EVENT_TYPE NOT IN text"});
  if (dialect == Dialect::kPersonalize) return;
  names.insert({d + "OR below AND", d + "NOT below AND", d + "NOT below OR", d + "AND below NOT",
                d + "OR below NOT", d + "NOT below NOT", d + "test below NOT", d + "IF with OR",
                d + "IF with NOT", d + "event tests joined by AND", d + "EVENT_TYPE twice in an AND",
                d + "datasets mixed", d + "placeholder beside another value", d + "EVENT_VALUE",
                d + "TIMESTAMP", d + "event column"});
}

std::set<std::string> expectedNames() {
  std::set<std::string> names;
  for (const Dialect dialect : {Dialect::kPersonalize, Dialect::kExtended}) {
    expectTests(dialect, names);
    expectPlaces(dialect, names);
  }
  for (const auto* style :
       {"no blank", "other blanks", "other case", "Action for Actions", "blanks around the dot",
        "single quotes", "backslash by itself", "escape without need", "17 digits", "exponent",
        "decimals of a whole number", "capital exponent", "NOW and nothing", "quoted placeholder",
        "value in parentheses", "parentheses that are needed", "parentheses without need"}) {
    names.insert(std::string("style: ") + style);
  }
  for (const auto* request :
       {"unknown user", "user without events", "user with events", "unknown item", "refused", "window",
        "EXCLUDE without a value", "several values", "no candidates", "nothing passes", "everything passes",
        "some pass", "rows put", "second chunk", "filterValues read"}) {
    names.insert(std::string("request: ") + request);
  }
  return names;
}

}  // namespace

void FilterCoverage::addFilter(const RandomFilter& filter) {
  const std::string d = dialectName(filter.dialect) + ": ";
  const size_t chain = filter.filter.expressions.size();
  add(d + std::to_string(chain) + (chain == 1 ? " expression" : " expressions"));
  for (const Expression& expression : filter.filter.expressions) {
    const Entity entity = expression.entity;
    const std::string head = d + (expression.action == Action::kInclude ? "INCLUDE " : "EXCLUDE ") +
                             (entity == Entity::kItem   ? "ItemID"
                              : entity == Entity::kUser ? "UserID"
                                                        : "ActionID");
    std::set<Dataset> datasets;
    eachNode(expression.where, [&](const Node& node) {
      if (node.isTest()) {
        datasets.insert(node.field.dataset);
        addTest(d, node);
      } else {
        addJoin(d, node);
      }
    });
    for (const Dataset dataset : datasets) add(head + " WHERE " + datasetLabel(dataset));
    if (datasets.size() > 1) add(d + "datasets mixed");
    if (!expression.condition) continue;
    add(head + " IF");
    eachNode(*expression.condition, [&](const Node& node) {
      if (!node.isTest()) add(d + "IF with " + joinName(node.kind));
    });
  }
}

void FilterCoverage::addJoin(const std::string& d, const Node& node) {
  std::map<Dataset, int> events, types;
  for (const Node& child : node.children) {
    add(d + joinName(child.kind) + " below " + joinName(node.kind));
    if (!child.isTest()) continue;
    add(d + joinName(node.kind) + " of tests");
    if (node.kind != Kind::kAnd || !ofEvents(child.field.dataset)) continue;
    if (++events[child.field.dataset] == 2) add(d + "event tests joined by AND");
    if (child.field.name == "EVENT_TYPE" && ++types[child.field.dataset] == 2)
      add(d + "EVENT_TYPE twice in an AND");
  }
}

void FilterCoverage::addTest(const std::string& d, const Node& test) {
  const auto any = [&](const auto& holds) {
    return std::any_of(test.operands.begin(), test.operands.end(), holds);
  };
  const bool placeholder = any([](const Operand& o) { return o.kind == Operand::Kind::kPlaceholder; });
  if (test.kind == Kind::kIn && test.operands.size() > 1 && placeholder)
    add(d + "placeholder beside another value");
  if (!ofEvents(test.field.dataset)) return;
  const std::string& name = test.field.name;
  if (name != "EVENT_TYPE")
    return add(d + (name == "EVENT_VALUE" || name == "TIMESTAMP" ? name : "event column"));
  if (any([](const Operand& o) { return o.text == "*"; })) add(d + "EVENT_TYPE IN (\"*\")");
  if (!test.operands.empty())
    add(d + "EVENT_TYPE " + operatorName(test) + " " + operandName(test.operands[0]));
}

void FilterCoverage::addEvaluation(const RandomFilter& filter, const World& world, const MetByTest& met) {
  const std::string d = dialectName(filter.dialect) + ": ";
  for (const auto& [node, bits] : met) {
    const std::string op = d + typeLabel(fieldOf(world, node->field).type) + " " + operatorName(*node);
    std::set<std::string> rights;
    for (const Operand& operand : node->operands) rights.insert(operandName(operand));
    if (rights.empty()) rights.insert("nothing");
    for (const std::string& right : rights) {
      for (const Bit& left : kLeft) {
        if (bits & left.bit) add(op + " " + right + ", left " + left.name);
      }
      // Of BETWEEN the bits are those of both ends: good enough, as each is a random one.
      for (const Bit& bit : kRight) {
        if (bits & bit.bit && right.starts_with("Current")) add(op + " " + right + ", right " + bit.name);
      }
    }
    for (const Bit& bit : kOutcome) {
      if (bits & bit.bit) add(op + " " + bit.name);
    }
  }
}

void FilterCoverage::addStyles(const Styles& styles) {
  for (const auto& [name, count] : styles) counts_["style: " + name] += count;
}

std::vector<std::string> FilterCoverage::missing() const {
  std::vector<std::string> names;
  for (const std::string& name : expectedNames()) {
    if (!counts_.contains(name)) names.push_back(name);
  }
  return names;
}

std::pair<std::string, size_t> FilterCoverage::rarest() const {
  std::pair<std::string, size_t> rarest = {"", SIZE_MAX};
  for (const std::string& name : expectedNames()) {
    if (count(name) < rarest.second) rarest = {name, count(name)};
  }
  return rarest;
}

size_t FilterCoverage::expected() const {
  return expectedNames().size();
}

size_t FilterCoverage::count(const std::string& name) const {
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace proffer::dsl::reference
