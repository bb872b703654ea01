#include "controller/store/control_rows.h"

namespace proffer::store {

Result<int64_t> readCounter(Connection& connection, const std::filesystem::path& path,
                            std::string_view name) {
  PROFFER_TRY(Statement row, connection.query("SELECT value, checksum FROM counter WHERE name = ?", name));
  PROFFER_TRY(const bool found, row.step());
  if (!found) return 0;
  const int64_t value = row.integer(0);
  PROFFER_CHECK(checkRow(path, "counter", name, row.integer(1), name, value));
  return value;
}

Result<void> writeCounter(Connection& connection, std::string_view name, int64_t value) {
  return connection.run(
      "INSERT INTO counter(name, value, checksum) VALUES(?, ?, ?) "
      "ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum",
      name, value, rowChecksum(name, value));
}

}  // namespace proffer::store
