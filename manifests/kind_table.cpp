#include "manifests/kind_table.h"

#include "base/text.h"
#include "manifests/kinds/kinds.h"
#include "manifests/normalizer.h"

namespace proffer {

std::span<const KindTable> allKinds() {
  static const std::vector<KindTable> kKinds{kinds::datasetGroup(),    kinds::schema(),
                                             kinds::dataset(),         kinds::datasetImport(),
                                             kinds::datasetExport(),   kinds::dataDeletion(),
                                             kinds::eventTracker(),    kinds::filter(),
                                             kinds::recommender(),     kinds::solution(),
                                             kinds::solutionVersion(), kinds::campaign(),
                                             kinds::experiment(),      kinds::batchInferenceJob(),
                                             kinds::batchSegmentJob(), kinds::metricAttribution(),
                                             kinds::gitSource()};
  return kKinds;
}

const KindTable* findKind(std::string_view name) {
  for (const auto& table : allKinds()) {
    if (equalsIgnoreCase(table.kind, name) || table.plural == lower(name)) return &table;
    for (const auto& shortName : table.shortNames)
      if (shortName == lower(name)) return &table;
  }
  return nullptr;
}

Result<const KindTable*> requireKind(std::string_view name) {
  if (const KindTable* table = findKind(name)) return table;
  std::vector<std::string> names, kinds;
  for (const auto& table : allKinds()) {
    kinds.push_back(table.kind);
    names.push_back(table.kind);
    names.push_back(table.plural);
  }
  const auto hint = didYouMean(name, names);
  return fail(makeError(ErrorCode::kInvalidInput, "unknown kind {}", quoted(name))
                  .hinting(hint.empty() ? fmt::format("allowed: {}", join(kinds, ", ")) : hint));
}

void normalizeResource(Resource& resource, std::vector<Problem>& problems, const ScalarTexts& texts) {
  Normalizer normalizer(problems, texts);
  const KindTable* table = findKind(resource.kind);
  if (table == nullptr || table->kind != resource.kind) {
    normalizer.problem("kind", fmt::format("unknown kind {}", quoted(resource.kind)));
    return;
  }
  if (table->grouped && resource.metadata.group.empty())
    normalizer.problem(
        "metadata.group", "required field is missing",
        fmt::format("expected the name of the DatasetGroup that this {} belongs to", table->kind));
  if (!table->grouped && !resource.metadata.group.empty())
    normalizer.problem("metadata.group",
                       fmt::format("a {} belongs to the server, not to a group", table->kind), "remove it",
                       true);
  if (!resource.spec.is_object()) resource.spec = Json::object();
  const size_t before = problems.size();
  if (!normalizer.object(table->fields, resource.spec, "spec"))
    normalizer.refineRest(table->refine, table->fields, resource.spec, "spec", before);
  else if (normalizer.refine(table->refine, resource.spec, "spec"))
    orderFields(table->fields, resource.spec);
}

std::vector<Error> normalize(Resource& resource) {
  std::vector<Problem> problems;
  Normalizer normalizer(problems);
  // Metadata may come from anywhere (a request's path, the program itself), so its names are looked at here
  // as well.
  Json names = Json::object();
  names["name"] = resource.metadata.name;
  if (!resource.metadata.group.empty()) names["group"] = resource.metadata.group;
  normalizer.object(metadataFields(), names, "metadata");
  normalizeResource(resource, problems);
  std::vector<Error> errors;
  for (auto& problem : problems) errors.push_back(std::move(problem.error));
  return errors;
}

}  // namespace proffer
