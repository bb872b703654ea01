#include "controller/store/admission.h"

#include "base/text.h"
#include "controller/store/routes.h"
#include "manifests/reader.h"
#include "tests/store/store_fixture.h"

namespace admission_test {

using namespace proffer;
using namespace proffer::store;

namespace {

/// "Kind [group/]name [{spec}]" a line.
std::vector<Resource> objects(const std::string& lines) {
  std::string yaml;
  for (const auto& line : split(lines, '\n')) {
    if (trim(line).empty()) continue;
    const auto words = split(trim(line), ' ');
    const auto slash = words[1].find('/');
    const std::string spec =
        words.size() > 2 ? std::string(trim(line)).substr(words[0].size() + words[1].size() + 2) : "{}";
    yaml += fmt::format("---\napiVersion: proffer/v1\nkind: {}\nmetadata: {{name: {}{}}}\nspec: {}\n",
                        words[0], words[1].substr(slash + 1),
                        slash == std::string::npos ? "" : ", group: " + words[1].substr(0, slash), spec);
  }
  const auto set = readManifests({{"test.yaml", yaml}});
  for (const auto& error : set.errors) UNSCOPED_INFO(formatError(error));
  REQUIRE(set.ok());
  std::vector<Resource> resources;
  for (const auto& manifest : set.manifests) resources.push_back(manifest.resource);
  return resources;
}

struct Applied : StoredStore {
  /// "created DatasetGroup/shop, ..." or the errors.
  std::string apply(const std::string& lines, const ApplyOptions& options = {}) {
    std::vector<Error> all;
    const auto result = applySet(*store, objects(lines), options, &all);
    std::vector<std::string> words;
    if (result)
      for (const auto& outcome : result->outcomes)
        words.push_back(std::string(applyActionName(outcome.action)) + " " + outcome.key.toString());
    for (const auto& error : all)
      words.push_back(std::string(errorCodeName(error.code)) + ": " + error.message);
    CHECK(result.has_value() == all.empty());
    return join(words, "; ");
  }
  std::string remove(const std::string& key, const DeleteOptions& options = {}) {
    const auto result = deleteResource(*store, keyFrom(key), options);
    if (!result) return std::string(errorCodeName(result.error().code)) + ": " + result.error().message;
    std::vector<std::string> words;
    for (const auto& gone : *result) words.push_back(gone.toString());
    return join(words, ", ");
  }
  static ResourceKey keyFrom(const std::string& text) {
    const auto parts = split(text, '/');
    return parts.size() == 2 ? ResourceKey{parts[0], "", parts[1]}
                             : ResourceKey{parts[0], parts[1], parts[2]};
  }
  /// All keys; "!" marks what is being deleted.
  std::string all() {
    std::vector<std::string> words;
    for (const auto& item : must(resources().list({})).items)
      words.push_back((item.deleting() ? "!" : "") + item.key().toString());
    return join(words, " ");
  }
  /// What the object's reconciler does in the end.
  void cleaned(const std::string& key) {
    Resource now = must(resources().get(keyFrom(key)));
    REQUIRE(now.deleting());
    std::erase(now.metadata.finalizers, std::string(kCleanupFinalizer));
    must(resources().update(now));
  }
  Resource get(const std::string& key) { return must(resources().get(keyFrom(key))); }
};

ApplyOptions set(const std::string& name, bool prune = false) {
  ApplyOptions options;
  options.manager = "set/" + name;
  options.prune = prune;
  return options;
}

const std::string kShop = R"(
DatasetGroup shop {domain: ECOMMERCE}
Dataset shop/interactions {type: INTERACTIONS}
Solution shop/taste {recipe: aws-popularity-count}
Campaign shop/home {solution: taste}
)";

}  // namespace

TEST_CASE("apply says created, unchanged and configured, and nothing else is written") {
  Applied s;
  CHECK(s.apply(kShop) ==
        "created DatasetGroup/shop; created Dataset/shop/interactions; created "
        "Solution/shop/taste; created Campaign/shop/home");
  const int64_t version = s.resources().currentVersion();
  CHECK(s.apply(kShop) ==
        "unchanged DatasetGroup/shop; unchanged Dataset/shop/interactions; unchanged "
        "Solution/shop/taste; unchanged Campaign/shop/home");
  CHECK(s.resources().currentVersion() == version);
  std::vector<Error> none;
  const auto changed =
      must(applySet(*s.store, objects("Campaign shop/home {solution: taste, minProvisionedTPS: 7}"), {}));
  REQUIRE(changed.outcomes.size() == 1);
  CHECK(changed.outcomes[0].action == ApplyAction::kConfigured);
  REQUIRE(changed.outcomes[0].changes.size() == 1);
  CHECK(changed.outcomes[0].changes[0].path == "spec.minProvisionedTPS");
  CHECK(changed.outcomes[0].changes[0].after == 7);
  CHECK(changed.resourceVersion == version + 1);
  CHECK(s.get("Campaign/shop/home").metadata.generation == 2);
}

TEST_CASE("a dry run says what apply would do and leaves nothing") {
  Applied s;
  s.apply(kShop);
  const int64_t version = s.resources().currentVersion();
  ApplyOptions dry;
  dry.dryRun = true;
  CHECK(s.apply("Filter shop/f {expression: 'EXCLUDE ItemID WHERE Items.PRICE > 1'}", dry) ==
        "created Filter/shop/f");
  DeleteOptions dryDelete;
  dryDelete.dryRun = true;
  CHECK(s.remove("Campaign/shop/home", dryDelete) == "Campaign/shop/home");
  CHECK(s.resources().currentVersion() == version);
  CHECK(s.all() == "DatasetGroup/shop Dataset/shop/interactions Solution/shop/taste Campaign/shop/home");
}

TEST_CASE("one refusal refuses the whole set, with all that is wrong") {
  Applied s;
  s.apply(kShop);
  const int64_t version = s.resources().currentVersion();
  CHECK(s.apply(R"(
    Schema new {fields: [{name: USER_ID, type: string}, {name: ITEM_ID, type: string}, {name: TIMESTAMP, type: long}]}
    Dataset shop/interactions {type: ITEMS}
    DatasetGroup shop {domain: VIDEO_ON_DEMAND}
  )") == "InvalidInput: Dataset/shop/interactions: cannot be changed from \"INTERACTIONS\" to \"ITEMS\"; "
         "InvalidInput: DatasetGroup/shop: cannot be changed from \"ECOMMERCE\" to \"VIDEO_ON_DEMAND\"");
  CHECK(s.resources().currentVersion() == version);
}

TEST_CASE("recommenders, campaigns and experiments share one name space") {
  Applied s;
  s.apply(kShop);
  CHECK(s.apply("Recommender shop/home {useCase: most-viewed}") ==
        "AlreadyExists: Recommender/shop/home: its name is taken by Campaign/shop/home");
  auto both = objects("Recommender shop/a {useCase: most-viewed}");
  both.push_back(objects("Campaign shop/a {solution: taste}").front());
  CHECK(applySet(*s.store, both, {}).error().message ==
        "Campaign/shop/a has the name of Recommender/shop/a in the same set");
  both[1] = both[0];
  CHECK(applySet(*s.store, both, {}).error().message == "Recommender/shop/a is declared twice in the set");
  CHECK(s.apply("Recommender other/home {useCase: most-viewed}") == "created Recommender/other/home");
  CHECK(s.apply("Solution shop/home {recipe: aws-popularity-count}") == "created Solution/shop/home");
}

TEST_CASE("an object of a set is changed by that set only, one of nobody's is adopted") {
  Applied s;
  s.apply(kShop);
  CHECK(s.apply("Campaign shop/home {solution: taste}", set("a")) == "configured Campaign/shop/home");
  CHECK(s.get("Campaign/shop/home").metadata.managedBy == "set/a");
  CHECK(s.get("Campaign/shop/home").metadata.generation == 1);
  CHECK(s.apply("Campaign shop/home {solution: taste}", set("a")) == "unchanged Campaign/shop/home");
  CHECK(s.apply("Campaign shop/home {solution: taste}") == "unchanged Campaign/shop/home");
  CHECK(s.get("Campaign/shop/home").metadata.managedBy == "set/a");
  const std::string refused = "Forbidden: Campaign/shop/home belongs to set/a";
  CHECK(s.apply("Campaign shop/home {solution: taste, minProvisionedTPS: 2}") == refused);
  CHECK(s.apply("Campaign shop/home {solution: taste}", set("b")) == refused);
  CHECK(s.remove("Campaign/shop/home") == refused);
  CHECK(s.remove("DatasetGroup/shop") == refused);
  DeleteOptions owner;
  owner.manager = "set/a";
  CHECK(s.remove("Campaign/shop/home", owner) == "Campaign/shop/home");
}

TEST_CASE("prune deletes what the set no longer holds, and not everything") {
  Applied s;
  s.apply(kShop, set("a"));
  s.apply("Filter shop/mine {expression: 'EXCLUDE ItemID WHERE Items.PRICE > 1'}");
  const std::string less =
      "DatasetGroup shop {domain: ECOMMERCE}\nDataset shop/interactions {type: INTERACTIONS}\n";
  CHECK(s.apply(less, set("a")) == "unchanged DatasetGroup/shop; unchanged Dataset/shop/interactions");
  CHECK(s.apply(less + "Solution shop/taste {recipe: aws-popularity-count}", set("a", true)) ==
        "unchanged DatasetGroup/shop; unchanged Dataset/shop/interactions; unchanged Solution/shop/taste; "
        "pruned Campaign/shop/home");
  s.cleaned("Campaign/shop/home");
  CHECK(s.apply(less + "Campaign shop/home {solution: taste}", set("a", true)) ==
        "InUse: Solution/shop/taste is used by Campaign/shop/home");
  CHECK(s.apply("", set("a", true)) ==
        "Forbidden: pruning would delete everything that set/a owns (3 objects)");
  CHECK(s.apply("Schema s {fields: [{name: USER_ID, type: string}, {name: ITEM_ID, type: string}, {name: "
                "TIMESTAMP, "
                "type: long}]}",
                set("a", true))
            .find("Forbidden: pruning would delete everything") == 0);
  ApplyOptions all = set("a", true);
  all.allowPruneAll = true;
  CHECK(s.apply("", all) == "InUse: pruning would delete Filter/shop/mine, which set/a does not own");
  CHECK(s.apply("Solution shop/taste {recipe: aws-popularity-count}", set("a", true)) ==
        "InUse: pruning would delete Solution/shop/taste, which the set declares; "
        "InUse: pruning would delete Filter/shop/mine, which set/a does not own");
  CHECK(s.remove("Filter/shop/mine") == "Filter/shop/mine");
  CHECK(s.apply("", all) ==
        "pruned DatasetGroup/shop; pruned Dataset/shop/interactions; pruned Solution/shop/taste");
  ApplyOptions nameless;
  nameless.prune = true;
  CHECK(s.apply("", nameless) == "InvalidInput: only a named set can be pruned");
}

TEST_CASE("who refers to an object blocks its deletion, by name") {
  Applied s;
  s.apply(kShop);
  s.apply(R"(
    Schema mine {fields: [{name: ITEM_ID, type: string}, {name: COLOUR, type: string, categorical: true}]}
    Dataset shop/items {type: ITEMS, schema: mine}
    Campaign shop/other {solution: taste}
    Experiment shop/test {arms: [{name: a, target: home}, {name: b, target: other}], successMetric: Purchase}
  )");
  CHECK(s.remove("Schema/mine") == "InUse: Schema/mine is used by Dataset/shop/items");
  CHECK(s.remove("Solution/shop/taste") ==
        "InUse: Solution/shop/taste is used by Campaign/shop/home, Campaign/shop/other");
  CHECK(s.remove("Campaign/shop/home") == "InUse: Campaign/shop/home is used by Experiment/shop/test");
  CHECK(must(dependentsOf(*s.store, {"Solution", "shop", "taste"})).size() == 2);
  CHECK(must(dependentsOf(*s.store, {"DatasetGroup", "", "shop"})).empty());
  CHECK(codeOf(dependentsOf(*s.store, {"Solution", "shop", "none"})) == ErrorCode::kNotFound);
  CHECK(s.remove("Campaign/shop/none") == "NotFound: Campaign/shop/none does not exist");
  CHECK(must(deleteResources(*s.store, {{"Campaign", "shop", "home"}, {"Experiment", "shop", "test"}}, {}))
            .size() == 2);
  CHECK(s.remove("Campaign/shop/other") == "Campaign/shop/other");
  SECTION("what is being deleted itself does not block") {
    CHECK(s.remove("Solution/shop/taste") == "Solution/shop/taste");
  }
  SECTION("except for the SDK") {
    DeleteOptions sdk;
    sdk.cascade = false;
    CHECK(s.remove("Solution/shop/taste", sdk) ==
          "InUse: Solution/shop/taste is used by Campaign/shop/home, Campaign/shop/other");
  }
}

TEST_CASE("runs go with what they are runs of, owned objects with their owner") {
  Applied s;
  s.apply(kShop);
  Resource version =
      resource("SolutionVersion", "shop", "taste-1", {{"solution", "taste"}, {"mode", "FULL"}});
  must(s.resources().create(version));
  CHECK(s.remove("Campaign/shop/home") == "Campaign/shop/home");
  s.cleaned("Campaign/shop/home");
  DeleteOptions sdk;
  sdk.cascade = false;
  CHECK(s.remove("DatasetGroup/shop", sdk) ==
        "InUse: DatasetGroup/shop is not empty: it holds Dataset/shop/interactions, Solution/shop/taste");
  CHECK(s.remove("Solution/shop/taste", sdk) == "Solution/shop/taste, SolutionVersion/shop/taste-1");
  CHECK(s.get("SolutionVersion/shop/taste-1").deleting());
  CHECK(s.get("SolutionVersion/shop/taste-1").metadata.ownerReferences.size() == 1);
  s.cleaned("Solution/shop/taste");
  CHECK(s.get("Solution/shop/taste").metadata.finalizers == std::vector<std::string>{"proffer/foreground"});
  s.cleaned("SolutionVersion/shop/taste-1");
  CHECK(s.all() == "DatasetGroup/shop Dataset/shop/interactions");
}

TEST_CASE("a version that is served is not deleted, another one is") {
  Applied s;
  s.apply(R"(
    DatasetGroup shop
    Solution shop/taste {recipe: aws-popularity-count}
    SolutionVersion shop/taste-1 {solution: taste}
    SolutionVersion shop/taste-2 {solution: taste}
    Campaign shop/home {solution: taste})");
  Route route;
  route.group = "shop";
  route.name = "home";
  route.kind = "Campaign";
  route.version = "taste-2";
  must(s.store->routes().put(route));
  CHECK(s.remove("SolutionVersion/shop/taste-2") ==
        "InUse: SolutionVersion/shop/taste-2 is what Campaign/shop/home serves");
  CHECK(s.remove("SolutionVersion/shop/taste-1") == "SolutionVersion/shop/taste-1");
  CHECK(must(deleteResources(*s.store, {{"SolutionVersion", "shop", "taste-2"}, {"Campaign", "shop", "home"}},
                             {}))
            .size() == 2);
}

TEST_CASE("deleting a group marks all in it at once, and the group goes last") {
  Applied s;
  s.apply(kShop);
  s.apply("Filter shop/f {expression: 'EXCLUDE ItemID WHERE Items.PRICE > 1'}\nDatasetGroup other");
  CHECK(
      s.remove("DatasetGroup/shop") ==
      "DatasetGroup/shop, Dataset/shop/interactions, Filter/shop/f, Solution/shop/taste, Campaign/shop/home");
  CHECK(s.all() ==
        "DatasetGroup/other !DatasetGroup/shop !Dataset/shop/interactions !Solution/shop/taste "
        "!Campaign/shop/home");
  CHECK(s.remove("DatasetGroup/shop") == "DatasetGroup/shop");
  s.cleaned("DatasetGroup/shop");
  s.cleaned("Campaign/shop/home");
  s.reopen();
  CHECK(s.resources().ownedBy(s.get("DatasetGroup/shop")).size() == 2);
  s.cleaned("Dataset/shop/interactions");
  CHECK(s.all() == "DatasetGroup/other !DatasetGroup/shop !Solution/shop/taste");
  s.cleaned("Solution/shop/taste");
  CHECK(s.all() == "DatasetGroup/other");
}

TEST_CASE("what is applied while it is being deleted is created again when it is gone") {
  Applied s;
  s.apply(kShop);
  const std::string before = s.get("Campaign/shop/home").metadata.uid;
  s.remove("Campaign/shop/home");
  CHECK(s.apply("Campaign shop/home {solution: taste, minProvisionedTPS: 3}") ==
        "recreated Campaign/shop/home");
  CHECK(s.apply("Campaign shop/home {solution: taste, minProvisionedTPS: 3}") ==
        "unchanged Campaign/shop/home");
  CHECK(s.get("Campaign/shop/home").deleting());
  s.reopen();
  s.cleaned("Campaign/shop/home");
  const Resource now = s.get("Campaign/shop/home");
  CHECK(now.metadata.uid != before);
  CHECK_FALSE(now.deleting());
  CHECK(now.spec["minProvisionedTPS"] == 3);
  CHECK(now.metadata.generation == 1);
  SECTION("unless it is deleted again meanwhile") {
    s.remove("Campaign/shop/home");
    s.apply("Campaign shop/home {solution: taste}");
    s.remove("Campaign/shop/home");
    s.cleaned("Campaign/shop/home");
    CHECK(codeOf(s.resources().get(now.key())) == ErrorCode::kNotFound);
  }
  SECTION("or another set prunes") {
    s.remove("Campaign/shop/home");
    s.apply(
        "Campaign shop/home {solution: taste}\nSchema s {fields: [{name: USER_ID, type: string}, {name: AGE, "
        "type: int}]}",
        set("a"));
    CHECK(s.apply("Schema s {fields: [{name: USER_ID, type: string}, {name: AGE, type: int}]}",
                  set("a", true)) == "unchanged Schema/s; pruned Campaign/shop/home");
    s.cleaned("Campaign/shop/home");
    CHECK(codeOf(s.resources().get(now.key())) == ErrorCode::kNotFound);
  }
}

TEST_CASE("a whole group applied while it is being deleted comes back whole") {
  Applied s;
  const std::string more = kShop + "Filter shop/f {expression: 'EXCLUDE ItemID WHERE Items.PRICE > 1'}\n";
  s.apply(more);
  s.remove("DatasetGroup/shop");
  CHECK(s.apply(more) ==
        "recreated DatasetGroup/shop; recreated Dataset/shop/interactions; recreated "
        "Solution/shop/taste; recreated Campaign/shop/home; recreated Filter/shop/f");
  for (const char* key : {"Campaign/shop/home", "Solution/shop/taste", "Dataset/shop/interactions"})
    s.cleaned(key);
  CHECK(s.all() == "!DatasetGroup/shop");
  s.cleaned("DatasetGroup/shop");
  CHECK(s.all() ==
        "DatasetGroup/shop Dataset/shop/interactions Filter/shop/f Solution/shop/taste Campaign/shop/home");
}

TEST_CASE("a name can go from one kind to another in one apply") {
  Applied s;
  s.apply(kShop, set("a"));
  const std::string renamed = R"(
    DatasetGroup shop {domain: ECOMMERCE}
    Dataset shop/interactions {type: INTERACTIONS}
    Solution shop/taste {recipe: aws-popularity-count}
    Recommender shop/home {useCase: most-viewed}
  )";
  CHECK(s.apply(renamed, set("a", true)) ==
        "unchanged DatasetGroup/shop; unchanged Dataset/shop/interactions; unchanged Solution/shop/taste; "
        "recreated "
        "Recommender/shop/home; pruned Campaign/shop/home");
  s.cleaned("Campaign/shop/home");
  CHECK_FALSE(s.get("Recommender/shop/home").deleting());
}

TEST_CASE("replace deletes and creates again, with all that the set declares") {
  Applied s;
  s.apply(kShop);
  ApplyOptions replace;
  replace.replace = true;
  SECTION("one object") {
    CHECK(s.apply("Dataset shop/interactions {type: USERS}", replace) ==
          "recreated Dataset/shop/interactions");
    CHECK(s.get("Dataset/shop/interactions").deleting());
    s.cleaned("Dataset/shop/interactions");
    CHECK(s.get("Dataset/shop/interactions").spec["type"] == "USERS");
  }
  SECTION("a group loses nothing that is not declared") {
    CHECK(
        s.apply("DatasetGroup shop {domain: VIDEO_ON_DEMAND}", replace) ==
        "InUse: DatasetGroup/shop: replacing it would delete Dataset/shop/interactions, Solution/shop/taste, "
        "Campaign/shop/home, which the set does not declare");
    std::string other = kShop;
    other.replace(other.find("ECOMMERCE"), 9, "VIDEO_ON_DEMAND");
    CHECK(s.apply(other, replace) ==
          "recreated DatasetGroup/shop; recreated Dataset/shop/interactions; recreated "
          "Solution/shop/taste; recreated Campaign/shop/home");
    for (const char* key :
         {"Campaign/shop/home", "Solution/shop/taste", "Dataset/shop/interactions", "DatasetGroup/shop"})
      s.cleaned(key);
    CHECK(s.all() == "DatasetGroup/shop Dataset/shop/interactions Solution/shop/taste Campaign/shop/home");
    CHECK(s.get("DatasetGroup/shop").spec["domain"] == "VIDEO_ON_DEMAND");
  }
}

TEST_CASE("the version and uid that a resource carries must be the object's") {
  Applied s;
  s.apply(kShop);
  Resource now = s.get("Campaign/shop/home");
  now.spec["minProvisionedTPS"] = 2;
  must(applySet(*s.store, {now}, {}));
  now.spec["minProvisionedTPS"] = 3;
  CHECK(codeOf(applySet(*s.store, {now}, {})) == ErrorCode::kConflict);
  now.metadata.resourceVersion = 0;
  must(applySet(*s.store, {now}, {}));
  now.metadata.uid = "another";
  CHECK(codeOf(applySet(*s.store, {now}, {})) == ErrorCode::kConflict);
}

TEST_CASE("a group has one dataset of each type, and what its quota profile allows") {
  Applied s;
  s.apply(kShop);
  CHECK(s.apply("Dataset shop/more {type: INTERACTIONS}") ==
        "AlreadyExists: Dataset/shop/more: group shop has a dataset of type INTERACTIONS already, "
        "Dataset/shop/interactions");
  CHECK(s.apply("EventTracker shop/web {}") == "created EventTracker/shop/web");
  CHECK(s.apply("EventTracker shop/app {}") ==
        "AlreadyExists: EventTracker/shop/app: group shop has an event tracker already, "
        "EventTracker/shop/web");
  CHECK(s.apply("EventTracker shop/web {}") == "unchanged EventTracker/shop/web");
  std::string campaigns;
  for (int i = 0; i < 6; ++i) campaigns += fmt::format("Campaign small/c{} {{solution: taste}}\n", i);
  CHECK(s.apply(campaigns).find("created Campaign/small/c0; ") == 0);
  CHECK(s.apply("DatasetGroup small {quotas: aws}").find("created") == 0);
  CHECK(s.apply("Campaign small/c6 {solution: taste}") ==
        "LimitExceeded: Campaign/small/c6: group small may hold 5 campaigns under the quota profile aws");
  CHECK(s.apply("Campaign small/c5 {solution: taste, minProvisionedTPS: 2}") ==
        "configured Campaign/small/c5");
  std::string filters;
  for (int i = 0; i < 31; ++i)
    filters += fmt::format("Filter small/f{:02} {{expression: 'EXCLUDE ItemID WHERE Items.A > 1'}}\n", i);
  CHECK(s.apply(filters) ==
        "LimitExceeded: Filter/small/f30: group small may hold 30 filters under the quota profile aws");
  CHECK(s.apply("DatasetGroup shop {domain: ECOMMERCE, quotas: aws}") == "configured DatasetGroup/shop");
  CHECK(
      s.apply("DatasetGroup g1 {quotas: aws}\nDatasetGroup g2 {quotas: aws}\nDatasetGroup g3 {quotas: aws}\n"
              "DatasetGroup g4 {quotas: aws}") ==
      "LimitExceeded: DatasetGroup/g4: all groups with quotas: aws together may hold 5 dataset groups under "
      "the "
      "quota profile aws");
}

}  // namespace admission_test
