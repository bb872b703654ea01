// What answers showed, by their recommendation ids, so that an event which names one can be stored with what
// its user saw (implicit impressions, R4, E13).
//
// Any thread. In memory; save() and load() carry it over an orderly restart. Each group has a ring: the
// oldest answers make room for new ones, and none is kept for longer than `kept`. Its bytes are bounded, and
// so are those of all groups.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "controller/io/file_system.h"

namespace proffer::serving {

class ShownAnswers {
 public:
  struct Bounds {
    size_t groupBytes = 16 << 20;
    size_t allBytes = 128 << 20;
    Duration kept = std::chrono::hours(24);
  };
  explicit ShownAnswers(Clock& clock) : ShownAnswers(clock, Bounds{}) {}
  ShownAnswers(Clock& clock, const Bounds& bounds) : clock_(clock), bounds_(bounds) {}

  /// Of a long list the first ones are kept: as many as a column of impressions can hold (kLongestJoined
  /// characters with a separator between ids).
  void note(const std::string& group, std::string_view recommendationId,
            std::span<const std::string_view> items);
  /// Empty: the group gave no such answer, or it is too long ago.
  std::vector<std::string> find(const std::string& group, std::string_view recommendationId);

  /// Writes all of it to a file (docs/formats.md), which is not synced; none if there is nothing.
  Result<void> save(const std::filesystem::path& path, io::FileSystem& files) const;
  /// Adds what a file holds, and removes it: what is older than a crash would be of another time. Fine if it
  /// is not there; kCorrupt, and nothing is added, if it is not what was written.
  Result<void> load(const std::filesystem::path& path, io::FileSystem& files);

  struct Figures {
    int64_t answers = 0;
    int64_t bytes = 0;
    Duration horizon{};              ///< the age of the oldest one, in the group where that is least
    int64_t found = 0, unknown = 0;  ///< what find() was asked
  };
  Figures figures() const;

  static constexpr size_t kLongestJoined = 1000;

 private:
  struct Entry {
    Hash128 id;
    Time at{};
    std::string items;  // with a NUL behind each, which no id holds
  };
  struct Ring {
    std::deque<Entry> entries;
    uint64_t first = 0;  // number of the oldest entry
    absl::flat_hash_map<std::pair<uint64_t, uint64_t>, uint64_t> numbers;
    size_t bytes = 0;
  };
  static size_t costOf(const Entry& entry);
  /// Null: is not there.
  static const uint64_t* numberOf(const Ring& ring, std::string_view recommendationId);
  void dropOldest(Ring& ring);
  void expire(Ring& ring);
  void add(Ring& ring, Entry entry);
  void dropFromLargest();

  Clock& clock_;
  const Bounds bounds_;
  mutable std::mutex mutex_;
  std::map<std::string, Ring> rings_;
  size_t bytes_ = 0;
  int64_t found_ = 0, unknown_ = 0;
};

}  // namespace proffer::serving
