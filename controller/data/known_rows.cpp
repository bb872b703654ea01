#include "controller/data/known_rows.h"

#include <absl/container/flat_hash_set.h>

namespace proffer::data {

bool KnownRows::add(int64_t time, const Hash128& hash, int64_t sequence) {
  std::lock_guard guard(mutex_);
  return sequences_.try_emplace(Key{hash, time}, sequence).second;
}

void KnownRows::remove(int64_t time, const Hash128& hash) {
  std::lock_guard guard(mutex_);
  sequences_.erase(Key{hash, time});
}

void KnownRows::forget(int64_t upTo, const std::vector<int64_t>& kept) {
  const absl::flat_hash_set<int64_t> stay(kept.begin(), kept.end());
  std::lock_guard guard(mutex_);
  absl::erase_if(sequences_,
                 [&](const auto& row) { return row.second <= upTo && !stay.contains(row.second); });
  // After a time of much the table would stay as large as it was then.
  if (sequences_.capacity() > 8 * (sequences_.size() + 1024)) sequences_.rehash(0);
}

size_t KnownRows::size() const {
  std::lock_guard guard(mutex_);
  return sequences_.size();
}

}  // namespace proffer::data
