// Views in memory for tests and benchmarks: interactions given as rows of text, and tables of metadata.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "recipes/view.h"

namespace proffer::recipes::testing {

struct Row {
  std::string user;
  std::string item;
  int64_t time = 0;
  std::string type = {};  // empty: null
  float value = kNoValue;
};

class MemoryInteractions final : public Interactions {
 public:
  explicit MemoryInteractions(std::vector<Row> rows, const std::vector<std::string>& moreItems = {}) {
    for (const Row& row : rows) add(row);
    for (const std::string& item : moreItems) indexOf(item, items_, itemIndex_);
    for (auto& history : histories_)
      std::stable_sort(history.begin(), history.end(),
                       [](const Stored& a, const Stored& b) { return a.time < b.time; });
  }

  Index userCount() const override { return static_cast<Index>(users_.size()); }
  Index itemCount() const override { return static_cast<Index>(items_.size()); }
  int64_t rowCount() const override { return rows_; }
  std::span<const std::string> eventTypes() const override { return types_; }
  std::span<const ColumnInfo> columns() const override { return {}; }
  int64_t latestTime() const override { return latest_; }
  History history(Index user, Scratch& scratch) const override {
    scratch.items.clear();
    scratch.times.clear();
    scratch.types.clear();
    scratch.values.clear();
    for (const Stored& row : histories_[user]) {
      scratch.items.push_back(row.item);
      scratch.times.push_back(row.time);
      scratch.types.push_back(row.type);
      scratch.values.push_back(row.value);
    }
    return {scratch.items, scratch.times, scratch.types, scratch.values};
  }
  std::span<const uint32_t> codes(Index, size_t, Scratch&) const override { return {}; }
  std::span<const std::string> columnValues(size_t) const override { return {}; }
  std::string_view userId(Index user) const override { return users_[user]; }
  std::string_view itemId(Index item) const override { return items_[item]; }

  Index user(const std::string& id) const { return find(id, userIndex_); }
  Index item(const std::string& id) const { return find(id, itemIndex_); }

 private:
  struct Stored {
    Index item;
    int64_t time;
    uint16_t type;
    float value;
  };

  static Index find(const std::string& id, const std::map<std::string, Index>& known) {
    const auto found = known.find(id);
    return found == known.end() ? kNoIndex : found->second;
  }

  static Index indexOf(const std::string& id, std::vector<std::string>& names,
                       std::map<std::string, Index>& known) {
    const auto [at, added] = known.emplace(id, static_cast<Index>(names.size()));
    if (added) names.push_back(id);
    return at->second;
  }

  void add(const Row& row) {
    const Index user = indexOf(row.user, users_, userIndex_);
    if (user == histories_.size()) histories_.emplace_back();
    uint16_t type = kNoType;
    if (!row.type.empty()) {
      const auto at = std::find(types_.begin(), types_.end(), row.type);
      type = static_cast<uint16_t>(at - types_.begin());
      if (at == types_.end()) types_.push_back(row.type);
    }
    histories_[user].push_back({indexOf(row.item, items_, itemIndex_), row.time, type, row.value});
    latest_ = std::max(latest_, row.time);
    ++rows_;
  }

  std::vector<std::string> users_, items_, types_;
  std::map<std::string, Index> userIndex_, itemIndex_;
  std::vector<std::vector<Stored>> histories_;
  int64_t rows_ = 0;
  int64_t latest_ = 0;
};

/// The rows of a view that a rule keeps. The view must outlive it.
class KeptRows final : public Interactions {
 public:
  using Rule = std::function<bool(Index user, Index item, int64_t time)>;
  KeptRows(const Interactions& all, const Rule& keeps) : all_(all), histories_(all.userCount()) {
    Scratch scratch;
    for (Index user = 0; user < all.userCount(); ++user) {
      const History history = all.history(user, scratch);
      for (size_t i = 0; i < history.size(); ++i) {
        if (!keeps(user, history.items[i], history.times[i])) continue;
        histories_[user].items.push_back(history.items[i]);
        histories_[user].times.push_back(history.times[i]);
        histories_[user].types.push_back(history.types.empty() ? kNoType : history.types[i]);
        histories_[user].values.push_back(history.values.empty() ? kNoValue : history.values[i]);
        latest_ = std::max(latest_, history.times[i]);
        ++rows_;
      }
    }
  }

  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return rows_; }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return {}; }
  int64_t latestTime() const override { return latest_; }
  History history(Index user, Scratch&) const override {
    const Scratch& own = histories_[user];
    return {own.items, own.times, own.types, own.values};
  }
  std::span<const uint32_t> codes(Index, size_t, Scratch&) const override { return {}; }
  std::span<const std::string> columnValues(size_t) const override { return {}; }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  const Interactions& all_;
  std::vector<Scratch> histories_;
  int64_t rows_ = 0;
  int64_t latest_ = 0;
};

/// The view with a column ORDER_ID that says which rows are one order.
class WithOrders final : public Interactions {
 public:
  WithOrders(const Interactions& all, std::vector<std::vector<uint32_t>> codes)
      : all_(all), codes_(std::move(codes)) {}
  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return all_.rowCount(); }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return columns_; }
  int64_t latestTime() const override { return all_.latestTime(); }
  History history(Index user, Scratch& scratch) const override { return all_.history(user, scratch); }
  std::span<const uint32_t> codes(Index user, size_t column, Scratch&) const override {
    return column == 1 ? std::span<const uint32_t>(codes_[user]) : std::span<const uint32_t>();
  }
  std::span<const std::string> columnValues(size_t) const override { return {}; }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  const Interactions& all_;
  std::vector<std::vector<uint32_t>> codes_;
  std::vector<ColumnInfo> columns_ = {{"DEVICE"}, {"ORDER_ID"}};
};

/// Rows by dictionary index; an entity without an entry in `rows` has no row.
class MemoryTable final : public MetadataTable {
 public:
  using Values = std::vector<std::optional<std::string>>;
  MemoryTable(std::vector<ColumnInfo> columns, Index size) : columns_(std::move(columns)), size_(size) {}
  void set(Index entity, Values values) {
    size_ = std::max(size_, entity + 1);
    rows_[entity] = std::move(values);
  }
  void remove(Index entity) { rows_.erase(entity); }

  Index size() const override { return size_; }
  Index rowCount() const override { return static_cast<Index>(rows_.size()); }
  bool has(Index entity) const override { return rows_.contains(entity); }
  std::span<const ColumnInfo> columns() const override { return columns_; }
  std::string_view text(Index entity, size_t column) const override {
    return isNull(entity, column) ? std::string_view() : std::string_view(*rows_.at(entity)[column]);
  }
  bool isNull(Index entity, size_t column) const override {
    const auto found = rows_.find(entity);
    return found == rows_.end() || !found->second[column];
  }
  double number(Index entity, size_t column) const override {
    if (isNull(entity, column) || columns_[column].kind != ColumnKind::kNumeric) return std::nan("");
    return std::strtod(rows_.at(entity)[column]->c_str(), nullptr);
  }

 private:
  std::vector<ColumnInfo> columns_;
  Index size_;
  std::map<Index, Values> rows_;
};

/// A small generator whose numbers are the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t bound) { return next() % bound; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

/// Interactions with a long tail: item number k is taken with weight falling in k.
inline std::vector<Row> randomRows(uint64_t seed, size_t users, size_t items, size_t perUser) {
  Random random(seed);
  const char* const types[] = {"Watch", "watch", "Click", ""};
  std::vector<Row> rows;
  for (size_t user = 0; user < users; ++user) {
    const size_t count = random.below(2 * perUser + 1);
    for (size_t i = 0; i < count; ++i) {
      const double tail = random.unit() * random.unit();
      const auto item = static_cast<size_t>(tail * static_cast<double>(items));
      const float value = random.below(4) == 0 ? kNoValue : static_cast<float>(random.below(10)) / 2;
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string(item),
                      static_cast<int64_t>(random.below(1000)), types[random.below(4)], value});
    }
  }
  return rows;
}

}  // namespace proffer::recipes::testing
