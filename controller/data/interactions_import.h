// Takes the rows of interactions files in and makes one segment of them. See import_reader.h for the threads.
#pragma once

#include <limits>
#include <optional>

#include "controller/data/import_reader.h"
#include "controller/data/interaction_rows.h"
#include "controller/data/interactions_segment.h"
#include "controller/data/naming.h"

namespace proffer::data {

class InteractionsImport final : public RowConsumer {
 public:
  /// `rules` must hold USER_ID, ITEM_ID and TIMESTAMP. `overflow`: the file for rows that do not fit the
  /// budget.
  static Result<std::unique_ptr<InteractionsImport>> create(const std::vector<CellRule>& rules,
                                                            NameSpace& users, NameSpace& items,
                                                            const ImportTuning& tuning,
                                                            const std::filesystem::path& overflow,
                                                            io::FileSystem& files);

  std::unique_ptr<PieceResult> parse(const Piece& piece) override;
  Result<void> commit(const Piece& piece, PieceResult& result) override;
  Result<void> finish(const Piece& piece, std::unique_ptr<PieceResult> result) override;

  /// Rows before this time (epoch seconds) are left out. Before reading.
  void keepFrom(int64_t oldest) { oldest_ = oldest; }
  int64_t expiredRows() const { return expiredRows_; }
  int64_t goodRows() const { return goodRows_; }
  /// After reading.
  Result<WrittenSegment> write(const std::filesystem::path& path, Progress& progress);

 private:
  struct Parsed;
  struct Columns {
    size_t user = 0, item = 0, time = 0;
    std::optional<size_t> type, value;
    std::vector<size_t> extras;
  };
  InteractionsImport(const std::vector<CellRule>& rules, Columns columns, NameSpace& users, NameSpace& items,
                     const ImportTuning& tuning, const std::filesystem::path& overflow,
                     io::FileSystem& files);

  const std::vector<CellRule>& rules_;
  const Columns columns_;
  const RowLayout layout_;
  const ImportTuning& tuning_;
  io::FileSystem& files_;
  // The spaces: users, items, types, extras.
  std::vector<NameSpace*> spaces_;
  std::vector<std::unique_ptr<NameSpace>> ownSpaces_;
  RowStore rows_;
  int64_t pieces_ = 0;
  int64_t goodRows_ = 0;
  int64_t expiredRows_ = 0;
  int64_t oldest_ = std::numeric_limits<int64_t>::min();
  int64_t firstTime_ = 0, lastTime_ = 0;
};

}  // namespace proffer::data
