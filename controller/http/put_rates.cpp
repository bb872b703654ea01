#include "controller/http/put_rates.h"

#include <algorithm>

namespace proffer::http {

int putsPerSecond(DatasetType type) {
  constexpr int kEvents = 1000, kRows = 10;
  const bool events = type == DatasetType::kInteractions || type == DatasetType::kActionInteractions;
  return events ? kEvents : kRows;
}

Result<void> PutRates::take(const std::string& groupUid, DatasetType type, Time now) {
  const double most = putsPerSecond(type);
  std::lock_guard guard(mutex_);
  const auto [at, isNew] = buckets_.try_emplace({groupUid, type}, Bucket{most, now});
  Bucket& bucket = at->second;
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - bucket.filled).count());
  bucket.calls = std::min(most, bucket.calls + seconds * most);
  bucket.filled = now;
  if (bucket.calls < 1)
    return fail(makeError(ErrorCode::kLimitExceeded, "Rate exceeded: a group takes {} such calls a second",
                          putsPerSecond(type))
                    .hinting("put several rows in a call, or set quotas: generous in the DatasetGroup"));
  bucket.calls -= 1;
  return {};
}

}  // namespace proffer::http
