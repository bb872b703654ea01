// The tree between YAML's events and JSON. Internal to yaml_*.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer {

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap } kind = Kind::kNull;
  bool plain = false;    ///< a scalar without quotes or tag: may mean a number, a boolean or null
  bool complete = true;  ///< false while its children are still being read
  int line = 0, column = 0;
  std::string text;                ///< kScalar
  std::vector<uint32_t> children;  ///< kSequence: elements; kMap: key, value, key, value
  std::vector<bool> byAlias;       ///< beside children: whether it came as *alias
};

struct YamlTree {
  std::string file;
  std::vector<YamlNode> nodes;
};

inline constexpr int kDeepestYaml = 64;
inline constexpr size_t kMostYamlNodes = 500'000;
inline constexpr size_t kMostAliasedNodes = 100'000;
inline constexpr size_t kMostAliasedBytes = 8 << 20;
inline constexpr size_t kLongestYamlKey = 1024;

/// A syntax error; line and column count from 1, the column in bytes.
struct YamlFault {
  std::string message, hint;
  int line = 0, column = 0;
};

/// Parses one document that begins at line `firstLine` of its file into the tree. The root's index, or the
/// fault.
tl::expected<uint32_t, YamlFault> parseYaml(std::string_view document, int firstLine, YamlTree& tree);

/// What a plain scalar means: null, a boolean, a number or its text.
Json plainScalar(const std::string& text);

/// The JSON value of a node, aliases expanded. Errors: keys twice, keys that are no text; nothing if it would
/// be too large.
std::optional<Json> yamlToJson(const YamlTree& tree, uint32_t root, std::vector<Error>& errors);

/// The pairs of a map with `<<` merged in; own keys win.
struct YamlPair {
  uint32_t key, value;
  bool byAlias;
};
std::vector<YamlPair> yamlPairs(const YamlTree& tree, uint32_t map);

}  // namespace proffer
