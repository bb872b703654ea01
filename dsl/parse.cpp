#include "dsl/parse.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "dsl/dialect.h"
#include "dsl/tree_builder.h"

namespace proffer::dsl {
namespace {

namespace g = grammar;
namespace p = tao::pegtl;

template <class Rule>
concept Labelled = requires {
  Rule::label;
};

template <class Rule>
struct Control : p::normal<Rule> {
  template <class Input>
  static void start(const Input& in, TreeBuilder& builder) {
    if constexpr (Labelled<Rule>) builder.tokenTried(in.current());
  }
  template <class Input>
  static void failure(const Input&, TreeBuilder& builder) {
    if constexpr (Labelled<Rule>) builder.tokenMissed(Rule::label);
  }
};

template <class Rule>
struct Do : p::nothing<Rule> {};

template <class Input>
SourceRange rangeOf(const Input& in, const TreeBuilder& builder) {
  std::string_view text = in.string_view();
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r')))
    text.remove_suffix(1);
  const uint32_t begin = builder.offset(in.begin());
  return {begin, begin + static_cast<uint32_t>(text.size())};
}

#define PROFFER_DO(Rule, ...)                                          \
  template <>                                                          \
  struct Do<g::Rule> {                                                 \
    template <class Input>                                             \
    static void apply(const Input& in, TreeBuilder& builder) {         \
      [[maybe_unused]] const SourceRange range = rangeOf(in, builder); \
      __VA_ARGS__;                                                     \
    }                                                                  \
  };
PROFFER_DO(ExpressionStart, builder.expressionStarts(in.begin()))
PROFFER_DO(Include, builder.action(Action::kInclude))
PROFFER_DO(Exclude, builder.action(Action::kExclude))
PROFFER_DO(ItemId, builder.entity(Entity::kItem, range))
PROFFER_DO(UserId, builder.entity(Entity::kUser, range))
PROFFER_DO(ActionId, builder.entity(Entity::kAction, range))
PROFFER_DO(TestStart, builder.testStarts(in.begin()))
PROFFER_DO(FieldPath, builder.leftField(in.string_view(), range))
PROFFER_DO(RightField, builder.rightField(in.string_view(), range))
PROFFER_DO(Text, builder.text(in.string_view(), range))
PROFFER_DO(Number, builder.number(in.string_view(), range))
PROFFER_DO(Placeholder, builder.placeholder(in.string_view().substr(1), range))
PROFFER_DO(True, builder.boolean(true, range))
PROFFER_DO(False, builder.boolean(false, range))
PROFFER_DO(Now, builder.now(in.string_view(), range))
PROFFER_DO(Equal, builder.comparison(Comparison::kEqual))
PROFFER_DO(NotEqual, builder.comparison(Comparison::kNotEqual))
PROFFER_DO(Less, builder.comparison(Comparison::kLess))
PROFFER_DO(LessOrEqual, builder.comparison(Comparison::kLessOrEqual))
PROFFER_DO(Greater, builder.comparison(Comparison::kGreater))
PROFFER_DO(GreaterOrEqual, builder.comparison(Comparison::kGreaterOrEqual))
PROFFER_DO(InTest, builder.testKind(Node::Kind::kIn))
PROFFER_DO(BetweenTest, builder.testKind(Node::Kind::kBetween))
PROFFER_DO(NullTest, builder.testKind(Node::Kind::kIsNull))
PROFFER_DO(CompareTest, builder.testKind(Node::Kind::kCompare))
PROFFER_DO(NegatedTest, builder.negated())
PROFFER_DO(IsNot, builder.negated())
PROFFER_DO(Test, builder.testDone(in.end()))
PROFFER_DO(NotBefore, builder.notBefore(range))
PROFFER_DO(OpenGroup, builder.groupOpens(range))
PROFFER_DO(Group, builder.groupCloses(in.end()))
PROFFER_DO(Or, builder.orJoins())
PROFFER_DO(WherePart, builder.whereDone())
PROFFER_DO(IfPart, builder.ifDone())
PROFFER_DO(Expression, builder.expressionDone(in.end()))
#undef PROFFER_DO

Parsed tooLong(std::string_view text, size_t limit) {
  Error error = makeError(ErrorCode::kInvalidInput, "the expression is {} bytes long, {} are allowed",
                          text.size(), limit);
  error.position = {"", 1, 1};
  return {std::nullopt, {std::move(error)}};
}

}  // namespace

Parsed parse(std::string_view text, Dialect dialect) {
  const size_t limit = dialect == Dialect::kPersonalize ? kLongestPersonalize : kLongest;
  if (text.size() > limit) return tooLong(text, limit);
  TreeBuilder builder(text, dialect);
  try {
    p::memory_input<p::tracking_mode::lazy> in(text.data(), text.size(), "");
    p::parse<g::Filter, Do, Control>(in, builder);
  } catch (const TooDeep&) {
    // The builder has told.
  }
  Parsed parsed = builder.take();
  if (dialect == Dialect::kPersonalize && parsed.filter) {
    std::vector<Error> more = personalizeErrors(*parsed.filter, text);
    parsed.errors.insert(parsed.errors.end(), more.begin(), more.end());
  }
  sortErrors(parsed.errors);
  return parsed;
}

Error errorAt(std::string_view text, SourceRange range, std::string message, std::string hint) {
  Error error{ErrorCode::kInvalidInput, std::move(message)};
  error.hint = std::move(hint);
  const size_t begin = std::min<size_t>(range.begin, text.size());
  size_t lineStart = 0;
  error.position.line = 1;
  for (size_t i = 0; i < begin; ++i)
    if (text[i] == '\n') {
      ++error.position.line;
      lineStart = i + 1;
    }
  error.position.column = 1;
  for (size_t i = lineStart; i < begin; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++error.position.column;
  // An expression may be 20 KB in one line, and have 20 errors.
  error.sourceLine =
      excerptAround(text.substr(lineStart, text.find('\n', lineStart) - lineStart), error.position.column);
  return error;
}

}  // namespace proffer::dsl
