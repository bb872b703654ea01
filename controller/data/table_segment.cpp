#include "controller/data/table_segment.h"

#include <algorithm>
#include <cstring>

namespace proffer::data {
namespace {

constexpr uint32_t kNullCell = 0x80000000;

std::string_view kindName(recipes::ColumnKind kind) {
  switch (kind) {
    case recipes::ColumnKind::kCategorical:
      return "categorical";
    case recipes::ColumnKind::kNumeric:
      return "numeric";
    case recipes::ColumnKind::kText:
      return "text";
    case recipes::ColumnKind::kPlain:
      return "plain";
  }
  return "plain";
}

recipes::ColumnKind kindOf(const CellRule& rule) {
  switch (rule.kind) {
    case CellKind::kInteger:
    case CellKind::kTime:
    case CellKind::kReal:
      return recipes::ColumnKind::kNumeric;
    case CellKind::kText:
      return recipes::ColumnKind::kText;
    case CellKind::kId:
    case CellKind::kBoolean:
    case CellKind::kString:
      break;
  }
  if (rule.itemName) return recipes::ColumnKind::kText;
  return rule.categorical ? recipes::ColumnKind::kCategorical : recipes::ColumnKind::kPlain;
}

uint32_t offsetAt(std::string_view bytes, size_t offset) {
  uint32_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

}  // namespace

std::vector<recipes::ColumnInfo> metadataColumns(const std::vector<CellRule>& rules,
                                                 std::string_view idColumn) {
  std::vector<recipes::ColumnInfo> columns;
  for (const auto& rule : rules) {
    if (rule.column != idColumn) columns.push_back({rule.column, kindOf(rule)});
  }
  return columns;
}

struct TableImport::Parsed final : PieceResult {
  Parsed(const NameSpace& space, std::string_view stable) : names(space, stable) {}
  PieceNames names;
  std::string heap;
  std::vector<Row> rows;
};

Result<std::unique_ptr<TableImport>> TableImport::create(const std::vector<CellRule>& rules,
                                                         std::string_view idColumn, NameSpace& names,
                                                         const std::filesystem::path& path,
                                                         io::FileSystem& files) {
  const auto id =
      std::find_if(rules.begin(), rules.end(), [&](const CellRule& rule) { return rule.column == idColumn; });
  if (id == rules.end()) return fail(ErrorCode::kInvalidInput, "the schema needs {}", idColumn);
  PROFFER_TRY(auto writer, SegmentWriter::create(path, files));
  return std::unique_ptr<TableImport>(
      new TableImport(rules, static_cast<size_t>(id - rules.begin()), names, std::move(writer)));
}

TableImport::TableImport(const std::vector<CellRule>& rules, size_t id, NameSpace& names,
                         std::unique_ptr<SegmentWriter> writer)
    : rules_(rules),
      id_(id),
      columns_(metadataColumns(rules, rules[id].column)),
      names_(names),
      writer_(std::move(writer)) {
  heap_ = writer_->addSection("heap");
}

std::unique_ptr<PieceResult> TableImport::parse(const Piece& piece) {
  auto parsed = std::make_unique<Parsed>(names_, piece.text.text);
  const bool milliseconds = piece.plan->milliseconds;
  std::vector<uint32_t> ends(columns_.size());
  std::vector<std::string> converted(rules_.size());
  parseRows(piece, rules_, *parsed, [&](const std::vector<Cell>& cells, const RowReader&) {
    const auto textOf = [&](size_t i) -> std::string_view {
      if (!milliseconds || rules_[i].kind != CellKind::kTime) return cells[i].text;
      return converted[i] = std::to_string(cells[i].integer);
    };
    parsed->rows.push_back({parsed->names.number(cells[id_].text), parsed->heap.size()});
    uint32_t end = 0;
    size_t column = 0;
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (i == id_) continue;
      if (!cells[i].null) end += static_cast<uint32_t>(textOf(i).size());
      ends[column++] = cells[i].null ? end | kNullCell : end;
    }
    parsed->heap.append(bytesOf(ends));
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (i != id_ && !cells[i].null) parsed->heap.append(textOf(i));
    }
  });
  return parsed;
}

Result<void> TableImport::commit(const Piece&, PieceResult& result) {
  auto& parsed = static_cast<Parsed&>(result);
  parsed.names.adopt(names_);
  if (names_.size() >= Dictionary::kLimit)
    return fail(ErrorCode::kLimitExceeded, "there are more than {} different ids", Dictionary::kLimit);
  const auto base = static_cast<uint64_t>(writer_->sizeOf(heap_));
  for (const auto& row : parsed.rows) rows_.push_back({parsed.names.resolve(row.entity), base + row.start});
  return writer_->append(heap_, parsed.heap);
}

Result<TableImport::Written> TableImport::write() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.entity != b.entity ? a.entity < b.entity : a.start < b.start;
  });
  std::vector<uint32_t> entities;
  std::vector<uint64_t> starts;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (i + 1 < rows_.size() && rows_[i + 1].entity == rows_[i].entity) continue;
    entities.push_back(rows_[i].entity);
    starts.push_back(rows_[i].start);
  }
  Written written;
  written.rows = static_cast<int64_t>(entities.size());
  written.duplicates = goodRows() - written.rows;
  PROFFER_CHECK(writer_->append(writer_->addSection("entities", static_cast<int64_t>(entities.size() * 4)),
                                bytesOf(entities)));
  PROFFER_CHECK(writer_->append(writer_->addSection("starts", static_cast<int64_t>(starts.size() * 8)),
                                bytesOf(starts)));
  Json columns = Json::array();
  for (const auto& column : columns_)
    columns.push_back({{"name", column.name}, {"kind", kindName(column.kind)}});
  PROFFER_TRY(written.file,
              writer_->finish("table", {{"rows", written.rows}, {"columns", std::move(columns)}}));
  return written;
}

Result<SegmentWriter::Finished> writeTable(
    const std::filesystem::path& path, std::span<const recipes::ColumnInfo> columns,
    const std::map<uint32_t, std::vector<std::optional<std::string>>>& rows, io::FileSystem& files) {
  PROFFER_TRY(const auto writer, SegmentWriter::create(path, files));
  const size_t heap = writer->addSection("heap");
  std::vector<uint32_t> entities, ends(columns.size());
  std::vector<uint64_t> starts;
  for (const auto& [entity, texts] : rows) {
    entities.push_back(entity);
    starts.push_back(static_cast<uint64_t>(writer->sizeOf(heap)));
    uint32_t end = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (texts[i]) end += static_cast<uint32_t>(texts[i]->size());
      ends[i] = texts[i] ? end : end | kNullCell;
    }
    PROFFER_CHECK(writer->append(heap, bytesOf(ends)));
    for (const auto& text : texts)
      if (text) PROFFER_CHECK(writer->append(heap, *text));
  }
  PROFFER_CHECK(writer->append(writer->addSection("entities", static_cast<int64_t>(entities.size() * 4)),
                               bytesOf(entities)));
  PROFFER_CHECK(
      writer->append(writer->addSection("starts", static_cast<int64_t>(starts.size() * 8)), bytesOf(starts)));
  Json listed = Json::array();
  for (const auto& column : columns)
    listed.push_back({{"name", column.name}, {"kind", kindName(column.kind)}});
  return writer->finish("table", {{"rows", rows.size()}, {"columns", std::move(listed)}});
}

Result<std::shared_ptr<const TableSegment>> TableSegment::open(std::shared_ptr<const SegmentFile> file) {
  const auto corrupt = [&](std::string_view what) { return fail(damagedSegment(file->path(), what)); };
  if (file->kind() != "table") return corrupt("it holds no table");
  auto segment = std::make_shared<TableSegment>();
  segment->heap_ = file->find("heap");
  segment->startsSection_ = file->find("starts");
  const auto* entities = file->find("entities");
  const auto rows = static_cast<size_t>(std::max<int64_t>(0, intMember(file->about(), "rows")));
  if (!segment->heap_ || !segment->startsSection_ || !entities || entities->bytes.size() != rows * 4 ||
      segment->startsSection_->bytes.size() != rows * 8) {
    return corrupt("its columns have not the length of its rows");
  }
  if (!file->verify(*entities, 0, entities->bytes.size())) return corrupt("its list of ids");
  segment->entities_ = file->numbers<uint32_t>(entities);
  segment->starts_ = file->numbers<uint64_t>(segment->startsSection_);
  for (const auto& column : member(file->about(), "columns"))
    segment->columns_.push_back(stringMember(column, "name"));
  segment->file_ = std::move(file);
  return std::shared_ptr<const TableSegment>(std::move(segment));
}

std::optional<size_t> TableSegment::findColumn(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == name) return i;
  }
  return std::nullopt;
}

std::optional<std::string_view> TableSegment::text(size_t row, size_t column) const {
  if (row >= starts_.size() || column >= columns_.size()) return std::nullopt;
  if (!file_->verify(*startsSection_, row * 8, 8)) return std::nullopt;
  const uint64_t start = starts_[row];
  const size_t head = columns_.size() * 4;
  const std::string_view heap = heap_->bytes;
  if (head > heap.size() || start > heap.size() - head || !file_->verify(*heap_, start, head))
    return std::nullopt;
  const uint32_t end = offsetAt(heap, start + column * 4);
  if (end & kNullCell) return std::nullopt;
  const uint32_t begin = column == 0 ? 0 : offsetAt(heap, start + (column - 1) * 4) & ~kNullCell;
  if (begin > end || end > heap.size() - start - head ||
      !file_->verify(*heap_, start + head + begin, end - begin))
    return std::nullopt;
  return heap.substr(start + head + begin, end - begin);
}

}  // namespace proffer::data
