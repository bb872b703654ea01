// From the tree to JSON: aliases expanded within bounds, `<<` merged, keys checked.
#include <set>

#include "base/text.h"
#include "manifests/normalizer.h"
#include "manifests/yaml_tree.h"

namespace proffer {
namespace {

bool isMerge(const YamlNode& key) {
  return key.kind == YamlNode::Kind::kScalar && key.plain && key.text == "<<";
}

class Expander {
 public:
  Expander(const YamlTree& tree, std::vector<Error>& errors) : tree_(tree), errors_(errors) {}

  Json value(uint32_t index, const std::string& path, int depth, bool aliased) {
    const YamlNode& node = tree_.nodes[index];
    if (stopped_ || !spend(node, aliased) || !shallow(node, depth)) return nullptr;
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        return nullptr;
      case YamlNode::Kind::kScalar:
        return node.plain ? plainScalar(node.text) : Json(node.text);
      case YamlNode::Kind::kSequence: {
        Json list = Json::array();
        for (size_t i = 0; i < node.children.size() && !stopped_; ++i)
          list.push_back(
              value(node.children[i], fmt::format("{}[{}]", path, i), depth + 1, aliased || node.byAlias[i]));
        return list;
      }
      case YamlNode::Kind::kMap:
        return map(index, path, depth, aliased);
    }
    return nullptr;
  }

  bool stopped() const { return stopped_; }

 private:
  Json map(uint32_t index, const std::string& path, int depth, bool aliased) {
    checkKeys(index, path);
    Json object = Json::object();
    std::set<std::string_view> seen;
    for (const auto& pair : yamlPairs(tree_, index)) {
      const YamlNode& key = tree_.nodes[pair.key];
      if (stopped_) break;
      if (key.kind != YamlNode::Kind::kScalar || key.text.size() > kLongestYamlKey ||
          !seen.insert(key.text).second)
        continue;
      if (!spend(key, aliased || pair.byAlias)) break;
      // push_back, not []: the object is a list of pairs, and looking each key up again would make long maps
      // slow
      object.get_ref<Json::object_t&>().emplace_back(
          key.text, value(pair.value, joinPath(path, key.text), depth + 1, aliased || pair.byAlias));
    }
    return object;
  }

  // Once per map of the text, however often aliases bring it in.
  void checkKeys(uint32_t index, const std::string& path) {
    if (!checked_.insert(index).second) return;
    const YamlNode& node = tree_.nodes[index];
    std::map<std::string_view, int> lines;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = tree_.nodes[node.children[i]];
      const YamlNode& value = tree_.nodes[node.children[i + 1]];
      if (isMerge(key)) {
        if (!mergeable(value))
          error(value, joinPath(path, "<<"), "<< merges maps, this is none", "write <<: *anchor");
        continue;
      }
      if (key.kind != YamlNode::Kind::kScalar) {
        error(key, path,
              key.kind == YamlNode::Kind::kNull ? "a key is missing before the colon"
                                                : "a key must be a word, this is a list or a map",
              "");
      } else if (key.text.size() > kLongestYamlKey) {
        error(key, path, fmt::format("a key is longer than {} characters", kLongestYamlKey), "");
      } else if (const auto [first, fresh] = lines.emplace(key.text, key.line); !fresh) {
        error(key, joinPath(path, key.text), "this key stands here twice",
              fmt::format("the first is in line {}", first->second));
      }
    }
  }

  bool mergeable(const YamlNode& value) const {
    if (value.kind == YamlNode::Kind::kMap) return true;
    return value.kind == YamlNode::Kind::kSequence &&
           std::all_of(value.children.begin(), value.children.end(),
                       [&](uint32_t child) { return tree_.nodes[child].kind == YamlNode::Kind::kMap; });
  }

  bool shallow(const YamlNode& node, int depth) {
    if (depth <= kDeepestYaml) return true;
    stop(node, fmt::format("nested deeper than {} levels", kDeepestYaml));
    return false;
  }

  // Aliases may repeat parts of a text, not blow it up.
  bool spend(const YamlNode& node, bool aliased) {
    if (!aliased) return true;
    ++aliasedNodes_;
    aliasedBytes_ += node.text.size();
    if (aliasedNodes_ <= kMostAliasedNodes && aliasedBytes_ <= kMostAliasedBytes) return true;
    stop(node, fmt::format("aliases expand this document to more than {}",
                           aliasedNodes_ > kMostAliasedNodes ? withThousands(kMostAliasedNodes) + " values"
                                                             : "8 MB of text"));
    return false;
  }

  void stop(const YamlNode& node, std::string message) {
    if (!stopped_) error(node, "", std::move(message), "");
    stopped_ = true;
  }

  void error(const YamlNode& node, const std::string& path, std::string message, std::string hint) {
    errors_.push_back(Error{ErrorCode::kInvalidInput,
                            std::move(message),
                            path,
                            {tree_.file, node.line, node.column},
                            std::move(hint)});
  }

  const YamlTree& tree_;
  std::vector<Error>& errors_;
  std::set<uint32_t> checked_;
  size_t aliasedNodes_ = 0, aliasedBytes_ = 0;
  bool stopped_ = false;
};

void collectPairs(const YamlTree& tree, uint32_t map, bool byAlias, int depth, std::vector<YamlPair>& own,
                  std::vector<YamlPair>& merged) {
  const YamlNode& node = tree.nodes[map];
  for (size_t i = 0; i + 1 < node.children.size() && own.size() + merged.size() < kMostAliasedNodes; i += 2) {
    const uint32_t value = node.children[i + 1];
    const bool aliased = byAlias || node.byAlias[i + 1];
    if (!isMerge(tree.nodes[node.children[i]])) {
      own.push_back({node.children[i], value, aliased});
      continue;
    }
    if (depth >= kDeepestYaml) continue;
    const auto& from = tree.nodes[value];
    std::vector<uint32_t> maps =
        from.kind == YamlNode::Kind::kSequence ? from.children : std::vector<uint32_t>{value};
    for (const uint32_t other : maps)
      if (tree.nodes[other].kind == YamlNode::Kind::kMap)
        collectPairs(tree, other, true, depth + 1, merged, merged);
  }
}

}  // namespace

std::vector<YamlPair> yamlPairs(const YamlTree& tree, uint32_t map) {
  std::vector<YamlPair> own, merged;
  collectPairs(tree, map, false, 0, own, merged);
  own.insert(own.end(), merged.begin(), merged.end());
  return own;
}

std::optional<Json> yamlToJson(const YamlTree& tree, uint32_t root, std::vector<Error>& errors) {
  Expander expander(tree, errors);
  Json value = expander.value(root, "", 0, false);
  return expander.stopped() ? std::nullopt : std::optional(std::move(value));
}

}  // namespace proffer
