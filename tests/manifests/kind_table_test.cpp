// The tables, the typed specs, and what is known of objects besides their fields.
#include "manifests/kind_table.h"

#include <catch2/catch.hpp>

#include "manifests/domains.h"
#include "manifests/reader.h"
#include "manifests/references.h"
#include "manifests/schedule.h"
#include "manifests/specs.h"

namespace kind_table_test {

using namespace proffer;

namespace {

Resource resource(std::string_view kind, std::string_view name, std::string_view spec,
                  std::string_view group = "shop") {
  Resource made;
  made.kind = kind;
  made.metadata.name = name;
  made.metadata.group = group;
  made.spec = *parseJson(spec);
  for (const auto& error : normalize(made)) FAIL_CHECK(formatError(error));
  return made;
}

template <class Spec>
Spec specFrom(std::string_view kind, std::string_view spec, std::string_view group = "shop") {
  const auto made = specOf<Spec>(resource(kind, "a", spec, group));
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("every kind has a table, findable by all its names, with help for every field") {
  REQUIRE(allKinds().size() == 17);
  std::set<std::string> names;
  for (const auto& table : allKinds()) {
    INFO(table.kind);
    CHECK(findKind(table.kind) == &table);
    CHECK(findKind(table.plural) == &table);
    CHECK(names.insert(table.plural).second);
    for (const auto& shortName : table.shortNames) {
      CHECK(findKind(shortName) == &table);
      CHECK(names.insert(shortName).second);
    }
    CHECK_FALSE(table.help.empty());
    for (const auto& field : table.fields) {
      INFO(field.name);
      CHECK_FALSE(field.help.empty());
      CHECK_FALSE((field.required && !field.defaultValue.is_null()));
    }
  }
  CHECK(requireKind("Camapign").error().hint == "did you mean \"Campaign\"?");
}

TEST_CASE("typed specs say what the manifest says") {
  CHECK(specFrom<DatasetGroupSpec>("DatasetGroup", "{}", "").domain == Domain::kCustom);
  CHECK(specFrom<DatasetGroupSpec>("DatasetGroup", R"({"domain":"ecommerce","quotas":"aws"})", "").quotas ==
        QuotaProfile::kAws);
  const auto schema = specFrom<SchemaSpec>(
      "Schema", R"({"fields":[{"name":"user_id","type":["null","string"],"categorical":true}]})", "");
  REQUIRE(schema.fields.size() == 1);
  CHECK(schema.fields[0].name == "USER_ID");
  CHECK(schema.fields[0].nullable());
  CHECK(schema.fields[0].valueType() == FieldType::kString);
  CHECK(schema.fields[0].categorical);

  const auto dataset = specFrom<DatasetSpec>(
      "Dataset", R"({"type":"items","schema":"films","display":{"title":"name"},"retain":null,
      "sources":[{"csv":"a.csv","mode":"incremental","where":{"column":"x","operator":"in","value":[1,"b"]}}]})");
  CHECK(dataset.type == DatasetType::kItems);
  CHECK(dataset.schemaName == "films");
  CHECK(dataset.displayTitle == "NAME");
  CHECK(dataset.recommendableCatalogueOnly);
  CHECK(dataset.sources.at(0).mode == ImportMode::kIncremental);
  CHECK(dataset.sources[0].where.at(0).values == std::vector<std::string>{"1", "b"});

  const auto popular = specFrom<RecommenderSpec>("Recommender", R"({"useCase":"Most popular"})");
  CHECK(popular.useCase == "most-popular");
  CHECK(popular.schedules.train == "rate(7 days)");
  CHECK_FALSE(popular.schedules.update);
  CHECK_FALSE(popular.exploration);
  const auto picks = specFrom<RecommenderSpec>(
      "Recommender",
      R"({"useCase":"aws-vod-top-picks","schedules":{"train":"never"},"exploration":{"itemAgeCutOff":"2w"}})");
  CHECK(picks.schedules.train == "never");
  CHECK(picks.schedules.update == "rate(2 hours)");
  CHECK(picks.exploration->weight == 0.3);
  CHECK(picks.exploration->itemAgeCutOff == std::chrono::hours(14 * 24));

  const auto solution =
      specFrom<SolutionSpec>("Solution", R"({"recipe":"similar-items","eventWeights":{"View":1}})");
  CHECK(solution.recipe == "aws-similar-items");
  CHECK(solution.events.at(0).eventType == "View");
  CHECK(solution.hyperparameters.at("popularity_discount_factor") == 0.0);
  CHECK(solution.autoTraining);
  CHECK(solution.hpo.is_null());

  CHECK(specFrom<CampaignSpec>("Campaign", R"({"solution":"taste"})").version == "latest");
  CHECK(specFrom<GitSourceSpec>("GitSource", R"({"repository":"r"})", "").interval ==
        std::chrono::seconds(60));
}

TEST_CASE("a spec of another kind, or one that was not normalised, is not read") {
  CHECK(specOf<CampaignSpec>(resource("EventTracker", "a", "{}")).error().code == ErrorCode::kInternal);
  CHECK(specFromJson<DatasetSpec>(*parseJson(R"({"type":"nonsense"})")).error().field == "spec.type");
  CHECK(specFromJson<DatasetSpec>(*parseJson("{}")).error().code == ErrorCode::kInternal);
}

TEST_CASE("normalising again changes nothing, and spelling is no difference") {
  const auto once =
      resource("Recommender", "a",
               R"({"useCase":"aws-vod-top-picks","exploration":{"itemAgeCutOff":"720h","weight":1}})");
  auto twice = once;
  CHECK(normalize(twice).empty());
  CHECK(dumpJson(toJson(twice)) == dumpJson(toJson(once)));
  const auto other = resource(
      "Recommender", "a",
      R"({"exploration":{"weight":1.0,"itemAgeCutOff":"30d"},"fallback":"Popularity","useCase":"top-picks-for-you"})");
  CHECK(differences(once, other).empty());
  CHECK(dumpJson(once.spec) == dumpJson(other.spec));
}

TEST_CASE("differences name the fields") {
  auto before = resource("Recommender", "a",
                         R"({"useCase":"top-picks-for-you","excludedColumns":{"ITEMS":["A","B"]}})");
  auto after = resource(
      "Recommender", "a",
      R"({"useCase":"top-picks-for-you","excludedColumns":{"ITEMS":["A","C"]},"exploration":{"weight":0.5}})");
  after.metadata.labels["team"] = "x";
  std::vector<std::string> paths;
  for (const auto& change : differences(before, after)) paths.push_back(change.path);
  CHECK(paths == std::vector<std::string>{"metadata.labels.team", "spec.exploration.weight",
                                          "spec.excludedColumns.ITEMS[1]"});
}

TEST_CASE("what must not change is refused with its path") {
  struct Row {
    std::string_view kind, before, after, field, reason;
  };
  const Row rows[] = {
      {"Dataset", R"({"type":"ITEMS"})", R"({"type":"USERS"})", "spec.type", "a dataset's type"},
      {"Dataset", R"({"type":"ITEMS"})", R"({"type":"ITEMS","maxBadRows":5})", "", "what may change"},
      {"SolutionVersion", R"({"solution":"a"})", R"({"solution":"b"})", "spec.solution", "a version's spec"},
      {"DatasetImport", R"({"dataset":"a"})", R"({"dataset":"a","mode":"INCREMENTAL"})", "spec.mode",
       "a run's spec"},
      {"Filter", R"({"expression":"EXCLUDE ItemID WHERE Items.A = 1"})",
       R"({"expression":"EXCLUDE ItemID WHERE Items.A = 2"})", "",
       "a filter's expression may change in manifests"},
      {"Solution", R"({"recipe":"aws-sims"})", R"({"recipe":"aws-hrnn"})", "",
       "a solution's configuration may change in manifests"}};
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto errors =
        checkImmutable(resource(row.kind, "a", row.before), resource(row.kind, "a", row.after));
    REQUIRE(errors.size() == (row.field.empty() ? 0 : 1));
    if (!errors.empty()) CHECK(errors[0].field == row.field);
  }
  const auto group = checkImmutable(resource("DatasetGroup", "g", R"({"domain":"ECOMMERCE"})", ""),
                                    resource("DatasetGroup", "g", "{}", ""));
  REQUIRE(group.size() == 1);
  CHECK(formatError(group[0]) ==
        "spec.domain: cannot be changed from \"ECOMMERCE\" to nothing (delete the object and create it anew, "
        "or declare it under another name)");
  CHECK(checkImmutable(resource("EventTracker", "a", "{}"), resource("EventTracker", "b", "{}"))[0].field ==
        "metadata.name");
}

TEST_CASE("references are known with their kinds") {
  const auto keys = [](const Resource& made) {
    std::vector<std::string> out;
    for (const auto& key : referencesOf(made)) out.push_back(key.toString());
    return out;
  };
  using Names = std::vector<std::string>;
  CHECK(keys(resource("DatasetGroup", "g", "{}", "")).empty());
  CHECK(keys(resource("Dataset", "d", R"({"type":"ITEMS","schema":"films"})")) ==
        Names{"DatasetGroup/shop", "Schema/films"});
  CHECK(keys(resource("Campaign", "c", R"({"solution":"taste","version":"latest"})")) ==
        Names{"DatasetGroup/shop", "Solution/shop/taste"});
  CHECK(keys(resource("Campaign", "c", R"({"solution":"taste","version":"taste-1"})")) ==
        Names{"DatasetGroup/shop", "Solution/shop/taste", "SolutionVersion/shop/taste-1"});
  CHECK(keys(resource(
            "Experiment", "e",
            R"({"successMetric":"View","arms":[{"name":"a","target":"x"},{"name":"b","target":"x"}]})")) ==
        Names{"DatasetGroup/shop", "Campaign/shop/x", "Recommender/shop/x"});
}

TEST_CASE("ARNs have the service's shapes, and names of groups keep them apart") {
  const auto arn = [](Resource made) {
    made.metadata.uid = "7d1c6f0a-0000-4000-8000-000000000000";
    const std::string prefix = "arn:aws:personalize:local:000000000000:";
    const auto whole = arnFor(made);
    return whole.empty() ? "" : whole.substr(prefix.size());
  };
  CHECK(arn(resource("DatasetGroup", "shop", "{}", "")) == "dataset-group/shop");
  CHECK(arn(resource("Dataset", "films", R"({"type":"ITEMS"})")) == "dataset/shop/ITEMS");
  CHECK(arn(resource("EventTracker", "web", "{}")) == "event-tracker/7d1c6f0a");
  CHECK(arn(resource("Campaign", "home", R"({"solution":"taste"})")) == "campaign/shop.home");
  CHECK(arn(resource("SolutionVersion", "taste-1a2b3c4d", R"({"solution":"taste"})")) ==
        "solution/shop.taste/1a2b3c4d");
  CHECK(arn(resource("SolutionVersion", "named", R"({"solution":"taste"})")) ==
        "solution/shop.taste/7d1c6f0a");
  CHECK(arn(resource("GitSource", "g", R"({"repository":"r"})", "")).empty());
}

TEST_CASE("schedules are read into what they mean") {
  CHECK(parseSchedule("rate(7 days)")->rate == std::chrono::hours(24 * 7));
  CHECK(parseSchedule(" rate( 1  hour ) ")->text == "rate(1 hour)");
  const auto cron = parseSchedule("cron(*/15 8-18 1,15 * MON-FRI Europe/Berlin)");
  REQUIRE(cron);
  CHECK(cron->minutes == ((1ULL << 0) | (1ULL << 15) | (1ULL << 30) | (1ULL << 45)));
  CHECK(cron->daysOfMonth == ((1U << 1) | (1U << 15)));
  CHECK(cron->daysOfWeek == 0b0111110);
  CHECK_FALSE(cron->anyDayOfMonth);
  CHECK(cron->timeZone == "Europe/Berlin");
  CHECK(parseSchedule("cron(0 0 * * 7)")->daysOfWeek == 1);
  const auto service = parseSchedule("cron(0 3 ? JAN-MAR 2-6 2027/2 Europe/Berlin)");
  REQUIRE(service);
  CHECK(service->daysOfWeek == 0b0111110);
  CHECK(service->anyDayOfMonth);
  CHECK(service->timeZone == "Europe/Berlin");
  CHECK(service->years.test(2027 - Schedule::kFirstYear));
  CHECK_FALSE(service->years.test(2028 - Schedule::kFirstYear));
  CHECK(parseSchedule("cron(0 3 L,15W * ? *)")->lastDayOfMonth);
  for (const auto* bad :
       {"", "rate()", "rate(-1 days)", "cron()", "cron(* * * *)", "cron(5-1 * * * *)", "cron(*/0 * * * *)",
        "cron(a * * * *)", "rate(1 day", "cron(,,, * * * *)", "rate(99999999999999999999 days)",
        "cron(0 3 1 * MON *)", "cron(0 3 ? * 0 *)", "cron(0 3 ? * 6#6 *)", "cron(0 3 L * *)", "cron(0 3 32W * ? *)",
        "cron(0 3 * * ? 1969)", "cron(0 3 * * ? * Mars!)", "cron(0 3 * * ? * * UTC)"}) {
    INFO(bad);
    CHECK_FALSE(parseSchedule(bad));
  }
}

}  // namespace kind_table_test
