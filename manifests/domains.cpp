#include "manifests/domains.h"

#include "base/text.h"
#include "manifests/domain_data.h"

namespace proffer {

std::span<const UseCase> allUseCases() {
  static const std::vector<UseCase> kUseCases = [] {
    std::vector<UseCase> all;
    for (const auto& domain : allDomainData())
      all.insert(all.end(), domain.useCases.begin(), domain.useCases.end());
    return all;
  }();
  return kUseCases;
}

// "arn:aws:personalize:::recipe/aws-vod-top-picks", "Top picks for you" and "top_picks_for_you" mean what
// they look like.
static std::string foldedName(std::string_view name) {
  std::string folded = lower(trim(name));
  if (const auto recipe = folded.find(":recipe/"); recipe != std::string::npos) folded.erase(0, recipe + 8);
  for (char& c : folded)
    if (c == ' ' || c == '_') c = '-';
  return folded;
}

const UseCase* findUseCase(std::string_view name, Domain domain) {
  const std::string wanted = foldedName(name);
  const UseCase* found = nullptr;
  for (const auto& useCase : allUseCases()) {
    if (wanted != useCase.name && wanted != useCase.recipe && wanted != foldedName(useCase.title)) continue;
    if (useCase.domain == domain) return &useCase;
    if (found == nullptr && domain == Domain::kCustom) found = &useCase;
  }
  return found;
}

std::vector<std::string> useCaseNames(Domain domain) {
  std::vector<std::string> names;
  for (const auto& useCase : allUseCases())
    if (domain == Domain::kCustom || useCase.domain == domain) names.push_back(useCase.name);
  return names;
}

std::vector<SchemaField> defaultSchema(Domain domain, DatasetType type) {
  std::vector<SchemaField> fields;
  const DatasetRules& rules = rulesFor(domain, type);
  for (const auto& name : rules.defaultColumns)
    for (const auto& column : rules.columns)
      if (column.name == name)
        fields.push_back({.name = name,
                          .types = {column.types.front()},
                          .categorical = column.attribute == ColumnAttribute::kCategorical,
                          .textual = column.attribute == ColumnAttribute::kTextual});
  return fields;
}

std::vector<SchemaField> datasetColumns(const DatasetSpec& spec, Domain domain,
                                        const std::vector<SchemaField>& named) {
  auto fields = spec.schemaFields ? *spec.schemaFields
                : spec.schemaName ? named
                                  : defaultSchema(domain, spec.type);
  const bool hasTitle =
      !spec.displayTitle || std::any_of(fields.begin(), fields.end(), [&](const SchemaField& field) {
        return field.name == *spec.displayTitle;
      });
  if (!hasTitle)
    fields.push_back({.name = *spec.displayTitle, .types = {FieldType::kString, FieldType::kNull}});
  return fields;
}

}  // namespace proffer
