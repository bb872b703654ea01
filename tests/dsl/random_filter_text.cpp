// randomText(): a tree in a random style of writing, token by token.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "random_filters.h"

namespace proffer::dsl::reference {

namespace {

using Kind = Node::Kind;

bool isWordly(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
}

class Writer {
 public:
  Writer(Dice& dice, Dialect dialect, Styles& styles)
      : dice_(dice), extended_(dialect == Dialect::kExtended), styles_(styles), sloppy_(dice.percent(50)) {}

  std::string write(const Filter& filter) {
    for (size_t i = 0; i < filter.expressions.size(); ++i) {
      if (i > 0) token("|");
      const Expression& expression = filter.expressions[i];
      word(expression.action == Action::kInclude ? "INCLUDE" : "EXCLUDE");
      word(expression.entity == Entity::kItem   ? "ItemID"
           : expression.entity == Entity::kUser ? "UserID"
                                                : "ActionID");
      word("WHERE");
      node(expression.where, Kind::kOr);
      if (expression.condition) {
        word("IF");
        node(*expression.condition, Kind::kOr);
      }
    }
    if (sloppy_ && dice_.percent(10)) text_ = " " + text_ + "\n";
    return text_;
  }

 private:
  bool style(const char* name, unsigned chance) {
    const bool used = sloppy_ && dice_.percent(chance);
    if (used) ++styles_[name];
    return used;
  }

  /// One token, with blanks before it if it would grow together with the last one, or at will.
  void token(const std::string& token) {
    const bool needed = !text_.empty() && isWordly(text_.back()) && isWordly(token.front());
    if (!text_.empty() && (needed || !style("no blank", 30))) {
      text_ += style("other blanks", 6) ? dice_.percent(50) ? "\n  " : "\t" : " ";
    }
    text_ += token;
  }

  std::string inAnyCase(const std::string& word) {
    if (!style("other case", 25)) return word;
    std::string changed = word;
    const bool all = dice_.percent(50);
    for (char& c : changed) {
      if (all || dice_.percent(50)) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return changed;
  }

  void word(const std::string& word) { token(inAnyCase(word)); }

  void field(const FieldRef& ref) {
    static const std::map<Dataset, std::string> names = {
        {Dataset::kItems, "Items"},
        {Dataset::kInteractions, "Interactions"},
        {Dataset::kUsers, "Users"},
        {Dataset::kActions, "Actions"},
        {Dataset::kActionInteractions, "Action_Interactions"},
        {Dataset::kCurrentUser, "CurrentUser"},
        {Dataset::kCurrentItem, "CurrentItem"}};
    std::string dataset = names.at(ref.dataset);
    if (ref.dataset == Dataset::kActions && style("Action for Actions", 30)) dataset = "Action";
    token(inAnyCase(dataset) + (style("blanks around the dot", 3) ? " . " : ".") + inAnyCase(ref.name));
  }

  std::string quoted(const std::string& text) {
    const char quote = style("single quotes", 25) ? '\'' : '"';
    std::string out(1, quote);
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const char next = i + 1 < text.size() ? text[i + 1] : '"';
      const bool special = next == '"' || next == '\'' || next == '\\';
      bool escape = c == quote || c == '\\';
      if (c == '\\' && !special && style("backslash by itself", 60)) escape = false;
      if ((c == '"' || c == '\'') && c != quote && style("escape without need", 30)) escape = true;
      if (escape) out += '\\';
      out += c;
    }
    return out + quote;
  }

  std::string number(double value) {
    std::string shortest = fmt::format("{}", value);
    if (style("17 digits", 10)) return fmt::format("{:.17g}", value);
    if (style("exponent", 10)) return fmt::format("{:.17e}", value);
    const bool digitsOnly = shortest.find_first_not_of("-0123456789") == std::string::npos;
    if (digitsOnly && style("decimals of a whole number", 15)) return shortest + ".00";
    if (digitsOnly && style("capital exponent", 8)) return shortest + "E0";
    return shortest;
  }

  void now(double offset) {
    word("NOW");
    if (offset == 0 && !style("NOW and nothing", 40)) return;
    token(offset < 0 ? "-" : "+");
    const auto seconds = static_cast<int64_t>(std::abs(offset));
    std::vector<std::string> ways;
    for (const auto& [unit, size] :
         std::map<std::string, int64_t>{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}) {
      if (seconds % size == 0) ways.push_back(std::to_string(seconds / size) + unit);
    }
    token(inAnyCase(dice_.pick(ways)));
  }

  void operand(const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::kText:
        return token(quoted(operand.text));
      case Operand::Kind::kNumber:
        return token(number(operand.number));
      case Operand::Kind::kBoolean:
        return word(operand.number != 0 ? "true" : "false");
      case Operand::Kind::kPlaceholder:
        if (style("quoted placeholder", 15)) return token(quoted("$" + operand.text));
        return token("$" + operand.text);
      case Operand::Kind::kNow:
        return now(operand.number);
      case Operand::Kind::kField:
        return field(operand.field);
    }
  }

  void test(const Node& test) {
    field(test.field);
    if (test.kind == Kind::kIsNull) {
      word("IS");
      if (test.negated) word("NOT");
      return word("NULL");
    }
    if (test.kind == Kind::kCompare) {
      static const char* const signs[] = {"=", "!=", "<", "<=", ">", ">="};
      token(signs[static_cast<size_t>(test.comparison)]);
      const bool bracket =
          test.operands[0].kind != Operand::Kind::kField && style("value in parentheses", 15);
      if (bracket) token("(");
      operand(test.operands[0]);
      if (bracket) token(")");
      return;
    }
    if (test.negated) word("NOT");
    if (test.kind == Kind::kBetween) {
      word("BETWEEN");
      operand(test.operands[0]);
      word("AND");
      return operand(test.operands[1]);
    }
    word("IN");
    if (test.operands[0].kind == Operand::Kind::kField) return operand(test.operands[0]);
    token("(");
    for (size_t i = 0; i < test.operands.size(); ++i) {
      if (i > 0) token(",");
      operand(test.operands[i]);
    }
    token(")");
  }

  /// `within`: kOr: anything may stand here, kAnd: an OR needs parentheses, kNot: an AND too.
  void node(const Node& node, Kind within) {
    const bool needed =
        (node.kind == Kind::kOr && within != Kind::kOr) || (node.kind == Kind::kAnd && within == Kind::kNot);
    const bool bracket = needed || (extended_ && style("parentheses without need", 12));
    if (needed) ++styles_["parentheses that are needed"];
    if (bracket) token("(");
    if (node.isTest()) {
      test(node);
    } else if (node.kind == Kind::kNot) {
      word("NOT");
      this->node(node.children[0], Kind::kNot);
    } else {
      for (size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) word(node.kind == Kind::kAnd ? "AND" : "OR");
        this->node(node.children[i], node.kind);
      }
    }
    if (bracket) token(")");
  }

  Dice& dice_;
  bool extended_;
  Styles& styles_;
  bool sloppy_;  // or the usual way of writing
  std::string text_;
};

}  // namespace

std::string randomText(Dice& dice, const RandomFilter& filter, Styles& styles) {
  return Writer(dice, filter.dialect, styles).write(filter.filter);
}

}  // namespace proffer::dsl::reference
