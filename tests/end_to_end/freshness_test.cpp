// What people just did is in the next answer, exactly: answers of a server, over HTTP, beside those that the
// same model gives when it reads the whole history anew.
//
// PROFFER_FRESHNESS says how often something is put and asked; bench/freshness.sh does it 1,000 times.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "controller/artifacts/artifact_store.h"
#include "recipes/sequence/sequence_model.h"
#include "tests/end_to_end/process.h"
#include "tests/recipes/memory_views.h"

namespace freshness_test {

using namespace proffer;
using namespace proffer::end_to_end;
using recipes::testing::Random;
namespace fs = std::filesystem;

namespace {

constexpr size_t kPeople = 400, kFilms = 80;
constexpr int64_t kBegin = 1'750'000'000, kApart = 4'000;
const std::vector<std::string> kTypes = {"Watch", "Click", "Like"};

struct Happened {
  size_t film = 0;
  size_t type = 0;
  float value = recipes::kNoValue;
};
// By time; nobody does two things at once here, for those have no order.
using Past = std::map<int64_t, Happened>;

std::string filmId(size_t film) {
  return fmt::format("f{}", film);
}

// Most go on to one of the next films; values of a third of the events.
Happened next(const Past& past, Random& random) {
  Happened event;
  event.film = past.empty() || random.below(4) == 0
                   ? random.below(kFilms)
                   : (past.rbegin()->second.film + 1 + random.below(3)) % kFilms;
  event.type = random.below(6) == 0 ? 1 + random.below(2) : 0;
  if (random.below(3) == 0) event.value = static_cast<float>(random.below(20)) / 4;
  return event;
}

std::map<std::string, Past> generatedPeople(Random& random) {
  std::map<std::string, Past> people;
  for (size_t person = 0; person < kPeople; ++person) {
    Past& past = people[fmt::format("p{}", person)];
    // One has so many that a window of attention is as long as it gets.
    const size_t events = person == 0 ? 230 : 5 + random.below(25);
    for (size_t i = 0; i < events; ++i) {
      const Happened event = next(past, random);
      past[kBegin + static_cast<int64_t>(i) * kApart + static_cast<int64_t>(random.below(kApart))] = event;
    }
  }
  return people;
}

constexpr const char* kManifest = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {{name: films}}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {{name: events, group: films}}
spec:
  type: INTERACTIONS
  schema: {{fields: [{{name: USER_ID, type: string}}, {{name: ITEM_ID, type: string}}, {{name: TIMESTAMP, type: long}},
    {{name: EVENT_TYPE, type: string}}, {{name: EVENT_VALUE, type: [float, "null"]}}]}}
  sources: [{{csv: events.csv}}]
---
apiVersion: proffer/v1
kind: EventTracker
metadata: {{name: web, group: films}}
---
apiVersion: proffer/v1
kind: Solution
metadata: {{name: taste, group: films}}
spec: {{recipe: {}, hyperparameters: {}, schedules: {{update: never}}}}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {{name: next, group: films}}
spec: {{solution: taste{}}}
)";

void writeFiles(const fs::path& root, const std::map<std::string, Past>& people, const std::string& recipe,
                const std::string& settings, const std::string& exploration) {
  fs::create_directories(root);
  std::ofstream(root / "films.yaml") << fmt::format(kManifest, recipe, settings, exploration);
  std::ofstream csv(root / "events.csv");
  csv << "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n";
  for (const auto& [person, past] : people)
    for (const auto& [time, event] : past)
      csv << fmt::format("{},{},{},{},{}\n", person, filmId(event.film), time, kTypes[event.type],
                         std::isnan(event.value) ? "" : fmt::format("{}", event.value));
}

using Scores = std::map<std::string, double>;

double furthest(const Scores& a, const Scores& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double most = 0;
  for (const auto& [item, score] : a) {
    const auto other = b.find(item);
    if (other == b.end()) return std::numeric_limits<double>::infinity();
    most = std::max(most, std::abs(score - other->second));
  }
  return most;
}

// The server's model, read from its file, without a memory of anybody.
class FromScratch {
 public:
  explicit FromScratch(const fs::path& data)
      : store_(std::move(*store::ControlStore::openInMemory(clock_))),
        artifacts_(*store_, io::posixFileSystem(), data) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(data / "models"))
      if (entry.is_regular_file()) files.push_back(entry.path());
    REQUIRE(files.size() == 1);
    auto sections = artifacts_.open(fs::relative(files.front(), data).string());
    INFO((sections ? std::string() : sections.error().message));
    REQUIRE(sections);
    sections_ = std::move(*sections);
    auto model = recipes::SequenceModel::open(*sections_);
    INFO((model ? std::string() : model.error().message));
    REQUIRE(model);
    model_ = std::move(*model);
  }

  Scores answer(const Past& past) const {
    const auto& model = dynamic_cast<const recipes::SequenceModel&>(*model_);
    std::vector<recipes::Index> items;
    std::vector<int64_t> times;
    std::vector<uint16_t> types;
    std::vector<float> values;
    for (const auto& [time, event] : past) {
      items.push_back(model.items().groupIndex(model.items().fromId(filmId(event.film))));
      times.push_back(time);
      types.push_back(static_cast<uint16_t>(event.type));
      values.push_back(event.value);
    }
    recipes::UserState state;
    state.history = {items, times, types, values};
    state.eventTypes = kTypes;
    recipes::Question question;
    question.user = &state;
    question.limit = kFilms;
    model.forgetStates();
    const auto found = model.recommend(question);
    REQUIRE(found);
    Scores scores;
    for (const recipes::ScoredItem& item : *found)
      scores[std::string(model.items().id(item.item))] = item.score;
    return scores;
  }

 private:
  SystemClock clock_;
  std::unique_ptr<store::ControlStore> store_;
  artifacts::ArtifactStore artifacts_;
  std::shared_ptr<const recipes::SectionReader> sections_;
  std::unique_ptr<recipes::Model> model_;
};

class Asking {
 public:
  explicit Asking(const ServerProcess& server)
      : client_("127.0.0.1", std::stoi(server.url().substr(server.url().rfind(':') + 1))) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    client_.set_read_timeout(60);
    const Outcome got = server.proffer({"get", "eventtracker", "films/web", "-o", "json"});
    REQUIRE(got.exitCode == 0);
    tracking_ = stringMember(member(*parseJson(got.out), "status"), "trackingId");
  }
  Scores scores(const std::string& person) {
    const Json answer =
        post("/recommendations", {{"campaignArn", "films/next"}, {"userId", person}, {"numResults", kFilms}});
    Scores scores;
    for (const Json& item : answer.at("itemList"))
      scores[stringMember(item, "itemId")] = item.at("score").get<double>();
    return scores;
  }
  void put(const std::string& person, int64_t time, const Happened& event) {
    Json body{{"eventType", kTypes[event.type]}, {"sentAt", time}, {"itemId", filmId(event.film)}};
    if (!std::isnan(event.value)) body["eventValue"] = event.value;
    post("/events", {{"trackingId", tracking_},
                     {"sessionId", "of-" + person},
                     {"userId", person},
                     {"eventList", Json::array({std::move(body)})}});
  }

 private:
  Json post(const std::string& path, const Json& body) {
    const auto answer = client_.Post(path, dumpJson(body), "application/json");
    REQUIRE(answer);
    INFO(path << " " << dumpJson(body) << " " << answer->body);
    REQUIRE(answer->status == 200);
    auto parsed = answer->body.empty() ? Result<Json>(Json::object()) : parseJson(answer->body);
    REQUIRE(parsed);
    return std::move(*parsed);
  }
  httplib::Client client_;
  std::string tracking_;
};

size_t rounds() {
  const char* const text = std::getenv("PROFFER_FRESHNESS");
  return text == nullptr ? 100 : static_cast<size_t>(std::atoi(text));
}

// A time at which nothing has happened: after everything, or, if late, before something.
int64_t freeTime(const Past& past, bool late, Random& random) {
  if (past.empty()) return kBegin + static_cast<int64_t>(random.below(kApart));
  const int64_t first = past.begin()->first, last = past.rbegin()->first;
  if (!late) return last + 1 + static_cast<int64_t>(random.below(kApart));
  for (int64_t time =
           first - 100 + static_cast<int64_t>(random.below(static_cast<uint64_t>(last - first + 100)));
       ; --time)
    if (!past.contains(time)) return time;
}

struct Counted {
  size_t events = 0, late = 0, deleted = 0, newPeople = 0, evictions = 0;
  double furthest = 0, quiet = 0;
};

// Puts something and asks, again and again.
Counted play(ServerProcess& server, const FromScratch& model, std::map<std::string, Past>& people,
             Random& random) {
  Asking asking(server);
  // Nothing that counts happens to the first ones, and their answers stay.
  std::map<std::string, Scores> quiet;
  for (size_t i = 0; i < 5; ++i) quiet[fmt::format("p{}", i)] = asking.scores(fmt::format("p{}", i));
  // What the model does not know says nothing, before it is folded and after.
  asking.put("p1", people["p1"].rbegin()->first + 1, {kFilms, 0, recipes::kNoValue});
  std::vector<std::string> busy;
  for (size_t i = 5; i < 45; ++i) busy.push_back(fmt::format("p{}", i));
  Counted counted;
  const auto compare = [&](const std::string& person) {
    const double distance = furthest(asking.scores(person), model.answer(people[person]));
    INFO(person << " with " << people[person].size() << " events");
    REQUIRE(distance <= 1e-5);
    counted.furthest = std::max(counted.furthest, distance);
  };
  const size_t all = rounds();
  for (size_t round = 0; round < all; ++round) {
    if (random.below(12) == 0) {
      busy.push_back(fmt::format("new-{}", round));
      ++counted.newPeople;
    }
    const std::string person = busy[random.below(busy.size())];
    const uint64_t kind = random.below(50);
    if (kind == 0) {
      const Outcome deleted = server.proffer({"delete-user", "-g", "films", person});
      INFO(deleted.out << deleted.err);
      REQUIRE(deleted.exitCode == 0);
      people[person].clear();
      ++counted.deleted;
    } else {
      if (kind == 1) {  // so many others that no state is left of this one
        for (size_t other = 0; other < kPeople; ++other) asking.scores(fmt::format("p{}", other));
        ++counted.evictions;
      }
      const bool late = kind < 12 && people[person].size() > 1;
      const int64_t time = freeTime(people[person], late, random);
      const Happened event = next(people[person], random);
      asking.put(person, time, event);
      people[person][time] = event;
      ++(late ? counted.late : counted.events);
    }
    compare(person);
    if (round % 50 == 0 || round + 1 == all)
      for (const auto& [id, before] : quiet)
        counted.quiet = std::max(counted.quiet, furthest(before, asking.scores(id)));
  }
  for (const std::string& person : busy) compare(person);
  return counted;
}

void prove(const std::string& recipe, const std::string& settings, const std::string& exploration) {
  Random random(20);
  TemporaryDirectory place;
  auto people = generatedPeople(random);
  const fs::path root = place.path() / "films", data = place.path() / "data";
  writeFiles(root, people, recipe, settings, exploration);
  ServerProcess server(data, {"--sources", root.string()});
  const Outcome applied =
      server.proffer({"apply", "-f", (root / "films.yaml").string(), "--wait", "--timeout", "300s"}, "", 310);
  INFO(applied.out << applied.err << server.log());
  REQUIRE(applied.exitCode == 0);
  const FromScratch model(data);
  const Counted counted = play(server, model, people, random);
  CHECK(counted.quiet <= 1e-6);
  WARN(recipe << ": " << counted.events << " events in order, " << counted.late << " late, "
              << counted.deleted << " people deleted, " << counted.newPeople << " new, all others asked "
              << counted.evictions << " times; furthest from scratch " << counted.furthest
              << ", who did nothing " << counted.quiet);
  CHECK(server.stop() == 0);
}

}  // namespace

TEST_CASE("answers over HTTP are those of the whole history, whatever came in which order") {
  prove("aws-user-personalization", "{hidden_dimension: 32}", ", exploration: {weight: 0}");
}

// Its states are large, so that asking all people drives each one's out.
TEST_CASE("answers over HTTP are those of the whole history, with states that are driven out") {
  prove("aws-user-personalization-v2", "{}", "");
}

}  // namespace freshness_test
