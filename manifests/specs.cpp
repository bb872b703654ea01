#include "manifests/specs.h"

#include "base/text.h"
#include "manifests/binding.h"

namespace proffer {

bool SchemaField::nullable() const {
  return std::find(types.begin(), types.end(), FieldType::kNull) != types.end();
}

FieldType SchemaField::valueType() const {
  for (const FieldType type : types)
    if (type != FieldType::kNull) return type;
  return FieldType::kNull;
}

template <class Enum>
static std::string_view wordFor(Enum value) {
  for (const auto& [word, meaning] : EnumWords<Enum>::words())
    if (meaning == value) return word;
  return "";
}

std::string_view domainName(Domain domain) {
  return wordFor(domain);
}
std::string_view datasetTypeName(DatasetType type) {
  return wordFor(type);
}
std::string_view fieldTypeName(FieldType type) {
  return wordFor(type);
}

std::optional<DatasetType> datasetTypeFromName(std::string_view name) {
  for (const auto& [word, meaning] : EnumWords<DatasetType>::words())
    if (equalsIgnoreCase(word, name)) return meaning;
  return std::nullopt;
}

}  // namespace proffer
