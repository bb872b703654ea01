#include "controller/http/arns.h"

#include "controller/store/resource_store.h"

namespace proffer::http {

bool looksLikeArn(std::string_view text) {
  return text.substr(0, 4) == "arn:";
}

Result<ResourceKey> Arns::resolve(std::string_view kind, const std::string& arn) {
  const auto notFound = [&] {
    return fail(ErrorCode::kNotFound, "there is no {} with the ARN {}", kind, arn);
  };
  const int64_t version = store_.resources().currentVersion();
  {
    std::lock_guard guard(mutex_);
    if (const auto found = known_.find(arn); found != known_.end() && found->second.kind == kind)
      return found->second;
    if (const auto read = readAt_.find(kind); read != readAt_.end() && read->second == version)
      return notFound();
  }
  store::ListOptions all;
  all.kind = std::string(kind);
  PROFFER_TRY(const store::ResourceList list, store_.resources().list(all));
  std::lock_guard guard(mutex_);
  std::erase_if(known_, [&](const auto& entry) { return entry.second.kind == kind; });
  for (const Resource& resource : list.items)
    if (!resource.metadata.arn.empty()) known_[resource.metadata.arn] = resource.key();
  readAt_[std::string(kind)] = list.resourceVersion;
  const auto found = known_.find(arn);
  if (found == known_.end() || found->second.kind != kind) return notFound();
  return found->second;
}

void Arns::forget(const std::string& arn) {
  std::lock_guard guard(mutex_);
  if (const auto found = known_.find(arn); found != known_.end()) {
    readAt_.erase(found->second.kind);
    known_.erase(found);
  }
}

}  // namespace proffer::http
