#include "manifests/filter_fields.h"

#include <array>
#include <functional>
#include <set>

#include "base/text.h"

namespace proffer {
namespace {

constexpr size_t kMostFieldsOfService = 10;  // F43, Q9

dsl::ValueType valueTypeOf(FieldType type) {
  if (type == FieldType::kString) return dsl::ValueType::kText;
  return type == FieldType::kBoolean ? dsl::ValueType::kBoolean : dsl::ValueType::kNumber;
}

bool isAutomatic(DatasetType type, std::string_view name) {
  return type == DatasetType::kActions &&
         (name == "EXPIRATION_TIMESTAMP" || name == "ACTION_EXPIRATION_TIMESTAMP" ||
          name == "REPEAT_FREQUENCY");
}

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(makeError(ErrorCode::kCorrupt, "{}", what).in("fields"));
}

Result<dsl::Field> fieldFromJson(const Json& json) {
  dsl::Field field;
  field.name = stringMember(json, "name");
  const std::string type = stringMember(json, "type");
  bool known = false;
  for (const auto candidate : {dsl::ValueType::kText, dsl::ValueType::kNumber, dsl::ValueType::kBoolean})
    if (type == dsl::valueTypeName(candidate)) {
      field.type = candidate;
      known = true;
    }
  if (field.name.empty() || !known) return corrupt("a field has a name and a type");
  field.multiValued = boolMember(json, "multiValued");
  field.textual = boolMember(json, "textual");
  field.automatic = boolMember(json, "automatic");
  return field;
}

DatasetType typeOf(dsl::Dataset dataset) {
  switch (dataset) {
    case dsl::Dataset::kItems:
    case dsl::Dataset::kCurrentItem:
      return DatasetType::kItems;
    case dsl::Dataset::kUsers:
    case dsl::Dataset::kCurrentUser:
      return DatasetType::kUsers;
    case dsl::Dataset::kActions:
      return DatasetType::kActions;
    case dsl::Dataset::kActionInteractions:
      return DatasetType::kActionInteractions;
    case dsl::Dataset::kInteractions:
      break;
  }
  return DatasetType::kInteractions;
}

void collect(const dsl::Node& node, std::set<DatasetType>& types) {
  if (node.isTest()) types.insert(typeOf(node.field.dataset));
  for (const dsl::Operand& operand : node.operands)
    if (operand.kind == dsl::Operand::Kind::kField) types.insert(typeOf(operand.field.dataset));
  for (const dsl::Node& child : node.children) collect(child, types);
}

}  // namespace

dsl::DatasetFields filterFields(DatasetType type, const std::vector<SchemaField>& fields) {
  const bool events = type == DatasetType::kInteractions || type == DatasetType::kActionInteractions;
  dsl::DatasetFields out;
  for (const SchemaField& column : fields) {
    const std::string name = upper(column.name);
    if (events && (name == "USER_ID" || name == "ITEM_ID" || name == "ACTION_ID")) continue;
    dsl::Field field;
    field.name = name;
    field.type = valueTypeOf(column.valueType());
    field.multiValued = column.categorical;
    field.textual = column.textual;
    field.automatic = isAutomatic(type, name);
    out.fields.push_back(std::move(field));
  }
  return out;
}

std::optional<dsl::DatasetFields>& fieldsOf(dsl::Fields& fields, DatasetType type) {
  switch (type) {
    case DatasetType::kInteractions:
      return fields.interactions;
    case DatasetType::kItems:
      return fields.items;
    case DatasetType::kUsers:
      return fields.users;
    case DatasetType::kActions:
      return fields.actions;
    case DatasetType::kActionInteractions:
      break;
  }
  return fields.actionInteractions;
}

Json toJson(const dsl::Fields& fields) {
  Json json = Json::object();
  dsl::Fields copy = fields;
  for (const DatasetType type : kDatasetTypes) {
    const auto& dataset = fieldsOf(copy, type);
    if (!dataset) continue;
    Json& list = json[std::string(datasetTypeName(type))] = Json::array();
    for (const dsl::Field& field : dataset->fields) {
      Json one{{"name", field.name}, {"type", dsl::valueTypeName(field.type)}};
      if (field.multiValued) one["multiValued"] = true;
      if (field.textual) one["textual"] = true;
      if (field.automatic) one["automatic"] = true;
      list.push_back(std::move(one));
    }
  }
  return json;
}

Json toJson(const dsl::Uses& uses) {
  Json json = Json::object();
  json["fields"] = uses.fields;
  if (!uses.placeholders.empty()) json["placeholders"] = uses.placeholders;
  if (!uses.required.empty()) json["required"] = uses.required;
  Json reads = Json::array();
  if (uses.interactions) reads.push_back("interactions");
  if (uses.actionInteractions) reads.push_back("action interactions");
  if (uses.currentUser) reads.push_back("current user");
  if (uses.currentItem) reads.push_back("current item");
  if (uses.now) reads.push_back("now");
  if (!reads.empty()) json["reads"] = std::move(reads);
  return json;
}

Result<dsl::Fields> filterFieldsFromJson(const Json& json) {
  dsl::Fields fields;
  if (json.is_null()) return fields;
  if (!json.is_object()) return corrupt("fields are an object of lists");
  for (const auto& [name, list] : json.items()) {
    const auto type = datasetTypeFromName(name);
    if (!type || !list.is_array()) return corrupt("fields are an object of lists");
    auto& dataset = fieldsOf(fields, *type).emplace();
    for (const Json& one : list) {
      PROFFER_TRY(dsl::Field field, fieldFromJson(one));
      dataset.fields.push_back(std::move(field));
    }
  }
  return fields;
}

std::string_view dialectName(dsl::Dialect dialect) {
  return dialect == dsl::Dialect::kPersonalize ? "personalize" : "extended";
}

std::optional<dsl::Dialect> dialectFromName(std::string_view name) {
  for (const auto dialect : {dsl::Dialect::kPersonalize, dsl::Dialect::kExtended})
    if (equalsIgnoreCase(name, dialectName(dialect))) return dialect;
  return std::nullopt;
}

size_t mostFilterFields(dsl::Dialect dialect, QuotaProfile quotas) {
  const bool bounded = dialect == dsl::Dialect::kPersonalize && quotas == QuotaProfile::kAws;
  return bounded ? kMostFieldsOfService : 0;
}

std::vector<DatasetType> datasetsOf(const dsl::Filter& filter) {
  std::set<DatasetType> types;
  for (const dsl::Expression& expression : filter.expressions) {
    collect(expression.where, types);
    if (expression.condition) collect(*expression.condition, types);
  }
  return {types.begin(), types.end()};
}

}  // namespace proffer
