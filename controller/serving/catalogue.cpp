#include "controller/serving/catalogue.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace proffer::serving {
namespace {

using recipes::Index;

size_t columnNamed(std::span<const recipes::ColumnInfo> columns, std::string_view name) {
  size_t at = 0;
  while (at < columns.size() && !equalsIgnoreCase(columns[at].name, name)) ++at;
  return at;
}

}  // namespace

Catalogue::Catalogue(std::shared_ptr<const data::Snapshot> snapshot, CatalogueSettings settings,
                     std::shared_ptr<const data::LiveView> live)
    : live_(std::move(live)),
      snapshot_(std::move(snapshot)),
      settings_(std::move(settings)),
      titleColumn_(0) {
  const recipes::MetadataTable* items = snapshot_->items();
  if (!items) return;
  titleColumn_ = settings_.titleColumn.empty() ? items->columns().size()
                                               : columnNamed(items->columns(), settings_.titleColumn);
  restricted_ = settings_.catalogueOnly;
  if (!restricted_) return;
  members_.assign((size_t{items->size()} + 63) / 64, 0);
  for (Index item = 0; item < items->size(); ++item)
    if (items->has(item)) members_[item / 64] |= uint64_t{1} << (item % 64);
}

Catalogue::Catalogue(const Catalogue& before, std::shared_ptr<const data::Snapshot> newer,
                     std::span<const Index> added)
    : Catalogue(before) {
  snapshot_ = std::move(newer);
  for (const Index item : added)
    if (item / 64 < members_.size()) members_[item / 64] |= uint64_t{1} << (item % 64);
}

recipes::Admission Catalogue::recommendable() const {
  recipes::Admission admission;
  admission.allowed = members_;
  admission.restricted = restricted_;
  return admission;
}

std::string_view Catalogue::title(Index item) const {
  const recipes::MetadataTable* items = snapshot_->items();
  if (!items || titleColumn_ >= items->columns().size() || item >= items->size()) return {};
  return items->text(item, titleColumn_);
}

Result<std::vector<Catalogue::Column>> Catalogue::columnsNamed(std::span<const std::string> names) const {
  const recipes::MetadataTable* items = snapshot_->items();
  if (!items)
    return fail(
        makeError(ErrorCode::kInvalidInput, "the group has no items, so there are no metadata columns")
            .in("metadataColumns"));
  std::vector<Column> columns;
  for (size_t i = 0; i < names.size(); ++i) {
    const size_t at = columnNamed(items->columns(), names[i]);
    if (at == items->columns().size()) {
      std::vector<std::string> known;
      for (const recipes::ColumnInfo& column : items->columns()) known.push_back(column.name);
      return fail(makeError(ErrorCode::kInvalidInput, "the items have no column {}; they have {}",
                            proffer::quoted(names[i]), known.empty() ? "none" : join(known, ", "))
                      .in(fmt::format("metadataColumns[{}]", i))
                      .hinting(didYouMean(names[i], known)));
    }
    const bool again =
        std::any_of(columns.begin(), columns.end(), [&](const Column& column) { return column.index == at; });
    if (!again) columns.push_back({lower(items->columns()[at].name), at});
  }
  return columns;
}

std::vector<Index> Catalogue::itemsOf(const recipes::History& history, std::span<const std::string> known,
                                      std::span<const std::string> eventTypes) const {
  constexpr size_t kNotWanted = std::numeric_limits<size_t>::max();
  std::vector<size_t> wanted(known.size(), kNotWanted);  // code -> which of eventTypes
  for (size_t code = 0; code < known.size(); ++code)
    for (size_t type = 0; type < eventTypes.size(); ++type)
      if (equalsIgnoreCase(known[code], eventTypes[type])) wanted[code] = type;
  const auto window = settings_.interactionWindow > 0 ? static_cast<size_t>(settings_.interactionWindow)
                                                      : std::numeric_limits<size_t>::max();
  std::vector<size_t> seen(eventTypes.size());
  std::vector<Index> items;
  for (size_t i = history.types.size(); i-- > 0;) {
    const size_t type = history.types[i] < wanted.size() ? wanted[history.types[i]] : kNotWanted;
    if (type != kNotWanted && seen[type]++ < window) items.push_back(history.items[i]);
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace proffer::serving
