// YAML texts as JSON values that remember where each part stood.
//
// YAML 1.2 as people write manifests: plain true, false, null and decimal numbers mean what they say,
// everything else is text (yes, no, 007 and 1_000 too); anchors, aliases and `<<` work. What cannot be meant
// is an error with its place: a key twice, a tab as indentation, bytes that are not UTF-8. Hostile texts are
// bounded: 64 levels, 500,000 values in a file, 100,000 values and 8 MB of text by way of aliases. A document
// with a syntax error does not hide those after it.
//
// Plain values; any thread. yaml-cpp's exceptions do not leave yaml_document.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer {

struct YamlTree;

class YamlDocument {
 public:
  YamlDocument(std::shared_ptr<const YamlTree> tree, size_t root, Json value, bool faulty);

  const Json& value() const { return value_; }
  /// Whether an error was reported for it (a key twice); what could be read is there nevertheless.
  bool faulty() const { return faulty_; }
  /// Where the document begins: its first key.
  SourcePosition position() const;
  /// Where the value at "spec.sources[0].csv" stands (`atKey`: its name); unknown if there is no such value.
  SourcePosition positionOf(const std::string& path, bool atKey = false) const;
  /// The text of the plain scalar at this path as it was written; empty if it is no scalar.
  std::string scalarText(const std::string& path) const;
  /// All paths with the places of their values, in the order of the text.
  std::vector<std::pair<std::string, SourcePosition>> positions() const;

 private:
  std::shared_ptr<const YamlTree> tree_;
  size_t root_;
  Json value_;
  bool faulty_;
};

struct YamlText {
  std::vector<YamlDocument> documents;  ///< empty ones are left out
  std::vector<Error> errors;            ///< with file, line, column and the line's text
  std::vector<std::string> lines;       ///< of the text, for carets
};

YamlText readYaml(const std::string& file, std::string_view text);

/// Sets the error's source line from its position, if it is not too long to be shown.
void showLine(Error& error, const std::vector<std::string>& lines);

}  // namespace proffer
