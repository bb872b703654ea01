#include "dsl/item_index.h"

#include <algorithm>

#include "base/text.h"
#include "dsl/column.h"

namespace proffer::dsl {

std::shared_ptr<const ItemIndex> ItemIndex::build(Index size, std::span<const ColumnSource> columns) {
  auto index = std::make_shared<ItemIndex>();
  index->size_ = size;
  for (const ColumnSource& source : columns) {
    if (source.field.textual) continue;
    index->columns_.push_back(
        detail::buildColumn(source.field, size, [&](Index item, detail::ValueNames* names) {
          if (source.number && source.field.type != ValueType::kText) {
            detail::Cell cell;
            const double number = source.number(item);
            if (std::isfinite(number)) cell.number = number == 0 ? 0 : number;
            return cell;
          }
          return detail::cellOf(source.field, names, source.text(item));
        }));
  }
  return index;
}

std::shared_ptr<const ItemIndex> ItemIndex::withRows(std::span<const ItemRow> rows) const {
  auto index = std::make_shared<ItemIndex>(*this);
  for (const ItemRow& row : rows) {
    if (row.item == kNoIndex) continue;
    index->size_ = std::max(index->size_, row.item + 1);
    for (auto& column : index->columns_) {
      std::optional<std::string_view> text;
      for (const auto& [name, value] : row.values)
        if (name == column->field.name) text = value;
      column = detail::columnWith(column, row.item, detail::cellOf(column->field, column->names.get(), text));
    }
  }
  return index;
}

std::shared_ptr<const ItemIndex> ItemIndex::grown(Index size) const {
  auto index = std::make_shared<ItemIndex>(*this);
  index->size_ = std::max(size_, size);
  return index;
}

const detail::Column* ItemIndex::column(std::string_view name) const {
  for (const auto& column : columns_)
    if (column->field.name == name) return column.get();
  return nullptr;
}

std::vector<Field> ItemIndex::fields() const {
  std::vector<Field> fields;
  for (const auto& column : columns_) fields.push_back(column->field);
  return fields;
}

std::vector<std::string> ItemIndex::values(Index item, std::string_view name) const {
  const detail::Column* found = column(name);
  if (!found) return {};
  if (found->isText()) {
    std::vector<std::string> values;
    for (const uint32_t code : found->codesOf(item)) values.emplace_back(found->names->name(code));
    return values;
  }
  const double number = found->numberOf(item);
  if (std::isnan(number)) return {};
  if (found->field.type == ValueType::kBoolean) return {number != 0 ? "true" : "false"};
  return {fmt::format("{}", number)};
}

int64_t ItemIndex::bytes() const {
  int64_t bytes = 0;
  for (const auto& column : columns_) bytes += column->bytes();
  return bytes;
}

}  // namespace proffer::dsl
