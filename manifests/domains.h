// The built-in domains: their schemas, use cases, event types and update rhythms. The facts are data files
// beside this header (domains/*.yaml), compiled in; this is the reading side. Immutable after the first call;
// any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/specs.h"

namespace proffer {

struct UseCase {
  std::string name;    ///< "most-popular"
  std::string recipe;  ///< the service's recipe name, "aws-vod-most-popular"
  Domain domain = Domain::kCustom;
  std::string title;      ///< "Most popular"
  std::string help;       ///< one sentence: what it recommends
  std::string family;     ///< which trainer: "popularity", "trending", "co-occurrence", "content", "sequence"
  bool needsUser = true;  ///< userId required (control-plane 3.2, 3.3)
  bool needsItem = false;
  bool needsItemsDataset = false;
  bool explores = false;
  std::vector<std::string> countedEvents;   ///< only these are trained on; empty: all
  std::vector<std::string> requiredEvents;  ///< the minimum counts these; empty: any
  std::vector<std::string> recommendedEvents;
  std::vector<std::string> automaticFilter;  ///< event types whose items are removed (watched, bought)
  std::string counting = "";                 ///< "users" (distinct) or "events" (UC-3), for popularity
  std::string train = "rate(7 days)";
  std::string update;  ///< empty: none
};

std::span<const UseCase> allUseCases();
/// By use case name or the service's recipe name (with or without "arn:aws:personalize:::recipe/"). Two
/// domains have a use case called trending-now: `domain` decides, and custom groups take the first.
const UseCase* findUseCase(std::string_view name, Domain domain);
std::vector<std::string> useCaseNames(Domain domain);

/// The fields a dataset of this type has when its manifest names no schema; empty if the domain has no
/// default.
std::vector<SchemaField> defaultSchema(Domain domain, DatasetType type);

/// The columns that a dataset of this spec has: those of its schema (`named`, if it names one; else its own,
/// else the domain's), and the column of its titles, which need not be in the schema.
std::vector<SchemaField> datasetColumns(const DatasetSpec& spec, Domain domain,
                                        const std::vector<SchemaField>& named);

/// Every way in which `fields` breaks the rules for datasets of this type in this domain (control-plane 2.1
/// to 2.4: required and reserved columns and their types, uniqueness without underscores, limits of the
/// profile).
std::vector<Error> checkSchema(Domain domain, DatasetType type, const std::vector<SchemaField>& fields,
                               QuotaProfile quotas);

/// The columns that a dataset of this type must have.
std::vector<std::string> requiredColumns(Domain domain, DatasetType type);

/// Avro JSON text as the service takes it (SX-1..SX-10) to fields, and back.
Result<std::vector<SchemaField>> fieldsFromAvro(std::string_view avro);
/// The dataset type that an Avro schema's name says (SX-2); nothing if it says none.
std::optional<DatasetType> datasetTypeOfAvro(std::string_view avro);
std::string avroFromFields(DatasetType type, const std::vector<SchemaField>& fields);

}  // namespace proffer
