#include "controller/store/change_log.h"

#include <algorithm>
#include <unordered_map>

namespace proffer::store {

Change toChange(const FoundChange& found) {
  Change change{found.type, *found.resource};
  if (found.type == ChangeType::kDeleted) change.resource.metadata.resourceVersion = found.version;
  return change;
}

void ChangeLog::add(const ResourceWrite& write) {
  writes_.push_back(write);
  while (writes_.size() > capacity_) {
    floor_ = writes_.front().version;
    writes_.pop_front();
  }
}

std::vector<FoundChange> ChangeLog::since(int64_t since, const ListOptions& options) const {
  struct Span {
    ResourcePointer first;  ///< as it was at `since`
    ResourcePointer seen;   ///< as it last was or is
    bool exists = false;
    int64_t version = 0;
  };
  std::vector<Span> spans;
  std::unordered_map<std::string_view, size_t> byUid;
  auto write = std::upper_bound(writes_.begin(), writes_.end(), since,
                                [](int64_t version, const ResourceWrite& w) { return version < w.version; });
  for (; write != writes_.end(); ++write) {
    const ResourcePointer& object = write->after ? write->after : write->before;
    const auto [place, isNew] = byUid.emplace(object->metadata.uid, spans.size());
    if (isNew) spans.push_back({write->before, nullptr, false, 0});
    Span& span = spans[place->second];
    span.seen = object;
    span.exists = write->after != nullptr;
    span.version = write->version;
  }
  std::vector<FoundChange> changes;
  for (const Span& span : spans) {
    const bool before = span.first && matches(*span.first, options);
    const bool now = span.exists && matches(*span.seen, options);
    if (!before && !now) continue;
    const ChangeType type = !before ? ChangeType::kAdded : now ? ChangeType::kModified : ChangeType::kDeleted;
    changes.push_back({type, span.seen, span.version});
  }
  std::sort(changes.begin(), changes.end(),
            [](const FoundChange& a, const FoundChange& b) { return a.version < b.version; });
  return changes;
}

}  // namespace proffer::store
