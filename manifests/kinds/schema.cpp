#include "manifests/domains.h"
#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(SchemaSpec) {
  binding
      .add("type", &SchemaSpec::type,
           "The type of datasets that it is for; lets it be checked before a dataset uses it.")
      .immutable();
  binding
      .add("domain", &SchemaSpec::domain,
           "The domain of the groups that may use it; left out: custom groups.")
      .immutable();
  binding.add("fields", &SchemaSpec::fields, "The columns.")
      .atMost(200)
      .refine(kinds::refineSchemaFields)
      .example("[{name: USER_ID, type: string}]");
  Field avro;
  binding
      .add("avro", std::move(avro), "Instead of fields: the Avro JSON text that the service takes.",
           [](const Json& value, SchemaSpec& spec) {
             if (!value.is_string()) return false;
             spec.avro = value.get<std::string>();
             auto fields = fieldsFromAvro(*spec.avro);
             if (!fields) return false;
             spec.fields = std::move(*fields);
             return true;
           })
      .atMost(20000);
}

// The text's own errors stand at `avro`; which column of a checked schema is wrong stands at its place in
// `fields`.
static void refineSchema(Json& spec, std::vector<Error>& errors) {
  const bool hasFields = spec.contains("fields"), hasAvro = spec.contains("avro");
  if (hasFields == hasAvro) {
    errors.push_back(
        hasAvro ? kinds::wrong("avro", "both fields and avro are given", "keep one of them")
                : kinds::wrong("", "neither fields nor avro is given", "list the columns under fields"));
    return;
  }
  if (hasAvro) {
    if (auto fields = fieldsFromAvro(stringMember(spec, "avro")); !fields) {
      Error error = fields.error();
      if (!error.field.empty()) error.message += fmt::format(" at {}", error.field);
      if (error.position.known())
        error.message +=
            fmt::format(" at line {}, column {} of the text", error.position.line, error.position.column);
      errors.push_back(kinds::wrong("avro", error.message, error.hint));
      return;
    }
  }
  if (const auto type = datasetTypeOfAvro(stringMember(spec, "avro")); type && !spec.contains("type"))
    spec["type"] = datasetTypeName(*type);
  SchemaSpec typed;
  if (bindingOf<SchemaSpec>().read(spec, typed) || !typed.type) return;
  for (auto& error : checkSchema(typed.domain, *typed.type, typed.fields, QuotaProfile::kGenerous)) {
    if (hasAvro) error.field = "avro";
    errors.push_back(std::move(error));
  }
}

KindTable kinds::schema() {
  return {
      .kind = "Schema",
      .plural = "schemas",
      .shortNames = {},
      .grouped = false,
      .help =
          "The columns of datasets, for use in several groups. A dataset may as well hold its schema itself.",
      .arnPart = "schema",
      .fields = bindingOf<SchemaSpec>().fields(),
      .refine = refineSchema};
}

}  // namespace proffer
