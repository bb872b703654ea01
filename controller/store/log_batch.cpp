#include "controller/store/log_batch.h"

#include <cstring>

namespace proffer::store {

void appendHash(std::string& to, const Hash128& hash) {
  to.append(reinterpret_cast<const char*>(&hash.high), 8);
  to.append(reinterpret_cast<const char*>(&hash.low), 8);
}

Hash128 readHash(const char* from) {
  Hash128 hash;
  std::memcpy(&hash.high, from, 8);
  std::memcpy(&hash.low, from + 8, 8);
  return hash;
}

void appendToBatch(std::string& rows, int64_t time, const Hash128& hash, std::string_view body) {
  const auto length = static_cast<uint32_t>(body.size());
  rows.append(reinterpret_cast<const char*>(&time), sizeof time);
  appendHash(rows, hash);
  rows.append(reinterpret_cast<const char*>(&length), sizeof length);
  rows.append(body);
}

bool takeFromBatch(std::string_view& rows, BatchRow& row) {
  uint32_t length = 0;
  if (rows.size() < kBatchRowBytes) return false;
  std::memcpy(&row.time, rows.data(), 8);
  row.hash = readHash(rows.data() + 8);
  std::memcpy(&length, rows.data() + 24, sizeof length);
  rows.remove_prefix(kBatchRowBytes);
  if (rows.size() < length) return false;
  row.body = rows.substr(0, length);
  rows.remove_prefix(length);
  return true;
}

}  // namespace proffer::store
