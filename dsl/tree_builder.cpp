#include "dsl/tree_builder.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace proffer::dsl {
namespace {

constexpr size_t kMostExpected = 32;
constexpr size_t kMostKept = 100;           // errors, which come in the order of the text; fewer are shown
constexpr size_t kLongestPlaceholder = 50;  // F33
constexpr double kLongestOffset = 1e10;     // seconds, some 300 years

bool isWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The end of the token that begins at `at`: a quoted text (perhaps unclosed), a word, or one character.
size_t tokenEnd(std::string_view text, size_t at) {
  if (at >= text.size()) return text.size();
  const char first = text[at];
  if (first == '"' || first == '\'') {
    for (size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == first) {
        return i + 1;
      }
    }
    return text.size();
  }
  size_t end = at + 1;
  if (isWordByte(first) || first == '$') {
    while (end < text.size() && isWordByte(text[end])) ++end;
  } else {
    while (end < text.size() && isContinuation(text[end])) ++end;
  }
  return end;
}

// Whether a token that begins with a quote ends with it, and not with an escaped one.
bool isClosed(std::string_view token) {
  for (size_t i = 1; i < token.size(); ++i) {
    if (token[i] == '\\')
      ++i;
    else if (token[i] == token[0])
      return true;
  }
  return false;
}

size_t skipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && isBlank(text[at])) ++at;
  return at;
}

std::optional<Dataset> datasetNamed(std::string_view name) {
  for (const Dataset dataset : {Dataset::kItems, Dataset::kInteractions, Dataset::kUsers, Dataset::kActions,
                                Dataset::kActionInteractions, Dataset::kCurrentUser, Dataset::kCurrentItem})
    if (equalsIgnoreCase(name, datasetName(dataset))) return dataset;
  if (equalsIgnoreCase(name, "Action")) return Dataset::kActions;  // F18
  return std::nullopt;
}

const std::vector<std::string>& datasetNames() {
  static const std::vector<std::string> names{
      "Items", "Interactions", "Users", "Actions", "Action_Interactions", "CurrentUser", "CurrentItem"};
  return names;
}

std::string unescaped(std::string_view quotedText) {
  const std::string_view inner = quotedText.substr(1, quotedText.size() - 2);
  std::string text;
  for (size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 1 < inner.size() &&
        (inner[i + 1] == '"' || inner[i + 1] == '\'' || inner[i + 1] == '\\'))
      ++i;
    text += inner[i];
  }
  return text;
}

bool isParameterName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestPlaceholder &&
         std::all_of(name.begin(), name.end(), isWordByte);
}

}  // namespace

void TreeBuilder::tokenMissed(const grammar::Label& label) {
  if (!furthest_ || tried_ > furthest_) {
    furthest_ = tried_;
    expected_.clear();
  }
  if (tried_ == furthest_ && expected_.size() < kMostExpected) expected_.push_back(label);
}

void TreeBuilder::error(SourceRange range, std::string message, std::string hint) {
  if (errors_.size() >= kMostKept) return;
  errors_.push_back(errorAt(text_, range, std::move(message), std::move(hint)));
  errorOffsets_.push_back(range.begin);
}

std::string TreeBuilder::foundAt(size_t offset, std::string& word) const {
  if (offset >= text_.size()) return "the end";
  const std::string_view token = text_.substr(offset, tokenEnd(text_, offset) - offset);
  if (token[0] == '"' || token[0] == '\'') {
    return isClosed(token) ? std::string(token.substr(0, 60)) : "a text whose quote is not closed";
  }
  if (isWordByte(token[0])) word = token;
  return proffer::quoted(token, 60);
}

void TreeBuilder::report(const char* at) {
  if (errors_.size() >= kMostKept) return;
  const char* where = furthest_ && furthest_ >= at ? furthest_ : at;
  const uint32_t offset = this->offset(where);
  if (!errorOffsets_.empty() && errorOffsets_.back() == offset) return;
  std::vector<std::string> expected, words;
  bool wantsText = false;
  for (const grammar::Label& label : expected_) {
    if (where != furthest_ || (label.extended && dialect_ == Dialect::kPersonalize)) continue;
    const std::string shown(label.text);
    if (std::find(expected.begin(), expected.end(), shown) != expected.end()) continue;
    expected.push_back(shown);
    if (label.word) words.push_back(shown);
    if (label.text == "a text in quotes") wantsText = true;
    if (label.text == "a field such as Items.PRICE")
      words.insert(words.end(), datasetNames().begin(), datasetNames().end());
  }
  std::string word;
  std::string message = "found " + foundAt(offset, word);
  if (!expected.empty()) {
    message += ", expected ";
    for (size_t i = 0; i < expected.size(); ++i)
      message += (i == 0 ? "" : i + 1 == expected.size() ? " or " : ", ") + expected[i];
  }
  std::string hint = word.empty() ? "" : didYouMean(word, words);
  if (hint.empty() && wantsText && !word.empty()) hint = fmt::format("write texts in quotes: \"{}\"", word);
  error({offset, offset}, std::move(message), std::move(hint));
}

size_t TreeBuilder::recover(const char* at, bool atLeastOne) {
  report(at);
  const size_t begin = offset(at);
  const size_t furthest = furthest_ && furthest_ > at ? offset(furthest_) : begin;
  size_t i = begin;
  int open = 0;
  while (i < text_.size()) {
    const size_t end = tokenEnd(text_, i);
    const std::string_view token = text_.substr(i, end - i);
    if (i >= furthest && (i > begin || !atLeastOne)) {
      if (equalsIgnoreCase(token, "AND") || equalsIgnoreCase(token, "OR") || equalsIgnoreCase(token, "IF") ||
          token == "|" || (token == ")" && open == 0 && levels_.size() > 1))
        break;
    }
    if (token == "(") ++open;
    if (token == ")" && open > 0) --open;
    i = skipBlanks(text_, end);
  }
  return i - begin;
}

size_t TreeBuilder::recoverHead(const char* at) {
  report(at);
  broken_ = true;
  const size_t begin = offset(at);
  size_t i = begin;
  while (i < text_.size() && text_[i] != '|') {
    const size_t end = tokenEnd(text_, i);
    const bool found = equalsIgnoreCase(text_.substr(i, end - i), "WHERE");
    i = skipBlanks(text_, end);
    if (found) break;
  }
  return i - begin;
}

void TreeBuilder::expressionStarts(const char* at) {
  expression_ = {};
  expression_.range.begin = offset(at);
  broken_ = false;
  levels_.clear();
  depth_ = 0;
  enter({offset(at), offset(at)});
}

void TreeBuilder::entity(Entity entity, SourceRange range) {
  expression_.entity = entity;
  expression_.entityRange = range;
}

void TreeBuilder::testStarts(const char* at) {
  test_ = {};
  test_.range.begin = offset(at);
  testBroken_ = false;
}

bool TreeBuilder::field(FieldRef& field, std::string_view path, SourceRange range) {
  const size_t dot = path.find('.');
  const std::string_view dataset = trim(path.substr(0, dot));
  const std::string_view name = trim(path.substr(dot + 1));
  field.name = upper(name);
  field.range = range;
  field.nameRange = {range.end - static_cast<uint32_t>(name.size()), range.end};
  const std::optional<Dataset> known = datasetNamed(dataset);
  if (known) {
    field.dataset = *known;
    return true;
  }
  error({range.begin, range.begin + static_cast<uint32_t>(dataset.size())},
        fmt::format("unknown dataset {}, expected Items, Interactions, Users, Actions, Action_Interactions, "
                    "CurrentUser or CurrentItem",
                    proffer::quoted(dataset)),
        didYouMean(dataset, datasetNames()));
  testBroken_ = true;
  return false;
}

void TreeBuilder::leftField(std::string_view path, SourceRange range) {
  field(test_.field, path, range);
}

void TreeBuilder::rightField(std::string_view path, SourceRange range) {
  Operand operand;
  operand.kind = Operand::Kind::kField;
  operand.range = range;
  field(operand.field, path, range);
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::text(std::string_view quotedText, SourceRange range) {
  std::string text = unescaped(quotedText);
  if (text.size() > 1 && text[0] == '$' && isParameterName(std::string_view(text).substr(1)))  // F5
    return placeholder(std::string_view(text).substr(1), range);
  Operand operand;
  operand.text = std::move(text);
  operand.range = range;
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::number(std::string_view digits, SourceRange range) {
  Operand operand;
  operand.kind = Operand::Kind::kNumber;
  operand.range = range;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), operand.number);
  // Too small a number is 0; too large a one is told.
  if (code == std::errc::result_out_of_range) {
    operand.number = std::strtod(std::string(digits).c_str(), nullptr);
    if (std::isinf(operand.number)) {
      error(range, fmt::format("the number {} is too large", proffer::quoted(digits, 40)));
      testBroken_ = true;
    }
  }
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::placeholder(std::string_view name, SourceRange range) {
  if (name.size() > kLongestPlaceholder) {
    error(range, fmt::format("the placeholder's name has {} characters, {} are allowed", name.size(),
                             kLongestPlaceholder));
    testBroken_ = true;
  }
  Operand operand;
  operand.kind = Operand::Kind::kPlaceholder;
  operand.text = name;
  operand.range = range;
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::boolean(bool value, SourceRange range) {
  Operand operand;
  operand.kind = Operand::Kind::kBoolean;
  operand.number = value ? 1 : 0;
  range.end = range.begin + (value ? 4 : 5);
  operand.range = range;
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::now(std::string_view text, SourceRange range) {
  Operand operand;
  operand.kind = Operand::Kind::kNow;
  operand.range = range;
  text = trim(text);
  if (const size_t sign = text.find_first_of("+-"); sign != std::string_view::npos) {
    const std::string_view duration = trim(text.substr(sign + 1));
    double amount = 0;
    std::from_chars(duration.data(), duration.data() + duration.size() - 1, amount);
    const char unit = static_cast<char>(duration.back() | 0x20);
    amount *= unit == 'd' ? 86400 : unit == 'h' ? 3600 : unit == 'm' ? 60 : 1;
    if (!(amount <= kLongestOffset)) {
      error(range, fmt::format("the duration {} is too long", proffer::quoted(duration, 40)));
      testBroken_ = true;
      amount = 0;
    }
    operand.number = text[sign] == '-' && amount != 0 ? -amount : amount;
  }
  test_.operands.push_back(std::move(operand));
}

void TreeBuilder::testDone(const char* end) {
  test_.range.end = offset(end);
  while (test_.range.end > test_.range.begin && isBlank(text_[test_.range.end - 1])) --test_.range.end;
  if (!testBroken_) {
    member(std::move(test_));
  } else if (!levels_.empty()) {
    levels_.back().nots.clear();
  }
  test_ = {};
}

void TreeBuilder::notBefore(SourceRange range) {
  range.end = range.begin + 3;
  if (dialect_ == Dialect::kPersonalize)
    error(range, "NOT before a test is only in the extended dialect",
          "use NOT IN or !=, or dialect: extended");
  if (depth_ + static_cast<int>(levels_.back().nots.size()) >= kDeepest) {
    error(range, fmt::format("nested deeper than {} levels", kDeepest));
    throw TooDeep{};
  }
  levels_.back().nots.push_back(range);
}

void TreeBuilder::enter(SourceRange range) {
  if (!levels_.empty()) depth_ += 1 + static_cast<int>(levels_.back().nots.size());
  if (depth_ >= kDeepest) {
    error(range, fmt::format("nested deeper than {} levels", kDeepest));
    throw TooDeep{};
  }
  levels_.emplace_back();
}

void TreeBuilder::groupOpens(SourceRange range) {
  range.end = range.begin + 1;
  if (dialect_ == Dialect::kPersonalize && errors_.empty())
    error(range, "parentheses around tests are only in the extended dialect", "dialect: extended");
  enter(range);
}

void TreeBuilder::groupCloses(const char* end) {
  std::optional<Node> node = leave();
  depth_ -= 1 + static_cast<int>(levels_.back().nots.size());
  if (!node) {
    levels_.back().nots.clear();
    return;
  }
  node->range.end = std::max(node->range.end, offset(end));
  member(std::move(*node));
}

void TreeBuilder::member(Node node) {
  Level& level = levels_.back();
  while (!level.nots.empty()) {
    Node outer;
    outer.kind = Node::Kind::kNot;
    outer.range = {level.nots.back().begin, node.range.end};
    outer.children.push_back(std::move(node));
    node = std::move(outer);
    level.nots.pop_back();
  }
  level.tests.push_back(std::move(node));
}

namespace {

bool testsEvents(const Node& node) {
  if (node.isTest())
    return node.field.dataset == Dataset::kInteractions || node.field.dataset == Dataset::kActionInteractions;
  return std::any_of(node.children.begin(), node.children.end(), testsEvents);
}

// One node of the kind over the parts, those of the same kind taken in; but tests of events in parentheses
// speak of an event of their own, which is known by the parentheses alone.
Node joinedBy(Node::Kind kind, std::vector<Node> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Node node;
  node.kind = kind;
  node.range = {parts.front().range.begin, parts.back().range.end};
  for (Node& part : parts) {
    if (part.kind != kind || (kind == Node::Kind::kAnd && testsEvents(part))) {
      node.children.push_back(std::move(part));
      continue;
    }
    for (Node& child : part.children) node.children.push_back(std::move(child));
  }
  return node;
}

}  // namespace

void TreeBuilder::orJoins() {
  Level& level = levels_.back();
  level.nots.clear();
  if (level.tests.empty()) return;
  level.alternatives.push_back(joinedBy(Node::Kind::kAnd, std::exchange(level.tests, {})));
}

std::optional<Node> TreeBuilder::leave() {
  orJoins();
  Level level = std::move(levels_.back());
  levels_.pop_back();
  if (level.alternatives.empty()) return std::nullopt;
  return joinedBy(Node::Kind::kOr, std::move(level.alternatives));
}

void TreeBuilder::whereDone() {
  std::optional<Node> node = leave();
  if (node) {
    expression_.where = std::move(*node);
  } else {
    broken_ = true;
  }
  depth_ = 0;
  enter({});
}

void TreeBuilder::ifDone() {
  expression_.condition = leave();
  enter({});
}

void TreeBuilder::expressionDone(const char* end) {
  expression_.range.end = offset(end);
  while (expression_.range.end > expression_.range.begin && isBlank(text_[expression_.range.end - 1]))
    --expression_.range.end;
  if (!broken_) filter_.expressions.push_back(std::move(expression_));
}

Parsed TreeBuilder::take() {
  Parsed parsed;
  if (!filter_.expressions.empty()) parsed.filter = std::move(filter_);
  parsed.errors = std::move(errors_);
  return parsed;
}

}  // namespace proffer::dsl
