// The disk fills up, turns read-only, fails, gives half of what was asked for or other bits, at any moment of
// the story; and a bit of any file is flipped while the server is down. What it can serve it serves, what is
// wrong it names with file and remedy, and once the disk is well again it comes to where an undisturbed
// server is.
//
// PROFFER_FAULT_POINTS says how many places are tried, PROFFER_CRASH_SEED repeats a run.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <regex>

#include "base/log.h"
#include "base/text.h"
#include "tests/crash/reference.h"

namespace faults_test {

using namespace proffer;
using namespace proffer::crash;
using namespace std::chrono_literals;
using io::Fault;

namespace {

const std::map<Fault, const char*> kNames = {
    {Fault::kDiskFull, "full disk"},   {Fault::kReadOnly, "read-only"},
    {Fault::kReadError, "read error"}, {Fault::kWriteError, "write error"},
    {Fault::kShortRead, "short read"}, {Fault::kFlippedBit, "flipped bit"}};

const std::vector<std::pair<std::string, std::string>> kRoutes = {{"movies", "popular"}, {"custom", "home"}};

std::map<std::string, std::string> answersOf(const SimulatedServer& server) {
  std::map<std::string, std::string> all;
  for (const auto& [group, name] : kRoutes) all[name] = server.answers(group, name);
  return all;
}

bool isAnswer(const std::string& text) {
  return text.starts_with(" | ");
}

/// A server that has come to the end of some steps.
struct Scene {
  SimulatedClock clock{kStart};
  io::SimulatedFileSystem files{clock};
  std::unique_ptr<SimulatedServer> server;

  explicit Scene(size_t steps) {
    files.put("/sources/.keep", "");
    server = std::make_unique<SimulatedServer>(files, clock);
    must(server->start());
    for (size_t i = 0; i < steps; ++i) {
      story()[i].outside(files);
      if (story()[i].act) must(story()[i].act(*server));
      must(server->converge());
    }
  }
  static void must(const Result<void>& result) {
    if (!result) FAIL(formatError(result.error()));
  }
  void restart() {
    server.reset();
    server = std::make_unique<SimulatedServer>(files, clock);
  }
};

/// An error that a user can do something with: it names a file, and says what to do.
void checkHelpful(const Error& error) {
  INFO(formatError(error));
  CHECK(error.message.find("/data") != std::string::npos);
  CHECK(!error.hint.empty());
}

void runWithFault(std::mt19937_64& random, Fault fault) {
  const size_t at = random() % story().size();
  const Step& step = story()[at];
  Scene scene(at);
  const auto before = answersOf(*scene.server);
  io::FaultPlan plan{fault, random() % 2 == 0 ? "/data" : random() % 2 == 0 ? "control.db" : "/data/groups"};
  // What is read wrongly from a database may be written back as it was read: only what never changes is safe.
  if (fault == Fault::kFlippedBit) plan.where = random() % 2 == 0 ? ".segment" : ".model";
  plan.after = static_cast<int64_t>(random() % 120);
  plan.count = random() % 2 == 0 ? 1 + static_cast<int64_t>(random() % 20) : plan.count;
  INFO(kNames.at(fault) << " of " << plan.where << " after " << plan.after << ", " << plan.count
                        << " times, in " << step.name);
  step.outside(scene.files);
  scene.files.inject(plan);
  if (step.act) {
    if (const auto acted = step.act(*scene.server); !acted && acted.error().code == ErrorCode::kIo)
      checkHelpful(acted.error());
  }
  (void)scene.server->settle();
  scene.clock.advance(1min);
  (void)scene.server->settle();
  // What was served is served: with the old answers or with those that the step brings.
  if (at > 0 && at < 6) {
    for (const auto& [name, answer] : answersOf(*scene.server)) {
      if (isAnswer(before.at(name))) CHECK(isAnswer(answer));
    }
  }
  scene.files.heal();
  if (step.act) Scene::must(step.act(*scene.server));
  Scene::must(scene.server->converge());
  // An attempt that lasted to the end of its tries is terminal and says so: its run is deleted, as it
  // advises.
  for (const Resource& resource : scene.server->resources()) {
    const auto ready = findCondition(resource, "Ready");
    if (ready && ready->message.find("to have it tried again") != std::string::npos &&
        (resource.kind == "DatasetImport" || resource.kind == "SolutionVersion"))
      Scene::must(scene.server->erase(resource.key()));
  }
  Scene::must(scene.server->converge());
  // A restart sweeps what a failed attempt could not remove.
  scene.restart();
  Scene::must(scene.server->start());
  Scene::must(scene.server->converge());
  CHECK(difference(scene.server->fingerprint(), reference().after[at]) == "");
  CHECK(scene.server->orphans() == std::vector<std::string>{});
}

/// Everything that the server says anywhere.
std::string said(const SimulatedServer& server, const std::string& start) {
  std::string text = start;
  for (const auto& resource : server.resources())
    for (const auto& condition : conditionsOf(resource)) text += "\n" + condition.message;
  for (const auto& [name, answer] : answersOf(server))
    if (!isAnswer(answer)) text += "\n" + answer;
  return text;
}

enum class Noticed { kNoEffect, kRefused, kSaid, kNotRead };

/// Both are trained again, from the data of now; the seed changes no answer.
std::string trainWithSeed(int seed) {
  return fmt::format(R"(
apiVersion: proffer/v1
kind: Recommender
metadata: {{name: popular, group: movies}}
spec: {{useCase: most-popular, seed: {0}}}
---
apiVersion: proffer/v1
kind: Solution
metadata: {{name: clicks, group: custom}}
spec: {{recipe: aws-popularity-count, eventType: Buy, seed: {0}}}
)",
                     seed);
}

/// The ids are right even where the catalogue that gives the titles is damaged.
std::string withoutTitles(const std::string& answers) {
  static const std::regex title(" Title [0-9]+| (?= )| $");
  return std::regex_replace(answers, title, "");
}

/// Without the content of the files, which is what was damaged, and without answers.
std::string statusDifference(SimulatedServer& server, const std::vector<std::string>& should) {
  std::string text;
  for (const auto& line : split(difference(server.fingerprint(), should), '\n'))
    if (line.find(".segment of") == std::string::npos && line.find(".model of") == std::string::npos &&
        line.find("route ") == std::string::npos)
      text += line;
  return text;
}

/// Starts, converges and trains again with the damaged file there.
Noticed lookAtDamage(Scene& scene, const io::fs::path& path, const std::map<std::string, std::string>& before,
                     const std::vector<std::string>& should) {
  const std::string name = path.filename();
  const auto started = scene.server->start();
  if (!started) {
    checkHelpful(started.error());
    CHECK(started.error().message.find(name) != std::string::npos);
    return Noticed::kRefused;
  }
  const auto converged = scene.server->converge();
  const std::string text = said(*scene.server, converged ? "" : formatError(converged.error()));
  INFO(text);
  // An answer is right or it is an error, never something else.
  for (const auto& [route, answer] : answersOf(*scene.server))
    if (isAnswer(answer)) CHECK(withoutTitles(answer) == withoutTitles(before.at(route)));
  if (text.find(name) != std::string::npos) {
    CHECK((text.find("restore") != std::string::npos || text.find("backup") != std::string::npos));
    return Noticed::kSaid;
  }
  CHECK(statusDifference(*scene.server, should) == "");
  if (path.extension() == ".model") return Noticed::kNotRead;  // of a version that is not served
  if (path.extension() != ".segment") return Noticed::kNoEffect;
  Scene::must(scene.server->apply(trainWithSeed(2)));
  Scene::must(scene.server->converge());
  const std::string trained = said(*scene.server, "");
  if (trained.find(name) != std::string::npos) return Noticed::kSaid;
  for (const auto& [route, answer] : answersOf(*scene.server)) CHECK(answer == before.at(route));
  return Noticed::kNoEffect;  // between the sections
}

/// Flips one bit while the server is down, looks what it does, and flips it back.
Noticed runWithDamage(std::mt19937_64& random) {
  constexpr size_t kSteps = 4;
  Scene scene(kSteps);
  Scene::must(scene.server->apply(trainWithSeed(3)));
  Scene::must(scene.server->converge());
  const auto before = answersOf(*scene.server);
  const auto should = scene.server->fingerprint();
  scene.server->stop();
  std::map<std::string, std::vector<io::fs::path>> kinds;
  for (const auto& path : scene.files.filesBelow("/data"))
    kinds[path.has_extension() ? path.extension() : path.filename()].push_back(path);
  auto kind = kinds.begin();
  std::advance(kind, random() % kinds.size());
  const io::fs::path path = kind->second[random() % kind->second.size()];
  const uint64_t bit = random();
  INFO("bit " << bit << " of " << path);
  scene.files.damage(path, bit);
  const auto damaged = scene.files.read(path, 1 << 30);
  scene.restart();
  const Noticed noticed = lookAtDamage(scene, path, before, should);
  scene.server->stop();
  // The file comes back from a backup, and all is well.
  if (const auto now = scene.files.read(path, 1 << 30); !now || *now != *damaged) return noticed;
  scene.files.damage(path, bit);
  scene.restart();
  Scene::must(scene.server->start());
  Scene::must(scene.server->converge());
  CHECK(answersOf(*scene.server) == before);
  return noticed;
}

}  // namespace

TEST_CASE("a disk that fails for a while is named, endured and recovered from") {
  configureLog(LogLevel::kError, LogFormat::kText);
  const uint64_t points = numberFrom("PROFFER_FAULT_POINTS", 36);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  for (uint64_t point = numberFrom("PROFFER_CRASH_FIRST", 0); point < points; ++point) {
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_FAULT_POINTS=" << points
                               << " PROFFER_CRASH_FIRST=" << point);
    std::mt19937_64 random(seed + point);
    auto fault = kNames.begin();
    std::advance(fault, point % kNames.size());
    runWithFault(random, fault->first);
  }
}

TEST_CASE("a flipped bit of a file at rest is noticed before it is believed") {
  configureLog(LogLevel::kError, LogFormat::kText);
  const uint64_t points = numberFrom("PROFFER_FAULT_POINTS", 36);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  std::map<Noticed, int> counts;
  for (uint64_t point = numberFrom("PROFFER_CRASH_FIRST", 0); point < points; ++point) {
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_FAULT_POINTS=" << points
                               << " PROFFER_CRASH_FIRST=" << point);
    std::mt19937_64 random(seed + point);
    ++counts[runWithDamage(random)];
  }
  WARN(points << " flipped bits: " << counts[Noticed::kRefused] << " refused at the start, "
              << counts[Noticed::kSaid] << " named in conditions or answers, " << counts[Noticed::kNoEffect]
              << " without effect, " << counts[Noticed::kNotRead] << " in models that are not served; seed "
              << seed);
}

}  // namespace faults_test
