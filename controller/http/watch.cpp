// Watching by long poll.
#include "controller/http/documents.h"
#include "controller/http/handlers.h"

namespace proffer::http {
namespace {

constexpr int64_t kDefaultWait = 30;
constexpr int64_t kLongestWait = 300;
// How soon a watch whose client has gone gives up its place.
constexpr Duration kGlance = std::chrono::seconds(2);

std::string_view changeName(store::ChangeType type) {
  switch (type) {
    case store::ChangeType::kAdded:
      return "ADDED";
    case store::ChangeType::kModified:
      return "MODIFIED";
    case store::ChangeType::kDeleted:
      return "DELETED";
  }
  return "MODIFIED";
}

}  // namespace

Result<Reply> watchResources(Services& services, const Call& call) {
  PROFFER_TRY(const store::ListOptions options, selectionOf(call));
  store::ResourceStore& resources = services.store.resources();
  PROFFER_TRY(const int64_t since, integerParameter(call, "resourceVersion", resources.currentVersion()));
  PROFFER_TRY(const int64_t seconds, integerParameter(call, "timeoutSeconds", kDefaultWait));
  const Time deadline = services.clock.now() + std::chrono::seconds(std::min(seconds, kLongestWait));
  store::ChangeBatch batch;
  batch.resourceVersion = since;
  for (bool first = true;; first = false) {
    const Time now = services.clock.now();
    auto changed = resources.watch(batch.resourceVersion, options, std::min(deadline, now + kGlance));
    // Another may have taken the place between two glances: the client just asks again.
    if (!changed && !first && changed.error().code == ErrorCode::kLimitExceeded) break;
    if (!changed) return fail(changed.error());
    batch = std::move(*changed);
    if (!batch.changes.empty() || services.clock.now() >= deadline || call.abandoned()) break;
  }
  Json changes = Json::array();
  for (const store::Change& change : batch.changes)
    changes.push_back({{"type", changeName(change.type)}, {"resource", toJson(change.resource)}});
  return jsonReply({{"resourceVersion", batch.resourceVersion}, {"changes", std::move(changes)}});
}

}  // namespace proffer::http
