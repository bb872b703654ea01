// The states of people who asked lately, so that the next answer costs the events that came since.
//
// A state belongs to a prefix of a history, told by its length and a hash of all that went in: a late or a
// deleted event changes the hash of what is before it, and then nothing fits and the state is computed anew.
// So the cache never changes an answer, only its cost. Any thread: parted by key, a lock each; bounded by
// bytes, the longest unused ones go first.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace proffer::recipes {

struct CachedState {
  size_t rows = 0;    ///< START and events
  uint64_t hash = 0;  ///< of them
  std::vector<float> state, answer;
  std::vector<float> before;  ///< the state before the last row; empty unless it may be asked for
  size_t bytes() const {
    return sizeof(CachedState) + 64 + (state.size() + answer.size() + before.size()) * sizeof(float);
  }
};

class StateCache {
 public:
  explicit StateCache(size_t mostBytes) : mostBytesOfPart_(mostBytes / kParts) {}

  /// The newest state of that key; null if there is none.
  std::shared_ptr<const CachedState> find(uint64_t key);
  /// Replaces it.
  void put(uint64_t key, std::shared_ptr<const CachedState> state);
  void clear();
  size_t bytes() const;

 private:
  static constexpr size_t kParts = 16;
  struct Entry {
    uint64_t key = 0;
    std::shared_ptr<const CachedState> state;
  };
  struct Part {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // the latest used in front
    absl::flat_hash_map<uint64_t, std::list<Entry>::iterator> byKey;
    size_t bytes = 0;
  };
  Part& partOf(uint64_t key) { return parts_[(key ^ (key >> 32)) % kParts]; }

  const size_t mostBytesOfPart_;
  std::array<Part, kParts> parts_;
};

}  // namespace proffer::recipes
