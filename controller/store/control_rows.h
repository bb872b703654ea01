// What the tables of control.db have in common: counters and checked JSON bodies. Used under a lease of the
// connection.
#pragma once

#include <string>

#include "base/json.h"
#include "controller/store/database.h"

namespace proffer::store {

/// The counter's value, 0 if it was never written.
Result<int64_t> readCounter(Connection& connection, const std::filesystem::path& path, std::string_view name);
Result<void> writeCounter(Connection& connection, std::string_view name, int64_t value);

/// kCorrupt if `checksum` is not that of the values.
template <class... Values>
Result<void> checkRow(const std::filesystem::path& path, std::string_view table, std::string_view row,
                      int64_t checksum, const Values&... values) {
  if (rowChecksum(values...) == checksum) return {};
  return fail(corruptRow(path, table, row));
}

}  // namespace proffer::store
