#include "controller/serving/loader.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "recipes/recipe.h"

namespace proffer::serving {
namespace {

constexpr std::string_view kComponent = "serving";

template <class Map>
auto findIn(const Map& map, const std::string& key) -> decltype(map.begin()->second.get()) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

Loader::Loader(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
               Clock& clock, std::string replica, TableSlot& slot, Explorations& explorations)
    : store_(store),
      data_(data),
      artifacts_(artifacts),
      clock_(clock),
      replica_(std::move(replica)),
      slot_(slot),
      explorations_(explorations) {}

Result<Loader::Pass> Loader::refresh() {
  PROFFER_TRY(const store::RouteTable wanted, store_.routes().read());
  refreshGroups(wanted);
  groupsRevision_ = wanted.revision;
  const bool complete = refreshRoutes(wanted);
  return Pass{wanted.revision, complete};
}

Time Loader::nextRetry() const {
  const std::shared_ptr<const ServedTable> table = slot_.get();
  Time next = Time::max();
  for (const auto& [key, route] : table->routes)
    if (!route->error.empty()) next = std::min(next, route->retryAt);
  for (const auto& [uid, group] : table->groups)
    if (!group->error.empty()) next = std::min(next, group->retryAt);
  return next;
}

bool Loader::outdated() const {
  const std::shared_ptr<const ServedTable> table = slot_.get();
  return std::any_of(table->groups.begin(), table->groups.end(), [](const auto& group) {
    const auto& catalogue = group.second->catalogue;
    return catalogue && catalogue->live() && catalogue->live()->outdated();
  });
}

void Loader::publish(ServedTable table) {
  slot_.set(std::make_shared<const ServedTable>(std::move(table)));
}

void Loader::refreshGroups(const store::RouteTable& wanted) {
  const std::shared_ptr<const ServedTable> before = slot_.get();
  ServedTable next = *before;
  next.groups.clear();
  for (const store::GroupRoute& group : wanted.groups) {
    const auto served = before->groups.find(group.groupUid);
    const bool known = served != before->groups.end();
    const auto* catalogue = known ? served->second->catalogue.get() : nullptr;
    const bool folded = catalogue && catalogue->live() && catalogue->live()->outdated();
    const bool current = known && served->second->wanted.revision == group.revision && !folded;
    if (current && (served->second->error.empty() || clock_.now() < served->second->retryAt))
      next.groups[group.groupUid] = served->second;
    else
      next.groups[group.groupUid] =
          std::make_shared<const ServedGroup>(loadGroup(group, known ? served->second.get() : nullptr));
  }
  publish(std::move(next));
}

ServedGroup Loader::loadGroup(const store::GroupRoute& wanted, const ServedGroup* before) {
  ServedGroup group;
  group.wanted = wanted;
  Result<CatalogueSettings> settings = catalogueSettingsFromJson(wanted.settings);
  std::shared_ptr<const data::LiveView> live;
  const auto newest = [&]() -> Result<std::shared_ptr<const data::Snapshot>> {
    if (!data_.live()) return data_.snapshot(wanted.groupUid);
    PROFFER_TRY(live, data_.live()->view(wanted.groupUid));
    return live->snapshot();
  };
  Result<std::shared_ptr<const data::Snapshot>> snapshot =
      settings ? newest() : tl::unexpected<Error>(settings.error());
  Result<std::shared_ptr<const GroupFilters>> filters =
      snapshot ? GroupFilters::make(**snapshot, *settings, before ? before->filters.get() : nullptr)
               : tl::unexpected<Error>(snapshot.error());
  if (filters) {
    group.filters = std::move(*filters);
    if (live) group.newest = std::make_shared<NewestGroup>();
    group.catalogue =
        std::make_shared<const Catalogue>(std::move(*snapshot), std::move(*settings), std::move(live));
    return group;
  }
  group.error = formatError(filters.error());
  group.retryAt = clock_.now() + kRetry;
  if (before) {
    group.catalogue = before->catalogue;
    group.filters = before->filters;
    group.newest = before->newest;
  }
  logLine(LogLevel::kError, kComponent, "cannot read the data of a group; what was served stays",
          {{"group", wanted.group}, {"error", group.error}});
  return group;
}

bool Loader::refreshRoutes(const store::RouteTable& wanted) {
  const std::shared_ptr<const ServedTable> before = slot_.get();
  ServedTable next;
  next.groups = before->groups;
  std::vector<const store::Route*> changed;
  for (const store::Route& route : wanted.routes) {
    const std::string key = routeKey(route.group, route.name);
    const auto served = before->routes.find(key);
    if (served != before->routes.end()) next.routes[key] = served->second;
    const ServedRoute* now = served == before->routes.end() ? nullptr : served->second.get();
    if (now && now->wanted.revision == route.revision && (now->error.empty() || clock_.now() < now->retryAt))
      continue;
    changed.push_back(&route);
  }
  publish(next);  // what is gone leaves before slow loading begins
  for (const store::Route* route : changed) {
    const std::string key = routeKey(route->group, route->name);
    auto loaded = std::make_shared<const ServedRoute>(loadRoute(*route, findIn(next.routes, key)));
    next.routes[key] = loaded;
    publish(next);
    report(*loaded);
    const bool moved = store_.routes().waitForChange(wanted.revision, clock_.now()) > wanted.revision;
    if (moved && route != changed.back()) return false;
  }
  return true;
}

ServedRoute Loader::loadRoute(const store::Route& wanted, const ServedRoute* before) {
  ServedRoute route;
  route.wanted = wanted;
  Result<RouteSettings> settings = routeSettingsFromJson(wanted.settings);
  if (settings && wanted.artifact.empty()) {
    route.settings = std::move(*settings);
    return route;
  }
  Result<std::shared_ptr<const OpenedModel>> opened =
      settings ? openModel(wanted, *settings, before) : tl::unexpected<Error>(settings.error());
  if (opened) {
    route.settings = std::move(*settings);
    route.version = wanted.version;
    route.opened = std::move(*opened);
    if (route.settings.explorationWeight > 0)
      route.exploration = explorations_.of(wanted.groupUid, wanted.name);
    return route;
  }
  route.error = formatError(opened.error());
  route.retryAt = clock_.now() + kRetry;
  if (before &&
      before->wanted.groupUid == wanted.groupUid) {  // not of another group that had the name before
    route.settings = before->settings;
    route.version = before->version;
    route.opened = before->opened;
    route.exploration = before->exploration;
  }
  if (settings) route.settings.stopped = settings->stopped;
  logLine(
      LogLevel::kError, kComponent,
      route.opened ? "cannot load a model; what was served stays" : "cannot load a model; nothing is served",
      {{"route", routeKey(wanted.group, wanted.name)}, {"version", wanted.version}, {"error", route.error}});
  return route;
}

Result<std::shared_ptr<const OpenedModel>> Loader::openModel(const store::Route& wanted,
                                                             const RouteSettings& settings,
                                                             const ServedRoute* before) {
  const bool same = before && before->opened && before->opened->artifact == wanted.artifact &&
                    before->opened->family == settings.family;
  if (same) return before->opened;
  PROFFER_TRY(const recipes::Recipe* recipe, recipes::recipeOfFamily(settings.family));
  auto opened = std::make_shared<OpenedModel>();
  PROFFER_TRY(opened->sections, artifacts_.open(wanted.artifact));
  PROFFER_TRY(opened->model, recipe->open(*opened->sections));
  opened->artifact = wanted.artifact;
  opened->family = settings.family;
  opened->loadedAt = clock_.now();
  logLine(LogLevel::kInfo, kComponent, "loaded a model",
          {{"route", routeKey(wanted.group, wanted.name)},
           {"version", wanted.version},
           {"items", std::to_string(opened->model->items().size())}});
  return opened;
}

void Loader::report(const ServedRoute& route) {
  store::Loaded loaded;
  loaded.revision = route.wanted.revision;
  loaded.version = route.version;
  loaded.error = route.error;
  const Result<void> reported =
      store_.routes().reportLoaded(replica_, route.wanted.group, route.wanted.name, loaded);
  if (!reported)
    logLine(
        LogLevel::kWarning, kComponent, "cannot report what is loaded",
        {{"route", routeKey(route.wanted.group, route.wanted.name)}, {"error", reported.error().message}});
}

}  // namespace proffer::serving
