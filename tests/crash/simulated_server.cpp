#include "tests/crash/simulated_server.h"

#include <set>

#include "base/hash.h"
#include "controller/store/files.h"
#include "controller/store/group_store.h"
#include "controller/store/routes.h"
#include "manifests/reader.h"

namespace proffer::crash {

using namespace std::chrono_literals;

namespace {

const io::fs::path kData = "/data";
const io::fs::path kSources = "/sources";
constexpr int64_t kWholeFile = 1 << 30;

std::string conditionLine(const Condition& condition) {
  const char* const status[] = {"True", "False", "Unknown"};
  return fmt::format("{} {}: {}", status[static_cast<int>(condition.status)], condition.reason,
                     condition.message);
}

// Without what differs between two runs for good reason: times, ids, attempts, in which order imports ran.
std::string sortedDump(const Json& json) {
  return nlohmann::json(json).dump();
}

Json comparable(const Json& status) {
  if (!status.is_object()) return status;
  static const std::set<std::string> kOwn = {"conditions", "run",     "nextRetryTime",   "schedules",
                                             "artifact",   "file",    "trainingSeconds", "dataVersion",
                                             "newItems",   "newUsers"};
  Json kept = Json::object();
  for (const auto& [name, value] : status.items())
    if (!kOwn.contains(name) && !(name == "version" && value.is_number())) kept[name] = comparable(value);
  return kept;
}

}  // namespace

Result<void> SimulatedServer::start() {
  PROFFER_TRY(auto roots, data::SourceRoots::of({{"default", kSources}}, files_));
  PROFFER_TRY(store_, store::ControlStore::open(kData, clock_, files_));
  data_ = data::openGroupDataStore(kData, clock_, files_);
  artifacts_ = std::make_unique<artifacts::ArtifactStore>(*store_, files_);
  engine_ = serving::Engine::create(*store_, *data_, *artifacts_, clock_, "local");
  PROFFER_CHECK(engine_->start());
  engine_->stop();
  manager_ =
      std::make_unique<reconcile::Manager>(*store_, *data_, *artifacts_, clock_, std::move(roots), options_);
  return {};
}

void SimulatedServer::stop() {
  manager_.reset();
  engine_.reset();
  artifacts_.reset();
  data_.reset();
  store_.reset();
}

Result<void> SimulatedServer::apply(const std::string& yaml) {
  const ManifestSet set = readManifests({{"test.yaml", yaml}});
  if (!set.errors.empty()) return fail(set.errors.front());
  std::vector<Resource> resources;
  for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
  PROFFER_TRY([[maybe_unused]] const auto applied, store::applySet(*store_, resources, {}));
  return {};
}

Result<void> SimulatedServer::erase(const ResourceKey& key) {
  const auto erased = store::deleteResource(*store_, key, {});
  if (!erased && erased.error().code != ErrorCode::kNotFound) return fail(erased.error());
  return {};
}

// The engine's own thread would make runs differ: it is started for each look at the routes and stopped.
bool SimulatedServer::loadModels() {
  const auto table = store_->routes().read();
  if (!table) return false;
  bool wanted = false;
  for (const auto& route : table->routes) {
    const auto reports = store_->routes().loaded(route.group, route.name);
    if (!reports) return false;
    const auto mine = reports->find("local");
    wanted = wanted || mine == reports->end() || mine->second.revision < route.revision;
  }
  if (!wanted || !engine_->start()) return false;
  engine_->stop();
  return true;
}

Result<void> SimulatedServer::settle() {
  int loads = 0;
  return manager_->settle([&] { return ++loads < 50 && loadModels(); });
}

Result<void> SimulatedServer::converge() {
  for (int round = 0; round < 120; ++round) {
    PROFFER_CHECK(settle());
    clock_.advance(10s);
    PROFFER_CHECK(settle());
    PROFFER_TRY(const auto jobs, store_->jobs().list(true));
    if (jobs.empty() && round >= 3) {
      (void)engine_->start();  // catalogues, too
      engine_->stop();
      return {};
    }
    if (!jobs.empty()) clock_.advance(20s);
  }
  return fail(ErrorCode::kTimedOut, "there are unfinished jobs after an hour");
}

std::vector<Resource> SimulatedServer::resources() const {
  auto list = store_->resources().list({});
  return list ? std::move(list->items) : std::vector<Resource>();
}

std::string SimulatedServer::condition(const ResourceKey& key, std::string_view type) const {
  const auto resource = store_->resources().get(key);
  if (!resource) return "none";
  const auto found = findCondition(*resource, type);
  return found ? conditionLine(*found) : "none";
}

std::string SimulatedServer::answers(const std::string& group, const std::string& name) const {
  std::string text;
  for (const char* user : {"u0", "u3", "u9", "nobody"}) {
    serving::RecommendRequest request;
    request.group = group;
    request.name = name;
    request.userId = user;
    request.titles = true;
    const auto answer = engine_->recommend(request);
    if (!answer) return formatError(answer.error());
    text += fmt::format(" | {}:", user);
    for (const auto& item : answer->items)
      text += fmt::format(" {} {} {}", item.itemId, item.score.value_or(0), item.title);
  }
  return text;
}

// Names of files hold ids that differ from run to run; their content may not.
std::vector<std::string> SimulatedServer::contentLines() {
  std::map<std::string, std::string> groups;
  for (const auto& resource : resources())
    if (resource.kind == "DatasetGroup") groups[resource.metadata.uid] = resource.metadata.name;
  std::vector<std::string> lines;
  for (const auto& path : files_.filesBelow(kData)) {
    const std::string extension = path.extension();
    if (extension != ".segment" && extension != ".model") continue;
    const auto bytes = files_.read(path, kWholeFile);
    std::string group = extension == ".model" ? "-" : path.parent_path().parent_path().filename().string();
    if (const auto known = groups.find(group); known != groups.end()) group = known->second;
    lines.push_back(
        fmt::format("{} of {}: {}", extension, group, bytes ? hashHex(hash128(*bytes)) : "unreadable"));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> SimulatedServer::fingerprint() {
  std::vector<std::string> lines;
  for (const auto& resource : resources()) {
    lines.push_back(fmt::format("{} {}", resource.key().toString(), dumpJson(resource.spec)));
    lines.push_back(
        fmt::format("{} status {}", resource.key().toString(), sortedDump(comparable(resource.status))));
    for (const auto& condition : conditionsOf(resource))
      lines.push_back(
          fmt::format("{} {} {}", resource.key().toString(), condition.type, conditionLine(condition)));
  }
  if (const auto table = store_->routes().read()) {
    for (const auto& route : table->routes)
      lines.push_back(fmt::format("route {}/{} -> {} {}:{}", route.group, route.name, route.version,
                                  dumpJson(route.settings), answers(route.group, route.name)));
  }
  std::sort(lines.begin(), lines.end());
  for (auto& line : contentLines()) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> SimulatedServer::orphans() {
  std::set<std::string> named = {"lock", "control.db", "control.db-wal"};
  std::vector<std::string> wrong;
  if (const auto rows = store_->files().list()) {
    for (const auto& row : *rows) named.insert(row.path);
  }
  for (const auto& resource : resources()) {
    if (resource.kind != "DatasetGroup") continue;
    const std::string below = "groups/" + resource.metadata.uid + "/";
    if (!files_.stat(kData / (below + "data.db"))) continue;
    for (const char* name : {"data.db", "data.db-wal"}) named.insert(below + name);
    const auto group = store::GroupStore::open(kData / (below + "data.db"), files_);
    if (!group) return {formatError(group.error())};
    const auto live = (*group)->segments(store::SegmentState::kLive);
    if (!live) return {formatError(live.error())};
    for (const auto& row : *live) named.insert(below + "segments/" + row.file);
  }
  std::set<std::string> present;
  for (const auto& path : files_.filesBelow(kData)) present.insert(path.lexically_relative(kData).string());
  for (const auto& path : present)
    if (!named.contains(path)) wrong.push_back("no row names " + path);
  for (const auto& path : named)
    if (!present.contains(path) && !path.ends_with("-wal")) wrong.push_back("there is no file " + path);
  return wrong;
}

}  // namespace proffer::crash
