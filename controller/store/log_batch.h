// Rows of the log that were put together, as the bytes of one row of the table `batch`. Their sequence
// numbers follow one another. For each: its time (8 bytes), the hash of its content (16; zeros: none), the
// length of its body (4) and the body.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace proffer::store {

/// What a row of the log holds beside the name of its dataset.
struct LogEntry {
  int64_t sequence = 0;
  int64_t time = 0;      ///< epoch seconds
  Hash128 hash;          ///< of the content
  bool waiting = false;  ///< nobody knows yet whose it is
  std::string body;
};

/// Bytes that a row takes in a batch beside its body.
inline constexpr size_t kBatchRowBytes = 28;

void appendToBatch(std::string& rows, int64_t time, const Hash128& hash, std::string_view body);

/// A hash as databases hold it.
void appendHash(std::string& to, const Hash128& hash);
Hash128 readHash(const char* from);

struct BatchRow {
  int64_t time = 0;
  Hash128 hash;
  std::string_view body;
};

/// Takes the first row off; false at the end, or if the bytes are none that were written.
bool takeFromBatch(std::string_view& rows, BatchRow& row);

}  // namespace proffer::store
