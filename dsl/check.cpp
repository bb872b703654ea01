#include "dsl/check.h"

#include <algorithm>

#include "base/text.h"
#include "dsl/dialect.h"
#include "dsl/parse.h"
#include "dsl/print.h"

namespace proffer::dsl {
namespace {

constexpr size_t kMostFieldsShown = 12;

class Checker {
 public:
  Checker(const Filter& filter, std::string_view text, const Fields& fields, const CheckOptions& options)
      : filter_(filter),
        text_(text),
        fields_(fields),
        personalize_(options.dialect == Dialect::kPersonalize) {}

  std::vector<Error> run() {
    for (const Expression& expression : filter_.expressions) {
      expression_ = &expression;
      if (expression.entity != filter_.expressions[0].entity)
        tell(expression.entityRange,
             fmt::format("{} cannot be chained with {}: all expressions of a filter choose the same",
                         entityName(expression.entity), entityName(filter_.expressions[0].entity)),
             "make two filters");
      first_.reset();
      inIf_ = false;
      walk(expression.where);
      if (!expression.condition) continue;
      inIf_ = true;
      if (expression.entity == Entity::kUser)
        tell(expression.condition->range, "IF cannot be used with UserID: there is no requesting user",
             "leave the IF out");
      walk(*expression.condition);
    }
    return std::move(errors_);
  }

 private:
  void tell(SourceRange range, std::string message, std::string hint = {}) {
    errors_.push_back(errorAt(text_, range, std::move(message), std::move(hint)));
  }

  void walk(const Node& node) {
    for (const Node& child : node.children) walk(child);
    if (node.isTest()) test(node);
  }

  void test(const Node& node) {
    if (!mayStandLeft(node.field)) return;
    const Field* field = find(node.field);
    if (!field) return;
    if (!inIf_) oneDataset(node.field);
    const bool range = node.kind == Node::Kind::kBetween ||
                       (node.kind == Node::Kind::kCompare && node.comparison != Comparison::kEqual &&
                        node.comparison != Comparison::kNotEqual);
    if (range && field->type != ValueType::kNumber)
      return tell(
          node.field.range,
          fmt::format("{} is a {} field, and {} compares numbers", field->name, valueTypeName(field->type),
                      node.kind == Node::Kind::kBetween ? "BETWEEN" : comparisonText(node.comparison)),
          "use =, != or IN");
    for (const Operand& operand : node.operands) right(operand, node, *field);
  }

  bool mayStandLeft(const FieldRef& field) {
    const auto name = datasetName(field.dataset);
    if (inIf_) {
      if (field.dataset == Dataset::kCurrentUser) return true;
      tell(field.range, fmt::format("found {}, but IF tests CurrentUser only", name),
           "write CurrentUser.NAME");
      return false;
    }
    if (field.dataset == Dataset::kCurrentItem) {
      tell(field.range, "CurrentItem can stand on the right side of a test only",
           "write Items.NAME = CurrentItem.NAME");
      return false;
    }
    bool allowed = false;
    std::string_view all;
    switch (expression_->entity) {
      case Entity::kItem:
        allowed = field.dataset == Dataset::kItems || field.dataset == Dataset::kInteractions;
        all = "Items and Interactions";
        break;
      case Entity::kUser:
        allowed = field.dataset == Dataset::kUsers || field.dataset == Dataset::kInteractions;
        all = "Users and Interactions";
        break;
      case Entity::kAction:
        allowed = field.dataset == Dataset::kActions || field.dataset == Dataset::kActionInteractions ||
                  field.dataset == Dataset::kInteractions;
        all = "Actions, Action_Interactions and Interactions";
        break;
    }
    if (field.dataset == Dataset::kCurrentUser && expression_->entity != Entity::kUser) {
      // In the personalize dialect parse() has told.
      return true;
    }
    if (!allowed)
      tell(
          field.range,
          fmt::format("{} cannot be tested to choose {}: {} can", name, entityName(expression_->entity), all),
          field.dataset == Dataset::kUsers && expression_->entity != Entity::kUser
              ? "the requesting user is CurrentUser"
              : "");
    return allowed;
  }

  // F12
  void oneDataset(const FieldRef& field) {
    if (!first_) first_ = field.dataset;
    if (personalize_ && *first_ != field.dataset)
      tell(field.range,
           fmt::format("{} and {} are tested in one expression", datasetName(*first_),
                       datasetName(field.dataset)),
           "chain two expressions with |, or use the extended dialect");
  }

  // The field, if it is there and may be filtered on.
  const Field* find(const FieldRef& ref) {
    const DatasetFields* dataset = fields_.of(ref.dataset);
    const Dataset kept = ref.dataset == Dataset::kCurrentUser   ? Dataset::kUsers
                         : ref.dataset == Dataset::kCurrentItem ? Dataset::kItems
                                                                : ref.dataset;
    if (!dataset) {
      tell(ref.range, fmt::format("{} cannot be used: the group has no {} dataset", datasetName(ref.dataset),
                                  datasetName(kept)));
      return nullptr;
    }
    const Field* field = dataset->find(ref.name);
    if (!field) {
      unknownField(ref, kept, *dataset);
      return nullptr;
    }
    return mayBeFilteredOn(ref, *field) ? field : nullptr;
  }

  void unknownField(const FieldRef& ref, Dataset kept, const DatasetFields& dataset) {
    std::vector<std::string> names;
    for (const Field& field : dataset.fields)
      if (!field.textual) names.push_back(field.name);
    std::vector<std::string> shown(names.begin(), names.begin() + std::min(names.size(), kMostFieldsShown));
    tell(ref.nameRange,
         fmt::format("{} has no field {}, it has {}{}", datasetName(kept), proffer::quoted(ref.name, 60),
                     join(shown, ", "), names.size() > shown.size() ? ", ..." : ""),
         didYouMean(ref.name, names));
  }

  bool mayBeFilteredOn(const FieldRef& ref, const Field& field) {
    std::string why, hint;
    if (field.textual) {
      why = fmt::format("{} is a textual field, which cannot be filtered on", field.name);
    } else if (personalize_ && field.type == ValueType::kBoolean) {
      why = fmt::format("{} is a boolean field, which cannot be filtered on in the personalize dialect",
                        field.name);
      hint = "use the extended dialect, or texts \"True\" and \"False\"";
    } else if (personalize_ && field.automatic) {
      why = fmt::format("{} is applied by itself and cannot be filtered on", field.name);
    } else if (personalize_ && isEvents(ref.dataset) && field.name != "EVENT_TYPE") {
      why = fmt::format("of {} only EVENT_TYPE can be tested in the personalize dialect, found {}",
                        datasetName(ref.dataset), field.name);
      hint = "use the extended dialect";
    }
    if (why.empty()) return true;
    tell(ref.range, std::move(why), std::move(hint));
    return false;
  }

  static bool isEvents(Dataset dataset) {
    return dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
  }

  void right(const Operand& operand, const Node& node, const Field& field) {
    using Kind = Operand::Kind;
    if (operand.kind == Kind::kPlaceholder) return;
    if (operand.kind == Kind::kField) return rightField(operand, field);
    const ValueType type = field.type;
    const bool fits = (operand.kind == Kind::kText && type == ValueType::kText) ||
                      (operand.kind == Kind::kNumber && type == ValueType::kNumber) ||
                      (operand.kind == Kind::kNumber && type == ValueType::kBoolean &&
                       (operand.number == 0 || operand.number == 1)) ||
                      (operand.kind == Kind::kBoolean && type == ValueType::kBoolean) ||
                      (operand.kind == Kind::kNow && type == ValueType::kNumber);
    if (!fits) return wrongType(operand, field);
    if (operand.kind == Kind::kText && operand.text == "*") star(operand, node);
  }

  // As it stands in the text, or as it is printed if there is none.
  std::string written(const Operand& operand) const {
    const SourceRange& range = operand.range;
    if (range.end > range.begin && range.end <= text_.size())
      return std::string(trim(text_.substr(range.begin, range.end - range.begin)));
    return print(operand);
  }

  void wrongType(const Operand& operand, const Field& field) {
    const std::string_view found = operand.kind == Operand::Kind::kText      ? "a text"
                                   : operand.kind == Operand::Kind::kNumber  ? "a number"
                                   : operand.kind == Operand::Kind::kBoolean ? "true or false"
                                                                             : "a time";
    std::string hint;
    if (operand.kind == Operand::Kind::kNumber && field.type == ValueType::kText)
      hint = fmt::format("write it in quotes: \"{}\"", written(operand));
    if (operand.kind == Operand::Kind::kText && field.type == ValueType::kNumber)
      hint = "write numbers without quotes";
    if (field.type == ValueType::kBoolean) hint = "write true or false";
    tell(operand.range,
         fmt::format("{} is a {} field, found {}", field.name, valueTypeName(field.type), found),
         std::move(hint));
  }

  // F20
  void star(const Operand& operand, const Node& node) {
    const bool eventType = isEvents(node.field.dataset) && node.field.name == "EVENT_TYPE";
    if (!eventType) {
      if (personalize_)
        tell(operand.range, "\"*\" stands for all event types and for nothing else",
             "test Interactions.EVENT_TYPE, or list the values");
      return;
    }
    if (node.kind != Node::Kind::kIn || node.negated)
      tell(operand.range, "\"*\" stands for all event types in an IN list only", "write IN (\"*\")");
  }

  void rightField(const Operand& operand, const Field& left) {
    const FieldRef& ref = operand.field;
    if (ref.dataset != Dataset::kCurrentItem && ref.dataset != Dataset::kCurrentUser)
      return tell(
          operand.range,
          fmt::format("found {} on the right side, expected a value, a placeholder, CurrentItem.NAME or "
                      "CurrentUser.NAME",
                      datasetName(ref.dataset)));
    if (expression_->entity == Entity::kUser)
      return tell(operand.range, fmt::format("{} cannot be used with UserID", datasetName(ref.dataset)));
    if (expression_->entity == Entity::kAction && ref.dataset == Dataset::kCurrentItem)
      return tell(operand.range, "CurrentItem cannot be used with ActionID");
    const Field* field = find(ref);
    if (!field || field->type == left.type) return;
    tell(operand.range, fmt::format("{} is a {} field, {} a {} field", left.name, valueTypeName(left.type),
                                    field->name, valueTypeName(field->type)));
  }

  const Filter& filter_;
  std::string_view text_;
  const Fields& fields_;
  const bool personalize_;
  const Expression* expression_ = nullptr;
  std::optional<Dataset> first_;
  bool inIf_ = false;
  std::vector<Error> errors_;
};

// How many distinct fields of datasets: CurrentItem.PRICE is Items.PRICE.
size_t distinctFields(const Uses& uses) {
  std::set<std::string> fields;
  for (std::string name : uses.fields) {
    if (name.starts_with("CurrentItem.")) name.replace(0, 11, "Items");
    if (name.starts_with("CurrentUser.")) name.replace(0, 11, "Users");
    fields.insert(std::move(name));
  }
  return fields.size();
}

}  // namespace

std::vector<Error> check(const Filter& filter, std::string_view text, const Fields& fields,
                         const CheckOptions& options) {
  std::vector<Error> errors = Checker(filter, text, fields, options).run();
  if (options.mostFields > 0) {
    const size_t used = distinctFields(usesOf(filter));
    if (used > options.mostFields) {
      Error error = errorAt(
          text, {0, 0}, fmt::format("the filter uses {} fields, {} are allowed", used, options.mostFields));
      error.code = ErrorCode::kLimitExceeded;
      errors.push_back(std::move(error));
    }
  }
  sortErrors(errors);
  return errors;
}

Analysis analyze(std::string_view text, const Fields& fields, const CheckOptions& options) {
  Parsed parsed = parse(text, options.dialect);
  if (parsed.filter) {
    std::vector<Error> more = check(*parsed.filter, text, fields, options);
    parsed.errors.insert(parsed.errors.end(), more.begin(), more.end());
    sortErrors(parsed.errors);
  }
  if (!parsed.errors.empty()) return {std::nullopt, std::move(parsed.errors)};
  return {std::move(parsed.filter), {}};
}

}  // namespace proffer::dsl
