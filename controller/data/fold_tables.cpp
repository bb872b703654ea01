#include "controller/data/fold_tables.h"

namespace proffer::data {

TableRows::TableRows(const std::vector<CellRule>& rules, std::string_view idColumn)
    : columns_(metadataColumns(rules, idColumn)) {}

void TableRows::put(uint32_t entity, const LiveRow& row) {
  auto& texts = rows_[entity];
  texts.assign(columns_.size(), std::nullopt);  // all of it is replaced (E19)
  for (const auto& [name, text] : row.columns)
    for (size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].name == name) texts[i] = text;
}

Result<void> TableRows::addOlder(const TableSegment& segment, const std::function<bool(uint32_t)>& hidden) {
  PROFFER_CHECK(segment.file().verifyAll());
  std::vector<std::optional<size_t>> places;
  for (const auto& column : columns_) places.push_back(segment.findColumn(column.name));
  const auto entities = segment.entities();
  for (size_t row = 0; row < entities.size(); ++row) {
    if (hidden && hidden(entities[row])) continue;
    const auto [at, added] = rows_.try_emplace(entities[row], columns_.size());
    if (!added) continue;
    for (size_t i = 0; i < columns_.size(); ++i)
      if (places[i])
        if (const auto text = segment.text(row, *places[i])) at->second[i] = std::string(*text);
  }
  return {};
}

Result<SegmentWriter::Finished> TableRows::write(const std::filesystem::path& path,
                                                 io::FileSystem& files) const {
  return writeTable(path, columns_, rows_, files);
}

}  // namespace proffer::data
