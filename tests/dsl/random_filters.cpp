#include "random_filters.h"

#include <algorithm>
#include <cstdlib>

namespace proffer::dsl::reference {

namespace {

using Kind = Node::Kind;
using Operands = std::vector<Operand>;

bool ofEvents(Dataset dataset) {
  return dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
}

Operand numberOperand(double number) {
  Operand operand;
  operand.kind = Operand::Kind::kNumber;
  operand.number = number;
  return operand;
}

/// Grows one filter.
class Grower {
 public:
  Grower(Dice& dice, const World& world) : dice_(dice), world_(world) {
    grown_.dialect = dice.percent(35) ? Dialect::kPersonalize : Dialect::kExtended;
    const uint64_t roll = dice.below(100);
    entity_ = roll < 60 ? Entity::kItem : roll < 83 ? Entity::kAction : Entity::kUser;
  }

  RandomFilter grow() {
    const int count = dice_.percent(60) ? 1 : dice_.percent(65) ? 2 : dice_.between(3, 4);
    for (int i = 0; i < count; ++i) {
      Expression expression;
      expression.action = action_ = dice_.percent(50) ? Action::kInclude : Action::kExclude;
      expression.entity = entity_;
      expression.where = !extended() ? plainWhere() : tree(dice_.percent(20) ? oneOfEvents() : datasets(), 3);
      if (entity_ != Entity::kUser && dice_.percent(30)) {
        inCondition_ = true;
        expression.condition = extended() && dice_.percent(50)
                                   ? tree({Dataset::kCurrentUser}, 2)
                                   : row(Kind::kAnd, Dataset::kCurrentUser, dice_.between(1, 2));
        inCondition_ = false;
      }
      grown_.filter.expressions.push_back(std::move(expression));
    }
    return std::move(grown_);
  }

 private:
  bool extended() const { return grown_.dialect == Dialect::kExtended; }

  /// Those that conditions of the entity may name on the left (1.3).
  std::vector<Dataset> datasets() const {
    std::vector<Dataset> datasets;
    if (entity_ == Entity::kItem) datasets = {Dataset::kItems, Dataset::kItems, Dataset::kInteractions};
    if (entity_ == Entity::kUser) return {Dataset::kUsers, Dataset::kInteractions};
    if (entity_ == Entity::kAction) {
      datasets = {Dataset::kActions, Dataset::kActions, Dataset::kActionInteractions, Dataset::kInteractions};
    }
    if (extended() && dice_.percent(30)) datasets.push_back(Dataset::kCurrentUser);
    return datasets;
  }

  /// So that tests of events stand in all ways together.
  std::vector<Dataset> oneOfEvents() {
    if (entity_ == Entity::kAction && dice_.percent(60)) return {Dataset::kActionInteractions};
    return {Dataset::kInteractions};
  }

  /// Joined, with no child of the parent's kind.
  static Node join(Kind kind, std::vector<Node> children) {
    if (children.size() == 1) return std::move(children[0]);
    Node node;
    node.kind = kind;
    for (Node& child : children) {
      if (child.kind != kind) {
        node.children.push_back(std::move(child));
      } else {
        for (Node& grandchild : child.children) node.children.push_back(std::move(grandchild));
      }
    }
    return node;
  }

  Node row(Kind kind, Dataset dataset, int count) {
    std::vector<Node> tests;
    for (int i = 0; i < count; ++i) tests.push_back(test(dataset));
    return join(kind, std::move(tests));
  }

  /// What the personalize dialect has: ANDs joined by OR, all of one dataset.
  Node plainWhere() {
    const Dataset dataset = dice_.pick(datasets());
    std::vector<Node> parts;
    for (int n = dice_.percent(60) ? 1 : dice_.between(2, 3); n > 0; --n) {
      parts.push_back(row(Kind::kAnd, dataset, dice_.percent(60) ? 1 : dice_.between(2, 3)));
    }
    return join(Kind::kOr, std::move(parts));
  }

  Node tree(const std::vector<Dataset>& datasets, int depth) {
    if (depth == 0 || dice_.percent(45)) return test(dice_.pick(datasets));
    const uint64_t roll = dice_.below(100);
    if (roll < 20) {
      Node node;
      node.kind = Kind::kNot;
      node.children.push_back(tree(datasets, depth - 1));
      return node;
    }
    std::vector<Node> children;
    for (int n = dice_.percent(70) ? 2 : 3; n > 0; --n) children.push_back(tree(datasets, depth - 1));
    return join(roll < 60 ? Kind::kAnd : Kind::kOr, std::move(children));
  }

  bool usable(const Field& field) const {
    return !field.textual && (extended() || (!field.automatic && field.type != ValueType::kBoolean));
  }

  const Field& pickField(Dataset dataset) {
    const DatasetFields& fields = *world_.fields.of(dataset);
    if (ofEvents(dataset) && (!extended() || dice_.percent(45))) return *fields.find("EVENT_TYPE");
    // Any field, or any field of any type: most are texts and numbers.
    static const std::vector<ValueType> types = {ValueType::kText, ValueType::kNumber, ValueType::kBoolean};
    const ValueType type = dice_.pick(types);
    const Field* field = &dice_.pick(fields.fields);
    for (int tries = 0; !usable(*field) || (even_ && field->type != type && tries < 20); ++tries) {
      field = &dice_.pick(fields.fields);
    }
    return *field;
  }

  Node test(Dataset dataset) {
    even_ = dice_.percent(50);
    field_ = &pickField(dataset);
    time_ = isTime(field_->name);
    eventType_ = ofEvents(dataset) && field_->name == "EVENT_TYPE";
    Node node;
    node.field.dataset = dataset;
    node.field.name = field_->name;
    const uint64_t roll = dice_.below(100);
    const bool number = field_->type == ValueType::kNumber;
    if (extended() && roll < 12) {
      node.kind = Kind::kIsNull;
      node.negated = dice_.percent(50);
    } else if (extended() && number && roll < 30) {
      between(node);
    } else if (roll < (number ? 45 : 70)) {
      node.kind = Kind::kIn;
      node.negated = dice_.percent(35);
      in(node);
    } else {
      compare(node);
    }
    return node;
  }

  void between(Node& node) {
    node.kind = Kind::kBetween;
    node.negated = dice_.percent(35);
    node.operands = {operand(false, false), operand(false, false)};
    Operand &from = node.operands[0], &to = node.operands[1];
    const bool both = from.kind == Operand::Kind::kNumber && to.kind == Operand::Kind::kNumber;
    if (both && from.number > to.number && dice_.percent(85)) std::swap(from.number, to.number);
  }

  void in(Node& node) {
    if ((extended() || !node.negated) && dice_.percent(even_ ? 50 : 15)) {
      if (const auto field = rightField()) {
        node.operands = {*field};
        return;
      }
    }
    if (!extended() && !node.negated && dice_.percent(35)) {
      node.operands = {placeholder(true)};
      return;
    }
    for (int n = dice_.percent(30) ? 1 : dice_.between(2, 4); n > 0; --n) {
      node.operands.push_back(inListOperand(node.negated));
    }
  }

  Operand inListOperand(bool negated) {
    if (extended() && dice_.percent(25)) return placeholder(true);
    if (extended() && field_->type == ValueType::kNumber && dice_.percent(8)) return now();
    return literal(!negated);
  }

  void compare(Node& node) {
    node.kind = Kind::kCompare;
    const bool ordered = field_->type == ValueType::kNumber && dice_.percent(70);
    static const std::vector<Comparison> orders = {Comparison::kLess, Comparison::kLessOrEqual,
                                                   Comparison::kGreater, Comparison::kGreaterOrEqual};
    if (ordered) {
      node.comparison = dice_.pick(orders);
    } else {
      node.comparison = dice_.percent(50) ? Comparison::kEqual : Comparison::kNotEqual;
    }
    node.operands = {operand(false, false)};
  }

  /// Right of a comparison or BETWEEN.
  Operand operand(bool list, bool star) {
    const uint64_t roll = dice_.below(100);
    if (roll < 22) return placeholder(list);
    if (roll < (even_ ? 65 : 35)) {
      if (const auto field = rightField()) return *field;
    }
    const bool number = field_->type == ValueType::kNumber;
    if (extended() && number && roll < (time_ ? 85 : 72)) return now();
    return literal(star);
  }

  /// CurrentItem or CurrentUser, where they may stand; of the type of the left field.
  std::optional<Operand> rightField() {
    std::vector<Dataset> from;
    if (entity_ == Entity::kItem && (extended() || !inCondition_)) from.push_back(Dataset::kCurrentItem);
    if (entity_ != Entity::kUser && extended()) from.push_back(Dataset::kCurrentUser);
    if (from.empty()) return std::nullopt;
    Operand operand;
    operand.kind = Operand::Kind::kField;
    operand.field.dataset = dice_.pick(from);
    std::vector<const Field*> fields;
    for (const Field& field : world_.fields.of(operand.field.dataset)->fields) {
      if (usable(field) && field.type == field_->type && isTime(field.name) == time_)
        fields.push_back(&field);
    }
    if (fields.empty()) return std::nullopt;
    operand.field.name = dice_.pick(fields)->name;
    return operand;
  }

  Operand now() {
    Operand operand;
    operand.kind = Operand::Kind::kNow;
    if (dice_.percent(10)) return operand;
    static const std::vector<int> units = {1, 60, 3600, 86400};
    operand.number = static_cast<double>(dice_.pick(units)) * dice_.between(-40, 10);
    if (operand.number == 0) operand.number = 0;  // not -0
    return operand;
  }

  /// `star`: "*" may stand here for all event types.
  Operand literal(bool star) {
    Operand operand;
    switch (field_->type) {
      case ValueType::kNumber:
        if (field_->name == "EVENT_VALUE" && dice_.percent(70)) return numberOperand(randomRating(dice_));
        return numberOperand(std::strtod(randomNumber(dice_, time_).c_str(), nullptr));
      case ValueType::kBoolean:
        operand = numberOperand(dice_.percent(50) ? 1 : 0);
        if (dice_.percent(70)) operand.kind = Operand::Kind::kBoolean;
        return operand;
      case ValueType::kText:
        break;
    }
    if (eventType_) {
      operand.text = star && dice_.percent(12) ? "*" : randomEventType(dice_);
    } else {
      do operand.text = randomWord(dice_);
      while (operand.text == "*" && !extended());
    }
    return operand;
  }

  Operand placeholder(bool list) {
    static const std::vector<std::string> names = {"GENRE", "genre", "_x",  "9",   "MAX_PRICE", "a1",
                                                   "Types", "IN",    "NOW", "min", "SINCE",     "_"};
    PlaceholderUse use{field_->type, time_, eventType_, list, action_ == Action::kInclude};
    Operand operand;
    operand.kind = Operand::Kind::kPlaceholder;
    do operand.text = dice_.pick(names) + (dice_.percent(20) ? std::to_string(dice_.below(100)) : "");
    while (!fits(operand.text, use));
    PlaceholderUse& known = grown_.placeholders.emplace(operand.text, use).first->second;
    known.list = known.list && use.list;
    known.required = known.required || use.required;
    return operand;
  }

  bool fits(const std::string& name, const PlaceholderUse& use) const {
    const auto found = grown_.placeholders.find(name);
    if (found == grown_.placeholders.end()) return true;
    const PlaceholderUse& known = found->second;
    return known.type == use.type && known.time == use.time && known.eventType == use.eventType;
  }

  Dice& dice_;
  const World& world_;
  RandomFilter grown_;
  Entity entity_;
  Action action_ = Action::kInclude;
  bool inCondition_ = false;
  // Of the test that is being made.
  bool even_ = false;  // types and right sides alike often, and not as people write
  const Field* field_ = nullptr;
  bool time_ = false, eventType_ = false;
};

std::string rightValue(Dice& dice, const PlaceholderUse& use) {
  if (use.type == ValueType::kNumber) return randomNumber(dice, use.time);
  if (use.type == ValueType::kBoolean) return randomBoolean(dice);
  if (!use.eventType) return randomWord(dice);
  return dice.percent(10) ? "*" : randomEventType(dice);
}

}  // namespace

RandomFilter randomFilter(Dice& dice, const World& world) {
  return Grower(dice, world).grow();
}

std::map<std::string, std::vector<std::string>> randomParameters(Dice& dice, const RandomFilter& filter) {
  std::map<std::string, std::vector<std::string>> parameters;
  for (const auto& [name, use] : filter.placeholders) {
    if (dice.percent(use.required ? 3 : 15)) continue;
    std::vector<std::string>& values = parameters[name];
    if (dice.percent(1)) continue;
    const bool several = use.list || dice.percent(3);
    for (int n = several ? dice.between(1, 3) : 1; n > 0; --n) values.push_back(rightValue(dice, use));
    static const std::vector<std::string> wrong = {"abc", "nan", "inf", "", "0x10", "2 2", "1,5", "yes"};
    if (use.type != ValueType::kText && dice.percent(2)) values.back() = dice.pick(wrong);
  }
  if (dice.percent(10)) parameters["NOT_NAMED"] = {"x"};
  return parameters;
}

std::string randomParameterText(Dice& dice, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += dice.percent(50) ? "," : " , ";
    const bool bare = !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '.' || c == '-';
    });
    if (bare && dice.percent(50)) {
      text += value;
      continue;
    }
    text += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

}  // namespace proffer::dsl::reference
