#include "year.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "base/log.h"
#include "controller/io/simulated_file_system.h"
#include "controller/reconcile/manager.h"
#include "controller/store/admission.h"
#include "manifests/reader.h"
#include "recipes/popularity.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

// Stands in for the recipes that take new data in between trainings: popularity that can be updated.
class UpdatedPopularity final : public recipes::Recipe {
 public:
  std::string_view family() const override { return "sequence"; }
  bool updates() const override { return true; }
  Result<std::unique_ptr<recipes::Model>> train(const recipes::TrainingInput& input,
                                                const recipes::TrainingConfiguration& configuration,
                                                Progress& progress,
                                                recipes::Checkpoints* checkpoints) const override {
    return popularity_.train(input, configuration, progress, checkpoints);
  }
  Result<std::unique_ptr<recipes::Model>> update(const recipes::Model&, const recipes::TrainingInput& input,
                                                 const recipes::TrainingConfiguration& configuration,
                                                 Progress& progress) const override {
    return popularity_.train(input, configuration, progress);
  }
  Result<std::unique_ptr<recipes::Model>> open(const recipes::SectionReader& sections) const override {
    return popularity_.open(sections);
  }

 private:
  recipes::PopularityRecipe popularity_;
};

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
  return std::move(*result);
}
void need(const Result<void>& result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
}

Rule rate(int64_t seconds, std::string text) {
  Rule rule;
  rule.rate = seconds;
  rule.text = std::move(text);
  return rule;
}
Rule clock(int hour, int minute, std::optional<int> weekday, char zone, std::string text) {
  Rule rule;
  rule.hour = hour, rule.minute = minute, rule.weekday = weekday, rule.zone = zone;
  rule.text = std::move(text);
  return rule;
}

std::vector<Rule> trainRules() {
  Rule monthly = clock(4, 0, std::nullopt, 'N', "cron(0 4 L * ? * America/New_York)");
  monthly.lastOfMonth = true;
  return {
      rate(7 * 86400, "rate(7 days)"),   clock(2, 30, std::nullopt, 'B', "cron(30 2 * * * Europe/Berlin)"),
      rate(7 * 86400, "rate(7 days)"),   clock(3, 0, 1, 'B', "cron(0 3 * * MON Europe/Berlin)"),
      rate(86400, "rate(1 day)"),        clock(1, 30, 0, 'N', "cron(30 1 ? * 1 * America/New_York)"),
      rate(10 * 86400, "rate(10 days)"), monthly};
}

std::vector<Rule> updateRules() {
  Rule often = clock(0, 15, std::nullopt, 'B', "cron(15 */3 * * * Europe/Berlin)");
  often.everyHours = 3;
  return {rate(7200, "rate(2 hours)"), rate(7200, "rate(2 hours)"), often, rate(7200, "rate(2 hours)"),
          rate(7200, "rate(2 hours)")};
}

// Everything that runs, which can be ended and opened again at any time.
class Server {
 public:
  explicit Server(Time began) : clock(began), files(clock) {
    configureLog(LogLevel::kError, LogFormat::kText);
    need(files.createDirectories("/sources"));
    need(files.createDirectories("/data"));
  }
  ~Server() { close(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void open() {
    store = need(store::ControlStore::open("/data", clock, files));
    data = data::openGroupDataStore("/data", clock, files);
    artifacts = std::make_unique<artifacts::ArtifactStore>(*store, files);
    Manager::Options options;
    options.sourcePoll = 24h * 365 * 20;  // files are looked at when they are written
    options.keepJobs = 200;               // what a restart has to read again
    options.recipeOf = [this](std::string_view family) -> Result<const recipes::Recipe*> {
      return family == recipe_.family() ? Result<const recipes::Recipe*>(&recipe_)
                                        : recipes::recipeOfFamily(family);
    };
    manager =
        std::make_unique<Manager>(*store, *data, *artifacts, clock,
                                  need(data::SourceRoots::of({{"default", "/sources"}}, files)), options);
  }
  void close() {
    manager.reset();
    artifacts.reset();
    data.reset();
    store.reset();
  }
  void write(const std::string& name, const std::string& text) { files.put("/sources/" + name, text); }
  void apply(const std::string& yaml) {
    const ManifestSet set = readManifests({{"year.yaml", yaml}});
    if (!set.errors.empty()) throw std::runtime_error(formatError(set.errors.front()));
    std::vector<Resource> resources;
    for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
    need(store::applySet(*store, resources, {}));
  }

  SimulatedClock clock;
  io::SimulatedFileSystem files;
  std::unique_ptr<store::ControlStore> store;
  std::unique_ptr<data::GroupDataStore> data;
  std::unique_ptr<artifacts::ArtifactStore> artifacts;
  std::unique_ptr<Manager> manager;

 private:
  const UpdatedPopularity recipe_;
};

class Simulation {
 public:
  explicit Simulation(const YearSettings& settings)
      : settings_(settings), random_(settings.seed), server_(*parseTime("2026-01-12T09:30:00Z")) {
    year_.began = server_.clock.now();
    year_.ended = year_.began + 24h * settings.days;
    makeFollowers();
    planArrivals();
    planRestarts();
  }

  Year run() {
    for (const std::string& group : groups_)
      for (const bool items : {false, true}) bringIn(group, items, false);
    server_.open();
    server_.apply(manifests());
    settle();
    while (server_.clock.now() < year_.ended) step();
    conclude();
    return std::move(year_);
  }

 private:
  struct Arrival {
    std::string group;
    bool items = false;
    bool same = false;  // the file is written again with what it holds
  };

  int64_t upTo(int64_t most) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(most)); }
  Time anyTime() { return year_.began + std::chrono::seconds(1 + upTo(86400LL * settings_.days - 1)); }

  void makeFollowers() {
    const auto trains = trainRules(), updates = updateRules();
    const int groups = std::max(1, settings_.followers / 5);
    for (int i = 0; i < groups; ++i) groups_.push_back(fmt::format("group{}", i));
    for (int i = 0; i < settings_.followers; ++i) {
      Follower follower;
      follower.group = groups_[static_cast<size_t>(i % groups)];
      follower.name = fmt::format("popular-{}", i);
      follower.train = trains[static_cast<size_t>(i / groups + i) % trains.size()];
      if (i < settings_.updated) {
        follower.name = fmt::format("picks-{}", i);
        follower.update = updates[static_cast<size_t>(i) % updates.size()];
      }
      year_.followers.push_back(std::move(follower));
    }
  }

  // Some groups have news several times a day, some once a month.
  void planArrivals() {
    for (size_t i = 0; i < groups_.size(); ++i) {
      const int64_t everyHours[] = {9, 20, 30, 100, 12, 700, 26, 50};
      const int64_t count = int64_t{settings_.days} * 24 / everyHours[i % 8];
      for (int64_t n = 0; n < count; ++n)
        arrivals_.emplace(anyTime(), Arrival{groups_[i], upTo(4) == 0, upTo(10) == 0});
    }
  }

  void planRestarts() {
    std::set<Time> times;
    while (static_cast<int>(times.size()) < settings_.restarts) times.insert(anyTime());
    Time free = year_.began;
    for (const Time time : times) {
      const int64_t longest[] = {0, 600, 4 * 3600, 30 * 3600};
      const int64_t most = longest[upTo(4)];
      const Time from = std::max(time, free);
      const Time to = from + std::chrono::seconds(most == 0 ? 0 : upTo(most));
      if (to >= year_.ended) break;
      restarts_.emplace_back(from, to);
      free = to + 1s;
    }
    while (static_cast<int>(restarts_.size()) < settings_.restarts)
      restarts_.emplace_back(free, free), free += 1s;
    if (settings_.days > 200) lengthen(restarts_[restarts_.size() / 3], 16 * 24h);  // weekly slots are missed
    if (settings_.days > 200) lengthen(restarts_[restarts_.size() / 2], 8 * 24h);
    // What begins while another one lasts would be none.
    Time last = year_.began;
    for (auto& [from, to] : restarts_) {
      from = std::max(from, last + 1s), to = std::clamp(to, from, std::max(from, year_.ended - 60s));
      last = to;
    }
  }
  static void lengthen(std::pair<Time, Time>& restart, Duration by) { restart.second += by; }

  std::string manifests() const {
    std::string yaml;
    const auto add = [&](const std::string& document) {
      yaml += (yaml.empty() ? "" : "\n---\n") + ("apiVersion: proffer/v1\n" + document);
    };
    for (const std::string& group : groups_) {
      add(fmt::format("kind: DatasetGroup\nmetadata: {{name: {}}}\nspec: {{domain: VIDEO_ON_DEMAND}}",
                      group));
      add(
          fmt::format("kind: Dataset\nmetadata: {{name: watches, group: {0}}}\n"
                      "spec: {{type: INTERACTIONS, sources: [{{csv: {0}-watches.csv}}]}}",
                      group));
      add(
          fmt::format("kind: Dataset\nmetadata: {{name: films, group: {0}}}\n"
                      "spec: {{type: ITEMS, sources: [{{csv: {0}-films.csv}}]}}",
                      group));
    }
    for (const Follower& one : year_.followers)
      add(
          fmt::format("kind: Recommender\nmetadata: {{name: {}, group: {}}}\nspec:\n  useCase: {}\n"
                      "  schedules:\n    train: \"{}\"\n    update: \"{}\"",
                      one.name, one.group, one.update ? "top-picks-for-you" : "most-popular", one.train.text,
                      one.update ? one.update->text : "never"));
    return yaml;
  }

  void step() {
    Time next = year_.ended;
    if (const auto due = need(server_.manager->nextDue()))
      next = std::min(next, std::max(*due, server_.clock.now()));
    if (!arrivals_.empty()) next = std::min(next, arrivals_.begin()->first);
    const bool restarts = restarted_ < restarts_.size() && restarts_[restarted_].first <= next;
    if (restarts) next = std::max(restarts_[restarted_].first, server_.clock.now());
    server_.clock.advance(next - server_.clock.now());
    while (!arrivals_.empty() && arrivals_.begin()->first <= next) arrive(true);
    settle();
    if (restarts) restart();
  }

  void arrive(bool running) {
    const Arrival arrival = arrivals_.begin()->second;
    arrivals_.erase(arrivals_.begin());
    if (!arrival.same)
      bringIn(arrival.group, arrival.items, running);
    else
      server_.write(fileOf(arrival.group, arrival.items), texts_[fileOf(arrival.group, arrival.items)]);
    if (running) server_.manager->wake({"Dataset", arrival.group, arrival.items ? "films" : "watches"});
  }

  static std::string fileOf(const std::string& group, bool items) {
    return group + (items ? "-films.csv" : "-watches.csv");
  }

  void bringIn(const std::string& group, bool items, bool running) {
    ++news_;
    std::string text =
        items ? "ITEM_ID,GENRES,CREATION_TIMESTAMP\n" : "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
    for (int user = 0; user < 12; ++user) {
      if (items) text += fmt::format("i{},Drama,{}\n", user, 1'600'000'000 + news_);
      for (int item = 0; !items && item < 6 && item < user + 2; ++item)
        text +=
            fmt::format("u{},i{},{},Watch\n", user, item, 1'600'000'000 + news_ * 1000 + user * 10 + item);
    }
    texts_[fileOf(group, items)] = text;
    server_.write(fileOf(group, items), text);
    if (running)
      year_.imported.push_back({server_.clock.now(), group, items});
    else
      waiting_.insert({group, items});
  }

  void restart() {
    const auto [from, to] = restarts_[restarted_++];
    server_.close();
    while (!arrivals_.empty() && arrivals_.begin()->first < to) arrive(false);
    const Time down = server_.clock.now();
    if (to > down) server_.clock.advance(to - down);
    year_.downtimes.emplace_back(down, server_.clock.now());
    server_.open();
    seen_ = 0;
    settle();
  }

  void settle() {
    for (const auto& [group, items] : waiting_) year_.imported.push_back({server_.clock.now(), group, items});
    waiting_.clear();
    need(server_.manager->settle());
    ++year_.settles;
    observe();
  }

  // Trainings are versions; updates show in their versions' status.
  void observe() {
    store::ResourceStore& resources = server_.store->resources();
    if (seen_ == 0) {
      const auto list =
          need(resources.list({.kind = "SolutionVersion", .group = {}, .labels = {}, .managedBy = {}}));
      for (const Resource& version : list.items) note(version);
      seen_ = list.resourceVersion;
      return;
    }
    const auto batch = need(resources.watchInternal(seen_, server_.clock.now()));
    for (const auto& change : batch.changes)
      if (change.resource.kind == "SolutionVersion" && change.type != store::ChangeType::kDeleted)
        note(change.resource);
    seen_ = batch.resourceVersion;
  }

  void note(const Resource& version) {
    const std::string who = version.metadata.group + "/" + stringMember(version.spec, "recommender");
    if (known_.insert(version.metadata.uid).second)
      year_.runs.push_back({who, "train", version.metadata.creationTimestamp});
    const std::string began = stringMember(member(version.status, "update"), "began");
    if (!began.empty() && known_.insert(version.metadata.uid + began).second)
      year_.runs.push_back({who, "update", *parseTime(began)});
  }

  void conclude() {
    for (Follower& follower : year_.followers) {
      const Resource object =
          need(server_.store->resources().get({"Recommender", follower.group, follower.name}));
      follower.seed = static_cast<uint64_t>(intMember(member(object.status, "schedules"), "seed"));
    }
    std::sort(year_.runs.begin(), year_.runs.end());
    std::stable_sort(year_.imported.begin(), year_.imported.end(),
                     [](const auto& a, const auto& b) { return a.when < b.when; });
    year_.objects = need(server_.store->resources().list({})).items.size();
    year_.files = need(server_.store->files().list()).size();
    year_.jobs = need(server_.store->jobs().list(false)).size();
  }

  const YearSettings settings_;
  std::mt19937_64 random_;
  Server server_;
  Year year_;
  std::vector<std::string> groups_;
  std::multimap<Time, Arrival> arrivals_;
  std::vector<std::pair<Time, Time>> restarts_;
  size_t restarted_ = 0;
  int64_t news_ = 0;
  std::map<std::string, std::string> texts_;
  std::set<std::pair<std::string, bool>> waiting_;  // written while nothing ran
  std::set<std::string> known_;
  int64_t seen_ = 0;
};

}  // namespace

Year simulateYear(const YearSettings& settings) {
  return Simulation(settings).run();
}

}  // namespace proffer::reconcile
