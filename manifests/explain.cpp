#include "base/text.h"
#include "manifests/documentation.h"
#include "manifests/field_text.h"
#include "manifests/kind_table.h"

namespace proffer {
namespace {

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// Two columns: names and types, and below each line its help.
std::string table(std::span<const Field> fields) {
  size_t width = 0;
  for (const auto& field : fields) width = std::max(width, field.name.size());
  std::string out;
  for (const auto& field : fields) {
    std::string type = typeText(field);
    if (field.required) type += ", required";
    if (!field.defaultValue.is_null() && !field.defaultValue.is_object())
      type += fmt::format(", default {}", inlineYaml(field.defaultValue));
    out += fmt::format("  {}  {}\n  {}  {}\n", padded(field.name, width), type, std::string(width, ' '),
                       field.help);
  }
  return out;
}

std::string explainKind(const KindTable& kind) {
  std::vector<std::string> names{kind.plural};
  names.insert(names.end(), kind.shortNames.begin(), kind.shortNames.end());
  std::string out = fmt::format("{} ({})\n\n{}\n", kind.kind, join(names, ", "), kind.help);
  if (!kind.implemented)
    out += "\nDeclared objects of this kind are kept and checked; this version does not act on them yet.\n";
  out += fmt::format("\nmetadata:\n  name   name, required{}\n",
                     kind.grouped ? "\n  group  name of a DatasetGroup, required" : "");
  if (kind.fields.empty()) return out + "\nspec: none\n";
  return out + "\nspec:\n" + table(kind.fields);
}

std::string explainField(const std::string& path, const Field& field) {
  std::string out = fmt::format("{}\n\n{}\n\n", path, field.help);
  const auto line = [&out](std::string_view name, const std::string& text) {
    if (!text.empty()) out += fmt::format("  {}{}\n", padded(std::string(name) + ":", 10), text);
  };
  line("type", typeText(field));
  line("required", field.required ? "yes" : "no");
  line("default", field.defaultValue.is_null() ? "" : inlineYaml(field.defaultValue));
  line("change", field.mutability == Mutability::kImmutable ? "not possible" : "");
  line("example", field.example);
  std::vector<Field> inner = field.fields;
  for (const auto& other : field.alternatives)
    inner.insert(inner.end(), other.fields.begin(), other.fields.end());
  if (field.element) inner.insert(inner.end(), field.element->fields.begin(), field.element->fields.end());
  if (!inner.empty()) out += "\nfields:\n" + table(inner);
  return out;
}

// The fields that may follow a field in a path; lists and maps are looked through.
std::vector<Field> innerFields(const Field& field) {
  std::vector<Field> inner = field.fields;
  for (const auto& other : field.alternatives)
    inner.insert(inner.end(), other.fields.begin(), other.fields.end());
  if (field.element) {
    const auto below = innerFields(*field.element);
    inner.insert(inner.end(), below.begin(), below.end());
  }
  return inner;
}

}  // namespace

Result<std::string> explain(std::string_view path) {
  auto parts = split(path, '.');
  if (parts.empty()) parts.emplace_back();
  const auto kind = requireKind(parts[0]);
  if (!kind) {
    Error error = kind.error();
    error.code = ErrorCode::kNotFound;
    return fail(std::move(error));
  }
  std::vector<Field> fields = (*kind)->fields;
  // Some specs have a field called metadata as well; alone, the word means that one.
  const bool ownField =
      std::any_of(fields.begin(), fields.end(), [](const Field& field) { return field.name == "metadata"; });
  const bool metadata = parts.size() > 1 && parts[1] == "metadata" && !(ownField && parts.size() == 2);
  if (metadata) fields.assign(metadataFields().begin(), metadataFields().end());
  const size_t next = metadata || (parts.size() > 1 && parts[1] == "spec") ? 2 : 1;
  if (next == parts.size())
    return metadata ? fmt::format("{}.metadata\n\n{}", (*kind)->kind, table(fields)) : explainKind(**kind);
  std::string shown = (*kind)->kind;
  for (size_t i = 1; i < parts.size(); ++i) {
    shown += "." + parts[i];
    if (i < next) continue;
    std::string wanted = parts[i].substr(0, parts[i].find('['));
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return equalsIgnoreCase(field.name, wanted); });
    if (found == fields.end()) {
      std::vector<std::string> names;
      for (const auto& field : fields) names.push_back(field.name);
      const auto hint = didYouMean(wanted, names);
      return fail(makeError(ErrorCode::kNotFound, "there is no field {}", quoted(shown))
                      .hinting(!hint.empty()   ? hint
                               : names.empty() ? "nothing is below it"
                                               : fmt::format("there is {}", join(names, ", "))));
    }
    const Field field = *found;
    if (i + 1 == parts.size()) return explainField(shown, field);
    fields = innerFields(field);
  }
  return explainKind(**kind);
}

}  // namespace proffer
