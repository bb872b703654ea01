// Segments of items or users: one row of metadata per entity.
//
// Beyond the container (segment_file.h), kind "table", with these sections:
//   heap       records in the order of the file: for each column a u32, where its text ends among the
//   record's texts
//              (the high bit set: null), then the texts
//   entities   u32 per row, rising: index in the group's items or users
//   starts     u64 per row: where its record begins in the heap
// about has rows and columns: [{name, kind}], kind being categorical, numeric, text or plain; the id is no
// column.
//
// TableImport: see import_reader.h. TableSegment: immutable, any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/data/import_reader.h"
#include "controller/data/naming.h"
#include "controller/data/segment_file.h"
#include "recipes/view.h"

namespace proffer::data {

/// The columns of a dataset beside its ids and what History shows.
std::vector<recipes::ColumnInfo> metadataColumns(const std::vector<CellRule>& rules,
                                                 std::string_view idColumn);

class TableImport final : public RowConsumer {
 public:
  /// Creates the segment's file; `rules` must hold `idColumn`.
  static Result<std::unique_ptr<TableImport>> create(const std::vector<CellRule>& rules,
                                                     std::string_view idColumn, NameSpace& names,
                                                     const std::filesystem::path& path,
                                                     io::FileSystem& files);

  std::unique_ptr<PieceResult> parse(const Piece& piece) override;
  Result<void> commit(const Piece& piece, PieceResult& result) override;
  Result<void> finish(const Piece&, std::unique_ptr<PieceResult>) override { return {}; }

  int64_t goodRows() const { return static_cast<int64_t>(rows_.size()); }
  struct Written {
    SegmentWriter::Finished file;
    int64_t rows = 0;
    int64_t duplicates = 0;
  };
  /// After reading. Of several rows of an entity the last one stays.
  Result<Written> write();

 private:
  struct Parsed;
  struct Row {
    uint32_t entity;
    uint64_t start;
  };
  TableImport(const std::vector<CellRule>& rules, size_t id, NameSpace& names,
              std::unique_ptr<SegmentWriter> writer);

  const std::vector<CellRule>& rules_;
  const size_t id_;
  std::vector<recipes::ColumnInfo> columns_;
  NameSpace& names_;
  std::unique_ptr<SegmentWriter> writer_;
  size_t heap_ = 0;
  std::vector<Row> rows_;
};

/// Writes a table segment: `rows` by entity, each with a text or null for each of `columns`.
Result<SegmentWriter::Finished> writeTable(
    const std::filesystem::path& path, std::span<const recipes::ColumnInfo> columns,
    const std::map<uint32_t, std::vector<std::optional<std::string>>>& rows, io::FileSystem& files);

class TableSegment {
 public:
  static Result<std::shared_ptr<const TableSegment>> open(std::shared_ptr<const SegmentFile> file);

  std::span<const uint32_t> entities() const { return entities_; }
  std::optional<size_t> findColumn(std::string_view name) const;
  /// Nothing if it is null, or if its bytes are not what was written.
  std::optional<std::string_view> text(size_t row, size_t column) const;
  const Json& about() const { return file_->about(); }
  const SegmentFile& file() const { return *file_; }

 private:
  std::shared_ptr<const SegmentFile> file_;
  const SegmentFile::Section* heap_ = nullptr;
  const SegmentFile::Section* startsSection_ = nullptr;
  std::span<const uint32_t> entities_;
  std::span<const uint64_t> starts_;
  std::vector<std::string> columns_;
};

}  // namespace proffer::data
