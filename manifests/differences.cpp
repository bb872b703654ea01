// What differs between two objects, and which of it must not.
#include "base/text.h"
#include "manifests/kind_table.h"
#include "manifests/normalizer.h"

namespace proffer {
namespace {

void compare(const std::string& path, const Json& before, const Json& after,
             std::vector<FieldChange>& changes) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    for (const auto& [name, value] : before.items())
      compare(joinPath(path, name), value, member(after, name), changes);
    for (const auto& [name, value] : after.items())
      if (!before.contains(name)) compare(joinPath(path, name), Json(), value, changes);
  } else if (before.is_array() && after.is_array() && before.size() == after.size()) {
    for (size_t i = 0; i < before.size(); ++i)
      compare(fmt::format("{}[{}]", path, i), before[i], after[i], changes);
  } else {
    changes.push_back({path, before, after});
  }
}

void findFrozen(std::span<const Field> fields, const std::string& path, const Json& before, const Json& after,
                std::vector<Error>& errors) {
  for (const auto& field : fields) {
    const std::string fieldPath = joinPath(path, field.name);
    const Json& old = member(before, field.name);
    const Json& now = member(after, field.name);
    if (old == now) continue;
    if (field.mutability == Mutability::kImmutable) {
      const auto shown = [](const Json& value) {
        return value.is_structured() ? foundText(value) : value.is_null() ? "nothing" : dumpJson(value);
      };
      errors.push_back(Error{ErrorCode::kInvalidInput,
                             fmt::format("cannot be changed from {} to {}", shown(old), shown(now)),
                             fieldPath,
                             {},
                             "delete the object and create it anew, or declare it under another name"});
    } else if (field.type == ValueType::kObject) {
      findFrozen(field.fields, fieldPath, old, now, errors);
    }
  }
}

}  // namespace

std::vector<FieldChange> differences(const Resource& before, const Resource& after) {
  std::vector<FieldChange> changes;
  compare("metadata.labels", before.metadata.labels, after.metadata.labels, changes);
  compare("metadata.annotations", before.metadata.annotations, after.metadata.annotations, changes);
  compare("spec", before.spec, after.spec, changes);
  return changes;
}

std::vector<Error> checkImmutable(const Resource& before, const Resource& after) {
  std::vector<Error> errors;
  const auto same = [&](std::string_view path, const std::string& old, const std::string& now) {
    if (old != now)
      errors.push_back(Error{ErrorCode::kInvalidInput,
                             fmt::format("cannot be changed from {} to {}", quoted(old), quoted(now)),
                             std::string(path)});
  };
  same("kind", before.kind, after.kind);
  same("metadata.name", before.metadata.name, after.metadata.name);
  same("metadata.group", before.metadata.group, after.metadata.group);
  if (const KindTable* table = findKind(before.kind); table != nullptr && errors.empty())
    findFrozen(table->fields, "spec", before.spec, after.spec, errors);
  return errors;
}

}  // namespace proffer
