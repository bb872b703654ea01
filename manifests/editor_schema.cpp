// The kind tables as one JSON schema, for editors that complete and check YAML while it is written.
#include "manifests/documentation.h"
#include "manifests/kind_table.h"
#include "manifests/names.h"

namespace proffer {
namespace {

Json objectSchema(std::span<const Field> fields);

Json formSchema(const Field& field) {
  Json schema = Json::object();
  const auto limits = [&](const char* least, const char* most) {
    if (field.minimum) schema[least] = *field.minimum;
    if (field.maximum) schema[most] = *field.maximum;
  };
  const auto sizes = [&](const char* least, const char* most) {
    if (field.minimum) schema[least] = static_cast<int64_t>(*field.minimum);
    if (field.maximum) schema[most] = static_cast<int64_t>(*field.maximum);
  };
  switch (field.type) {
    case ValueType::kString:
    case ValueType::kExpression:
      schema["type"] = "string";
      sizes("minLength", "maxLength");
      if (!field.pattern.empty()) schema["pattern"] = field.pattern;
      break;
    case ValueType::kText:
      schema["type"] = {"string", "number", "boolean"};
      break;
    case ValueType::kName:
      schema["type"] = "string", schema["pattern"] = kNamePattern, schema["maxLength"] = kLongestName;
      break;
    case ValueType::kPath:
      schema["type"] = "string", schema["minLength"] = 1;
      break;
    case ValueType::kInteger:
      schema["type"] = "integer", limits("minimum", "maximum");
      break;
    case ValueType::kNumber:
      schema["type"] = "number", limits("minimum", "maximum");
      break;
    case ValueType::kBoolean:
      schema["type"] = "boolean";
      break;
    case ValueType::kEnum:
      schema["enum"] = field.allowed;
      break;
    case ValueType::kDuration:
      schema["type"] = "string", schema["pattern"] = "^([0-9]+(ms|s|m|h|d|w))+$";
      break;
    case ValueType::kSchedule:
      schema["type"] = "string",
      schema["pattern"] = field.reserved.empty() ? "^(rate|cron)\\(.+\\)$" : "^((rate|cron)\\(.+\\)|never)$";
      break;
    case ValueType::kTime:
      schema["type"] = "string", schema["format"] = "date-time";
      break;
    case ValueType::kObject:
      return objectSchema(field.fields);
    case ValueType::kAny:
      break;
    case ValueType::kList:
      schema["type"] = "array", schema["items"] = formSchema(*field.element);
      sizes("minItems", "maxItems");
      break;
    case ValueType::kMap:
      schema["type"] = "object", schema["additionalProperties"] = formSchema(*field.element);
      if (field.key) schema["propertyNames"] = formSchema(*field.key);
      sizes("minProperties", "maxProperties");
      break;
  }
  return schema;
}

Json fieldSchema(const Field& field) {
  Json schema = formSchema(field);
  if (field.oneOrMany || !field.alternatives.empty()) {
    Json forms = Json::array({schema});
    if (field.oneOrMany) forms.insert(forms.begin(), formSchema(*field.element));
    for (const auto& other : field.alternatives) forms.push_back(formSchema(other));
    schema = Json{{"anyOf", forms}};
  }
  if (!field.help.empty()) schema["description"] = field.help;
  if (!field.defaultValue.is_null()) schema["default"] = field.defaultValue;
  return schema;
}

Json objectSchema(std::span<const Field> fields) {
  Json schema = Json{{"type", "object"}, {"additionalProperties", false}};
  Json properties = Json::object(), required = Json::array();
  for (const auto& field : fields) {
    properties[field.name] = fieldSchema(field);
    if (field.required) required.push_back(field.name);
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json kindSchema(const KindTable& kind) {
  Json metadata = objectSchema(metadataFields());
  if (kind.grouped)
    metadata["required"].push_back("group");
  else
    metadata["properties"].erase("group");
  Json spec = objectSchema(kind.fields);
  spec["description"] = kind.help;
  Json schema = Json{{"properties", {{"metadata", metadata}, {"spec", spec}}}};
  if (spec.contains("required")) schema["required"] = {"spec"};
  return schema;
}

}  // namespace

Json manifestSchema() {
  Json kinds = Json::array(), rules = Json::array(), definitions = Json::object();
  for (const auto& kind : allKinds()) {
    kinds.push_back(kind.kind);
    definitions[kind.kind] = kindSchema(kind);
    Json rule = Json::object();
    rule["if"] = {{"properties", {{"kind", {{"const", kind.kind}}}}}};
    rule["then"] = {{"$ref", "#/$defs/" + kind.kind}};
    rules.push_back(std::move(rule));
  }
  Json schema = Json::object();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Proffer manifest";
  schema["type"] = "object";
  schema["required"] = {"apiVersion", "kind", "metadata"};
  schema["additionalProperties"] = false;
  schema["properties"] = {{"apiVersion", {{"const", kApiVersion}}},
                          {"kind", {{"enum", kinds}}},
                          {"metadata", {{"type", "object"}}},
                          {"spec", {{"type", "object"}}},
                          {"status", {{"type", "object"}, {"description", "Written by the server."}}}};
  schema["allOf"] = std::move(rules);
  schema["$defs"] = std::move(definitions);
  return schema;
}

}  // namespace proffer
