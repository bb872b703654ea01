#include "controller/serving/overlaid_snapshot.h"

#include <limits>

#include "controller/data/cell.h"

namespace proffer::serving {

using recipes::Index;

OverlaidTable::OverlaidTable(const recipes::MetadataTable& base, OverlaidRows rows)
    : base_(base), rows_(std::move(rows)), rowCount_(base.rowCount()) {
  for (const auto& [item, row] : rows_)
    if (!base_.has(item)) ++rowCount_;
}

std::string_view OverlaidTable::text(Index entity, size_t column) const {
  const auto found = rows_.find(entity);
  if (found == rows_.end()) return base_.text(entity, column);
  const auto& texts = *found->second;
  return column < texts.size() && texts[column] ? std::string_view(*texts[column]) : std::string_view();
}

bool OverlaidTable::isNull(Index entity, size_t column) const {
  const auto found = rows_.find(entity);
  if (found == rows_.end()) return base_.isNull(entity, column);
  return column >= found->second->size() || !(*found->second)[column];
}

double OverlaidTable::number(Index entity, size_t column) const {
  const auto found = rows_.find(entity);
  if (found == rows_.end()) return base_.number(entity, column);
  double number = 0;
  if (isNull(entity, column) || base_.columns()[column].kind != recipes::ColumnKind::kNumeric ||
      !data::parseReal(text(entity, column), number))
    return std::numeric_limits<double>::quiet_NaN();
  return number;
}

}  // namespace proffer::serving
