// Reads the files of one import in parallel and in order: pieces of whole rows are parsed by all cores, then
// taken over one after the other in the order of the files, so that what is made of them does not depend on
// the threads.
//
// readSources() may be called from any thread; it uses the cores through parallelFor. A consumer's parse()
// and finish() are called from several threads at once, commit() from one at a time and in order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "controller/data/csv.h"
#include "controller/data/group_data.h"
#include "controller/data/source_mapping.h"
#include "controller/data/source_text.h"

namespace proffer::data {

/// How an import uses the machine. Tests make these small to reach every path.
struct ImportTuning {
  size_t pieceBytes = 2 << 20;   ///< of text, parsed at once
  size_t rowBudget = 256 << 20;  ///< bytes of parsed rows in memory; more go to a file
  int threads = 0;               ///< 0: parallelism()
};

struct SourceToRead {
  const DataSource* source = nullptr;
  std::string name;  ///< as shown
  SourceRoots::SourceFile file;
  int64_t size = 0;
};

/// A piece of a file's rows.
struct Piece {
  std::shared_ptr<const FilePlan> plan;
  TextPiece text;
  size_t file = 0;  ///< index into the sources to read
};

/// What was made of one piece; consumers derive their own.
struct PieceResult {
  virtual ~PieceResult() = default;
  int64_t rows = 0;  ///< read, whatever became of them
  int64_t filtered = 0;
  int64_t bad = 0;
  int64_t lines = 0;
  std::vector<BadRow> badRows;  ///< the first of this piece; their lines count from 0
  std::map<std::string_view, int64_t> badPerKind;
};

class RowConsumer {
 public:
  virtual ~RowConsumer() = default;
  virtual std::unique_ptr<PieceResult> parse(const Piece& piece) = 0;
  virtual Result<void> commit(const Piece& piece, PieceResult& result) = 0;
  virtual Result<void> finish(const Piece& piece, std::unique_ptr<PieceResult> result) = 0;
  /// Called once a file's header is known, in order. May refuse it.
  virtual Result<void> begin(const FilePlan&) { return {}; }
};

/// What was read, beside what the consumer keeps.
struct ReadTotals {
  std::vector<std::string> hashes;  ///< of the files, hashHex
};

inline constexpr size_t kShownBadRows = 100;

/// Adds to the report: rows, bad rows, ignored columns, bytes. A file that cannot be read, or whose header
/// does not fit, ends the import; bad rows do not.
Result<ReadTotals> readSources(const std::vector<SourceToRead>& sources, const std::vector<CellRule>& rules,
                               RowConsumer& consumer, io::FileSystem& files, const ImportTuning& tuning,
                               Progress& progress, ImportReport& report);

/// What parse() of every consumer does with a row: splits, filters, checks each cell. `kept` is called with
/// the cells of every good row, in the order of the rules.
template <class Kept>
void parseRows(const Piece& piece, const std::vector<CellRule>& rules, PieceResult& result, Kept kept);

/// For parseRows: notes a bad row of a piece.
class BadRowNotes {
 public:
  BadRowNotes(const Piece& piece, PieceResult& result) : piece_(piece), result_(result) {}
  void structure(const RowReader& row, const FilePlan& plan);
  void cell(const RowReader& row, CellFault fault, const CellRule& rule, std::string_view value);

 private:
  void note(const RowReader& row, std::string_view kind, std::string column, std::string_view value,
            std::string reason);

  const Piece& piece_;
  PieceResult& result_;
  size_t countedTo_ = 0;
  int64_t lines_ = 0;
};

template <class Kept>
void parseRows(const Piece& piece, const std::vector<CellRule>& rules, PieceResult& result, Kept kept) {
  const FilePlan& plan = *piece.plan;
  const TextTraits traits = traitsOf(piece.text.text);
  RowReader row(piece.text.text, piece.text.quotes);
  BadRowNotes notes(piece, result);
  std::vector<Cell> cells(rules.size());
  // Constants were checked when the file was planned.
  for (size_t i = 0; i < rules.size(); ++i) {
    if (plan.columns[i].field < 0)
      readCell(rules[i], plan.milliseconds, plan.columns[i].constant, {}, cells[i]);
  }
  while (row.next()) {
    ++result.rows;
    const auto& fields = row.fields();
    if (row.fault() != RowFault::kNone || fields.size() != plan.fieldCount) {
      notes.structure(row, plan);
      continue;
    }
    bool wanted = true;
    for (const auto& condition : plan.where)
      wanted = wanted && condition.holds(fields[static_cast<size_t>(condition.field)]);
    if (!wanted) {
      ++result.filtered;
      continue;
    }
    bool good = true;
    for (size_t i = 0; i < rules.size(); ++i) {
      if (plan.columns[i].field < 0) continue;
      const std::string_view value = fields[static_cast<size_t>(plan.columns[i].field)];
      const CellFault fault = readCell(rules[i], plan.milliseconds, value, traits, cells[i]);
      if (fault == CellFault::kNone) continue;
      notes.cell(row, fault, rules[i], value);
      good = false;
      break;
    }
    if (good) kept(static_cast<const std::vector<Cell>&>(cells), row);
  }
}

}  // namespace proffer::data
