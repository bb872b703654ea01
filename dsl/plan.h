// What compile() makes of a tree: parts bound to the fields' types, events gathered (dsl/evaluate.h says
// how), and the maximal subtrees that depend on the items alone numbered. Immutable after compile(); any
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/fields.h"
#include "dsl/syntax.h"

namespace proffer::dsl::detail {

/// A field as the schema has it.
struct PlanField {
  Dataset dataset = Dataset::kItems;
  std::string name;
  ValueType type = ValueType::kText;
  bool multiValued = false;
  bool foldCase = false;  ///< EVENT_TYPE
};

/// The right side of a test with everything looked up.
struct RightSide {
  bool missing = false;  ///< a CurrentItem or CurrentUser value that is not there
  bool every = false;    ///< "*"
  std::vector<std::string> texts;
  std::vector<double> numbers;
};

struct Part {
  enum class Kind {
    kTest,
    kNot,
    kAnd,
    kOr,
    kEvents,  ///< one event passes all parts (kTest, kAnd, kOr of one dataset of events)
  };
  Kind kind = Kind::kTest;
  std::vector<Part> parts;
  std::string text;  ///< canonical

  // Of tests.
  Node::Kind test = Node::Kind::kCompare;
  Comparison comparison = Comparison::kEqual;
  bool negated = false;
  PlanField field;
  std::vector<Operand> operands;
  std::vector<PlanField> operandFields;  ///< of operands that are fields; one per operand
  int number = -1;                       ///< among the program's tests
  bool fixedRight = true;                ///< whether `right` holds for every request
  RightSide right;

  Dataset events = Dataset::kInteractions;  ///< of kEvents
  int staticSlot = -1;                      ///< its number among the static subtrees; -1: not one of them
};

struct Clause {
  Action action = Action::kInclude;
  Part where;
  std::optional<Part> condition;
  std::vector<std::string> placeholders;
  std::string text;
};

}  // namespace proffer::dsl::detail
