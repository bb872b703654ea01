// Filters over HTTP on real data, checked against the files by code that knows nothing of the product. The
// data set is named by PROFFER_TEST_DATA.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace filter_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

// movies.csv and ratings.csv, read in the plainest way.
struct Films {
  std::map<std::string, std::set<std::string>> genres;         // film -> its genres
  std::map<std::string, std::map<std::string, double>> stars;  // user -> film -> stars
  std::map<std::string, std::set<std::string>> watchers;       // film -> users

  explicit Films(const fs::path& directory) {
    std::string line;
    std::ifstream movies(directory / "movies.csv");
    std::getline(movies, line);
    while (std::getline(movies, line)) {
      if (line.ends_with('\r')) line.pop_back();
      const std::string film = line.substr(0, line.find(','));
      for (const std::string& genre : split(line.substr(line.rfind(',') + 1), '|'))
        genres[film].insert(genre);
    }
    std::ifstream ratings(directory / "ratings.csv");
    std::getline(ratings, line);
    while (std::getline(ratings, line)) {
      const auto cells = split(line, ',');
      stars[cells.at(0)][cells.at(1)] = std::stod(cells.at(2));
      watchers[cells.at(1)].insert(cells.at(0));
    }
  }

  // All films by the number of people who rated them, ties by the bytes of the id.
  std::vector<std::string> byPopularity() const {
    std::vector<std::string> films;
    for (const auto& [film, of] : genres) films.push_back(film);
    const auto count = [&](const std::string& film) {
      const auto found = watchers.find(film);
      return found == watchers.end() ? size_t{0} : found->second.size();
    };
    std::sort(films.begin(), films.end(), [&](const std::string& a, const std::string& b) {
      return count(a) != count(b) ? count(a) > count(b) : a < b;
    });
    return films;
  }

  bool seen(const std::string& user, const std::string& film) const {
    const auto found = stars.find(user);
    return found != stars.end() && found->second.contains(film);
  }

  std::vector<std::string> unseenInGenres(const std::string& user,
                                          const std::set<std::string>& wanted) const {
    std::vector<std::string> films;
    for (const std::string& film : byPopularity()) {
      const auto& own = genres.at(film);
      const bool fits =
          std::any_of(wanted.begin(), wanted.end(), [&](const auto& genre) { return own.contains(genre); });
      if (fits && !seen(user, film)) films.push_back(film);
    }
    return films;
  }
};

std::vector<std::string> first(std::vector<std::string> list, size_t count) {
  if (list.size() > count) list.resize(count);
  return list;
}

struct Reply {
  int status = 0;
  Json body;
};

Reply post(const ServerProcess& server, const std::string& path, const Json& body) {
  const Outcome outcome = run({"curl", "-sS", "-H", "Content-Type: application/json", "-w", "\n%{http_code}",
                               server.url() + path, "-d", dumpJson(body)});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exitCode == 0);
  const size_t last = outcome.out.rfind('\n');
  auto parsed = parseJson(outcome.out.substr(0, last));
  REQUIRE(parsed);
  return {std::stoi(outcome.out.substr(last + 1)), *parsed};
}

std::vector<std::string> idsOf(const Json& items) {
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(stringMember(item, "itemId"));
  return ids;
}

}  // namespace

TEST_CASE("MovieLens: genres that the request names, less what the user has watched") {
  const char* testData = std::getenv("PROFFER_TEST_DATA");
  if (testData == nullptr) {
    WARN("skipped: PROFFER_TEST_DATA does not name the directory with movielens-small");
    return;
  }
  const fs::path movielens = fs::path(testData) / "movielens-small";
  TemporaryDirectory place;
  const fs::path example = place.path() / "movielens";
  fs::copy(fs::path(PROFFER_SOURCE_DIR) / "examples/movielens", example, fs::copy_options::recursive);
  fs::remove_all(example / "data");
  fs::create_directories(example / "data");
  for (const char* file : {"movies.csv", "ratings.csv"})
    fs::copy_file(movielens / file, example / "data" / file);
  ServerProcess server(place.path() / "proffer-data", {"--sources", example.string()});
  const Outcome applied = server.proffer({"apply", "-f", example.string(), "--wait", "--timeout", "120s"});
  INFO(applied.out << applied.err);
  REQUIRE(applied.exitCode == 0);

  const Films films(movielens);
  struct {
    const char* user;
    std::set<std::string> genres;
    const char* values;
    int count;
  } const rows[] = {{"1", {"Comedy", "Drama"}, "\"Comedy\",\"Drama\"", 25},
                    {"1", {"Film-Noir"}, "Film-Noir", 500},
                    {"414", {"Sci-Fi"}, "\"Sci-Fi\"", 40},
                    {"599", {"IMAX", "Western"}, "IMAX, Western", 500},
                    {"nobody", {"Children"}, "Children", 10},
                    {"2", {"(no genres listed)"}, "\"(no genres listed)\"", 500},
                    {"2", {"comedy"}, "comedy", 25}};
  for (const auto& row : rows) {
    INFO("user " << row.user << ", " << row.values);
    const Reply reply = post(server, "/recommendations",
                             {{"recommenderArn", "movies/most-popular"},
                              {"userId", row.user},
                              {"numResults", row.count},
                              {"filterArn", "movies/unseen-in-genre"},
                              {"filterValues", {{"GENRE", row.values}}}});
    CHECK(reply.status == 200);
    const auto expected = films.unseenInGenres(row.user, row.genres);
    CHECK(idsOf(reply.body.at("itemList")) == first(expected, static_cast<size_t>(row.count)));
    const Reply tried = post(server, "/v1/filters/eval",
                             {{"group", "movies"},
                              {"filter", "unseen-in-genre"},
                              {"userId", row.user},
                              {"filterValues", {{"GENRE", row.values}}}});
    CHECK(intMember(tried.body, "passing") == static_cast<int64_t>(expected.size()));
    CHECK(intMember(tried.body, "items") == static_cast<int64_t>(films.genres.size()));
  }

  SECTION("the personalize dialect sees the newest 100 events of a type (F25)") {
    std::ofstream(example / "more.yaml") << R"(
apiVersion: proffer/v1
kind: Filter
metadata: {name: unseen, group: movies}
spec:
  dialect: personalize
  expression: INCLUDE ItemID WHERE Items.GENRES IN ($GENRE) | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")
)";
    REQUIRE(server.proffer({"apply", "-f", (example / "more.yaml").string(), "--wait"}).exitCode == 0);
    for (const auto& [user, stars] : films.stars) {
      if (user.size() > 1) continue;
      INFO("user " << user << " with " << stars.size() << " ratings");
      const Json body{{"target", "movies/most-popular"},
                      {"userId", user},
                      {"numResults", 500},
                      {"filter", "unseen"},
                      {"filterValues", {{"GENRE", "Drama"}}}};
      const auto ids = idsOf(post(server, "/v1/recommend", body).body.at("items"));
      const auto expected = first(films.unseenInGenres(user, {"Drama"}), 500);
      if (stars.size() <= 100) CHECK(ids == expected);
      const auto seen = [&films, &id = user](const std::string& film) { return films.seen(id, film); };
      const auto again = static_cast<size_t>(std::count_if(ids.begin(), ids.end(), seen));
      CHECK(again <= stars.size() - std::min<size_t>(stars.size(), 100));
    }
  }
  SECTION("the command line shows who passes and why") {
    const Outcome eval = server.proffer({"filter", "eval", "movies/unseen-in-genre", "--user", "1", "--param",
                                         "GENRE=Comedy", "-n", "3", "--explain-item", "356"});
    INFO(eval.out << eval.err);
    CHECK(eval.exitCode == 0);
    CHECK(eval.out.find("356 does not pass") != std::string::npos);
    const Outcome asked = server.proffer({"recommend", "movies/most-popular", "--user", "1", "--filter",
                                          "not-disliked", "-n", "500", "-o", "json"});
    REQUIRE(asked.exitCode == 0);
    const auto parsed = parseJson(asked.out);
    REQUIRE(parsed);
    for (const std::string& film : idsOf(parsed->at("itemList")))
      if (films.seen("1", film)) CHECK(films.stars.at("1").at(film) >= 3);
  }
  SECTION("what is wrong with a request is said") {
    Json body{
        {"recommenderArn", "movies/most-popular"}, {"userId", "1"}, {"filterArn", "movies/unseen-in-genre"}};
    const Reply missing = post(server, "/recommendations", body);
    CHECK(missing.status == 400);
    CHECK(dumpJson(missing.body).find("GENRE") != std::string::npos);
    body["filterArn"] = "movies/unseen-in-genres";
    CHECK(post(server, "/recommendations", body).status == 404);
    const Outcome check = server.proffer(
        {"filter", "check", "-g", "movies", "INCLUDE ItemID WHERE Items.GENRE IN (\"Drama\")"});
    CHECK(check.exitCode == 1);
    CHECK(check.err.find("did you mean \"GENRES\"?") != std::string::npos);
  }
  CHECK(server.stop() == 0);
}

}  // namespace filter_test
