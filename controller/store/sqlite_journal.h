// The Journal over control.db. Any thread.
#pragma once

#include <optional>

#include "base/clock.h"
#include "controller/store/database.h"
#include "controller/store/journal.h"

namespace proffer::store {

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(Database& database, Clock& clock, size_t total = kTotal)
      : database_(database), clock_(clock), total_(total) {}

  Result<void> record(const ResourceKey& about, JournalLevel level, std::string_view reason,
                      std::string_view message) override;
  Result<std::vector<JournalEntry>> read(const JournalQuery& query) override;

 private:
  Result<void> write(Connection& connection, JournalEntry entry);
  Result<int64_t> forgetOldest(Connection& connection, const ResourceKey& about, int64_t rows);

  Database& database_;
  Clock& clock_;
  const size_t total_;
  /// Rows in the table, under the database's writer; unknown after a failed write.
  std::optional<int64_t> rows_;
};

}  // namespace proffer::store
