#include "manifests/manifest_set.h"

#include <array>
#include <limits>
#include <set>

#include "base/text.h"
#include "manifests/domains.h"
#include "manifests/kind_table.h"
#include "manifests/specs.h"
#include "recipes/catalogue.h"

namespace proffer {
namespace {

std::string placeText(const SourcePosition& position) {
  return fmt::format("{}:{}", position.file, position.line);
}

class SetChecker {
 public:
  explicit SetChecker(ManifestSet& set) : set_(set) {
    for (const auto* manifests : {&set.manifests, &set.faulty})
      for (const auto& manifest : *manifests) {
        all_.push_back(&manifest);
        known_.emplace(manifest.resource.key(), &manifest);
      }
  }

  std::vector<Error> run() {
    twice();
    sharedNames();
    for (const Manifest* manifest : all_) {
      if (manifest->resource.kind == "Schema") schema(*manifest);
      if (manifest->resource.kind == "Dataset") dataset(*manifest);
      if (manifest->resource.kind == "Recommender") recommender(*manifest);
      if (manifest->resource.spec.contains("solution")) usesSolution(*manifest);
    }
    moveFaulty();
    return std::move(errors_);
  }

 private:
  // What is known of an object may lack what is wrong with it: then nothing is concluded from it.
  static bool lacks(const Manifest& manifest, std::string_view member) {
    return manifest.atFault.contains("") || manifest.atFault.contains(std::string(member));
  }

  void moveFaulty() {
    std::vector<Manifest> good;
    std::vector<Manifest> faulty = std::move(set_.faulty);
    for (Manifest& manifest : set_.manifests)
      (faulty_.contains(&manifest) ? faulty : good).push_back(std::move(manifest));
    set_.manifests = std::move(good);
    set_.faulty = std::move(faulty);
  }

  void add(const Manifest& manifest, std::string field, std::string message, std::string hint) {
    SourcePosition position = manifest.position;
    for (std::string path = field; !path.empty();) {
      if (const auto found = manifest.fieldPositions.find(path); found != manifest.fieldPositions.end()) {
        position = found->second;
        break;
      }
      const size_t cut = path.find_last_of(".[");
      path = cut == std::string::npos ? "" : path.substr(0, cut);
    }
    errors_.push_back(
        Error{ErrorCode::kInvalidInput, std::move(message), std::move(field), position, std::move(hint)});
    faulty_.insert(&manifest);
  }

  void twice() {
    for (const Manifest* manifest : all_) {
      const Manifest* first = known_.at(manifest->resource.key());
      if (first != manifest)
        add(*manifest, "metadata.name",
            fmt::format("{} is defined twice", manifest->resource.key().toString()),
            fmt::format("the first is at {}", placeText(first->position)));
    }
  }

  // GROUP/NAME must be enough to ask for recommendations; and a group has one dataset of each type and one
  // tracker.
  void sharedNames() {
    std::map<std::string, const Manifest*> servers, datasets, single;
    for (const Manifest* each : all_) {
      const Manifest& manifest = *each;
      const auto& [kind, group, name] = manifest.resource.key();
      if (faulty_.contains(&manifest)) continue;
      const auto clash = [&](std::map<std::string, const Manifest*>& seen,
                             const std::string& what) -> const Manifest* {
        const auto [found, fresh] = seen.emplace(what, &manifest);
        return fresh ? nullptr : found->second;
      };
      if (kind == "Recommender" || kind == "Campaign" || kind == "Experiment") {
        if (const Manifest* first = clash(servers, group + "/" + name))
          add(manifest, "metadata.name",
              fmt::format("{} is already the name of a {}", quoted(name), first->resource.kind),
              "recommenders, campaigns and experiments of a group share their names");
      } else if (kind == "Dataset") {
        const std::string type = stringMember(manifest.resource.spec, "type");
        if (const Manifest* first = type.empty() ? nullptr : clash(datasets, group + "/" + type))
          add(manifest, "spec.type", fmt::format("group {} has two datasets of type {}", group, type),
              fmt::format("the first is {} at {}", first->resource.metadata.name,
                          placeText(first->position)));
      } else if (kind == "EventTracker" || kind == "MetricAttribution") {
        if (const Manifest* first = clash(single, kind + "/" + group))
          add(manifest, "metadata.name",
              fmt::format("group {} has two of kind {}, one is allowed", group, kind),
              fmt::format("the first is {} at {}", first->resource.metadata.name,
                          placeText(first->position)));
      }
    }
  }

  std::optional<DatasetGroupSpec> groupOf(const Manifest& manifest) const {
    const auto found = known_.find({"DatasetGroup", "", manifest.resource.metadata.group});
    if (found == known_.end() || lacks(*found->second, "domain")) return std::nullopt;
    const auto spec = specOf<DatasetGroupSpec>(found->second->resource);
    return spec ? std::optional(*spec) : std::nullopt;
  }

  // One that does not say its type must still fit some type: which columns are missing is said where it does.
  void schema(const Manifest& manifest) {
    const auto spec = specOf<SchemaSpec>(manifest.resource);
    if (!spec || spec->type || spec->fields.empty()) return;
    if (lacks(manifest, "type") || lacks(manifest, "domain") || lacks(manifest, "fields")) return;
    std::vector<std::string> needs;
    for (const DatasetType type : kDatasetTypes) {
      const bool actions = type == DatasetType::kActions || type == DatasetType::kActionInteractions;
      if (actions && spec->domain != Domain::kCustom) continue;
      if (checkSchema(spec->domain, type, spec->fields, QuotaProfile::kGenerous).empty()) return;
      needs.push_back(
          fmt::format("{} {}", datasetTypeName(type), join(requiredColumns(spec->domain, type), ", ")));
    }
    add(manifest, spec->avro ? "spec.avro" : "spec.fields", "these columns fit no type of dataset",
        fmt::format("required are, in {}", join(needs, "; ")));
  }

  // The domain that the dataset's schema is held to: its group's, else its schema's, else the one that finds
  // the least wrong, as a column that no domain can do without is known to be missing.
  static Domain likeliestDomain(DatasetType type, const std::vector<SchemaField>& fields) {
    Domain best = Domain::kCustom;
    size_t least = std::numeric_limits<size_t>::max();
    for (const Domain domain : {Domain::kCustom, Domain::kEcommerce, Domain::kVideoOnDemand}) {
      const size_t errors = checkSchema(domain, type, fields, QuotaProfile::kGenerous).size();
      if (errors < least) best = domain, least = errors;
    }
    return best;
  }

  void dataset(const Manifest& manifest) {
    const auto spec = specOf<DatasetSpec>(manifest.resource);
    const auto group = groupOf(manifest);
    if (!spec || lacks(manifest, "schema")) return;
    std::vector<SchemaField> fields;
    bool known = group.has_value();
    Domain domain = known ? group->domain : Domain::kCustom;
    if (spec->schemaFields) {
      fields = *spec->schemaFields;
    } else if (spec->schemaName) {
      const auto found = known_.find({"Schema", "", *spec->schemaName});
      const auto schema = found == known_.end() ? Result<SchemaSpec>(SchemaSpec{})
                                                : specOf<SchemaSpec>(found->second->resource);
      if (!schema || (found != known_.end() && !found->second->atFault.empty())) return;
      if (found != known_.end() && !namedSchema(manifest, *schema, *spec, group)) return;
      if (found != known_.end()) domain = schema->domain, known = true;
      fields = schema->fields;
    } else if (group) {
      fields = defaultSchema(group->domain, spec->type);
      if (fields.empty())
        return add(manifest, "spec.schema", "required field is missing",
                   group->domain == Domain::kCustom
                       ? "a dataset of a custom group needs a schema"
                       : fmt::format("{} has no schema of its own for {}", domainName(group->domain),
                                     datasetTypeName(spec->type)));
    }
    if (fields.empty()) return;
    if (!known) domain = likeliestDomain(spec->type, fields);
    for (auto& error :
         checkSchema(domain, spec->type, fields, group ? group->quotas : QuotaProfile::kGenerous))
      add(manifest, spec->schemaFields ? "spec.schema." + error.field : "spec.schema", error.message,
          error.hint);
    if (!lacks(manifest, "display")) columns(manifest, *spec, fields);
  }

  bool namedSchema(const Manifest& manifest, const SchemaSpec& schema, const DatasetSpec& spec,
                   const std::optional<DatasetGroupSpec>& group) {
    const auto name = [](Domain domain) {
      return domain == Domain::kCustom ? "custom groups" : fmt::format("domain {}", domainName(domain));
    };
    if (schema.type && *schema.type != spec.type)
      add(manifest, "spec.schema",
          fmt::format("schema {} is for {}, this dataset holds {}", *spec.schemaName,
                      datasetTypeName(*schema.type), datasetTypeName(spec.type)),
          "");
    else if (group && schema.domain != group->domain)
      add(manifest, "spec.schema",
          fmt::format("schema {} is for {}, this group is for {}", *spec.schemaName, name(schema.domain),
                      name(group->domain)),
          "");
    else
      return true;
    return false;
  }

  // The columns that the dataset names must be columns of its schema.
  void columns(const Manifest& manifest, const DatasetSpec& spec, const std::vector<SchemaField>& fields) {
    std::vector<std::string> names;
    for (const auto& field : fields) names.push_back(field.name);
    const auto check = [&](const std::string& path, const std::string& column) {
      if (std::find(names.begin(), names.end(), column) != names.end()) return;
      const auto hint = didYouMean(column, names);
      add(manifest, path, fmt::format("the schema has no column {}", column),
          hint.empty() ? fmt::format("it has {}", join(names, ", ")) : hint);
    };
    if (spec.displayTitle) names.push_back(*spec.displayTitle);  // a column for people, which no recipe reads
    for (size_t i = 0; i < spec.sources.size(); ++i) {
      for (const auto& [column, header] : spec.sources[i].columns)
        check(fmt::format("spec.sources[{}].columns.{}", i, column), column);
      for (const auto& [column, value] : spec.sources[i].constants)
        check(fmt::format("spec.sources[{}].constants.{}", i, column), column);
    }
  }

  void recommender(const Manifest& manifest) {
    const auto group = groupOf(manifest);
    const UseCase* useCase =
        findUseCase(stringMember(manifest.resource.spec, "useCase"), group ? group->domain : Domain::kCustom);
    if (lacks(manifest, "useCase")) return;
    if (!group || group->domain == Domain::kCustom || useCase != nullptr) return;
    const auto names = useCaseNames(group->domain);
    const UseCase* foreign = findUseCase(stringMember(manifest.resource.spec, "useCase"), Domain::kCustom);
    add(manifest, "spec.useCase",
        fmt::format("{} is a use case of {}, but group {} is {}", foreign->name, domainName(foreign->domain),
                    manifest.resource.metadata.group, domainName(group->domain)),
        fmt::format("allowed: {}", join(names, ", ")));
  }

  // What a campaign or a batch job asks of a version must be something that its recipe does.
  void usesSolution(const Manifest& manifest) {
    const Json& spec = manifest.resource.spec;
    const auto found =
        known_.find({"Solution", manifest.resource.metadata.group, stringMember(spec, "solution")});
    if (found == known_.end()) return;
    const auto* recipe = recipes::findRecipe(stringMember(found->second->resource.spec, "recipe"));
    if (recipe == nullptr) return;
    const auto refuse = [&](const std::string& field, std::string_view why) {
      add(manifest, "spec." + field,
          fmt::format("solution {} is of {}, which {}", found->first.name, recipe->name, why), "");
    };
    const std::string& kind = manifest.resource.kind;
    const bool segments = recipe->type == recipes::RecipeType::kUserSegmentation;
    if (kind == "Campaign" && segments) refuse("solution", "only answers batch segment jobs");
    if (kind == "BatchSegmentJob" && !segments) refuse("solution", "makes no segments");
    if (kind == "BatchInferenceJob" && (segments || !recipe->batch))
      refuse("solution", "answers no batch inference jobs");
    if (spec.contains("exploration") && !recipe->explores) refuse("exploration", "does not explore");
    if (spec.contains("rankingInfluence") && recipe->name != "aws-semantic-similarity")
      refuse("rankingInfluence", "ranks by neither popularity nor freshness");
  }

  ManifestSet& set_;
  std::vector<const Manifest*> all_;  // the faulty ones last
  std::map<ResourceKey, const Manifest*> known_;
  std::set<const Manifest*> faulty_;
  std::vector<Error> errors_;
};

}  // namespace

std::vector<Error> checkManifestSet(ManifestSet& set) {
  return SetChecker(set).run();
}

}  // namespace proffer
