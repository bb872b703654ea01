// The syntax tree of a filter: what parse() makes of the text and what print() writes back.
//
// Plain values; safe to copy, any thread. Always true of a tree that parse() returned without errors:
//  - names of fields are upper case, those of placeholders as written (F9);
//  - kAnd and kOr have two or more children, none of the same kind as the parent (they are flattened), but
//    for a kAnd in a kAnd that tests events: its parentheses say that these tests belong together; kNot has
//    one;
//  - other grouping parentheses leave no trace but the shape of the tree; a quoted "$NAME" is a placeholder
//  (F5);
//  - it is nested at most kDeepest levels deep, so recursing over it is safe;
//  - equality (==) ignores the source ranges, and parse(print(tree)) == tree.
// Whether fields exist and types fit is check()'s business (dsl/check.h), not the tree's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::dsl {

/// Levels of parentheses and NOT that an expression may have.
inline constexpr int kDeepest = 100;
/// Bytes of the longest text that parse() reads: 2,500 in the personalize dialect (F11).
inline constexpr size_t kLongest = 20'000, kLongestPersonalize = 2'500;

enum class Dialect {
  kPersonalize,  ///< exactly the language of Amazon Personalize
  kExtended,     ///< all of that with the same meaning, and more
};

/// Bytes [begin, end) of the text.
struct SourceRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

enum class Action { kInclude, kExclude };
enum class Entity { kItem, kUser, kAction };  ///< ItemID, UserID, ActionID
enum class Dataset {
  kItems,
  kInteractions,
  kUsers,
  kActions,
  kActionInteractions,
  kCurrentUser,
  kCurrentItem
};

/// "Items", "Action_Interactions", "CurrentUser": as canonical text writes it.
std::string_view datasetName(Dataset dataset);
/// "ItemID", "UserID", "ActionID".
std::string_view entityName(Entity entity);

struct FieldRef {
  Dataset dataset = Dataset::kItems;
  std::string name;  ///< upper case
  SourceRange range;
  SourceRange nameRange;  ///< of the part after the dot
  bool operator==(const FieldRef& other) const { return dataset == other.dataset && name == other.name; }
};

/// One value on the right side of a test.
struct Operand {
  enum class Kind {
    kText,         ///< text: "Comedy"
    kNumber,       ///< number: -1.5e3
    kBoolean,      ///< number is 1 or 0: true, false
    kPlaceholder,  ///< text is the name without $: $GENRE
    kNow,          ///< number is the offset in seconds, a whole number: NOW, NOW - 30d
    kField,        ///< field, of CurrentItem or CurrentUser
  };
  Kind kind = Kind::kText;
  std::string text;
  double number = 0;
  FieldRef field;
  SourceRange range;
  bool operator==(const Operand& other) const;
};

enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
std::string_view comparisonText(Comparison comparison);  ///< "=", "!=", ...

/// A test of one field, or tests joined.
struct Node {
  enum class Kind {
    kCompare,  ///< field comparison operands[0]
    kIn,       ///< field [NOT] IN operands: a list of one or more, or one single kField
    kIsNull,   ///< field IS [NOT] NULL
    kBetween,  ///< field [NOT] BETWEEN operands[0] AND operands[1], both ends included
    kNot,      ///< NOT children[0]
    kAnd,      ///< all children
    kOr,       ///< any child
  };
  Kind kind = Kind::kCompare;
  FieldRef field;
  Comparison comparison = Comparison::kEqual;
  bool negated = false;  ///< of kIn, kIsNull, kBetween
  std::vector<Operand> operands;
  std::vector<Node> children;
  SourceRange range;

  bool isTest() const { return kind != Kind::kNot && kind != Kind::kAnd && kind != Kind::kOr; }
  bool operator==(const Node& other) const;
};

/// INCLUDE ItemID WHERE ... [IF ...]
struct Expression {
  Action action = Action::kInclude;
  Entity entity = Entity::kItem;
  Node where;
  std::optional<Node> condition;  ///< the IF part, tests of CurrentUser
  SourceRange range;
  SourceRange entityRange;
  bool operator==(const Expression& other) const;
};

/// One or more expressions chained with `|`.
struct Filter {
  std::vector<Expression> expressions;
  bool operator==(const Filter& other) const { return expressions == other.expressions; }
};

}  // namespace proffer::dsl
