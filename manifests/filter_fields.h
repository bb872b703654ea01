// What filters may name of a group's datasets, from their schemas, and as JSON for the way from the
// reconcilers to serving. Pure; any thread.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "dsl/check.h"
#include "dsl/fields.h"
#include "manifests/specs.h"

namespace proffer {

/// The columns of a dataset of this type. Categorical ones are multi-valued. The ids of interactions are left
/// out: they are the user who asks and the item that is tested.
dsl::DatasetFields filterFields(DatasetType type, const std::vector<SchemaField>& fields);
/// Where the fields of datasets of this type stand.
std::optional<dsl::DatasetFields>& fieldsOf(dsl::Fields& fields, DatasetType type);

/// {"ITEMS": [{"name", "type", "multiValued", "textual", "automatic"}], ...}
Json toJson(const dsl::Fields& fields);
/// What a filter uses, as status and answers show it; what is empty is left out.
Json toJson(const dsl::Uses& uses);
/// kCorrupt if it is anything else.
Result<dsl::Fields> filterFieldsFromJson(const Json& json);

/// "extended" and "personalize", as specs have them.
std::string_view dialectName(dsl::Dialect dialect);
std::optional<dsl::Dialect> dialectFromName(std::string_view name);

/// Distinct fields that a filter of this dialect may have in such a group (F43); 0: any number.
size_t mostFilterFields(dsl::Dialect dialect, QuotaProfile quotas);
/// The types of datasets that a filter reads, in the order of DatasetType.
std::vector<DatasetType> datasetsOf(const dsl::Filter& filter);

}  // namespace proffer
