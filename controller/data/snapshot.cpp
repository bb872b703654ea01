#include "controller/data/snapshot.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace proffer::data {

using recipes::History;
using recipes::Index;

SegmentInteractions::SegmentInteractions(std::vector<InteractionsSource> segments,
                                         std::vector<recipes::ColumnInfo> columns,
                                         std::shared_ptr<const GroupNames> names, Index users, Index items,
                                         std::shared_ptr<const HiddenUsers> hidden)
    : columns_(std::move(columns)),
      names_(std::move(names)),
      users_(users),
      items_(items),
      hidden_(std::move(hidden)) {
  for (size_t i = 0; i < columns_.size(); ++i) values_.push_back(std::make_unique<Values>());
  for (auto& source : segments) {
    Part part{.segment = std::move(source.segment),
              .number = source.number,
              .streamed = source.streamed,
              .typeMap = {},
              .sameTypes = true,
              .extras = {}};
    const InteractionsSegment& rows = *part.segment;
    part.mayRepeat = rows.isMerged();
    for (const auto& type : rows.typeNames()) {
      const auto known = std::find(types_.begin(), types_.end(), type);
      const auto code = static_cast<uint16_t>(known - types_.begin());
      if (known == types_.end()) types_.push_back(type);
      part.sameTypes = part.sameTypes && code == part.typeMap.size();
      part.typeMap.push_back(code);
    }
    for (const auto& column : columns_) part.extras.push_back(rows.findExtra(column.name));
    hasTypes_ = hasTypes_ || rows.hasTypes();
    hasValues_ = hasValues_ || rows.hasValues();
    latestTime_ = rows_ == 0 ? intMember(rows.about(), "lastTime")
                             : std::max(latestTime_, intMember(rows.about(), "lastTime"));
    rows_ += rows.rowCount();
    parts_.push_back(std::move(part));
  }
}

// The one segment that has rows of the user; null if none has, or several have (then `rows` is not empty).
const SegmentInteractions::Part* SegmentInteractions::only(Index user,
                                                           InteractionsSegment::Rows& rows) const {
  const Part* found = nullptr;
  rows = {};
  for (const auto& part : parts_) {
    const auto here = rowsOf(part, user);
    if (here.size() == 0) continue;
    rows = here;
    if (found || part.mayRepeat) return nullptr;
    found = &part;
  }
  return found;
}

void SegmentInteractions::readTypes(const Part& part, InteractionsSegment::Rows rows, uint16_t* to) const {
  if (!part.segment->hasTypes()) {
    std::fill_n(to, rows.size(), recipes::kNoType);
    return;
  }
  part.segment->types(rows, to);
  if (part.sameTypes) return;
  for (size_t i = 0; i < rows.size(); ++i)
    to[i] = to[i] < part.typeMap.size() ? part.typeMap[to[i]] : recipes::kNoType;
}

void SegmentInteractions::readCodes(size_t number, size_t column, InteractionsSegment::Rows rows,
                                    uint32_t* to) const {
  const Part& part = parts_[number];
  if (!part.extras[column]) {
    std::fill_n(to, rows.size(), kNullCode);
    return;
  }
  part.segment->codes(*part.extras[column], rows, to);
  if (parts_.size() == 1) return;
  const auto& map = valuesOf(column).maps[number];
  for (size_t i = 0; i < rows.size(); ++i) to[i] = to[i] < map.size() ? map[to[i]] : kNullCode;
}

const SegmentInteractions::Values& SegmentInteractions::valuesOf(size_t column) const {
  Values& values = *values_[column];
  std::call_once(values.once, [&] {
    absl::flat_hash_map<std::string, uint32_t> known;
    for (const auto& part : parts_) {
      auto& map = values.maps.emplace_back();
      if (!part.extras[column]) continue;
      auto own = part.segment->extraValues(*part.extras[column]);
      if (parts_.size() == 1) {
        values.names = std::move(own);
        return;
      }
      for (auto& name : own) {
        const auto [at, added] = known.try_emplace(name, static_cast<uint32_t>(values.names.size()));
        if (added) values.names.push_back(std::move(name));
        map.push_back(at->second);
      }
    }
  });
  return values;
}

std::span<const std::string> SegmentInteractions::columnValues(size_t column) const {
  return valuesOf(column).names;
}

// A user's rows out of several segments, and the order in which they are to be seen, duplicates left out.
struct SegmentInteractions::Merged {
  std::vector<Index> items;
  std::vector<int64_t> times;
  std::vector<uint16_t> types;
  std::vector<float> values;
  std::vector<std::vector<uint32_t>> extras;
  std::vector<uint32_t> order;
};

void SegmentInteractions::merge(Index user, Merged& merged) const {
  size_t count = 0;
  std::vector<InteractionsSegment::Rows> rows;
  for (const auto& part : parts_) count += rows.emplace_back(rowsOf(part, user)).size();
  merged.items.resize(count);
  merged.times.resize(count);
  merged.types.assign(hasTypes_ ? count : 0, recipes::kNoType);
  merged.values.assign(hasValues_ ? count : 0, recipes::kNoValue);
  merged.extras.assign(columns_.size(), std::vector<uint32_t>(count));
  size_t at = 0;
  for (size_t p = 0; p < parts_.size(); ++p) {
    const InteractionsSegment& segment = *parts_[p].segment;
    std::ranges::copy(segment.items(rows[p]), merged.items.begin() + static_cast<ptrdiff_t>(at));
    segment.times(rows[p], merged.times.data() + at);
    if (hasTypes_) readTypes(parts_[p], rows[p], merged.types.data() + at);
    if (segment.hasValues())
      std::ranges::copy(segment.values(rows[p]), merged.values.begin() + static_cast<ptrdiff_t>(at));
    for (size_t c = 0; c < columns_.size(); ++c) readCodes(p, c, rows[p], merged.extras[c].data() + at);
    at += rows[p].size();
  }
  merged.order.resize(count);
  std::iota(merged.order.begin(), merged.order.end(), 0);
  const auto compare = [&](uint32_t a, uint32_t b) -> int {
    const auto three = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
    if (const int way = three(merged.times[a], merged.times[b])) return way;
    if (const int way = three(tieHash(user, merged.items[a]), tieHash(user, merged.items[b]))) return way;
    if (const int way = three(merged.items[a], merged.items[b])) return way;
    if (hasTypes_) {
      if (const int way = three(merged.types[a], merged.types[b])) return way;
    }
    if (hasValues_) {
      if (const int way =
              three(std::bit_cast<uint32_t>(merged.values[a]), std::bit_cast<uint32_t>(merged.values[b])))
        return way;
    }
    for (const auto& codes : merged.extras) {
      if (const int way = three(codes[a], codes[b])) return way;
    }
    return 0;
  };
  std::stable_sort(merged.order.begin(), merged.order.end(),
                   [&](uint32_t a, uint32_t b) { return compare(a, b) < 0; });
  const auto end = std::unique(merged.order.begin(), merged.order.end(),
                               [&](uint32_t a, uint32_t b) { return compare(a, b) == 0; });
  merged.order.erase(end, merged.order.end());
}

History SegmentInteractions::history(Index user, Scratch& scratch) const {
  InteractionsSegment::Rows rows;
  History history;
  if (const Part* part = only(user, rows)) {
    const InteractionsSegment& segment = *part->segment;
    history.items = segment.items(rows);
    scratch.times.resize(rows.size());
    segment.times(rows, scratch.times.data());
    history.times = scratch.times;
    if (hasTypes_) {
      scratch.types.resize(rows.size());
      readTypes(*part, rows, scratch.types.data());
      history.types = scratch.types;
    }
    if (segment.hasValues()) {
      history.values = segment.values(rows);
    } else if (hasValues_) {
      scratch.values.assign(rows.size(), recipes::kNoValue);
      history.values = scratch.values;
    }
    return history;
  }
  if (rows.size() == 0) return history;
  thread_local Merged merged;
  merge(user, merged);
  const size_t count = merged.order.size();
  scratch.items.resize(count);
  scratch.times.resize(count);
  scratch.types.resize(hasTypes_ ? count : 0);
  scratch.values.resize(hasValues_ ? count : 0);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t from = merged.order[i];
    scratch.items[i] = merged.items[from];
    scratch.times[i] = merged.times[from];
    if (hasTypes_) scratch.types[i] = merged.types[from];
    if (hasValues_) scratch.values[i] = merged.values[from];
  }
  return {scratch.items, scratch.times, scratch.types, scratch.values};
}

std::span<const uint32_t> SegmentInteractions::codes(Index user, size_t column, Scratch& scratch) const {
  InteractionsSegment::Rows rows;
  if (const Part* part = only(user, rows)) {
    scratch.codes.resize(rows.size());
    readCodes(static_cast<size_t>(part - parts_.data()), column, rows, scratch.codes.data());
    return scratch.codes;
  }
  if (rows.size() == 0) return {};
  thread_local Merged merged;
  merge(user, merged);
  scratch.codes.resize(merged.order.size());
  for (size_t i = 0; i < merged.order.size(); ++i) scratch.codes[i] = merged.extras[column][merged.order[i]];
  return scratch.codes;
}

SegmentTable::SegmentTable(std::vector<TableSource> segments, std::vector<recipes::ColumnInfo> columns,
                           Index size, std::shared_ptr<const HiddenUsers> hidden)
    : segments_(std::move(segments)),
      hidden_(std::move(hidden)),
      columns_(std::move(columns)),
      places_(size, kNowhere) {
  for (uint64_t s = 0; s < segments_.size(); ++s) {
    auto& map = maps_.emplace_back();
    for (const auto& column : columns_) map.push_back(segments_[s].segment->findColumn(column.name));
    const auto entities = segments_[s].segment->entities();
    for (uint64_t row = 0; row < entities.size(); ++row) {
      if (entities[row] >= size) continue;
      uint64_t& place = places_[entities[row]];
      if (place == kNowhere) ++rows_;
      place = s << 32 | row;
    }
  }
}

std::optional<std::string_view> SegmentTable::cell(Index entity, size_t column) const {
  if (!has(entity) || column >= columns_.size()) return std::nullopt;
  const uint64_t place = places_[entity];
  const auto& own = maps_[place >> 32][column];
  if (!own) return std::nullopt;
  return segments_[place >> 32].segment->text(static_cast<uint32_t>(place), *own);
}

double SegmentTable::number(Index entity, size_t column) const {
  const auto text = cell(entity, column);
  double number = 0;
  if (!text || columns_[column].kind != recipes::ColumnKind::kNumeric || !parseReal(*text, number))
    return std::numeric_limits<double>::quiet_NaN();
  return number;
}

Result<void> SegmentSnapshot::verify() const {
  for (const auto& file : parts_.files) PROFFER_CHECK(file->verifyAll());
  return {};
}

}  // namespace proffer::data
