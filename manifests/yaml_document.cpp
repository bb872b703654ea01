#include "manifests/yaml_document.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "manifests/normalizer.h"
#include "manifests/yaml_tree.h"

namespace proffer {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// A column in bytes (from 1) to one in code points.
int codePointColumn(std::string_view line, int byteColumn) {
  int column = 1;
  for (size_t i = 0; i < line.size() && i + 1 < static_cast<size_t>(byteColumn); ++i)
    column += continues(line[i]) ? 0 : 1;
  if (static_cast<size_t>(byteColumn) > line.size() + 1)
    column += byteColumn - 1 - static_cast<int>(line.size());
  return column;
}

std::vector<std::string> linesOf(std::string_view text) {
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r')
      lines.emplace_back();
    else
      lines.back() += text[i];
  }
  return lines;
}

// Bytes that no manifest can mean, which the parser would misread or pass on.
std::optional<Error> badBytes(const std::string& file, const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const auto bad = std::find_if(line.begin(), line.end(),
                                  [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
    const bool utf8 = isUtf8(line);
    if (bad == line.end() && utf8) continue;
    size_t at = static_cast<size_t>(bad - line.begin());
    if (!utf8) {
      at = 0;
      for (size_t length = 1; at < line.size(); at += length) {
        for (length = 1; length <= 4 && !isUtf8(std::string_view(line).substr(at, length)); ++length) {
        }
        if (length > 4) break;
      }
    }
    const SourcePosition where{file, static_cast<int>(i + 1),
                               codePointColumn(line, static_cast<int>(at) + 1)};
    const auto byte = static_cast<unsigned char>(line[at]);
    if (!utf8)
      return makeError(ErrorCode::kInvalidInput, "byte 0x{:02x} is not UTF-8", byte)
          .at(where)
          .hinting("save the file as UTF-8");
    return makeError(ErrorCode::kInvalidInput, "control character 0x{:02x}", byte)
        .at(where)
        .hinting(fmt::format("remove it, or write it as \"\\x{:02x}\" in double quotes", byte));
  }
  return std::nullopt;
}

bool isMarker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == 3 || line[3] == ' ' || line[3] == '\t');
}

struct Part {
  std::string text;
  int firstLine = 1;
};

// Lines that begin with --- or ... separate documents wherever they stand, so a broken one does not hide the
// next.
std::vector<Part> partsOf(const std::vector<std::string>& lines) {
  std::vector<Part> parts(1);
  bool content = false;  // has the present part more than directives and comments?
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (isMarker(line, "---") || isMarker(line, "...")) {
      parts.push_back({"", static_cast<int>(i + 1)});
      content = line[0] == '-';
      parts.back().text = content ? line + "\n" : "\n";
      continue;
    }
    const bool directive = !content && line.starts_with('%');
    if (!directive && !trim(line).empty() && trim(line)[0] != '#') content = true;
    parts.back().text += directive ? "\n" : line + "\n";
  }
  return parts;
}

struct Place {
  uint32_t node;
  uint32_t key;  ///< the same node if it is no member of a map
};

// The member of a map that the path begins with; the longest key, as keys may hold dots and brackets.
std::optional<Place> memberIn(const YamlTree& tree, uint32_t map, std::string_view path, bool exact,
                              size_t& longest) {
  std::optional<Place> found;
  for (const auto& pair : yamlPairs(tree, map)) {
    const std::string& key = tree.nodes[pair.key].text;
    if (key.size() > path.size() || (found && key.size() <= longest)) continue;
    const auto begin = path.substr(0, key.size());
    if (exact ? begin != key : !equalsIgnoreCase(begin, key)) continue;
    if (path.size() > key.size() && path[key.size()] != '.' && path[key.size()] != '[') continue;
    longest = key.size();
    found = Place{pair.value, pair.key};
  }
  return found;
}

// Follows a path as joinPath builds it.
std::optional<Place> follow(const YamlTree& tree, uint32_t root, std::string_view path) {
  Place place{root, root};
  while (!path.empty()) {
    const YamlNode& node = tree.nodes[place.node];
    if (path[0] == '[' && node.kind == YamlNode::Kind::kSequence) {
      const size_t close = path.find(']');
      size_t index = 0;
      for (const char c : path.substr(1, close == std::string_view::npos ? 0 : close - 1))
        index = index * 10 + static_cast<size_t>(c - '0');
      if (close == std::string_view::npos || index >= node.children.size()) return std::nullopt;
      place = {node.children[index], node.children[index]};
      path.remove_prefix(close + 1);
    } else if (node.kind == YamlNode::Kind::kMap) {
      size_t longest = 0;
      std::optional<Place> next = memberIn(tree, place.node, path, true, longest);
      // canonical names are upper case, the text's need not be
      if (!next) next = memberIn(tree, place.node, path, false, longest);
      if (!next) return std::nullopt;
      place = *next;
      path.remove_prefix(longest);
    } else {
      return std::nullopt;
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return place;
}

SourcePosition positionIn(const YamlTree& tree, uint32_t index) {
  return {tree.file, tree.nodes[index].line, tree.nodes[index].column};
}

void collectPositions(const YamlTree& tree, uint32_t index, const std::string& path, size_t& budget,
                      std::vector<std::pair<std::string, SourcePosition>>& out) {
  const YamlNode& node = tree.nodes[index];
  if (budget < path.size() + 1) return;
  budget -= path.size() + 1;
  if (!path.empty()) out.emplace_back(path, positionIn(tree, index));
  if (node.kind == YamlNode::Kind::kSequence)
    for (size_t i = 0; i < node.children.size(); ++i)
      collectPositions(tree, node.children[i], fmt::format("{}[{}]", path, i), budget, out);
  if (node.kind == YamlNode::Kind::kMap)
    for (const auto& pair : yamlPairs(tree, index))
      collectPositions(tree, pair.value, joinPath(path, tree.nodes[pair.key].text), budget, out);
}

// A value that is an empty place after a colon is reported where its key stands: there is nothing else to
// point at.
void toCodePoints(YamlTree& tree, size_t firstNode, const std::vector<std::string>& lines) {
  for (size_t i = firstNode; i < tree.nodes.size(); ++i) {
    auto& node = tree.nodes[i];
    if (node.line >= 1 && static_cast<size_t>(node.line) <= lines.size())
      node.column = codePointColumn(lines[static_cast<size_t>(node.line) - 1], node.column);
  }
}

// Often the parser stumbles in one line over what is wrong with the line above.
std::optional<std::pair<std::string, std::string>> aboveIsWhy(const std::vector<std::string>& lines,
                                                              size_t at) {
  const auto indentOf = [&](size_t i) { return std::min(lines[i].find_first_not_of(' '), lines[i].size()); };
  const std::string_view line = trim(lines[at]);
  if (at == 0 || line.find(':') == std::string_view::npos || line.starts_with("- ")) return std::nullopt;
  size_t above = at;
  while (above > 0 && (trim(lines[above - 1]).empty() || trim(lines[above - 1])[0] == '#')) --above;
  if (above == 0) return std::nullopt;
  const std::string_view text = trim(lines[--above]);
  if (text.find_first_of("\"'[]{}|>#") != std::string_view::npos || text.starts_with("---"))
    return std::nullopt;
  const size_t colon = text.find(": ");
  if (indentOf(at) > indentOf(above) && colon != std::string_view::npos)
    return std::pair(
        fmt::format("this line is indented deeper than line {}, which already has a value", above + 1),
        "put both in the same column");
  if (indentOf(at) == indentOf(above) && text.find(':') == std::string_view::npos && !text.starts_with('-'))
    return std::pair(fmt::format("line {} is not a `key: value`", above + 1),
                     "a colon and a blank are needed after the key");
  return std::nullopt;
}

Error faultError(const std::string& file, const YamlFault& fault, const std::vector<std::string>& lines) {
  const size_t last = lines.size();
  const size_t line = std::clamp<size_t>(static_cast<size_t>(std::max(fault.line, 1)), 1, last);
  const std::string& text = lines[line - 1];
  const size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
  if (const size_t tab = text.find('\t'); tab < indent)
    return makeError(ErrorCode::kInvalidInput, "a tab indents this line")
        .at({file, static_cast<int>(line), static_cast<int>(tab) + 1})
        .hinting("YAML is indented with blanks only");
  auto [message, hint] = aboveIsWhy(lines, line - 1).value_or(std::pair(fault.message, fault.hint));
  return makeError(ErrorCode::kInvalidInput, "not valid YAML: {}", message)
      .at({file, static_cast<int>(line), codePointColumn(text, fault.column)})
      .hinting(std::move(hint));
}

}  // namespace

YamlDocument::YamlDocument(std::shared_ptr<const YamlTree> tree, size_t root, Json value, bool faulty)
    : tree_(std::move(tree)), root_(root), value_(std::move(value)), faulty_(faulty) {}

SourcePosition YamlDocument::position() const {
  const auto root = static_cast<uint32_t>(root_);
  const auto& node = tree_->nodes[root];
  return positionIn(*tree_,
                    node.kind == YamlNode::Kind::kMap && !node.children.empty() ? node.children[0] : root);
}

SourcePosition YamlDocument::positionOf(const std::string& path, bool atKey) const {
  const auto place = follow(*tree_, static_cast<uint32_t>(root_), path);
  if (!place || path.empty()) return place ? position() : SourcePosition{};
  // An empty entry of a list stands nowhere: the list is shown.
  if (place->node == place->key && tree_->nodes[place->node].kind == YamlNode::Kind::kNull)
    return positionOf(path.substr(0, path.rfind('[')));
  const bool nothing =
      tree_->nodes[place->node].kind == YamlNode::Kind::kNull && tree_->nodes[place->node].text.empty();
  return positionIn(*tree_, atKey || nothing ? place->key : place->node);
}

std::string YamlDocument::scalarText(const std::string& path) const {
  const auto place = follow(*tree_, static_cast<uint32_t>(root_), path);
  return place ? tree_->nodes[place->node].text : "";
}

std::vector<std::pair<std::string, SourcePosition>> YamlDocument::positions() const {
  std::vector<std::pair<std::string, SourcePosition>> out;
  size_t budget = 4 << 20;
  collectPositions(*tree_, static_cast<uint32_t>(root_), "", budget, out);
  return out;
}

void showLine(Error& error, const std::vector<std::string>& lines) {
  const auto line = static_cast<size_t>(error.position.line);
  if (!error.position.known() || line > lines.size()) return;
  const std::string& text = lines[line - 1];
  error.sourceLine = excerptAround(text, error.position.column);
}

YamlText readYaml(const std::string& file, std::string_view text) {
  YamlText out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    out.errors.push_back(makeError(ErrorCode::kInvalidInput, "the file is UTF-16")
                             .at({file, 1, 1})
                             .hinting("save it as UTF-8"));
    return out;
  }
  out.lines = linesOf(text);
  if (auto error = badBytes(file, out.lines)) {
    out.errors.push_back(std::move(*error));
    return out;
  }
  auto tree = std::make_shared<YamlTree>();
  tree->file = file;
  std::vector<uint32_t> roots;
  for (const auto& part : partsOf(out.lines)) {
    const size_t firstNode = tree->nodes.size();
    const auto root = parseYaml(part.text, part.firstLine, *tree);
    if (!root)
      out.errors.push_back(faultError(file, root.error(), out.lines));
    else
      roots.push_back(*root);
    toCodePoints(*tree, firstNode, out.lines);
  }
  for (const uint32_t root : roots) {
    const size_t before = out.errors.size();
    auto value = yamlToJson(*tree, root, out.errors);
    if (value && tree->nodes[root].kind != YamlNode::Kind::kNull)
      out.documents.emplace_back(tree, root, std::move(*value), out.errors.size() > before);
  }
  for (auto& error : out.errors) showLine(error, out.lines);
  return out;
}

}  // namespace proffer
