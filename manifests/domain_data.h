// The built-in domains as their data files say them. Internal to domain*.cpp; immutable after the first call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "manifests/domains.h"
#include "manifests/specs.h"

namespace proffer {

struct DomainText {
  std::string file, text;
};
/// The data files, compiled in.
std::vector<DomainText> domainTexts();

enum class ColumnAttribute { kNone, kCategorical, kTextual };

/// A column whose name has a meaning.
struct ReservedColumn {
  std::string name;
  std::vector<FieldType> types;  ///< the types that are taken
  bool required = false;
  bool nullable = false;
  ColumnAttribute attribute = ColumnAttribute::kNone;
};

struct DatasetRules {
  std::vector<ReservedColumn> columns;
  std::vector<std::string> defaultColumns;  ///< of the domain's own schema, empty if it has none
  int64_t metadataColumns = 0;              ///< the service's limit of columns that are not reserved
  bool needsMetadata = false;               ///< at least one besides the ids (SX-12)
};

struct DomainData {
  Domain domain = Domain::kCustom;
  std::map<DatasetType, DatasetRules> datasets;
  std::vector<UseCase> useCases;
};

const std::vector<DomainData>& allDomainData();
/// The rules of this domain; those of custom groups for dataset types that the domain does not have.
const DatasetRules& rulesFor(Domain domain, DatasetType type);

}  // namespace proffer
