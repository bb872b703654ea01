// The typed specs of all kinds: what a reconciler reads instead of JSON. One struct per kind, in the order of
// allKinds(); each is filled from a normalised spec by specOf<T>, by the same field table that
// validates it.
//
// Plain values. A member that is std::optional has no default; all others hold the table's default when the
// manifest leaves the field out. Durations are microseconds. The authoritative help texts stand in the tables
// (kinds/*.cpp).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "manifests/resource.h"

namespace proffer {

enum class Domain { kCustom, kEcommerce, kVideoOnDemand };
enum class QuotaProfile { kGenerous, kAws };
enum class DatasetType { kInteractions, kItems, kUsers, kActions, kActionInteractions };
inline constexpr std::array kDatasetTypes{DatasetType::kInteractions, DatasetType::kItems,
                                          DatasetType::kUsers, DatasetType::kActions,
                                          DatasetType::kActionInteractions};
enum class ImportMode { kFull, kIncremental };
enum class TrainingMode { kFull, kUpdate };
enum class FieldType { kString, kInt, kLong, kFloat, kDouble, kBoolean, kNull };

struct DatasetGroupSpec {
  Domain domain = Domain::kCustom;
  QuotaProfile quotas = QuotaProfile::kGenerous;
};

struct SchemaField {
  std::string name;              ///< canonical upper case as the service writes it, e.g. ITEM_ID
  std::vector<FieldType> types;  ///< a union; one member or one member and null
  bool categorical = false;
  bool textual = false;
  bool itemName = false;
  bool nullable() const;
  FieldType valueType() const;  ///< the member of the union that is not null
};

struct SchemaSpec {
  std::optional<DatasetType> type;  ///< which dataset it fits, if it says so
  Domain domain = Domain::kCustom;
  std::vector<SchemaField> fields;
  std::optional<std::string> avro;  ///< Avro JSON text instead of `fields`
};

struct RowCondition {
  std::string column;
  std::string op;                   ///< "=", "!=", "<", "<=", ">", ">=", "in", "not in"
  std::vector<std::string> values;  ///< one, or several for in / not in
};

struct DataSource {
  std::string csv;  ///< `path` or `root:path`; a file, a directory/ or a glob
  ImportMode mode = ImportMode::kFull;
  std::map<std::string, std::string> columns;    ///< schema column -> header of the file
  std::map<std::string, std::string> constants;  ///< schema column -> one value for all rows
  std::vector<RowCondition> where;               ///< rows that do not pass all are left out
  std::string timestampUnit = "seconds";         ///< seconds or milliseconds
};

struct DatasetSpec {
  DatasetType type = DatasetType::kInteractions;
  std::optional<std::string> schemaName;  ///< schema: NAME
  std::optional<std::vector<SchemaField>>
      schemaFields;  ///< schema: {fields: [...]}; neither: the domain's own
  std::vector<DataSource> sources;
  std::optional<std::string> orderColumn;  ///< what makes one basket
  int64_t maxBadRows = 0;
  std::optional<Duration> retain;
  std::optional<std::string> displayTitle;  ///< display: {title: COLUMN}
  bool recommendableCatalogueOnly = true;   ///< recommendable: catalogue | any
};

struct DatasetImportSpec {
  std::string dataset;
  ImportMode mode = ImportMode::kFull;
  std::vector<DataSource> sources;
};
struct DatasetExportSpec {
  std::string dataset;
  std::string ingestionMode = "PUT";  ///< BULK, PUT, ALL
  std::string output;                 ///< directory or s3://
};
struct DataDeletionSpec {
  std::vector<std::string> users;
  std::optional<std::string> csv;  ///< a file or directory with one column USER_ID
};
struct EventTrackerSpec {};
struct FilterSpec {
  std::string expression;
  std::string dialect = "extended";  ///< extended or personalize
};

struct Exploration {
  double weight = 0.3;  ///< explorationWeight, 0 to 1 (R28)
  Duration itemAgeCutOff = Duration(30LL * 86400 * 1'000'000);
};
struct Schedules {
  std::optional<std::string> train;  ///< rate(7 days), cron(...) or never; absent: the rhythm of the use case
  std::optional<std::string> update;
};

struct RecommenderSpec {
  std::string useCase;  ///< canonical short name, e.g. most-popular
  std::map<std::string, std::string>
      eventTypes;                          ///< use case's event type -> the group's own (custom groups)
  std::optional<Exploration> exploration;  ///< only for use cases that explore (RX-2)
  std::map<std::string, std::vector<std::string>> excludedColumns;  ///< dataset type -> columns (TO-11)
  std::map<std::string, std::vector<std::string>> includedColumns;
  int64_t minRecommendationRequestsPerSecond = 1;
  bool metadata = false;  ///< enableMetadataWithRecommendations
  Schedules schedules;
  std::string fallback = "popularity";  ///< popularity or none
  std::string state = "running";        ///< running or stopped
  int64_t seed = 1;
};

struct EventSelection {
  std::string eventType;
  std::optional<double> valueThreshold;  ///< keep EVENT_VALUE >= it (TO-2)
  double weight = 1.0;                   ///< 0 to 1; only ratios count (TO-31)
};
struct SolutionSpec {
  std::string recipe;                           ///< canonical name, e.g. aws-popularity-count
  std::map<std::string, Json> hyperparameters;  ///< by name; both scopes A and F of the reference
  std::optional<std::string> eventType;         ///< train on this one only (TO-1)
  std::optional<double> eventValueThreshold;
  std::vector<EventSelection> events;  ///< eventsConfig, or eventWeights in short
  std::map<std::string, std::vector<std::string>> excludedColumns;
  std::map<std::string, std::vector<std::string>> includedColumns;
  std::optional<std::string> objectiveColumn;  ///< optimizationObjective.itemAttribute
  std::string objectiveSensitivity = "OFF";
  Json hpo;  ///< null: none
  bool autoTraining = true;
  bool incrementalUpdate = false;
  Schedules schedules;
  int64_t keepVersions = 3;
  int64_t seed = 1;
};

struct SolutionVersionSpec {
  std::optional<std::string> solution;  ///< exactly one of solution and recommender
  std::optional<std::string> recommender;
  TrainingMode mode = TrainingMode::kFull;
  std::string recipe;  ///< what is trained, as of then
  Json configuration;  ///< the SolutionSpec or RecommenderSpec as of then
};

struct VersionGate {
  std::string metric;  ///< a key of 6.2
  std::string op;      ///< ">=", ">", "<=", "<"
  double value = 0;
};
struct CampaignSpec {
  std::string solution;
  std::string version = "latest";  ///< latest, gated, or a SolutionVersion's name
  std::vector<VersionGate> gates;
  int64_t minProvisionedTPS = 1;
  std::optional<Exploration> exploration;
  std::map<std::string, double> rankingInfluence;  ///< POPULARITY, FRESHNESS
  bool metadata = false;
};

struct ExperimentArm {
  std::string name;
  std::string target;  ///< a campaign or recommender of the group
  double weight = 1;
};
struct ExperimentSpec {
  std::vector<ExperimentArm> arms;
  std::string splitBy = "user";
  std::string successMetric;  ///< an event type
  std::optional<Duration> stopAfter;
};
struct BatchInferenceJobSpec {
  std::string solution;
  std::string version = "latest";
  std::string input;
  std::string output;
  std::optional<std::string> filter;
  int64_t numResults = 25;
  std::optional<std::string> schedule;
  std::optional<Exploration> exploration;
};
struct BatchSegmentJobSpec {
  std::string solution;
  std::string version = "latest";
  std::string input;
  std::string output;
  std::optional<std::string> filter;
  int64_t numResults = 25;
  std::optional<std::string> schedule;
};
struct AttributedMetric {
  std::string name;
  std::string eventType;
  std::string expression;  ///< SUM(Items.COL), SUM(Interactions.COL), SAMPLECOUNT()
};
struct MetricAttributionSpec {
  std::vector<AttributedMetric> metrics;
  std::optional<std::string> output;
};
struct GitSourceSpec {
  std::string repository;
  std::string branch = "main";
  std::string path = ".";
  Duration interval = Duration(60LL * 1'000'000);
  bool prune = false;
};

/// The typed spec of a normalised resource. kInternal if the resource is of another kind or not normalised.
template <class Spec>
Result<Spec> specOf(const Resource& resource);

/// The same from a spec object alone (as a SolutionVersion keeps its configuration).
template <class Spec>
Result<Spec> specFromJson(const Json& spec);

std::string_view domainName(Domain domain);          ///< "ECOMMERCE", "VIDEO_ON_DEMAND", "" for custom
std::string_view datasetTypeName(DatasetType type);  ///< "INTERACTIONS", ...
std::string_view fieldTypeName(FieldType type);      ///< "string", "long", ...
/// Any case, "Interactions" as well as "INTERACTIONS" (DS-1).
std::optional<DatasetType> datasetTypeFromName(std::string_view name);

}  // namespace proffer
