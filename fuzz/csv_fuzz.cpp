// CSV: any bytes (compressed ones too) import into a segment that reads back, or are refused, as items and as
// interactions; rows are the same wherever the text is cut.
#include <algorithm>
#include <cstdlib>

#include "base/progress.h"
#include "controller/data/cell.h"
#include "controller/data/csv.h"
#include "controller/data/interactions_import.h"
#include "controller/data/table_segment.h"
#include "controller/io/simulated_file_system.h"

using namespace proffer;
using namespace proffer::data;

namespace {

std::vector<std::string> rowsOf(std::string_view text) {
  std::vector<std::string> rows;
  RowReader reader(text, text.find('"') != std::string_view::npos);
  while (reader.next()) {
    std::string row = std::to_string(static_cast<int>(reader.fault()));
    for (const std::string_view field : reader.fields()) row += "|" + std::string(field);
    rows.push_back(std::move(row));
  }
  return rows;
}

void cutAnywhere(std::string_view text, size_t pieceBytes) {
  std::vector<std::string> rows;
  for (std::string_view left = text; !left.empty();) {
    const RowCut cut = rowCut(left, std::min(pieceBytes, left.size()), true);
    if (cut.length == 0) return;
    for (std::string& row : rowsOf(left.substr(0, cut.length))) rows.push_back(std::move(row));
    left.remove_prefix(cut.length);
  }
  if (rows != rowsOf(text)) std::abort();
}

SchemaField field(std::string name, FieldType type, bool nullable) {
  SchemaField made;
  made.name = std::move(name);
  made.types = {type};
  if (nullable) made.types.push_back(FieldType::kNull);
  return made;
}

std::vector<SourceToRead> onlyFile(const DataSource& source, std::string_view bytes) {
  SourceRoots::SourceFile file;
  file.name = "a.csv";
  file.path = "/d/a.csv";
  file.size = static_cast<int64_t>(bytes.size());
  return {{&source, file.name, file, file.size}};
}

ImportTuning smallTuning() {
  ImportTuning tuning;
  tuning.pieceBytes = 256;
  tuning.rowBudget = 1024;
  tuning.threads = 1;
  return tuning;
}

void importInteractions(std::string_view bytes) {
  static SystemClock clock;
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  files.put("/d/a.csv", bytes);
  DatasetDefinition dataset;
  dataset.type = DatasetType::kInteractions;
  dataset.fields = {
      field("USER_ID", FieldType::kString, false),   field("ITEM_ID", FieldType::kString, false),
      field("TIMESTAMP", FieldType::kLong, false),   field("EVENT_TYPE", FieldType::kString, true),
      field("EVENT_VALUE", FieldType::kFloat, true), field("DEVICE", FieldType::kString, true)};
  const auto rules = cellRules(dataset);
  DataSource source;
  source.csv = "a.csv";
  const ImportTuning tuning = smallTuning();
  NameSpace users(nullptr), items(nullptr);
  Progress progress;
  ImportReport report;
  const auto import = InteractionsImport::create(rules, users, items, tuning, "/d/overflow", files);
  if (!import) std::abort();
  const std::vector<SourceToRead> sources = onlyFile(source, bytes);
  if (!readSources(sources, rules, **import, files, tuning, progress, report)) return;
  const auto written = (*import)->write("/d/segment", progress);
  if (!written) std::abort();
  const auto file = SegmentFile::open("/d/segment", files);
  const auto segment = file ? InteractionsSegment::open(*file) : fail(file.error());
  if (!segment) std::abort();
  int64_t rows = 0;
  for (uint32_t user = 0; user < users.size(); ++user) {
    const auto range = (*segment)->rowsOf(user);
    std::vector<int64_t> times(range.size());
    (*segment)->times(range, times.data());
    if (!std::is_sorted(times.begin(), times.end())) std::abort();
    rows += static_cast<int64_t>(range.size());
  }
  if (rows != written->rows || rows + written->duplicates != (*import)->goodRows()) std::abort();
}

void importItems(std::string_view bytes) {
  static SystemClock clock;
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  files.put("/d/a.csv", bytes);
  DatasetDefinition dataset;
  dataset.type = DatasetType::kItems;
  dataset.fields = {field("ITEM_ID", FieldType::kString, false), field("PRICE", FieldType::kFloat, true),
                    field("CREATION_TIMESTAMP", FieldType::kLong, true),
                    field("TITLE", FieldType::kString, true), field("STOCK", FieldType::kInt, true)};
  const auto rules = cellRules(dataset);
  DataSource source;
  source.csv = "a.csv";
  const ImportTuning tuning = smallTuning();
  NameSpace names(nullptr);
  Progress progress;
  ImportReport report;
  const auto table = TableImport::create(rules, "ITEM_ID", names, "/d/table", files);
  if (!table) std::abort();
  const std::vector<SourceToRead> sources = onlyFile(source, bytes);
  if (!readSources(sources, rules, **table, files, tuning, progress, report)) return;
  const auto written = (*table)->write();
  if (!written) std::abort();
  const auto file = SegmentFile::open("/d/table", files);
  const auto segment = file ? TableSegment::open(*file) : fail(file.error());
  if (!segment || static_cast<int64_t>((*segment)->entities().size()) != written->rows) std::abort();
  for (size_t row = 0; row < (*segment)->entities().size(); ++row)
    for (size_t column = 0; column < 4; ++column) (void)(*segment)->text(row, column);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  cutAnywhere(bytes, 1 + data[0]);
  importItems(bytes);
  importInteractions(bytes);
  return 0;
}
