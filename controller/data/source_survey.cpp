#include "controller/data/source_survey.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "controller/data/source_text.h"

namespace proffer::data {
namespace {

// A file that was written this shortly before it was looked at may have been written again within the same
// tick of the file system's clock.
constexpr Duration kRacy = std::chrono::seconds(2);

Json mappingToJson(const DataSource& source) {
  Json where = Json::array();
  for (const auto& condition : source.where)
    where.push_back({{"column", condition.column}, {"op", condition.op}, {"values", condition.values}});
  return {{"columns", source.columns},
          {"constants", source.constants},
          {"where", std::move(where)},
          {"unit", source.timestampUnit}};
}

std::string hashOf(const Json& json) {
  return hashHex(hash128(dumpJson(json)));
}

const store::SourceRow* findRow(const std::vector<store::SourceRow>& rows, const SourceSurvey::File& file) {
  for (const auto& row : rows) {
    if (row.incremental == file.incremental && row.file == file.file.name &&
        row.definition == file.definition)
      return &row;
  }
  return nullptr;
}

// Whether the file's content is what was imported. When only its time moved, the content decides.
Result<bool> isUnchanged(SourceSurvey::File& file, const store::SourceRow& known, Time now,
                         io::FileSystem& files, std::vector<store::SourceRow>& touched) {
  file.row = known;
  if (known.size != file.file.size) return false;
  if (file.file.isObject()) return known.hash == contentMark(file.file);
  const bool racy = known.modified + kRacy >= known.looked;
  if (known.modified == file.file.modified && !racy) return true;
  PROFFER_TRY(const Hash128 hash, hashFile(file.file.path, files));
  if (hashHex(hash) != known.hash) return false;
  file.row.modified = file.file.modified;
  file.row.looked = now;
  touched.push_back(file.row);
  return true;
}

}  // namespace

std::string contentMark(const SourceRoots::SourceFile& object) {
  return "etag " + object.etag;
}

Json schemaToJson(const DatasetDefinition& dataset) {
  Json fields = Json::array();
  for (const auto& field : dataset.fields) {
    Json types = Json::array();
    for (const auto type : field.types) types.push_back(static_cast<int>(type));
    fields.push_back({{"name", field.name},
                      {"types", std::move(types)},
                      {"categorical", field.categorical},
                      {"textual", field.textual}});
    if (field.itemName) fields.back()["itemName"] = true;
  }
  return {{"fields", std::move(fields)}, {"orderColumn", dataset.orderColumn.value_or("")}};
}

DatasetDefinition schemaFromJson(const Json& schema) {
  DatasetDefinition dataset;
  for (const auto& listed : member(schema, "fields")) {
    SchemaField field;
    field.name = stringMember(listed, "name");
    for (const auto& type : member(listed, "types")) {
      if (type.is_number_integer()) field.types.push_back(static_cast<FieldType>(type.get<int>()));
    }
    field.categorical = boolMember(listed, "categorical");
    field.textual = boolMember(listed, "textual");
    field.itemName = boolMember(listed, "itemName");
    dataset.fields.push_back(std::move(field));
  }
  if (const std::string order = stringMember(schema, "orderColumn"); !order.empty())
    dataset.orderColumn = order;
  return dataset;
}

DatasetDefinition normalisedSources(DatasetDefinition dataset) {
  const auto raise = [](std::map<std::string, std::string>& map) {
    std::map<std::string, std::string> raised;
    for (auto& [key, value] : map) raised[upper(key)] = std::move(value);
    map = std::move(raised);
  };
  for (auto& source : dataset.sources) {
    raise(source.columns);
    raise(source.constants);
  }
  return dataset;
}

Result<SourceSurvey> surveySources(const DatasetDefinition& dataset, const Imported& imported,
                                   const SourceRoots& roots, Time now, io::FileSystem& files) {
  SourceSurvey survey;
  Json schema = schemaToJson(dataset);
  if (dataset.retain) schema = {schema, {{"retain", dataset.retain->count()}}};
  Json full = Json::array();
  Json seen = Json::array();
  std::set<std::string> fullNames;
  for (size_t i = 0; i < dataset.sources.size(); ++i) {
    const DataSource& source = dataset.sources[i];
    const bool incremental = source.mode == ImportMode::kIncremental;
    const Json mapping = mappingToJson(source);
    if (!incremental) full.push_back({{"csv", source.csv}, {"mapping", mapping}});
    auto found = roots.find(source.csv, files);
    if (!found) return fail(std::move(found).error().in(fmt::format("spec.sources[{}].csv", i)));
    for (auto& file : *found) {
      SourceSurvey::File one{.source = &source,
                             .file = std::move(file),
                             .incremental = incremental,
                             .definition = {},
                             .changed = true,
                             .row = {}};
      if (incremental) one.definition = hashOf({schema, mapping});
      if (!incremental) fullNames.insert(one.file.name);
      const auto* known = findRow(imported.sources, one);
      if (known) {
        PROFFER_TRY(const bool unchanged, isUnchanged(one, *known, now, files, survey.touched));
        one.changed = !unchanged;
      }
      seen.push_back({one.file.name, incremental, one.definition, one.file.size, toMicros(one.file.modified),
                      one.file.etag});
      survey.files.push_back(std::move(one));
    }
  }
  survey.definition = hashOf({schema, full});
  size_t knownFull = 0;
  for (const auto& row : imported.sources) knownFull += row.incremental ? 0 : 1;
  survey.fullChanged =
      !imported.dataset || imported.dataset->definition != survey.definition || knownFull != fullNames.size();
  for (const auto& file : survey.files) {
    survey.fullChanged = survey.fullChanged || (file.changed && !file.incremental);
    survey.changed = survey.changed || file.changed;
  }
  if (dataset.ownRun) {
    // FULL replaces what all runs brought, also if its files are known; INCREMENTAL leaves that alone.
    const bool replaces =
        std::any_of(dataset.sources.begin(), dataset.sources.end(),
                    [](const DataSource& source) { return source.mode == ImportMode::kFull; });
    survey.fullChanged = replaces;
    if (!replaces && imported.dataset) survey.definition = imported.dataset->definition;
  }
  survey.changed = !dataset.sources.empty() && (survey.changed || survey.fullChanged);
  survey.fingerprint = survey.changed
                           ? hashOf({survey.definition, seen, dataset.maxBadRows, dataset.minimumRows})
                       : imported.dataset ? imported.dataset->fingerprint
                                          : std::string();
  return survey;
}

}  // namespace proffer::data
