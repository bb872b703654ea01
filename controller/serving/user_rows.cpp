#include "controller/serving/user_rows.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <bit>

#include "controller/data/interactions_segment.h"

namespace proffer::serving {

using recipes::Index;
using recipes::kNoIndex;

void UserRows::gather(const Catalogue& catalogue, std::string_view userId) {
  const data::Snapshot& snapshot = catalogue.snapshot();
  interactions_ = &snapshot.interactions();
  typeNames_ = interactions_->eventTypes();
  history_ = {};
  tail_.clear();
  order_.clear();
  user_ = userId.empty() ? kNoIndex : snapshot.findUser(userId);
  if (catalogue.live() && !userId.empty() && !catalogue.live()->quiet())
    catalogue.live()->eventsOf(userId, tail_);
  if (user_ != kNoIndex) history_ = interactions_->history(user_, scratch_);
  if (!tail_.empty()) merge(snapshot);
}

void UserRows::addTail(const data::Snapshot& snapshot, std::vector<Row>& rows) {
  for (size_t i = 0; i < tail_.size(); ++i) {
    const data::TailEvent& event = tail_[i];
    Row row;
    row.item = snapshot.findItem(event.item);
    if (row.item == kNoIndex) continue;  // nobody can be recommended it, or be kept from it, yet
    row.time = event.time;
    row.tie = data::tieHash(user_, row.item);
    row.value = event.value;
    row.from = static_cast<uint32_t>(known_ + i);
    if (event.type) {
      const auto known = std::find(names_.begin(), names_.end(), *event.type);
      row.type = static_cast<uint16_t>(known - names_.begin());
      if (known == names_.end()) names_.push_back(*event.type);
    }
    rows.push_back(row);
  }
}

void UserRows::merge(const data::Snapshot& snapshot) {
  known_ = history_.size();
  names_.assign(typeNames_.begin(), typeNames_.end());
  std::vector<Row> rows;
  rows.reserve(known_ + tail_.size());
  for (size_t i = 0; i < known_; ++i) {
    Row row;
    row.time = history_.times[i];
    row.item = history_.items[i];
    row.tie = data::tieHash(user_, row.item);
    if (!history_.types.empty()) row.type = history_.types[i];
    if (!history_.values.empty()) row.value = history_.values[i];
    row.from = static_cast<uint32_t>(i);
    rows.push_back(row);
  }
  addTail(snapshot, rows);
  const auto key = [](const Row& row) {
    return std::tuple(row.time, row.tie, row.item, row.type, std::bit_cast<uint32_t>(row.value));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) < key(b); });
  std::vector<Row> kept;
  for (const Row& row : rows) {  // what is equal in all columns counts once (B26)
    bool again = false;
    for (size_t i = kept.size(); !again && i-- > 0 && key(kept[i]) == key(row);)
      again = sameColumns(kept[i], row);
    if (!again) kept.push_back(row);
  }
  merged_.items.clear(), merged_.times.clear(), merged_.types.clear(), merged_.values.clear();
  for (const Row& row : kept) {
    merged_.items.push_back(row.item);
    merged_.times.push_back(row.time);
    merged_.types.push_back(row.type);
    merged_.values.push_back(row.value);
    order_.push_back(row.from);
  }
  history_ = {merged_.items, merged_.times, merged_.types, merged_.values};
  typeNames_ = names_;
}

std::string_view UserRows::textOf(const Row& row, size_t column, bool& null) {
  null = true;
  if (row.from < known_) {
    const auto codes = interactions_->codes(user_, column, columns_);
    if (row.from >= codes.size() || codes[row.from] == kNoIndex) return {};
    null = false;
    return interactions_->columnValues(column)[codes[row.from]];
  }
  const data::TailEvent& event = tail_[row.from - known_];
  if (!event.columns) return {};
  for (const auto& [name, text] : *event.columns) {
    if (name != interactions_->columns()[column].name) continue;
    null = false;
    return *text;
  }
  return {};
}

bool UserRows::sameColumns(const Row& a, const Row& b) {
  for (size_t i = 0; i < interactions_->columns().size(); ++i) {
    bool aNull = false, bNull = false;
    const std::string_view aText = textOf(a, i, aNull), bText = textOf(b, i, bNull);
    if (aNull != bNull || aText != bText) return false;
  }
  return true;
}

UserRows::Column UserRows::column(size_t column) {
  if (order_.empty())
    return user_ == kNoIndex
               ? Column{}
               : Column{interactions_->codes(user_, column, columns_), interactions_->columnValues(column)};
  const auto known = interactions_->columnValues(column);
  values_.assign(known.begin(), known.end());
  absl::flat_hash_map<std::string_view, uint32_t> codes;
  for (uint32_t i = 0; i < known.size(); ++i) codes.emplace(known[i], i);
  codes_.clear();
  std::span<const uint32_t> own;
  if (user_ != kNoIndex && known_ > 0) own = interactions_->codes(user_, column, columns_);
  std::vector<std::string> added;
  for (const uint32_t from : order_) {
    if (from < known_) {
      codes_.push_back(from < own.size() ? own[from] : kNoIndex);
      continue;
    }
    uint32_t code = kNoIndex;
    if (const auto& columns = tail_[from - known_].columns)
      for (const auto& [name, text] : *columns)
        if (name == interactions_->columns()[column].name)
          code = codes.try_emplace(*text, static_cast<uint32_t>(codes.size())).first->second;
    codes_.push_back(code);
  }
  values_.resize(codes.size());
  for (const auto& [text, code] : codes) values_[code] = text;
  return {codes_, values_};
}

}  // namespace proffer::serving
