// Builds the syntax tree while the grammar's actions tell what was read, and keeps the errors: the furthest
// point that tokens were tried at, and which. One parse, one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/grammar.h"
#include "dsl/parse.h"

namespace proffer::dsl {

/// Thrown by the builder out of PEGTL's recursion, caught in parse().
struct TooDeep {};

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

  // What the grammar's control tells: a labelled token is tried, and missed.
  void tokenTried(const char* at) { tried_ = at; }
  void tokenMissed(const grammar::Label& label);
  // Asked by the grammar's own rules.
  void report(const char* at);
  size_t recover(const char* at, bool atLeastOne);
  size_t recoverHead(const char* at);

  // What the actions tell, in the order of the text.
  void expressionStarts(const char* at);
  void action(Action action) { expression_.action = action; }
  void entity(Entity entity, SourceRange range);
  void testStarts(const char* at);
  void leftField(std::string_view path, SourceRange range);
  void rightField(std::string_view path, SourceRange range);
  void text(std::string_view quoted, SourceRange range);
  void number(std::string_view digits, SourceRange range);
  void placeholder(std::string_view name, SourceRange range);
  void boolean(bool value, SourceRange range);
  void now(std::string_view text, SourceRange range);
  void comparison(Comparison comparison) { test_.comparison = comparison; }
  void testKind(Node::Kind kind) { test_.kind = kind; }
  void negated() { test_.negated = true; }
  void testDone(const char* end);
  void notBefore(SourceRange range);
  void groupOpens(SourceRange range);
  void groupCloses(const char* end);
  void orJoins();
  void whereDone();
  void ifDone();
  void expressionDone(const char* end);

  uint32_t offset(const char* at) const { return static_cast<uint32_t>(at - text_.data()); }
  void error(SourceRange range, std::string message, std::string hint = {});
  Parsed take();

 private:
  // Tests joined at one level of parentheses.
  struct Level {
    std::vector<Node> alternatives;  // joined by OR
    std::vector<Node> tests;         // joined by AND, of the last alternative
    std::vector<SourceRange> nots;   // before the member that is being read
  };

  void enter(SourceRange range);
  void member(Node node);
  std::optional<Node> leave();
  bool field(FieldRef& field, std::string_view path, SourceRange range);
  std::string foundAt(size_t offset, std::string& word) const;

  std::string_view text_;
  Dialect dialect_;
  const char* tried_ = nullptr;
  const char* furthest_ = nullptr;
  std::vector<grammar::Label> expected_;
  std::vector<Error> errors_;
  std::vector<uint32_t> errorOffsets_;

  Filter filter_;
  Expression expression_;
  bool broken_ = false;  // the expression lacks a part that it cannot do without
  Node test_;
  bool testBroken_ = false;  // has an error of its own and is left out
  std::vector<Level> levels_;
  int depth_ = 0;
};

}  // namespace proffer::dsl
