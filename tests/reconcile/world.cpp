#include "world.h"

#include "controller/io/file_system.h"

namespace proffer::reconcile {

namespace fs = std::filesystem;

const char* const kStreaming = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: popular, group: movies}
spec: {useCase: most-popular}
)";

World::World() : directory(fs::temp_directory_path() / ("proffer-reconcile-" + newHex(12))) {
  configureLog(LogLevel::kError, LogFormat::kText);
  fs::create_directories(directory / "sources");
  fs::create_directories(directory / "data");
  restart();
}

void World::restart(Manager::Options options) {
  close();
  auto opened = store::ControlStore::open(directory / "data", clock);
  REQUIRE(opened);
  store = std::move(*opened);
  data = data::openGroupDataStore(directory / "data", clock, io::posixFileSystem());
  artifacts = std::make_unique<artifacts::ArtifactStore>(*store, io::posixFileSystem());
  auto roots = data::SourceRoots::of({{"default", directory / "sources"}}, io::posixFileSystem());
  REQUIRE(roots);
  manager = std::make_unique<Manager>(*store, *data, *artifacts, clock, std::move(*roots), std::move(options));
}

void World::close() {
  manager.reset();  // it interrupts the store's jobs for good
  artifacts.reset();
  data.reset();
  store.reset();
}

World::~World() {
  close();
  std::error_code ignored;
  fs::remove_all(directory, ignored);
}

void World::write(const std::string& name, const std::string& text) {
  fs::create_directories((directory / "sources" / name).parent_path());
  std::ofstream(directory / "sources" / name, std::ios::trunc) << text;
}

std::string World::watches(int users, int items, const std::string& type) {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int user = 0; user < users; ++user)
    for (int item = 0; item < items && item < user + 2; ++item)
      text += fmt::format("u{},i{},{},{}\n", user, item, 1'600'000'000 + user * 100 + item, type);
  return text;
}

store::ApplyResult World::apply(const std::string& yaml, const std::string& by) {
  ManifestSet set = readManifests({{"test.yaml", yaml}});
  for (const Error& error : set.errors) FAIL(formatError(error));
  std::vector<Resource> resources;
  for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
  store::ApplyOptions options;
  options.manager = by;
  auto result = store::applySet(*store, resources, options);
  if (!result) FAIL(formatError(result.error()));
  return *result;
}

void World::settle() {
  const auto settled = manager->settle([this] { return playServing(); });
  if (!settled) FAIL(formatError(settled.error()));
}

bool World::playServing() {
  if (!serving) return false;
  bool did = false;
  const auto table = store->routes().read();
  REQUIRE(table);
  for (const auto& route : table->routes) {
    if (route.artifact.empty()) continue;
    const auto reports = store->routes().loaded(route.group, route.name);
    REQUIRE(reports);
    const auto mine = reports->find("test");
    if (mine != reports->end() && mine->second.revision >= route.revision) continue;
    REQUIRE(artifacts->open(route.artifact));
    REQUIRE(
        store->routes().reportLoaded("test", route.group, route.name, {route.revision, route.version, ""}));
    did = true;
  }
  return did;
}

Resource World::get(const ResourceKey& key) const {
  auto resource = store->resources().get(key);
  if (!resource) FAIL(formatError(resource.error()));
  return *resource;
}

std::string World::condition(const ResourceKey& key, std::string_view type) const {
  const auto found = findCondition(get(key), type);
  if (!found) return "none";
  const char* const status[] = {"True", "False", "Unknown"};
  return fmt::format("{} {}: {}", status[static_cast<int>(found->status)], found->reason, found->message);
}

std::vector<Resource> World::all(const std::string& kind) const {
  auto list = store->resources().list({.kind = kind, .group = {}, .labels = {}, .managedBy = {}});
  REQUIRE(list);
  return std::move(list->items);
}

store::RouteTable World::routes() const {
  auto table = store->routes().read();
  REQUIRE(table);
  return std::move(*table);
}

std::vector<std::string> World::versions(const std::string& group) const {
  std::vector<std::string> names;
  const auto list =
      store->resources().list({.kind = "SolutionVersion", .group = group, .labels = {}, .managedBy = {}});
  REQUIRE(list);
  for (const Resource& version : list->items) names.push_back(version.metadata.name);
  return names;
}

std::optional<store::Route> World::route(const std::string& group, const std::string& name) const {
  const auto table = store->routes().read();
  REQUIRE(table);
  for (const auto& route : table->routes)
    if (route.group == group && route.name == name) return route;
  return std::nullopt;
}

std::vector<std::string> World::answer(const std::string& group, const std::string& name,
                                       size_t limit) const {
  const auto wanted = route(group, name);
  REQUIRE(wanted);
  const auto settings = routeSettingsFromJson(wanted->settings);
  REQUIRE(settings);
  const auto sections = artifacts->open(wanted->artifact);
  REQUIRE(sections);
  const auto recipe = recipes::recipeOfFamily(settings->family);
  REQUIRE(recipe);
  const auto model = (*recipe)->open(**sections);
  REQUIRE(model);
  recipes::Question question;
  question.limit = limit;
  const auto items = (*model)->recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const auto& item : *items) ids.emplace_back((*model)->items().id(item.item));
  return ids;
}

std::vector<std::string> World::files() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(directory / "data")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), directory / "data").string();
    if (name.starts_with("control.db") || name.find("lock") != std::string::npos) continue;
    found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace proffer::reconcile
