#include "controller/store/sqlite_journal.h"

#include <algorithm>

#include "controller/store/control_rows.h"

namespace proffer::store {

namespace {

int64_t checksumOf(const JournalEntry& e) {
  return rowChecksum(e.sequence, e.about.kind, e.about.group, e.about.name, static_cast<int64_t>(e.level),
                     e.reason, e.message, e.count, toMicros(e.first), toMicros(e.last));
}

constexpr std::string_view kColumns =
    "sequence, kind, grp, name, level, reason, message, count, first, last, checksum";

Result<JournalEntry> entryFrom(const Statement& row, const std::filesystem::path& path) {
  JournalEntry e;
  e.sequence = row.integer(0);
  e.about = {std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))};
  e.level = row.integer(4) == 0 ? JournalLevel::kNormal : JournalLevel::kWarning;
  e.reason = row.text(5);
  e.message = row.text(6);
  e.count = row.integer(7);
  e.first = row.time(8);
  e.last = row.time(9);
  if (checksumOf(e) != row.integer(10)) return fail(corruptRow(path, "journal", std::to_string(e.sequence)));
  return e;
}

}  // namespace

// A message may hold an expression or a path of any length; what is kept of it fits a line or two of a screen.
static std::string bounded(std::string_view message) {
  constexpr size_t kLongest = 500;
  if (message.size() <= kLongest) return std::string(message);
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return std::string(message.substr(0, end)) + "...";
}

Result<void> SqliteJournal::record(const ResourceKey& about, JournalLevel level, std::string_view reason,
                                   std::string_view message) {
  const Time now = clock_.now();
  const JournalEntry entry{about, level, std::string(reason), bounded(message), 1, now, now, 0};
  return database_.write([&](Connection& connection) { return write(connection, entry); },
                         [&](bool committed) {
                           if (!committed) rows_.reset();
                         });
}

Result<void> SqliteJournal::write(Connection& connection, JournalEntry entry) {
  const auto known = std::exchange(rows_, std::nullopt);  // until all of this went well
  PROFFER_TRY(const int64_t newest, connection.number("SELECT max(sequence) FROM journal"));
  entry.sequence = newest + 1;
  const auto& about = entry.about;
  int64_t replaced = 0;
  {
    PROFFER_TRY(Statement same,
                connection.query("SELECT sequence, count, first FROM journal WHERE kind = ? AND "
                                 "grp = ? AND name = ? AND level = ? AND reason = ? AND message = ?",
                                 about.kind, about.group, about.name, static_cast<int64_t>(entry.level),
                                 entry.reason, entry.message));
    PROFFER_TRY(const bool again, same.step());
    if (again) {
      replaced = same.integer(0);
      entry.count = same.integer(1) + 1;
      entry.first = same.time(2);
    }
  }
  if (replaced != 0) PROFFER_CHECK(connection.run("DELETE FROM journal WHERE sequence = ?", replaced));
  PROFFER_CHECK(
      connection.run("INSERT INTO journal(sequence, kind, grp, name, level, reason, message, count, first, "
                     "last, checksum) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     entry.sequence, about.kind, about.group, about.name, static_cast<int64_t>(entry.level),
                     entry.reason, entry.message, entry.count, entry.first, entry.last, checksumOf(entry)));
  if (replaced != 0) {
    rows_ = known;
    return {};
  }
  int64_t rows = known.value_or(0) + 1;
  if (!known) {
    PROFFER_TRY(rows, connection.number("SELECT count(*) FROM journal"));
  }
  PROFFER_TRY(rows_, forgetOldest(connection, about, rows));
  return {};
}

/// Returns how many rows are left of `rows`.
Result<int64_t> SqliteJournal::forgetOldest(Connection& connection, const ResourceKey& about, int64_t rows) {
  PROFFER_CHECK(
      connection.run("DELETE FROM journal WHERE kind = ?1 AND grp = ?2 AND name = ?3 AND sequence <= "
                     "(SELECT sequence FROM journal WHERE kind = ?1 AND grp = ?2 AND name = ?3 "
                     "ORDER BY sequence DESC LIMIT 1 OFFSET ?4)",
                     about.kind, about.group, about.name, static_cast<int64_t>(kPerResource)));
  rows -= connection.changedRows();
  const int64_t excess = rows - static_cast<int64_t>(total_);
  if (excess <= 0) return rows;
  PROFFER_CHECK(connection.run(
      "DELETE FROM journal WHERE sequence IN (SELECT sequence FROM journal ORDER BY sequence LIMIT ?)",
      excess));
  return rows - connection.changedRows();
}

Result<std::vector<JournalEntry>> SqliteJournal::read(const JournalQuery& query) {
  // Only what is asked stands in the statement, so that a question about one object uses the index.
  std::string sql = fmt::format("SELECT {} FROM journal WHERE sequence > ?1", kColumns);
  if (!query.kind.empty()) sql += " AND kind = ?2";
  if (!query.group.empty()) sql += " AND grp = ?3";
  if (!query.name.empty()) sql += " AND name = ?4";
  sql += " ORDER BY sequence DESC LIMIT ?5";
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(Statement row, reader->query(sql, query.after, query.kind, query.group, query.name,
                                           static_cast<int64_t>(query.limit)));
  std::vector<JournalEntry> entries;
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) break;
    PROFFER_TRY(JournalEntry entry, entryFrom(row, database_.path()));
    entries.push_back(std::move(entry));
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace proffer::store
