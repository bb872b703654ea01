// What the log of a group has, by time and hash of the content: so that what is sent again is known.
//
// Any thread, under a mutex of its own; what add() says is only worth something under the group's commit. It
// holds as many as the log does: the rows that are not folded, those that wait, and for a while folded ones.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/hash.h"

namespace proffer::data {

class KnownRows {
 public:
  /// Whether it was not known; it is from now on.
  bool add(int64_t time, const Hash128& hash, int64_t sequence);
  void remove(int64_t time, const Hash128& hash);
  /// Forgets rows up to `upTo`, but for `kept`.
  void forget(int64_t upTo, const std::vector<int64_t>& kept);
  size_t size() const;

 private:
  struct Key {
    Hash128 hash;
    int64_t time = 0;
    bool operator==(const Key&) const = default;
    template <typename State>
    friend State AbslHashValue(State state, const Key& key) {
      return State::combine(std::move(state), key.hash.low, key.time);
    }
  };
  mutable std::mutex mutex_;
  absl::flat_hash_map<Key, int64_t> sequences_;
};

}  // namespace proffer::data
