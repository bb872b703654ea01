#include "manifests/domain_data.h"

#include <stdexcept>

#include "base/text.h"
#include "manifests/binding.h"
#include "manifests/normalizer.h"
#include "manifests/yaml_document.h"

namespace proffer {

template <>
struct EnumWords<ColumnAttribute> {
  static const EnumWordList<ColumnAttribute>& words() {
    static const EnumWordList<ColumnAttribute> kWords{{"categorical", ColumnAttribute::kCategorical},
                                                      {"textual", ColumnAttribute::kTextual}};
    return kWords;
  }
};

PROFFER_BINDING(ReservedColumn) {
  binding.add("name", &ReservedColumn::name, "").required();
  binding.add("type", &ReservedColumn::types, "").required().oneOrMany();
  binding.add("required", &ReservedColumn::required, "");
  binding.add("nullable", &ReservedColumn::nullable, "");
  binding.add("attribute", &ReservedColumn::attribute, "");
}

PROFFER_BINDING(DatasetRules) {
  binding.add("columns", &DatasetRules::columns, "").required();
  binding.add("default", &DatasetRules::defaultColumns, "");
  binding.add("metadataColumns", &DatasetRules::metadataColumns, "").required();
  binding.add("needsMetadata", &DatasetRules::needsMetadata, "");
}

PROFFER_BINDING(UseCase) {
  binding.add("name", &UseCase::name, "").required();
  binding.add("recipe", &UseCase::recipe, "").required();
  binding.add("title", &UseCase::title, "").required();
  binding.add("help", &UseCase::help, "").required();
  binding.add("family", &UseCase::family, "").required();
  binding.add("needsUser", &UseCase::needsUser, "");
  binding.add("needsItem", &UseCase::needsItem, "");
  binding.add("needsItemsDataset", &UseCase::needsItemsDataset, "");
  binding.add("explores", &UseCase::explores, "");
  binding.add("countedEvents", &UseCase::countedEvents, "");
  binding.add("requiredEvents", &UseCase::requiredEvents, "");
  binding.add("recommendedEvents", &UseCase::recommendedEvents, "");
  binding.add("automaticFilter", &UseCase::automaticFilter, "");
  binding.add("counting", &UseCase::counting, "").oneOf({"users", "events"});
  binding.add("train", &UseCase::train, "").as(ValueType::kSchedule);
  binding.add("update", &UseCase::update, "").as(ValueType::kSchedule);
}

namespace {

// One file's top: dataset types are keys, which a struct's members cannot say.
struct DomainFile {
  std::string domain;
  std::map<std::string, DatasetRules> datasets;
  std::vector<UseCase> useCases;
};

}  // namespace

PROFFER_BINDING(DomainFile) {
  binding.add("domain", &DomainFile::domain, "");
  binding.add("datasets", &DomainFile::datasets, "").required();
  binding.add("useCases", &DomainFile::useCases, "");
}

// The files are part of the program: what is wrong with them is a mistake of ours and is found by the first
// test.
static DomainData readDomain(const DomainText& source) {
  const YamlText yaml = readYaml(source.file, source.text);
  std::vector<Problem> problems;
  DomainFile file;
  Json value = yaml.documents.empty() ? Json() : yaml.documents[0].value();
  if (!yaml.errors.empty()) problems.push_back({yaml.errors[0]});
  if (problems.empty()) Normalizer(problems).object(bindingOf<DomainFile>().fields(), value, "");
  if (problems.empty())
    if (const auto wrong = bindingOf<DomainFile>().read(value, file))
      problems.push_back({makeError(ErrorCode::kInternal, "bad field").in(*wrong)});
  if (!problems.empty())
    throw std::logic_error(fmt::format("{}: {}", source.file, formatError(problems[0].error)));
  DomainData data;
  for (const auto& [word, domain] : EnumWords<Domain>::words())
    if (word == file.domain) data.domain = domain;
  for (auto& [type, rules] : file.datasets)
    data.datasets[datasetTypeFromName(type).value()] = std::move(rules);
  data.useCases = std::move(file.useCases);
  for (auto& useCase : data.useCases) useCase.domain = data.domain;
  return data;
}

const std::vector<DomainData>& allDomainData() {
  static const std::vector<DomainData> kDomains = [] {
    std::vector<DomainData> domains;
    for (const auto& text : domainTexts()) domains.push_back(readDomain(text));
    std::sort(domains.begin(), domains.end(),
              [](const DomainData& a, const DomainData& b) { return a.domain < b.domain; });
    return domains;
  }();
  return kDomains;
}

const DatasetRules& rulesFor(Domain domain, DatasetType type) {
  for (const auto& data : allDomainData())
    if (const auto found = data.datasets.find(type); data.domain == domain && found != data.datasets.end())
      return found->second;
  return allDomainData().front().datasets.at(type);
}

}  // namespace proffer
