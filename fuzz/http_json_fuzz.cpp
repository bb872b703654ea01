// The bodies of HTTP requests: the first byte says which route, the rest is the body. Every handler answers;
// nothing is written (dryRun).
#include <cstdlib>

#include "controller/http/arns.h"
#include "controller/http/metrics.h"
#include "controller/http/routes.h"
#include "controller/serving/engine.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"

using namespace proffer;
using namespace proffer::http;

namespace {

class SilentEngine final : public serving::Engine {
 public:
  Result<void> start() override { return {}; }
  void stop() override {}
  bool ready() const override { return true; }
  Result<serving::Answer> recommend(const serving::RecommendRequest&) override { return serving::Answer{}; }
  Result<serving::FilterCheck> checkFilter(const std::string&, const std::string&,
                                           const std::string&) override {
    return serving::FilterCheck{};
  }
  Result<serving::FilterOutcome> tryFilter(const serving::FilterTrial&) override {
    return serving::FilterOutcome{};
  }
  std::vector<serving::ServedModel> served() const override { return {}; }
};

struct World {
  World() : store(std::move(*store::ControlStore::openInMemory(clock))), arns(*store) {
    Resource group;
    group.kind = "DatasetGroup";
    group.metadata.name = "shop";
    (void)store->resources().create(group);
  }
  SystemClock clock;
  std::unique_ptr<store::ControlStore> store;
  SilentEngine engine;
  Arns arns;
  Metrics metrics;
  Services services{*store, engine, arns, metrics, clock, "0"};
};

struct Target {
  const char* method;
  const char* path;
  const char* contentType;
};

constexpr Target kTargets[] = {
    {"POST", "/v1/recommend", "application/json"},
    {"POST", "/recommendations", "application/json"},
    {"POST", "/v1/apply", "application/json"},
    {"POST", "/v1/apply", "application/yaml"},
    {"PUT", "/v1/groups/shop/filters/f", "application/json"},
    {"PUT", "/v1/groups/shop/solutions/s", "application/json"},
    {"PUT", "/v1/schemas/s", "application/yaml"},
    {"PATCH", "/v1/datasetgroups/shop", "application/merge-patch+json"},
    {"GET", "/v1/resources", ""},
    {"POST", "/v1/filters/check", "application/json"},
    {"POST", "/v1/filters/eval", "application/json"},
    {"PUT", "/v1/groups/shop/datasets/d", "application/json"},
    {"PUT", "/v1/groups/shop/recommenders/r", "application/yaml"},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  const Target& target = kTargets[data[0] % std::size(kTargets)];
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  RouteMatch match = findRoute(target.method, target.path);
  if (match.route == nullptr) std::abort();
  Call call;
  call.method = target.method;
  call.path = target.path;
  call.parts = std::move(match.parts);
  call.contentType = target.contentType;
  call.requestId = "fuzz";
  call.abandoned = [] { return false; };
  if (std::string_view(target.method) == "GET") {
    auto query = parseQuery(rest);
    if (!query || !checkQuery(*match.route, *query)) return 0;
    call.query = std::move(*query);
  } else {
    call.body = rest;
    if (match.route->query.find("dryRun") != std::string_view::npos) call.query["dryRun"] = "true";
  }
  const auto reply = match.route->handler(world.services, call);
  if (reply && (reply->status < 200 || reply->status > 599)) std::abort();
  if (reply) (void)dumpJson(reply->body);
  return 0;
}
