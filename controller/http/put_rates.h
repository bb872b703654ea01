// How many put requests a second a group takes under the quota profile aws (spec data-plane Q6, Q7).
//
// Any thread. Each operation of a group has a bucket of as many calls as it may make in a second, which fills
// evenly; a call that is refused takes nothing and has no effect (W25).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "manifests/specs.h"

namespace proffer::http {

/// Calls a second of the operation that puts into datasets of this type.
int putsPerSecond(DatasetType type);

class PutRates {
 public:
  /// Takes one call off; kLimitExceeded if there is none left now.
  Result<void> take(const std::string& groupUid, DatasetType type, Time now);

 private:
  struct Bucket {
    double calls = 0;
    Time filled{};
  };
  std::mutex mutex_;
  std::map<std::pair<std::string, DatasetType>, Bucket> buckets_;
};

}  // namespace proffer::http
