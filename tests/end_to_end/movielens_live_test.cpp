// MovieLens by live data alone, as docs/live-data.md tells it: no file is imported, no SDK is used. Rows go
// in with `proffer put`, from files and through a pipe, and over HTTP with a bearer token.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace movielens_live_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

std::string textOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Rating {
  std::string user, film, stars, time;
};

std::vector<Rating> ratingsIn(const fs::path& path) {
  std::istringstream lines(textOf(path));
  std::vector<Rating> ratings;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto cells = split(trim(line), ',');
    ratings.push_back({cells.at(0), cells.at(1), cells.at(2), cells.at(3)});
  }
  return ratings;
}

// The films with the most distinct watchers; of equal ones the one whose id comes first as bytes.
std::vector<std::string> mostWatched(const std::vector<Rating>& ratings, size_t count) {
  std::map<std::string, std::set<std::string>> watchers;
  for (const auto& rating : ratings) watchers[rating.film].insert(rating.user);
  std::vector<std::pair<long, std::string>> order;
  for (const auto& [film, users] : watchers) order.emplace_back(-static_cast<long>(users.size()), film);
  std::sort(order.begin(), order.end());
  std::vector<std::string> top;
  for (size_t i = 0; i < count; ++i) top.push_back(order[i].second);
  return top;
}

std::string csvOf(std::span<const Rating> ratings) {
  std::string text = "userId,itemId,eventValue,timestamp,eventType\n";
  for (const auto& one : ratings)
    text += fmt::format("{},{},{},{},Watch\n", one.user, one.film, one.stars, one.time);
  return text;
}

constexpr const char* kGroup = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: films}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: watches, group: films}
spec:
  type: INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ITEM_ID, type: string}
      - {name: TIMESTAMP, type: long}
      - {name: EVENT_TYPE, type: string}
      - {name: EVENT_VALUE, type: [float, "null"]}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: catalogue, group: films}
spec:
  type: ITEMS
  schema:
    fields:
      - {name: ITEM_ID, type: string}
      - {name: TITLE, type: string}
      - {name: GENRES, type: string, categorical: true}
  display: {title: TITLE}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: people, group: films}
spec:
  type: USERS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: RATINGS, type: int}
)";

constexpr const char* kRecommender = R"(
apiVersion: proffer/v1
kind: Recommender
metadata: {name: most-watched, group: films}
spec: {useCase: most-popular}
)";

}  // namespace

TEST_CASE("MovieLens by live data alone: the ten most watched films") {
  const char* testData = std::getenv("PROFFER_TEST_DATA");
  if (testData == nullptr) {
    WARN("skipped: PROFFER_TEST_DATA does not name the directory with movielens-small");
    return;
  }
  const fs::path movielens = fs::path(testData) / "movielens-small";
  const TemporaryDirectory place;
  const std::string keys = (place.path() / "keys.yaml").string();
  const auto key = [&](const std::string& name, const std::vector<std::string>& roles) {
    std::vector<std::string> words{profferProgram(), "keys", "create", name, "--keys-file", keys};
    for (const auto& role : roles) words.insert(words.end(), {"--role", role});
    const Outcome made = run(words);
    INFO(made.err);
    REQUIRE(made.exitCode == 0);
    return std::string(trim(made.out));
  };
  const std::string boss = key("boss", {"admin"});
  const std::string feeder = key("feeder", {"ingest"});
  const ServerProcess server(place.path() / "data", {"--keys-file", keys});
  const auto as = [&](const std::string& token, std::vector<std::string> words,
                      const std::string& input = "") {
    words.insert(words.begin(), profferProgram());
    const Outcome done =
        run(words, {{"PROFFER_SERVER", server.url()}, {"PROFFER_TOKEN", token}}, place.path(), input);
    INFO("stdout:\n" << done.out << "\nstderr:\n" << done.err);
    REQUIRE(done.exitCode == 0);
    return done.out;
  };
  as(boss, {"apply", "-f", "-", "--wait", "--timeout", "30s"}, kGroup);

  // The catalogue from a file, its header renamed; the people through a pipe, as NDJSON.
  std::string films = textOf(movielens / "movies.csv");
  films.replace(0, films.find('\n'), "itemId,title,genres");
  std::ofstream(place.path() / "films.csv", std::ios::binary) << films;
  CHECK(as(feeder, {"put", "items", "-g", "films", "-f", "films.csv", "--batch", "1000"}) ==
        "9,742 items stored\n");
  const auto ratings = ratingsIn(movielens / "ratings.csv");
  std::map<std::string, int> people;
  for (const auto& rating : ratings) ++people[rating.user];
  std::string lines;
  for (const auto& [person, count] : people)
    lines += fmt::format("{{\"userId\": \"{}\", \"ratings\": {}}}\n", person, count);
  CHECK(as(feeder, {"put", "users", "-g", "films", "-f", "-"}, lines) == "610 users stored\n");

  // A third of the events from a file, a third through a pipe, the rest over HTTP.
  const std::span<const Rating> all(ratings);
  const size_t third = all.size() / 3;
  std::ofstream(place.path() / "watches.csv", std::ios::binary) << csvOf(all.first(third));
  as(feeder, {"put", "events", "-g", "films", "-f", "watches.csv", "--batch", "1000"});
  as(feeder, {"put", "events", "-g", "films", "-f", "-", "--batch", "1000"},
     csvOf(all.subspan(third, third)));
  httplib::Client client("127.0.0.1", std::stoi(server.url().substr(server.url().rfind(':') + 1)));
  client.set_bearer_token_auth(feeder.c_str());
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  int64_t stored = 0;
  for (size_t at = 2 * third; at < all.size(); at += 1000) {
    const auto some = all.subspan(at, std::min<size_t>(1000, all.size() - at));
    const auto answer = client.Post("/v1/groups/films/events", csvOf(some), "text/csv");
    REQUIRE(answer);
    INFO(answer->body);
    REQUIRE(answer->status == 200);
    stored += intMember(*parseJson(answer->body), "stored");
  }
  CHECK(stored == static_cast<int64_t>(all.size() - 2 * third));
  // All of it once more stores nothing.
  const std::string again =
      as(feeder, {"put", "events", "-g", "films", "-f", "watches.csv", "--batch", "1000"});
  CHECK(again ==
        fmt::format("0 events stored, {} were there already\n", withThousands(static_cast<int64_t>(third))));

  as(boss, {"apply", "-f", "-", "--wait", "--timeout", "60s"}, kRecommender);
  const auto answer =
      parseJson(as(boss, {"recommend", "films/most-watched", "--user", "1", "-n", "10", "-o", "json"}));
  REQUIRE(answer);
  std::vector<std::string> shown;
  for (const Json& item : answer->at("itemList")) shown.push_back(stringMember(item, "itemId"));
  CHECK(shown == mostWatched(ratings, 10));
  const std::string table = as(boss, {"recommend", "films/most-watched", "--user", "1", "-n", "3"});
  CHECK(table.find("Forrest Gump (1994)") != std::string::npos);
}

}  // namespace movielens_live_test
