#include "dsl/program.h"

#include <algorithm>

#include "dsl/plan.h"
#include "dsl/print.h"
#include "dsl/right_side.h"

namespace proffer::dsl {
namespace {

using detail::Clause;
using detail::Part;
using detail::PlanField;

bool isEvents(Dataset dataset) {
  return dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
}

// What of event tests a subtree has.
struct EventTest {
  bool is = false;
  Dataset dataset = Dataset::kInteractions;
  bool testsType = false;
};

EventTest eventTestOf(const Node& node) {
  if (node.isTest())
    return {isEvents(node.field.dataset), node.field.dataset, node.field.name == "EVENT_TYPE"};
  if (node.kind == Node::Kind::kNot) return {};
  EventTest all;
  size_t withType = 0;
  for (size_t i = 0; i < node.children.size(); ++i) {
    const EventTest child = eventTestOf(node.children[i]);
    if (!child.is || (i > 0 && child.dataset != all.dataset)) return {};
    all.dataset = child.dataset;
    withType += child.testsType ? 1 : 0;
  }
  all.is = node.kind == Node::Kind::kOr || withType <= 1;
  all.testsType = withType > 0;
  return all;
}

class Compiler {
 public:
  explicit Compiler(const Fields& fields) : fields_(fields) {}

  Result<Clause> clause(const Expression& expression) {
    Clause clause;
    clause.action = expression.action;
    clause.text = print(expression);
    PROFFER_TRY(clause.where, ofItems(expression.where));
    if (expression.condition) {
      PROFFER_TRY(clause.condition, ofItems(*expression.condition));
    }
    numberStatic(clause.where);
    const Uses uses = usesOf(Filter{{expression}});
    clause.placeholders.assign(uses.placeholders.begin(), uses.placeholders.end());
    return clause;
  }

  size_t staticParts() const { return static_cast<size_t>(slots_); }

 private:
  // A subtree that is true or false of an item.
  Result<Part> ofItems(const Node& node) {
    if (const EventTest test = eventTestOf(node); test.is) {
      Part group = eventGroup(test.dataset);
      PROFFER_CHECK(addTo(group, node));
      return group;
    }
    if (node.isTest()) return test(node);
    Part part;
    part.text = print(node);
    if (node.kind == Node::Kind::kAnd) {
      part.kind = Part::Kind::kAnd;
      PROFFER_CHECK(gather(node, part));
      if (part.parts.size() > 1) return part;
      Part only = std::move(part.parts[0]);
      return only;
    }
    part.kind = node.kind == Node::Kind::kNot ? Part::Kind::kNot : Part::Kind::kOr;
    for (const Node& child : node.children) {
      PROFFER_TRY(Part childPart, ofItems(child));
      part.parts.push_back(std::move(childPart));
    }
    return part;
  }

  static Part eventGroup(Dataset dataset) {
    Part group;
    group.kind = Part::Kind::kEvents;
    group.events = dataset;
    return group;
  }

  // Puts one more test to the events of the group.
  Result<void> addTo(Part& group, const Node& node) {
    PROFFER_TRY(Part part, ofEvents(node));
    const bool loose = node.kind == Node::Kind::kOr || (node.kind == Node::Kind::kAnd && !group.text.empty());
    if (!group.text.empty()) group.text += " AND ";
    group.text += loose ? "(" + part.text + ")" : part.text;
    group.parts.push_back(std::move(part));
    return {};
  }

  // A subtree that is true or false of one event.
  Result<Part> ofEvents(const Node& node) {
    if (node.isTest()) return test(node);
    Part part;
    part.kind = node.kind == Node::Kind::kAnd ? Part::Kind::kAnd : Part::Kind::kOr;
    part.text = print(node);
    for (const Node& child : node.children) {
      PROFFER_TRY(Part childPart, ofEvents(child));
      part.parts.push_back(std::move(childPart));
    }
    return part;
  }

  // The members of an AND; event tests of a dataset are gathered until EVENT_TYPE is tested again.
  Result<void> gather(const Node& node, Part& joined) {
    struct Open {
      size_t at = 0;  // in joined.parts
      bool testsType = false;
    };
    std::optional<Open> open[2];
    for (const Node& child : node.children) {
      const EventTest test = eventTestOf(child);
      if (!test.is) {
        PROFFER_TRY(Part part, ofItems(child));
        joined.parts.push_back(std::move(part));
        continue;
      }
      std::optional<Open>& group = open[test.dataset == Dataset::kInteractions ? 0 : 1];
      if (!group || (group->testsType && test.testsType)) {
        group = Open{joined.parts.size(), false};
        joined.parts.push_back(eventGroup(test.dataset));
      }
      group->testsType |= test.testsType;
      PROFFER_CHECK(addTo(joined.parts[group->at], child));
    }
    return {};
  }

  Result<PlanField> bound(const FieldRef& ref) const {
    const DatasetFields* dataset = fields_.of(ref.dataset);
    const Field* field = dataset ? dataset->find(ref.name) : nullptr;
    if (!field || field->textual)
      return fail(ErrorCode::kInvalidInput, "{}.{} is no field to filter on", datasetName(ref.dataset),
                  ref.name);
    return PlanField{ref.dataset, field->name, field->type,
                     field->multiValued && field->type == ValueType::kText,
                     isEvents(ref.dataset) && field->name == "EVENT_TYPE"};
  }

  Result<Part> test(const Node& node) {
    Part part;
    part.text = print(node);
    part.test = node.kind;
    part.comparison = node.comparison;
    part.negated = node.negated;
    PROFFER_TRY(part.field, bound(node.field));
    part.operands = node.operands;
    part.operandFields.resize(node.operands.size());
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (node.operands[i].kind == Operand::Kind::kField) {
        PROFFER_TRY(part.operandFields[i], bound(node.operands[i].field));
      }
      part.fixedRight &= detail::isFixed(node.operands[i]);
    }
    part.number = tests_++;
    if (part.fixedRight) {
      PROFFER_TRY(part.right, detail::rightSideOf(part, nullptr, {}));
    }
    return part;
  }

  bool isStatic(const Part& part) const {
    if (part.kind == Part::Kind::kEvents) return false;
    if (part.kind == Part::Kind::kTest) return part.fixedRight && part.field.dataset != Dataset::kCurrentUser;
    return std::all_of(part.parts.begin(), part.parts.end(),
                       [&](const Part& child) { return isStatic(child); });
  }

  void numberStatic(Part& part) {
    if (isStatic(part)) {
      part.staticSlot = slots_++;
      return;
    }
    if (part.kind == Part::Kind::kEvents) return;
    for (Part& child : part.parts) numberStatic(child);
  }

  const Fields& fields_;
  int tests_ = 0;
  int slots_ = 0;
};

}  // namespace

Program::Program() = default;
Program::~Program() = default;

Result<std::shared_ptr<const Program>> compile(Filter filter, const Fields& fields) {
  std::vector<Error> errors = check(filter, "", fields, {});
  if (!errors.empty()) return fail(std::move(errors.front()));
  if (filter.expressions.empty()) return fail(ErrorCode::kInvalidInput, "the filter has no expression");
  std::shared_ptr<Program> program(new Program);
  program->entity_ = filter.expressions[0].entity;
  Compiler compiler(fields);
  for (const Expression& expression : filter.expressions) {
    PROFFER_TRY(Clause clause, compiler.clause(expression));
    program->clauses_.push_back(std::move(clause));
  }
  program->uses_ = usesOf(filter);
  program->canonical_ = print(filter);
  program->staticParts_ = compiler.staticParts();
  program->filter_ = std::move(filter);
  return std::shared_ptr<const Program>(std::move(program));
}

Result<std::shared_ptr<const Program>> compileText(std::string_view text, const Fields& fields,
                                                   const CheckOptions& options) {
  Analysis analysis = analyze(text, fields, options);
  if (!analysis.filter) return fail(std::move(analysis.errors.front()));
  return compile(std::move(*analysis.filter), fields);
}

}  // namespace proffer::dsl
