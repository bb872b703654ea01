#include "manifests/kinds/kinds.h"

namespace proffer {

// `schema` is a Schema's name, or an object that holds the fields.
static void addSchema(Binding<DatasetSpec>& binding) {
  Field fields = fieldFor<std::vector<SchemaField>>();
  fields.name = "fields";
  fields.help = "The columns.";
  fields.required = true;
  fields.minimum = 1;
  fields.maximum = 200;
  fields.refine = kinds::refineSchemaFields;
  Field inlined;
  inlined.type = ValueType::kObject;
  inlined.help = "The columns, here.";
  inlined.fields = {fields};
  Field schema;
  schema.alternatives = {inlined};
  binding
      .add("schema", std::move(schema),
           "The name of a Schema, or the columns themselves; left out: the domain's own schema.",
           [](const Json& value, DatasetSpec& spec) {
             if (value.is_string()) return readValue(value, spec.schemaName);
             return readValue(member(value, "fields"), spec.schemaFields);
           })
      .refersTo("Schema")
      .example("{fields: [{name: USER_ID, type: string}]}");
}

static void addDisplay(Binding<DatasetSpec>& binding) {
  Field title;
  title.name = "title";
  title.help = "The column that holds an item's title.";
  FieldEditor(title).required().column().example("NAME");
  Field display;
  display.type = ValueType::kObject;
  display.fields = {title};
  binding
      .add("display", std::move(display), "How items are shown to people; only for ITEMS.",
           [](const Json& value, DatasetSpec& spec) {
             return readValue(member(value, "title"), spec.displayTitle);
           })
      .example("{title: NAME}");
}

PROFFER_BINDING(DatasetSpec) {
  binding.add("type", &DatasetSpec::type, "What its rows are; a group has at most one dataset of each type.")
      .required()
      .immutable();
  addSchema(binding);
  kinds::sources(binding.add(
      "sources", &DatasetSpec::sources,
      "Where the rows come from: the union of these, looked at every 10 seconds for changes; left out: only "
      "what is put live."));
  binding
      .add("orderColumn", &DatasetSpec::orderColumn,
           "The column that makes one basket, by its name in the files; only for INTERACTIONS.")
      .example("order_id");
  binding
      .add("maxBadRows", &DatasetSpec::maxBadRows,
           "An import with more bad rows than this fails, and what was there stays.")
      .atLeast(0);
  binding
      .add("retain", &DatasetSpec::retain,
           "Interactions older than this are dropped; left out: kept for ever.")
      .atLeast(1)
      .example("730d");
  addDisplay(binding);
  Field recommendable;
  binding
      .add("recommendable", std::move(recommendable),
           "catalogue: only items of the newest catalogue are recommended; any: every item ever seen. Only "
           "for ITEMS, default catalogue.",
           [](const Json& value, DatasetSpec& spec) {
             spec.recommendableCatalogueOnly = value != "any";
             return value.is_string();
           })
      .oneOf({"catalogue", "any"});
}

// Some fields only mean something for one type of dataset.
static void refineDataset(Json& spec, std::vector<Error>& errors) {
  const auto type = datasetTypeFromName(stringMember(spec, "type"));
  if (!type) return;
  const bool interactions = *type == DatasetType::kInteractions || *type == DatasetType::kActionInteractions;
  const auto only = [&](std::string_view field, bool fits, std::string_view types) {
    if (spec.contains(field) && !fits)
      errors.push_back(kinds::wrong(
          std::string(field),
          fmt::format("is only for datasets of type {}, this one holds {}", types, datasetTypeName(*type)),
          "remove it"));
  };
  only("orderColumn", interactions, "INTERACTIONS");
  only("retain", interactions, "INTERACTIONS");
  only("display", *type == DatasetType::kItems, "ITEMS");
  only("recommendable", *type == DatasetType::kItems, "ITEMS");
  if (*type == DatasetType::kItems && !spec.contains("recommendable")) spec["recommendable"] = "catalogue";
}

KindTable kinds::dataset() {
  return {.kind = "Dataset",
          .plural = "datasets",
          .shortNames = {"ds"},
          .help = "Interactions, items, users or actions: what their columns are and where they come from.",
          .arnPart = "dataset",
          .fields = bindingOf<DatasetSpec>().fields(),
          .refine = refineDataset};
}

}  // namespace proffer
