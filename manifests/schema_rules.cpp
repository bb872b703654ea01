// What a schema must and must not hold (control-plane 2.1 to 2.4).
#include <set>

#include "base/text.h"
#include "manifests/domain_data.h"
#include "manifests/domains.h"

namespace proffer {
namespace {

std::string typeList(const std::vector<FieldType>& types) {
  std::vector<std::string> words;
  for (const FieldType type : types) words.emplace_back(fieldTypeName(type));
  return words.size() == 1 ? words[0] : fmt::format("[{}]", join(words, ", "));
}

std::string_view attributeName(ColumnAttribute attribute) {
  return attribute == ColumnAttribute::kCategorical ? "categorical" : "textual";
}

class SchemaChecker {
 public:
  SchemaChecker(Domain domain, DatasetType type, const std::vector<SchemaField>& fields, QuotaProfile quotas)
      : domain_(domain), type_(type), fields_(fields), quotas_(quotas), rules_(rulesFor(domain, type)) {}

  std::vector<Error> run() {
    if (domain_ != Domain::kCustom &&
        (type_ == DatasetType::kActions || type_ == DatasetType::kActionInteractions))
      add("", fmt::format("{} datasets are only for custom groups", datasetTypeName(type_)), "");
    for (size_t i = 0; i < fields_.size(); ++i) column(fields_[i], fmt::format("fields[{}]", i));
    unique();
    requiredColumns();
    counts();
    return std::move(errors_);
  }

 private:
  void add(std::string path, std::string message, std::string hint) {
    errors_.push_back(
        Error{ErrorCode::kInvalidInput, std::move(message), std::move(path), {}, std::move(hint)});
  }
  const ReservedColumn* reserved(const std::string& name) const {
    for (const auto& column : rules_.columns)
      if (column.name == name) return &column;
    return nullptr;
  }
  std::string place() const {
    return fmt::format("{} of {}", datasetTypeName(type_),
                       domain_ == Domain::kCustom ? "a custom group" : domainName(domain_));
  }

  void column(const SchemaField& field, const std::string& path) {
    const FieldType type = field.valueType();
    if (type == FieldType::kNull || (field.types.size() == 2 && !field.nullable()) || field.types.size() > 2)
      return add(path + ".type", fmt::format("{} has type {}", field.name, typeList(field.types)),
                 "one type, or one type and null");
    const auto onlyStrings = [&](bool marked, std::string_view word) {
      if (marked && type != FieldType::kString)
        add(fmt::format("{}.{}", path, word),
            fmt::format("{} is {} and cannot be {}", field.name, fieldTypeName(type), word),
            "only strings can");
    };
    onlyStrings(field.categorical, "categorical");
    onlyStrings(field.textual, "textual");
    onlyStrings(field.itemName, "itemName");
    if (field.categorical && field.textual)
      add(path, fmt::format("{} is both categorical and textual", field.name), "keep one of them");
    if (type_ != DatasetType::kItems && field.textual)
      add(path + ".textual", "only ITEMS have textual columns", "");
    if (type_ != DatasetType::kItems && field.itemName) add(path + ".itemName", "only ITEMS have names", "");
    if (const ReservedColumn* rule = reserved(field.name)) reservedColumn(field, *rule, path);
  }

  void reservedColumn(const SchemaField& field, const ReservedColumn& rule, const std::string& path) {
    const FieldType type = field.valueType();
    if (std::find(rule.types.begin(), rule.types.end(), type) == rule.types.end())
      add(path + ".type",
          fmt::format("{} has type {}, it must be {}", field.name, typeList(field.types),
                      typeList(rule.types)),
          fmt::format("the name is reserved in {}", place()));
    else if (field.nullable() && !rule.nullable)
      add(path + ".type", fmt::format("{} may not be null", field.name),
          fmt::format("type: {}", fieldTypeName(type)));
    const bool wantsCategorical = rule.attribute == ColumnAttribute::kCategorical,
               wantsTextual = rule.attribute == ColumnAttribute::kTextual;
    if ((wantsCategorical && !field.categorical) || (wantsTextual && !field.textual))
      add(path, fmt::format("{} must be {}", field.name, attributeName(rule.attribute)),
          fmt::format("add {}: true", attributeName(rule.attribute)));
    if ((field.categorical && !wantsCategorical) || (field.textual && !wantsTextual))
      add(path, fmt::format("{} must not be {}", field.name, field.categorical ? "categorical" : "textual"),
          fmt::format("the name is reserved in {}", place()));
  }

  // GENRES_FIELD_1 and GENRESFIELD1 are the same column (SX-5).
  void unique() {
    std::map<std::string, std::string> seen;
    for (size_t i = 0; i < fields_.size(); ++i) {
      std::string folded = upper(fields_[i].name);
      std::erase(folded, '_');
      const auto [first, fresh] = seen.emplace(folded, fields_[i].name);
      if (fresh) continue;
      const bool same = equalsIgnoreCase(first->second, fields_[i].name);
      add(fmt::format("fields[{}].name", i),
          same ? fmt::format("column {} stands here twice", fields_[i].name)
               : fmt::format("column {} clashes with {}", fields_[i].name, first->second),
          same ? "" : "underscores do not count");
    }
  }

  void requiredColumns() {
    std::vector<std::string> missing, named;
    for (const auto& field : fields_) named.push_back(field.name);
    for (const auto& column : rules_.columns)
      if (column.required && std::find(named.begin(), named.end(), column.name) == named.end())
        missing.push_back(column.name);
    if (!missing.empty())
      add("fields",
          fmt::format("column{} {} {} missing", missing.size() == 1 ? "" : "s", join(missing, ", "),
                      missing.size() == 1 ? "is" : "are"),
          fmt::format("required in {}", place()));
  }

  void counts() {
    int64_t metadata = 0, useful = 0, textual = 0, names = 0;
    for (const auto& field : fields_) {
      const FieldType type = field.valueType();
      const ReservedColumn* rule = reserved(field.name);
      const bool id =
          rule != nullptr && rule->required && type == FieldType::kString && field.name.ends_with("_ID");
      metadata += rule == nullptr;
      useful += !id && (field.categorical || field.textual ||
                        (type != FieldType::kString && type != FieldType::kBoolean));
      textual += field.textual;
      names += field.itemName;
    }
    if (textual > 1) add("fields", fmt::format("{} columns are textual, one may be", textual), "");
    if (names > 1) add("fields", fmt::format("{} columns are marked itemName, one may be", names), "");
    if (rules_.needsMetadata && useful == 0 && quotas_ == QuotaProfile::kAws)
      add("fields", fmt::format("{} need a column besides the id", datasetTypeName(type_)),
          "a number or a categorical string");
    if (quotas_ == QuotaProfile::kAws && metadata > rules_.metadataColumns)
      add("fields",
          fmt::format("{} columns are not reserved, the quotas of Amazon Personalize allow {} in {}",
                      metadata, rules_.metadataColumns, datasetTypeName(type_)),
          "remove some, or set the group's quotas to generous");
  }

  Domain domain_;
  DatasetType type_;
  const std::vector<SchemaField>& fields_;
  QuotaProfile quotas_;
  const DatasetRules& rules_;
  std::vector<Error> errors_;
};

}  // namespace

std::vector<std::string> requiredColumns(Domain domain, DatasetType type) {
  std::vector<std::string> names;
  for (const auto& column : rulesFor(domain, type).columns)
    if (column.required) names.push_back(column.name);
  return names;
}

std::vector<Error> checkSchema(Domain domain, DatasetType type, const std::vector<SchemaField>& fields,
                               QuotaProfile quotas) {
  return SchemaChecker(domain, type, fields, quotas).run();
}

}  // namespace proffer
