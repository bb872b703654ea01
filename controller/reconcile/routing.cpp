#include "controller/reconcile/routing.h"

#include "controller/reconcile/datasets.h"

namespace proffer::reconcile {

Result<RouteState> publishRoute(const Environment& environment, store::Route route) {
  store::Routes& routes = environment.store.routes();
  const std::string group = route.group, name = route.name;
  // The catalogue goes first: serving reads both tables in one piece, so a report on this route is one on its
  // titles and its items as well.
  PROFFER_CHECK(publishCatalogue(environment, Group{group, route.groupUid, {}, {}}));
  PROFFER_TRY(const int64_t revision, routes.put(std::move(route)));
  PROFFER_TRY(const auto reports, routes.loaded(group, name));
  RouteState state;
  for (const auto& [replica, report] : reports) {
    if (report.revision < revision) continue;
    if (!report.version.empty()) state.serving = true;
    if (report.error.empty())
      state.loaded = true;
    else
      state.error = report.error;
  }
  return state;
}

void explore(RouteSettings& settings, const Exploration& exploration) {
  settings.explorationWeight = exploration.weight;
  settings.explorationCutOff =
      std::chrono::duration_cast<std::chrono::seconds>(exploration.itemAgeCutOff).count();
}

Result<void> explainRoute(const Environment& environment, const Resource& object, const std::string& groupUid,
                          const RouteSettings& settings, const std::string& message) {
  store::Routes& routes = environment.store.routes();
  PROFFER_TRY(const store::RouteTable table, routes.read());
  for (const store::Route& route : table.routes) {
    if (route.group == object.metadata.group && route.name == object.metadata.name && !route.artifact.empty())
      return {};
  }
  store::Route route;
  route.group = object.metadata.group;
  route.name = object.metadata.name;
  route.groupUid = groupUid;
  route.kind = object.kind;
  route.settings = toJson(settings);
  route.message = message;
  PROFFER_TRY([[maybe_unused]] const int64_t revision, routes.put(std::move(route)));
  return {};
}

}  // namespace proffer::reconcile
