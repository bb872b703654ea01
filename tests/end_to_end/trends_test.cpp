// Trending items and items like another, the whole way: a manifest and files in, answers with their reasons
// out.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "tests/end_to_end/process.h"

namespace trends_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

const char* const kManifest = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: films}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: films}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: films}
spec: {type: ITEMS, sources: [{csv: items.csv}]}
---
apiVersion: proffer/v1
kind: Filter
metadata: {name: kids, group: films}
spec: {expression: 'INCLUDE ItemID WHERE Items.GENRES IN ("Kids")'}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: now, group: films}
spec: {useCase: trending-now}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: alike, group: films}
spec: {useCase: more-like-x}
)";

// Twenty films of two genres, watched by people of each; k9 and d9 are new, and k3 is watched more and more.
void writeFiles(const fs::path& root) {
  fs::create_directories(root);
  std::ofstream(root / "films.yaml") << kManifest;
  std::ofstream items(root / "items.csv"), watches(root / "watches.csv");
  items << "ITEM_ID,GENRES,CREATION_TIMESTAMP\n";
  for (int i = 0; i < 10; ++i)
    items << fmt::format("d{},Drama|Slow,{}\nk{},Kids|Loud,{}\n", i, 1000 + i, i, 1000 + i);
  watches << "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  const int64_t now = std::time(nullptr) - 60;
  for (int hour = 0; hour < 48; ++hour)
    for (int user = 0; user < 40; ++user)
      watches << fmt::format("u{},{}{},{},Watch\n", user, user % 2 == 0 ? "d" : "k", (user / 2 + hour) % 9,
                             now - hour * 3600 - user);
  for (int i = 0; i < 120; ++i) watches << fmt::format("v{},k3,{},Watch\n", i, now - i * 30);
}

Json itemsOf(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
  return parseJson(outcome.out)->at("itemList");
}

std::string id(const Json& item) {
  return item.at("itemId").get<std::string>();
}

}  // namespace

TEST_CASE("what grows, and what is alike, with reasons, without what was watched") {
  TemporaryDirectory place;
  writeFiles(place.path() / "films");
  ServerProcess server(place.path() / "data", {"--sources", (place.path() / "films").string()});
  const Outcome applied = server.proffer(
      {"apply", "-f", (place.path() / "films/films.yaml").string(), "--wait", "--timeout", "100s"});
  INFO(applied.out << applied.err << server.log());
  REQUIRE(applied.exitCode == 0);

  const Json trends =
      itemsOf(server.proffer({"recommend", "films/now", "-n", "5", "--explain", "-o", "json"}));
  REQUIRE(trends.size() == 5);
  CHECK(id(trends[0]) == "k3");
  CHECK_FALSE(trends[0].contains("score"));
  CHECK(stringMember(trends[0].at("evidence").at(0), "kind") == "growth");

  // A new film as the query; nobody has watched it, and the user is new as well.
  const Json alike = itemsOf(server.proffer({"recommend", "films/alike", "--user", "nobody", "--item", "k9",
                                             "-n", "6", "--explain", "-o", "json"}));
  REQUIRE(alike.size() == 6);
  for (const Json& item : alike) CHECK(id(item)[0] == 'k');
  bool attribute = false;
  for (const Json& reason : alike[0].at("evidence")) attribute |= stringMember(reason, "kind") == "attribute";
  CHECK(attribute);

  // u1 has watched all films for kids but the new one.
  const Json unseen = itemsOf(server.proffer(
      {"recommend", "films/alike", "--user", "u1", "--item", "k2", "--filter", "kids", "-o", "json"}));
  REQUIRE(unseen.size() == 1);
  CHECK(id(unseen[0]) == "k9");

  CHECK(server.proffer({"recommend", "films/alike", "--user", "u1"}).exitCode != 0);
  CHECK(itemsOf(server.proffer({"recommend", "films/alike", "--user", "nobody", "--item", "none", "-n", "3",
                                "-o", "json"}))
            .size() == 3);
}

}  // namespace trends_test
