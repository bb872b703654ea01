// Schemas as the service takes them: Avro JSON (SX-1 to SX-10).
#include "base/text.h"
#include "manifests/domains.h"
#include "manifests/names.h"

namespace proffer {
namespace {

constexpr std::string_view kNamespace = "com.amazonaws.personalize.schema";
constexpr size_t kLongestAvro = 20'000;

// The record's name for each dataset type (SX-2).
constexpr std::pair<DatasetType, std::string_view> kRecordNames[] = {
    {DatasetType::kInteractions, "Interactions"},
    {DatasetType::kItems, "Items"},
    {DatasetType::kUsers, "Users"},
    {DatasetType::kActions, "Actions"},
    {DatasetType::kActionInteractions, "ActionInteractions"}};

Result<FieldType> readType(const Json& json, const std::string& path) {
  for (const FieldType type : {FieldType::kString, FieldType::kInt, FieldType::kLong, FieldType::kFloat,
                               FieldType::kDouble, FieldType::kBoolean, FieldType::kNull})
    if (json.is_string() && json.get_ref<const std::string&>() == fieldTypeName(type)) return type;
  return fail(
      makeError(ErrorCode::kInvalidInput, "{} is not a type of a column",
                json.is_string() ? quoted(json.get<std::string>()) : dumpJson(json).substr(0, 80))
          .in(path)
          .hinting("string, int, long, float, double, boolean or null, alone or as a list of one and null"));
}

Result<SchemaField> readField(const Json& json, const std::string& path) {
  SchemaField field;
  field.name = stringMember(json, "name");
  if (!isColumnName(field.name))
    return fail(makeError(ErrorCode::kInvalidInput, "{} is not a column name", quoted(field.name))
                    .in(path + ".name"));
  field.name = upper(field.name);
  const Json& type = member(json, "type");
  if (type.is_array()) {
    for (size_t i = 0; i < type.size(); ++i) {
      PROFFER_TRY(const FieldType one, readType(type[i], fmt::format("{}.type[{}]", path, i)));
      field.types.push_back(one);
    }
  } else {
    PROFFER_TRY(const FieldType one, readType(type, path + ".type"));
    field.types.push_back(one);
  }
  if (field.types.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "the list of types is empty").in(path + ".type"));
  std::stable_partition(field.types.begin(), field.types.end(),
                        [](FieldType one) { return one != FieldType::kNull; });
  for (const auto& [name, value] : json.items()) {
    if (name != "categorical" && name != "textual" && name != "itemName") continue;
    if (!value.is_boolean())
      return fail(makeError(ErrorCode::kInvalidInput, "expected true or false").in(path + "." + name));
  }
  field.categorical = boolMember(json, "categorical");
  field.textual = boolMember(json, "textual");
  field.itemName = boolMember(json, "itemName");
  return field;
}

}  // namespace

Result<std::vector<SchemaField>> fieldsFromAvro(std::string_view avro) {
  if (avro.size() > kLongestAvro)
    return fail(ErrorCode::kInvalidInput, "the schema has {} characters, {} are allowed",
                withThousands(static_cast<int64_t>(avro.size())),
                withThousands(static_cast<int64_t>(kLongestAvro)));
  PROFFER_TRY(const Json json, parseJson(avro));
  if (stringMember(json, "type") != "record")
    return fail(makeError(ErrorCode::kInvalidInput, "an Avro schema of type record is needed").in("type"));
  const Json& list = member(json, "fields");
  if (!list.is_array() || list.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a schema needs a list of fields").in("fields"));
  std::vector<SchemaField> fields;
  for (size_t i = 0; i < list.size(); ++i) {
    PROFFER_TRY(SchemaField field, readField(list[i], fmt::format("fields[{}]", i)));
    fields.push_back(std::move(field));
  }
  return fields;
}

std::optional<DatasetType> datasetTypeOfAvro(std::string_view avro) {
  const auto json = parseJson(avro);
  if (!json) return std::nullopt;
  std::string name = stringMember(*json, "name");
  std::erase(name, '_');
  for (const auto& [type, recordName] : kRecordNames)
    if (equalsIgnoreCase(name, recordName)) return type;
  return std::nullopt;
}

std::string avroFromFields(DatasetType type, const std::vector<SchemaField>& fields) {
  Json list = Json::array();
  for (const auto& field : fields) {
    Json one = Json::object();
    one["name"] = field.name;
    if (field.types.size() == 1)
      one["type"] = fieldTypeName(field.types[0]);
    else
      for (const FieldType part : field.types) one["type"].push_back(fieldTypeName(part));
    if (field.categorical) one["categorical"] = true;
    if (field.textual) one["textual"] = true;
    if (field.itemName) one["itemName"] = true;
    list.push_back(std::move(one));
  }
  Json record = Json::object();
  record["type"] = "record";
  for (const auto& [known, name] : kRecordNames)
    if (known == type) record["name"] = name;
  record["namespace"] = kNamespace;
  record["fields"] = std::move(list);
  record["version"] = "1.0";
  return dumpJson(record);
}

}  // namespace proffer
