// Finding the resource that an ARN names, by the ARN that was stamped on it at creation.
//
// Any thread. Remembers what it found; an ARN it does not know makes it read the resources again, at most
// once for each version of the store, so that unknown ARNs cost little.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "controller/store/control_store.h"
#include "manifests/resource.h"

namespace proffer::http {

/// Whether the text has the shape of the service's ARNs: arn:PARTITION:personalize:REGION:ACCOUNT:SUFFIX.
bool looksLikeArn(std::string_view text);

class Arns {
 public:
  explicit Arns(store::ControlStore& store) : store_(store) {}
  /// kNotFound if no resource of `kind` has this ARN.
  Result<ResourceKey> resolve(std::string_view kind, const std::string& arn);
  /// What was remembered of it is doubted: the next resolve() looks again.
  void forget(const std::string& arn);

 private:
  store::ControlStore& store_;
  std::mutex mutex_;
  std::map<std::string, ResourceKey> known_;
  std::map<std::string, int64_t, std::less<>> readAt_;  ///< kind -> version of the store when it was read
};

}  // namespace proffer::http
