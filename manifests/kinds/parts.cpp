// What several kinds share: the words of the enumerations, metadata, data sources, exploration and schedules.
#include <set>

#include "base/text.h"
#include "manifests/kinds/kinds.h"
#include "manifests/names.h"
#include "manifests/source_path.h"

namespace proffer {

#define PROFFER_WORDS(Enum)                            \
  const EnumWordList<Enum>& EnumWords<Enum>::words() { \
    static const EnumWordList<Enum> kWords
#define PROFFER_END_WORDS \
  ;                       \
  return kWords;          \
  }
PROFFER_WORDS(Domain) {
  {"ECOMMERCE", Domain::kEcommerce}, {
    "VIDEO_ON_DEMAND", Domain::kVideoOnDemand
  }
}
PROFFER_END_WORDS
PROFFER_WORDS(QuotaProfile) {
  {"generous", QuotaProfile::kGenerous}, {
    "aws", QuotaProfile::kAws
  }
}
PROFFER_END_WORDS
PROFFER_WORDS(DatasetType) {
  {"INTERACTIONS", DatasetType::kInteractions}, {"ITEMS", DatasetType::kItems},
      {"USERS", DatasetType::kUsers}, {"ACTIONS", DatasetType::kActions}, {
    "ACTION_INTERACTIONS", DatasetType::kActionInteractions
  }
}
PROFFER_END_WORDS
PROFFER_WORDS(ImportMode) {
  {"FULL", ImportMode::kFull}, {
    "INCREMENTAL", ImportMode::kIncremental
  }
}
PROFFER_END_WORDS
PROFFER_WORDS(TrainingMode) {
  {"FULL", TrainingMode::kFull}, {
    "UPDATE", TrainingMode::kUpdate
  }
}
PROFFER_END_WORDS
PROFFER_WORDS(FieldType) {
  {"string", FieldType::kString}, {"int", FieldType::kInt}, {"long", FieldType::kLong},
      {"float", FieldType::kFloat}, {"double", FieldType::kDouble}, {"boolean", FieldType::kBoolean}, {
    "null", FieldType::kNull
  }
}
PROFFER_END_WORDS
#undef PROFFER_WORDS
#undef PROFFER_END_WORDS

FieldEditor& FieldEditor::column() {
  field_.pattern = std::string(kColumnPattern);
  field_.maximum = kLongestColumn;
  field_.refine = [](Json& value, std::vector<Error>& errors) {
    const auto& text = value.get_ref<const std::string&>();
    if (!isColumnName(text))
      errors.push_back(makeError(ErrorCode::kInvalidInput, "{} is not a column name", quoted(text))
                           .hinting("letters, digits and _, not beginning with a digit"));
    value = upper(text);
  };
  return *this;
}

PROFFER_BINDING(OwnerReference) {
  binding.add("kind", &OwnerReference::kind, "The owner's kind.").required();
  binding.add("name", &OwnerReference::name, "The owner's name.").required();
  binding.add("uid", &OwnerReference::uid, "The owner's uid.");
}

PROFFER_BINDING(Metadata) {
  binding.add("name", &Metadata::name, "The name, unique within group and kind.")
      .required()
      .immutable()
      .as(ValueType::kName);
  binding
      .add("group", &Metadata::group,
           "The dataset group that it belongs to; not for DatasetGroup, Schema and GitSource.")
      .immutable()
      .refersTo("DatasetGroup");
  const auto textValues = [](FieldEditor& value) { value.as(ValueType::kText).atMost(256); };
  const auto shortKeys = [](FieldEditor& key) { key.atLeast(1).atMost(128); };
  binding.add("labels", &Metadata::labels, "Short words to select by.")
      .keys(shortKeys)
      .each(textValues)
      .atMost(50)
      .example("{team: search}");
  binding.add("annotations", &Metadata::annotations, "Anything worth keeping with the object.")
      .keys(shortKeys)
      .each([](FieldEditor& value) { value.as(ValueType::kText); });
  binding.add("uid", &Metadata::uid, "Set by the server at creation.");
  binding.add("arn", &Metadata::arn, "Set by the server at creation.");
  binding.add("generation", &Metadata::generation, "Set by the server: counts the changes of spec.");
  binding.add("resourceVersion", &Metadata::resourceVersion, "Set by the server: grows with every write.");
  binding.add("creationTimestamp", &Metadata::creationTimestamp, "Set by the server.");
  binding.add("deletionTimestamp", &Metadata::deletionTimestamp, "Set by the server when deletion begins.");
  binding.add("ownerReferences", &Metadata::ownerReferences, "Set by the server: what it was made for.");
  binding.add("finalizers", &Metadata::finalizers, "Set by the server: what must happen before it is gone.");
  binding.add("managedBy", &Metadata::managedBy, "Set by the server: the set of manifests that owns it.");
}

PROFFER_BINDING(SchemaField) {
  binding.add("name", &SchemaField::name, "The column's name; upper case is its canonical form.")
      .required()
      .column()
      .example("ITEM_ID");
  binding.add("type", &SchemaField::types, "Its type, or a list of a type and \"null\" if it may be empty.")
      .required()
      .oneOrMany()
      .atLeast(1)
      .atMost(2)
      .example("[float, \"null\"]");
  // What a column is not needs no saying: the marks are only written where they are set.
  const auto mark = [&](std::string name, bool SchemaField::*member, std::string help) {
    binding.add(std::move(name), member, std::move(help)).field().defaultValue = nullptr;
  };
  mark("categorical", &SchemaField::categorical, "A string of categories, several joined by |.");
  mark("textual", &SchemaField::textual, "A string of natural language; at most one, in ITEMS.");
  mark("itemName", &SchemaField::itemName, "The item's name, for recipes that read text.");
}

PROFFER_BINDING(RowCondition) {
  binding.add("column", &RowCondition::column, "The column, by its name in the file's header.")
      .required()
      .atLeast(1)
      .example("status");
  binding.add("operator", &RowCondition::op, "How the column's value must compare.")
      .required()
      .oneOf({"=", "!=", "<", "<=", ">", ">=", "in", "not in"});
  binding.add("value", &RowCondition::values, "What it is compared with; a list for `in` and `not in`.")
      .required()
      .oneOrMany()
      .atLeast(1)
      .atMost(1000)
      .each([](FieldEditor& value) { value.as(ValueType::kText); });
}

PROFFER_BINDING(DataSource) {
  binding
      .add("csv", &DataSource::csv,
           "A CSV file, a directory ending in / or a glob, below the default root or `ROOT:`; plain, .gz or "
           ".zst.")
      .required()
      .as(ValueType::kPath)
      .refine(kinds::refineSourceText)
      .example("exports:orders/*.csv.gz");
  binding.add("mode", &DataSource::mode,
              "FULL: these rows replace what such sources brought before; INCREMENTAL: they are added.");
  binding.add("columns", &DataSource::columns, "Schema column to the name it has in the file's header.")
      .keys([](FieldEditor& key) { key.column(); })
      .each([](FieldEditor& value) { value.atLeast(1); })
      .example("{ITEM_ID: sku}");
  binding.add("constants", &DataSource::constants, "Schema column to one value for all rows.")
      .keys([](FieldEditor& key) { key.column(); })
      .each([](FieldEditor& value) { value.as(ValueType::kText); })
      .example("{EVENT_TYPE: Purchase}");
  binding
      .add("where", &DataSource::where,
           "One condition or a list; rows that do not pass all of them are left out.")
      .oneOrMany()
      .example("{column: status, operator: \"!=\", value: cancelled}");
  binding.add("timestampUnit", &DataSource::timestampUnit, "What the file's times count.")
      .oneOf({"seconds", "milliseconds"});
}

PROFFER_BINDING(Exploration) {
  binding
      .add("weight", &Exploration::weight, "0: no exploration; nearer 1: more new and less relevant items.")
      .atLeast(0)
      .atMost(1);
  binding
      .add("itemAgeCutOff", &Exploration::itemAgeCutOff,
           "Items created at most this long before the latest interaction are explored.")
      .atLeast(1);
}

PROFFER_BINDING(Schedules) {
  const auto schedule = [&](std::string name, std::string help,
                            std::optional<std::string> Schedules::*member) {
    Field field;
    field.type = ValueType::kSchedule;
    field.reserved = {"never"};
    binding.add(std::move(name), std::move(field), std::move(help),
                [member](const Json& value, Schedules& schedules) {
                  if (!value.is_string()) return false;
                  schedules.*member = value.get<std::string>();
                  return true;
                });
  };
  schedule("train", "When a new model is trained: rate(7 days), cron(0 3 * * MON Europe/Berlin) or never.",
           &Schedules::train);
  schedule("update",
           "When new items and events are taken into the model without training: rate(2 hours) or never.",
           &Schedules::update);
}

namespace kinds {

Error wrong(std::string path, std::string message, std::string hint) {
  return Error{ErrorCode::kInvalidInput, std::move(message), std::move(path), {}, std::move(hint)};
}

void refineSourceText(Json& value, std::vector<Error>& errors) {
  if (auto checked = checkSourceText(value.get_ref<const std::string&>()); !checked)
    errors.push_back(std::move(checked).error());
}

void sources(FieldEditor field) {
  field.atMost(100).each([](FieldEditor& source) {
    source.refine([](Json& value, std::vector<Error>& errors) {
      for (const auto& [column, constant] : member(value, "constants").items())
        if (member(value, "columns").contains(column))
          errors.push_back(wrong("constants." + column,
                                 fmt::format("{} is renamed and constant at once", column),
                                 "keep one of them"));
    });
  });
}

void datasetColumns(FieldEditor field) {
  field.keys([](FieldEditor& key) { key.oneOf(fieldFor<DatasetType>().allowed); });
  field.each([](FieldEditor& list) {
    list.atLeast(1).atMost(50).each([](FieldEditor& column) { column.column(); });
  });
}

void refineTrainingColumns(const Json& spec, std::vector<Error>& errors) {
  static const std::set<std::string> kNeverExcluded{"EVENT_TYPE", "USER_ID", "ITEM_ID", "ACTION_ID",
                                                    "TIMESTAMP"};
  const Json& included = member(spec, "includedColumns");
  const Json& excluded = member(spec, "excludedColumns");
  if (!excluded.is_object()) return;
  for (const auto& [type, columns] : excluded.items()) {
    const Json& alsoIncluded = member(included, type);
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto path = fmt::format("excludedColumns.{}[{}]", type, i);
      const auto& column = columns[i].get_ref<const std::string&>();
      if (kNeverExcluded.contains(column))
        errors.push_back(wrong(path, fmt::format("{} cannot be excluded from training", column)));
      if (std::find(alsoIncluded.begin(), alsoIncluded.end(), columns[i]) != alsoIncluded.end())
        errors.push_back(
            wrong(path, fmt::format("{} is both excluded and included", column), "name it in one of them"));
    }
  }
}

void refineSchemaFields(Json& fields, std::vector<Error>& errors) {
  std::map<std::string, std::string> seen;
  for (size_t i = 0; i < fields.size(); ++i) {
    for (const auto* mark : {"categorical", "textual", "itemName"})
      if (member(fields[i], mark) == false) fields[i].erase(mark);
    if (Json& type = fields[i]["type"]; type.is_array() && type[0] == "null")
      std::swap(type.front(), type.back());
    const std::string name = stringMember(fields[i], "name");
    std::string folded = name;
    std::erase(folded, '_');
    const auto [first, fresh] = seen.emplace(folded, name);
    if (!fresh)
      errors.push_back(wrong(fmt::format("[{}].name", i),
                             first->second == name
                                 ? fmt::format("column {} stands here twice", name)
                                 : fmt::format("column {} clashes with {}", name, first->second),
                             first->second == name ? "" : "underscores do not count"));
  }
}

}  // namespace kinds
}  // namespace proffer
