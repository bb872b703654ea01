#include "manifests/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>
#include <sstream>

#include "base/text.h"
#include "manifests/normalizer.h"

namespace proffer {
namespace {

// Builds the tree from the parser's events; what cannot be meant is thrown as a YamlFault.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, YamlTree& tree, int firstLine)
      : text_(text), tree_(tree), firstLine_(firstLine) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (any_)
      throw fault(mark, "this does not belong to what stands above it",
                  "is it indented like the lines above?");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw fault(mark, "this alias names no anchor", "");
    if (!tree_.nodes[found->second].complete)
      throw fault(mark, "this alias stands inside of what it names", "");
    attach(found->second, true);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.plain = tag == "?";
    if (!node.plain) checkQuote(mark);
    node.text = value;
    if (tag.starts_with(kYamlTag) && tag != kYamlTag + "str") node.plain = true;
    checkTag(mark, tag);
    add(mark, anchor, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    checkTag(mark, tag);
    open(mark, anchor, YamlNode::Kind::kSequence);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    checkTag(mark, tag);
    open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  uint32_t root() const { return root_; }
  bool empty() const { return !any_; }

 private:
  YamlFault fault(const YAML::Mark& mark, std::string message, std::string hint) const {
    return {std::move(message), std::move(hint), mark.line + firstLine_, mark.column + 1};
  }
  void checkTag(const YAML::Mark& mark, const std::string& tag) const {
    static const std::set<std::string> kKnown{"",
                                              "?",
                                              "!",
                                              kYamlTag + "str",
                                              kYamlTag + "int",
                                              kYamlTag + "float",
                                              kYamlTag + "bool",
                                              kYamlTag + "null",
                                              kYamlTag + "map",
                                              kYamlTag + "seq"};
    if (!kKnown.contains(tag))
      throw fault(mark, fmt::format("unknown tag {}", quoted(tag)),
                  "a text that begins with ! must be in quotes");
  }
  // The library takes the end of the text for a closing quote.
  void checkQuote(const YAML::Mark& mark) const {
    size_t at = static_cast<size_t>(std::max(mark.pos, 0));
    while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {  // an anchor or a tag before it
      at = std::min(text_.find_first_of(" \t\n", at), text_.size());
      at = std::min(text_.find_first_not_of(" \t\n", at), text_.size());
    }
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;
    const char quote = text_[at];
    for (size_t i = at + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\')
        ++i;
      else if (text_[i] == quote && quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote)
        ++i;
      else if (text_[i] == quote)
        return;
    }
    throw fault(mark, "a quote is not closed", "");
  }
  uint32_t add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    if (tree_.nodes.size() >= kMostYamlNodes)
      throw fault(mark, fmt::format("more than {} values in one file", withThousands(kMostYamlNodes)),
                  "split it");
    node.line = mark.line + firstLine_;
    node.column = mark.column + 1;
    const auto index = static_cast<uint32_t>(tree_.nodes.size());
    tree_.nodes.push_back(std::move(node));
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    attach(index, false);
    return index;
  }
  void attach(uint32_t index, bool byAlias) {
    if (open_.empty()) {
      root_ = index;
      any_ = true;
      return;
    }
    auto& parent = tree_.nodes[open_.back()];
    parent.children.push_back(index);
    parent.byAlias.push_back(byAlias);
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (open_.size() >= kDeepestYaml)
      throw fault(mark, fmt::format("nested deeper than {} levels", kDeepestYaml), "");
    YamlNode node;
    node.kind = kind;
    node.complete = false;
    open_.push_back(add(mark, anchor, std::move(node)));
  }
  void close() {
    tree_.nodes[open_.back()].complete = true;
    open_.pop_back();
  }

  inline static const std::string kYamlTag = "tag:yaml.org,2002:";
  std::string_view text_;
  YamlTree& tree_;
  int firstLine_;
  std::vector<uint32_t> open_;
  std::map<YAML::anchor_t, uint32_t> anchors_;
  uint32_t root_ = 0;
  bool any_ = false;
};

// The library's messages are for its authors; these are for people who write manifests.
std::pair<std::string, std::string> inPlainWords(const std::string& message) {
  struct Words {
    std::string_view part, message, hint;
  };
  static constexpr Words kWords[] = {
      {"end of map not found", "this is not a `key: value` of the map around it",
       "is it indented like the line above it, and does every key end in a colon and a blank?"},
      {"end of sequence not found", "this is not an entry of the list around it",
       "every entry begins with `- ` in the same column"},
      {"end of map flow not found", "a { is not closed",
       "every { needs a }, entries are separated by commas"},
      {"end of sequence flow not found", "a [ is not closed",
       "every [ needs a ], entries are separated by commas"},
      {"illegal flow end", "a ] or } closes nothing", "a text that begins with it must be quoted"},
      {"illegal map value", "a value cannot begin here",
       "a text with `: ` in it must be quoted; a key and its value begin in their own line"},
      {"illegal block entry", "a list cannot begin here", "begin it in a line of its own"},
      {"illegal map key", "a key cannot begin here", ""},
      {"map keys must be", "a key cannot begin here", ""},
      {"illegal EOF in scalar", "a quote is not closed", ""},
      {"illegal document indicator in scalar", "a quote is not closed before the next document", ""},
      {"illegal tab", "a tab stands where only blanks may", "indent with blanks"},
      {"the referenced anchor is not defined", "this alias names no anchor",
       "anchors hold within one document"},
      {"alias not found after *", "a value cannot begin with *", "put it in quotes"},
      {"anchor not found after &", "a value cannot begin with &", "put it in quotes"},
      {"unknown token", "a value cannot begin with this character", "put it in quotes"},
      {"unknown escape character", "unknown escape in double quotes",
       "write \\\\ for a backslash, or use single quotes"},
      {"bad character found while scanning hex number", "bad hex digits in an escape", ""},
      {"invalid unicode", "this escape is not a character", ""},
      {"chomp indicator", "a block of text begins with > or |, perhaps with + or -", ""},
      {"unexpected character in block scalar", "unexpected text after > or |",
       "the text begins in the next line"},
      {"nested too deep", "nested deeper than 64 levels", ""}};
  for (const auto& words : kWords)
    if (message.find(words.part) != std::string::npos)
      return {std::string(words.message), std::string(words.hint)};
  return {message, ""};
}

bool isInteger(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return false;
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool isDecimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto digits = [&text] {
    const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count > 0;
  };
  if (text.starts_with('0') && text.size() > 1 && text[1] >= '0' && text[1] <= '9') return false;
  if (!digits()) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!digits()) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (!digits()) return false;
  }
  return text.empty();
}

}  // namespace

tl::expected<uint32_t, YamlFault> parseYaml(std::string_view document, int firstLine, YamlTree& tree) {
  std::istringstream stream{std::string(document)};
  TreeBuilder builder(document, tree, firstLine);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (!builder.empty()) return builder.root();
    tree.nodes.emplace_back();
    return static_cast<uint32_t>(tree.nodes.size() - 1);
  } catch (const YamlFault& fault) {
    return tl::unexpected(fault);
  } catch (const YAML::Exception& error) {
    auto [message, hint] = inPlainWords(error.msg);
    const int line = error.mark.is_null() ? firstLine : error.mark.line + firstLine;
    return tl::unexpected(YamlFault{std::move(message), std::move(hint), line,
                                    error.mark.is_null() ? 1 : error.mark.column + 1});
  }
}

Json plainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* end = text.data() + text.size();
  if (int64_t integer = 0; isInteger(text))
    return std::from_chars(text.data(), end, integer).ec == std::errc() ? Json(integer) : Json(text);
  if (double number = 0; isDecimal(text))
    return std::from_chars(text.data(), end, number).ec == std::errc() ? Json(number) : Json(text);
  return text;
}

}  // namespace proffer
