// The client against a real server: what is sent arrives, what went wrong comes back whole.
#include "controller/client/client.h"

#include <catch2/catch.hpp>

#include "controller/store/jobs.h"
#include "controller/store/journal.h"
#include "fixture.h"

namespace client_test {

using namespace proffer;
using namespace proffer::http;
using namespace std::chrono_literals;

namespace {

const std::string kShop =
    "apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {name: shop, labels: {team: front}}\nspec: "
    "{domain: ECOMMERCE}\n"
    "---\napiVersion: proffer/v1\nkind: Recommender\nmetadata: {name: best, group: shop}\nspec: {useCase: "
    "best-sellers}\n";

}  // namespace

TEST_CASE("a client applies, reads, changes and deletes") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  client::Client client(fixture.url());
  CHECK(client.serverVersion().value() == "1.2.3");

  const auto applied = client.apply({{"shop.yaml", kShop}}, {.set = "shop"});
  REQUIRE(applied);
  REQUIRE(applied->outcomes.size() == 2);
  CHECK(applied->outcomes[1].key == ResourceKey{"Recommender", "shop", "best"});
  CHECK(applied->outcomes[1].action == "created");

  const auto list = client.list({.kind = "rec", .group = "shop"});
  REQUIRE(list);
  REQUIRE(list->items.size() == 1);
  CHECK(list->items[0].metadata.managedBy == "set/shop");
  CHECK(client.list({.labels = {{"team", "front"}}})->items.size() == 1);

  auto group = client.get({"DatasetGroup", "", "shop"});
  REQUIRE(group);
  const auto refused = client.patch(group->key(), {{"metadata", {{"labels", {{"team", "back"}}}}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kForbidden);

  const auto gone = client.remove({"Recommender", "shop", "best"}, {.set = "shop"});
  REQUIRE(gone);
  CHECK(gone->front() == ResourceKey{"Recommender", "shop", "best"});
  CHECK(client.get({"Recommender", "shop", "best"})->deleting());
  CHECK(client.get({"Recommender", "shop", "other"}).error().code == ErrorCode::kNotFound);
  CHECK(client.get({"Recommender", "", "best"}).error().code == ErrorCode::kInvalidInput);
  CHECK(client.get({"Recomender", "shop", "best"}).error().hint.find("Recommender") != std::string::npos);
}

TEST_CASE("errors in manifests come back with their positions, all of them") {
  TestServer fixture;
  client::Client client(fixture.url());
  std::vector<Error> all;
  const auto refused =
      client.apply({{"a.yaml",
                     "apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {name: a}\nspec: {domian: "
                     "x}\n"},
                    {"b.yaml", "kind: Recomender\n"}},
                   {}, &all);
  REQUIRE_FALSE(refused);
  REQUIRE(all.size() >= 2);
  CHECK(all[0].position == SourcePosition{"a.yaml", 4, 8});
  CHECK(all[0].hint == "did you mean \"domain\"?");
  CHECK(all[0].sourceLine == "spec: {domian: x}");
  CHECK(all.back().position.file == "b.yaml");
  CHECK(all[0] == refused.error());
}

TEST_CASE("an old version is a conflict") {
  TestServer fixture;
  client::Client client(fixture.url());
  Resource group;
  group.kind = "DatasetGroup";
  group.metadata.name = "shop";
  const auto first = client.put(group);
  REQUIRE(first);
  Resource changed = *first;
  changed.metadata.labels["a"] = "1";
  REQUIRE(client.put(changed));
  changed.metadata.labels["a"] = "2";
  CHECK(client.put(changed).error().code == ErrorCode::kConflict);
  CHECK(client.patch(group.key(), {{"metadata", {{"labels", {{"a", "3"}}}}}}, first->metadata.resourceVersion)
            .error()
            .code == ErrorCode::kConflict);
  CHECK(client.remove(group.key(), {.ifVersion = first->metadata.resourceVersion}).error().code ==
        ErrorCode::kConflict);
  CHECK(client.patch(group.key(), {{"metadata", {{"labels", {{"a", nullptr}}}}}})->metadata.labels.empty());
}

TEST_CASE("a watch goes on where a list ended") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  client::Client client(fixture.url());
  const int64_t version = client.list({})->resourceVersion;
  CHECK(client.watch(version, {}, 0s)->changes.empty());
  REQUIRE(client.apply({{"shop.yaml", kShop}}, {}));
  const auto seen = client.watch(version, {.kind = "Recommender"}, 10s);
  REQUIRE(seen);
  REQUIRE(seen->changes.size() == 1);
  CHECK(seen->changes[0].type == client::ChangeType::kAdded);
  CHECK(seen->changes[0].resource.metadata.name == "best");
  CHECK(client.watch(version + 1'000'000, {}, 0s).error().code == ErrorCode::kGone);
}

TEST_CASE("jobs and journal arrive as they are in the store") {
  TestServer fixture;
  const ResourceKey owner{"DatasetImport", "shop", "one"};
  store::Job job;
  job.type = "import";
  job.owner = owner;
  job.ownerUid = "u";
  job.groupUid = "g";
  const auto queued = fixture.store->jobs().enqueue(job);
  REQUIRE(queued);
  const auto claimed = fixture.store->jobs().claim(fixture.clock.now());
  REQUIRE((claimed && *claimed));
  fixture.store->jobs().setProgress(queued->id, {10, 40, "rows", "reading"});
  REQUIRE(
      fixture.store->journal().record(owner, store::JournalLevel::kWarning, "ImportFailed", "3 bad rows"));

  client::Client client(fixture.url());
  const auto jobs = client.jobs(true);
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 1);
  CHECK(jobs->front().owner == owner);
  CHECK(jobs->front().state == "running");
  CHECK(jobs->front().phase == "reading");
  CHECK(jobs->front().done == 10);
  CHECK(jobs->front().total == 40);
  CHECK(jobs->front().created == fixture.clock.now());

  const auto entries = client.journal({.kind = "DatasetImport", .group = "shop"});
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().about == owner);
  CHECK(entries->front().warning);
  CHECK(entries->front().reason == "ImportFailed");
  CHECK(entries->front().first == fixture.clock.now());
  CHECK(client.journal({.after = entries->front().sequence})->empty());
}

TEST_CASE("recommendations arrive with all they hold") {
  TestServer fixture;
  fixture.engine.answerWith([](const serving::RecommendRequest&) {
    serving::Answer answer;
    answer.recommendationId = "RID-1";
    answer.version = "v1";
    answer.servedBy = "model";
    serving::RecommendedItem item;
    item.itemId = "a \"b\" \xc3\xa9";
    item.title = "T";
    item.score = 0.5;
    item.metadata = {{"genres", "x|y"}};
    item.reason = {"Popular item"};
    item.evidence = {{"popularity", "", "", 0.25, 7, "people"}};
    answer.items = {item};
    return answer;
  });
  client::Client client(fixture.url());
  client::RecommendRequest request;
  request.group = "shop";
  request.name = "best";
  request.userId = "u/1?";
  request.numResults = 3;
  request.context = {{"DEVICE", "phone"}};
  request.metadataColumns = {"GENRES"};
  request.explain = true;
  const auto answer = client.recommend(request);
  REQUIRE(answer);
  CHECK(fixture.engine.last().userId == "u/1?");
  CHECK(fixture.engine.last().numResults == 3);
  CHECK(fixture.engine.last().context == request.context);
  CHECK(fixture.engine.last().titles);
  CHECK(fixture.engine.last().explain);
  REQUIRE(answer->items.size() == 1);
  CHECK(answer->items[0].evidence.front().count == 7);
  CHECK(dumpJson(client::toRuntimeJson(*answer)) ==
        "{\"itemList\":[{\"itemId\":\"a \\\"b\\\" \xc3\xa9\",\"score\":0.5,\"metadata\":{\"genres\":\"x|y\"},"
        "\"reason\":[\"Popular item\"],\"evidence\":[{\"kind\":\"popularity\",\"value\":0.25,\"count\":7,"
        "\"detail\":\"people\"}]}],\"recommendationId\":\"RID-1\"}");
}

TEST_CASE("a server that ended is not reached, one that came back is used again") {
  SystemClock clock;
  FakeEngine engine;
  const auto store = TestServer::emptyStore(clock);
  ServerOptions options;
  options.version = "one";
  auto server = std::make_unique<Server>(*store, engine, clock, options);
  const auto port = server->start();
  REQUIRE(port);
  client::Client client("127.0.0.1:" + std::to_string(*port));
  REQUIRE(client.serverVersion());
  server.reset();
  CHECK(client.serverVersion().error().code == ErrorCode::kIo);
  const auto fresh = TestServer::emptyStore(clock);
  options.port = *port;
  options.version = "two";
  Server again(*fresh, engine, clock, options);
  REQUIRE(again.start());
  CHECK(client.serverVersion().value() == "two");
}

TEST_CASE("a dump arrives whole, or is known to be cut off") {
  const std::string piece(1 << 20, 'x');  // outlives the server, which sends it
  TestServer fixture;
  client::Client client(fixture.url());
  std::string got;
  const auto take = [&](std::string_view bytes) {
    got += bytes;
    return true;
  };
  REQUIRE(client.dump(take));
  CHECK(got == "everything");

  got.clear();
  fixture.dumpWith([&](const ByteSink& send) -> Result<void> {
    for (int i = 0; i < 20; ++i) send(piece);
    return {};
  });
  REQUIRE(client.dump(take));
  CHECK(got.size() == 20 * piece.size());

  fixture.dumpWith([&](const ByteSink& send) -> Result<void> {
    send("some");
    return fail(ErrorCode::kCorrupt, "a file is shorter than it was");
  });
  const auto cut = client.dump(take);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == ErrorCode::kIo);
  CHECK(formatError(cut.error()).find("ended its answer before it was whole") != std::string::npos);

  const auto refused = client.dump([](std::string_view) { return false; });
  REQUIRE_FALSE(refused);
  CHECK(client.serverVersion().has_value());
}

TEST_CASE("a measurement's lines arrive as they are made, and its result or error at the end") {
  TestServer fixture;
  client::Client client(fixture.url());
  std::vector<std::string> lines;
  const auto take = [&](const Json& line) {
    lines.push_back(dumpJson(line));
    return true;
  };
  const auto result =
      client.evaluate({.target = "movies/taste", .protocol = "rolling", .repeats = 3, .split = true}, take);
  REQUIRE(result);
  CHECK(stringMember(*result, "protocol") == "rolling");
  CHECK(intMember(*result, "repeats") == 3);
  CHECK(lines ==
        std::vector<std::string>{R"({"progress":{"phase":"training","done":1,"total":2,"unit":"users"}})",
                                 R"({"split":{"file":"truth.csv","text":"user,item\nu,i\n"}})"});

  const auto broken = client.evaluate({.target = "movies/taste", .against = {"broken"}}, take);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message == "nobody can be tested");
  CHECK(client.evaluate({.target = "shop/taste"}, take).error().code == ErrorCode::kNotFound);
  CHECK(client.evaluate({.target = "movies/taste", .repeats = 0}, take).error().field == "repeats");
  CHECK(client.evaluate({.target = "movies/taste", .ties = "none"}, take).error().field == "ties");
  // Whoever goes away ends it, and the server serves on.
  CHECK_FALSE(
      client.evaluate({.target = "movies/taste", .against = {"forever"}}, [](const Json&) { return false; }));
  for (int i = 0; i < 500 && fixture.server->figures().busy > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(fixture.server->figures().busy == 0);
  CHECK(client.diagnose("movies").has_value());
  CHECK(client.diagnose("shop").error().code == ErrorCode::kNotFound);
}

}  // namespace client_test
