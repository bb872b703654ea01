// The journal: what happened to each object, in words, for people (`proffer describe`, `proffer log`).
//
// Any thread. An entry is written when something happened and says what changed to which value; the same entry again
// only counts up. At most kPerResource entries an object are kept, the oldest go first; the journal of a deleted
// object is kept until kTotal entries in all push it out.
#pragma once

#include <string>
#include <vector>

#include "manifests/resource.h"

namespace proffer::store {

enum class JournalLevel { kNormal, kWarning };

struct JournalEntry {
  ResourceKey about;
  JournalLevel level = JournalLevel::kNormal;
  std::string reason;    ///< CamelCase: "Imported", "TrainingFailed"
  std::string message;
  int64_t count = 1;
  Time first{};
  Time last{};
  int64_t sequence = 0;  ///< grows with every write: page and follow by it
};

struct JournalQuery {
  std::string kind, group, name;  ///< empty: any
  int64_t after = 0;              ///< only entries with a larger sequence
  size_t limit = 1000;            ///< the newest so many
};

class Journal {
 public:
  static constexpr size_t kPerResource = 10;
  static constexpr size_t kTotal = 100'000;
  virtual ~Journal() = default;
  virtual Result<void> record(const ResourceKey& about, JournalLevel level, std::string_view reason, std::string_view message) = 0;
  virtual Result<std::vector<JournalEntry>> read(const JournalQuery& query) = 0;  ///< oldest first
};

}  // namespace proffer::store
