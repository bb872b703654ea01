#include "controller/serving/live_items.h"

#include "controller/data/live_view.h"
#include "controller/serving/overlaid_snapshot.h"

namespace proffer::serving {
namespace {

using recipes::Index;
using recipes::kNoIndex;

OverlaidRow overlaidRow(const data::LiveRow& row, std::span<const recipes::ColumnInfo> columns) {
  auto texts = std::make_shared<std::vector<std::optional<std::string>>>(columns.size());
  for (const auto& [name, text] : row.columns)
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == name) (*texts)[i] = text;
  return texts;
}

std::shared_ptr<const ServedGroup> withPuts(const ServedGroup& base, const ServedGroup& before,
                                            const data::LiveView& live) {
  auto next = std::make_shared<ServedGroup>(before);
  next->newest.reset();  // which is to hold it
  next->rowsVersion = live.rowsVersion();  // before the rows: one that comes meanwhile is looked at again
  const data::Snapshot& snapshot = base.catalogue->snapshot();
  const auto rows = live.rowsAfter(DatasetType::kItems, before.rowsUpTo);
  if (rows.empty() || !snapshot.items()) return next;
  OverlaidRows overlaid;
  if (const auto* table = dynamic_cast<const OverlaidTable*>(before.catalogue->snapshot().items()))
    overlaid = table->rows();
  std::vector<Index> changed;
  std::vector<dsl::ItemRow> filterRows;
  for (const data::TailRow& row : rows) {
    next->rowsUpTo = row.sequence;
    const Index item = snapshot.findItem(row.row->id);
    if (item == kNoIndex) continue;  // until it is folded
    overlaid[item] = overlaidRow(*row.row, snapshot.items()->columns());
    changed.push_back(item);
    dsl::ItemRow& values = filterRows.emplace_back();
    values.item = item;
    values.values.emplace_back("ITEM_ID", row.row->id);
    for (const auto& [name, text] : row.row->columns)
      if (text) values.values.emplace_back(name, *text);
  }
  if (changed.empty()) return next;
  auto newer = std::make_shared<const OverlaidSnapshot>(base.catalogue->shared(), std::move(overlaid));
  next->catalogue =
      std::make_shared<const Catalogue>(*before.catalogue, std::move(newer), std::span<const Index>(changed));
  next->filters = before.filters->withRows(filterRows, changed);
  return next;
}

}  // namespace

std::shared_ptr<const ServedGroup> upToDate(const std::shared_ptr<const ServedGroup>& group) {
  if (!group || !group->catalogue || !group->catalogue->live() || !group->newest) return group;
  const data::LiveView& live = *group->catalogue->live();
  if (live.rowsVersion() == group->rowsVersion) return group;
  std::lock_guard guard(group->newest->mutex);
  auto& newest = group->newest->group;
  const ServedGroup& before = newest ? *newest : *group;
  if (live.rowsVersion() != before.rowsVersion) newest = withPuts(*group, before, live);
  return newest ? newest : group;
}

}  // namespace proffer::serving
