// The grammar of filters as PEGTL rules: the extended dialect, of which the other is a part (what it lacks is
// told by the rules in dialect.cpp). Included by parse.cpp alone.
//
// The grammar decides at each point by the next token, so an action never runs for what is taken back, but
// for the operands of a test that fails (they are dropped when the next test begins). Every token that could
// be missed has a label: the labels of the tokens tried furthest to the right are what "could stand there".
#pragma once

#include <string_view>
#include <tao/pegtl.hpp>

namespace proffer::dsl::grammar {

namespace p = tao::pegtl;

struct Label {
  std::string_view text;
  bool word = false;      // can be meant by a misspelt word
  bool extended = false;  // not shown in the personalize dialect
};

struct Blank : p::star<p::space> {};
struct WordEnd : p::not_at<p::identifier_other> {};

// Keywords and signs, each with the blanks that follow it.
#define PROFFER_WORD(name, word, isExtended)                      \
  struct name : p::seq<TAO_PEGTL_ISTRING(word), WordEnd, Blank> { \
    static constexpr Label label{word, true, isExtended};         \
  };
PROFFER_WORD(Include, "INCLUDE", false)
PROFFER_WORD(Exclude, "EXCLUDE", false)
PROFFER_WORD(ItemId, "ItemID", false)
PROFFER_WORD(UserId, "UserID", false)
PROFFER_WORD(ActionId, "ActionID", false)
PROFFER_WORD(Where, "WHERE", false)
PROFFER_WORD(And, "AND", false)
PROFFER_WORD(Or, "OR", false)
PROFFER_WORD(If, "IF", false)
PROFFER_WORD(In, "IN", false)
PROFFER_WORD(NotBefore, "NOT", true)   // NOT test
PROFFER_WORD(NotWithin, "NOT", false)  // field NOT IN
PROFFER_WORD(Between, "BETWEEN", true)
PROFFER_WORD(BetweenAnd, "AND", false)
PROFFER_WORD(Is, "IS", true)
PROFFER_WORD(IsNot, "NOT", true)
PROFFER_WORD(Null, "NULL", true)
PROFFER_WORD(True, "true", true)
PROFFER_WORD(False, "false", true)
PROFFER_WORD(NowWord, "NOW", true)
#undef PROFFER_WORD

#define PROFFER_SIGN(name, text, isExtended)               \
  struct name : p::seq<TAO_PEGTL_STRING(text), Blank> {    \
    static constexpr Label label{text, false, isExtended}; \
  };
PROFFER_SIGN(Bar, "|", false)
PROFFER_SIGN(OpenList, "(", false)
PROFFER_SIGN(OpenScalar, "(", false)
PROFFER_SIGN(OpenGroup, "(", true)
PROFFER_SIGN(CloseList, ")", false)
PROFFER_SIGN(CloseScalar, ")", false)
PROFFER_SIGN(CloseGroup, ")", true)
PROFFER_SIGN(Comma, ",", false)
PROFFER_SIGN(NotEqual, "!=", false)
PROFFER_SIGN(LessOrEqual, "<=", false)
PROFFER_SIGN(GreaterOrEqual, ">=", false)
PROFFER_SIGN(Equal, "=", false)
PROFFER_SIGN(Less, "<", false)
PROFFER_SIGN(Greater, ">", false)
#undef PROFFER_SIGN

struct End : p::eof {
  static constexpr Label label{"the end"};
};

// Values.
struct Escaped : p::seq<p::one<'\\'>, p::one<'"', '\'', '\\'>> {};
struct DoubleQuoted : p::seq<p::one<'"'>, p::star<p::sor<Escaped, p::not_one<'"'>>>, p::one<'"'>> {};
struct SingleQuoted : p::seq<p::one<'\''>, p::star<p::sor<Escaped, p::not_one<'\''>>>, p::one<'\''>> {};
struct Text : p::sor<DoubleQuoted, SingleQuoted> {
  static constexpr Label label{"a text in quotes"};
};
struct Number : p::seq<p::opt<p::one<'-'>>, p::plus<p::digit>, p::opt<p::one<'.'>, p::plus<p::digit>>,
                       p::opt<p::one<'e', 'E'>, p::opt<p::one<'+', '-'>>, p::plus<p::digit>>, WordEnd> {
  static constexpr Label label{"a number"};
};
struct ParameterName : p::plus<p::identifier_other> {};
struct Placeholder : p::seq<p::one<'$'>, ParameterName> {
  static constexpr Label label{"a $PLACEHOLDER"};
};
struct Duration : p::seq<p::plus<p::digit>, p::one<'s', 'm', 'h', 'd', 'S', 'M', 'H', 'D'>, WordEnd> {
  static constexpr Label label{"a duration such as 30d, 12h, 15m or 10s", false, true};
};
struct Sign : p::one<'+', '-'> {
  static constexpr Label label{"+ or - and a duration", false, true};
};
struct Offset : p::seq<Sign, Blank, Duration> {};
struct Now : p::seq<NowWord, p::opt<Offset>> {};

// Dataset.NAME: an unknown dataset is told when the field is built, so that the parser goes on behind it.
struct DatasetName : p::identifier {};
struct DatasetDot : p::seq<DatasetName, Blank, p::one<'.'>, Blank> {
  static constexpr Label label{"a field such as Items.PRICE"};
};
struct FieldName : p::identifier {
  static constexpr Label label{"a field name"};
};
struct FieldPath : p::seq<DatasetDot, FieldName> {};
struct LeftField : p::seq<FieldPath, Blank> {};
struct RightDot : p::seq<DatasetName, Blank, p::one<'.'>, Blank> {
  static constexpr Label label{"CurrentItem.NAME"};
};
struct RightField : p::seq<RightDot, FieldName> {};

struct Scalar : p::seq<p::sor<Text, Number, Placeholder, True, False, Now, RightField>, Blank> {};
struct ScalarInParentheses : p::seq<OpenScalar, Scalar, CloseScalar> {};
struct ListEntry : p::seq<p::sor<Text, Number, Placeholder, True, False, Now>, Blank> {};
struct List : p::seq<OpenList, ListEntry, p::star<Comma, ListEntry>, CloseList> {};
struct InRight : p::sor<List, p::seq<RightField, Blank>> {};
struct BetweenRight : p::seq<Scalar, BetweenAnd, Scalar> {};

// Tests.
struct InTest : p::seq<In, InRight> {};
struct BetweenTest : p::seq<Between, BetweenRight> {};
struct NegatedTest : p::seq<NotWithin, p::sor<InTest, BetweenTest>> {};
struct NullTest : p::seq<Is, p::opt<IsNot>, Null> {};
struct ComparisonSign : p::sor<NotEqual, LessOrEqual, GreaterOrEqual, Equal, Less, Greater> {};
struct CompareTest : p::seq<ComparisonSign, p::sor<ScalarInParentheses, Scalar>> {};
struct TestStart : p::success {};
struct Test : p::seq<TestStart, LeftField, p::sor<InTest, NegatedTest, BetweenTest, NullTest, CompareTest>> {
};

// Reports what could stand at the furthest point reached and skips to the next AND, OR, IF, `|`, `)` or the
// end; Skip takes at least one token, so that every loop over it ends.
template <bool AtLeastOne>
struct Recovery {
  using rule_t = Recovery;
  using subs_t = p::empty_list;
  template <p::apply_mode, p::rewind_mode, template <class...> class Action,
            template <class...> class Control, class Input, class State>
  static bool match(Input& in, State& state) {
    in.bump(state.recover(in.current(), AtLeastOne));
    return true;
  }
};
struct Recover : Recovery<false> {};
struct Skip : Recovery<true> {};
// Behind a head that cannot be read: goes on after its WHERE.
struct RecoverHead {
  using rule_t = RecoverHead;
  using subs_t = p::empty_list;
  template <p::apply_mode, p::rewind_mode, template <class...> class Action,
            template <class...> class Control, class Input, class State>
  static bool match(Input& in, State& state) {
    in.bump(state.recoverHead(in.current()));
    return true;
  }
};
struct MissingClose {
  using rule_t = MissingClose;
  using subs_t = p::empty_list;
  template <p::apply_mode, p::rewind_mode, template <class...> class Action,
            template <class...> class Control, class Input, class State>
  static bool match(Input& in, State& state) {
    state.report(in.current());
    return true;
  }
};

// Tests joined. Between two of them, whatever is neither AND nor OR is told and skipped.
struct Member;
struct NextAnd : p::seq<And, Member> {};
struct NextOr : p::seq<Or, Member> {};
struct Joins : p::star<p::sor<NextAnd, NextOr>> {};
template <class... Follow>
struct Joined : p::seq<Member, Joins, p::until<p::at<p::sor<Follow...>>, p::seq<Skip, Joins>>> {};
struct Group : p::seq<OpenGroup, Joined<CloseGroup, If, Bar, End>, p::sor<CloseGroup, MissingClose>> {};
struct Nots : p::star<NotBefore> {};
struct Member : p::seq<Nots, p::sor<Group, Test, Recover>> {};

// A filter: whatever the bytes, it is read to its end.
struct Head : p::seq<p::sor<Include, Exclude>, p::sor<ItemId, UserId, ActionId>, Where> {};
struct WherePart : p::seq<Joined<If, Bar, End>> {};
struct IfPart : p::seq<If, Joined<Bar, End>> {};
struct Body : p::seq<WherePart, p::opt<IfPart>> {};
struct ExpressionStart : p::success {};
struct Expression
    : p::seq<ExpressionStart,
             p::sor<p::seq<Head, Body>, p::seq<RecoverHead, p::sor<p::at<p::sor<Bar, End>>, Body>>>> {};
struct Filter : p::seq<Blank, Expression, p::star<Bar, Expression>, End> {};

}  // namespace proffer::dsl::grammar
