// The words and rows that explain and the reference share. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "manifests/kind_table.h"

namespace proffer {

struct FieldRow {
  std::string path;       ///< "sources[].csv"
  std::string type;       ///< "path, required"
  std::string byDefault;  ///< as it would be written; empty if there is none
  std::string help;
  std::string example;
};

/// "integer from 1 to 40", "one of FULL, INCREMENTAL", "list of objects": a field's type without its
/// presence.
std::string typeText(const Field& field);
/// One row for every field, those of objects, lists and maps below their own, to any depth.
std::vector<FieldRow> fieldRows(std::span<const Field> fields, const std::string& prefix = "");
/// The value as it would be written after a colon.
std::string inlineYaml(const Json& value);

}  // namespace proffer
