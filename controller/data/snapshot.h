// Snapshots made of segments. Immutable; any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/data/dictionary.h"
#include "controller/data/group_data.h"
#include "controller/data/hidden_users.h"
#include "controller/data/interactions_segment.h"
#include "controller/data/table_segment.h"

namespace proffer::data {

/// The names of a group: dictionaries that grow while snapshots read them.
struct GroupNames {
  Dictionary users;
  Dictionary items;
};

/// A segment, its number, and whether it is of streamed data.
struct InteractionsSource {
  std::shared_ptr<const InteractionsSegment> segment;
  int64_t number = 0;
  bool streamed = false;
};
struct TableSource {
  std::shared_ptr<const TableSegment> segment;
  int64_t number = 0;
  bool streamed = false;
};

class SegmentInteractions final : public recipes::Interactions {
 public:
  /// `columns`: beside those in History. `users`, `items`: how many names there are. `hidden`: null: nobody.
  SegmentInteractions(std::vector<InteractionsSource> segments, std::vector<recipes::ColumnInfo> columns,
                      std::shared_ptr<const GroupNames> names, recipes::Index users, recipes::Index items,
                      std::shared_ptr<const HiddenUsers> hidden);

  recipes::Index userCount() const override { return users_; }
  recipes::Index itemCount() const override { return items_; }
  int64_t rowCount() const override { return rows_; }
  std::span<const std::string> eventTypes() const override { return types_; }
  std::span<const recipes::ColumnInfo> columns() const override { return columns_; }
  int64_t latestTime() const override { return latestTime_; }
  recipes::History history(recipes::Index user, Scratch& scratch) const override;
  std::span<const uint32_t> codes(recipes::Index user, size_t column, Scratch& scratch) const override;
  std::span<const std::string> columnValues(size_t column) const override;
  std::string_view userId(recipes::Index user) const override { return names_->users.at(user); }
  std::string_view itemId(recipes::Index item) const override { return names_->items.at(item); }

 private:
  struct Part {
    std::shared_ptr<const InteractionsSegment> segment;
    int64_t number = 0;
    bool streamed = false;
    std::vector<uint16_t> typeMap;  ///< segment's code -> ours
    bool sameTypes = true;
    bool mayRepeat = false;                     ///< rows must be compared to be seen once
    std::vector<std::optional<size_t>> extras;  ///< our column -> the segment's
  };
  /// Values of one column over all segments, put together when first asked for.
  struct Values {
    std::once_flag once;
    std::vector<std::string> names;
    std::vector<std::vector<uint32_t>> maps;  ///< per part: its code -> ours
  };
  struct Merged;

  InteractionsSegment::Rows rowsOf(const Part& part, recipes::Index user) const {
    if (hidden_ && hidden_->hides(user, part.streamed, part.number)) return {};
    return part.segment->rowsOf(user);
  }
  const Part* only(recipes::Index user, InteractionsSegment::Rows& rows) const;
  void readTypes(const Part& part, InteractionsSegment::Rows rows, uint16_t* to) const;
  void readCodes(size_t part, size_t column, InteractionsSegment::Rows rows, uint32_t* to) const;
  const Values& valuesOf(size_t column) const;
  void merge(recipes::Index user, Merged& merged) const;

  std::vector<Part> parts_;
  std::vector<recipes::ColumnInfo> columns_;
  std::shared_ptr<const GroupNames> names_;
  const recipes::Index users_, items_;
  const std::shared_ptr<const HiddenUsers> hidden_;
  std::vector<std::string> types_;
  mutable std::vector<std::unique_ptr<Values>> values_;
  bool hasTypes_ = false;
  bool hasValues_ = false;
  int64_t rows_ = 0;
  int64_t latestTime_ = 0;
};

class SegmentTable final : public recipes::MetadataTable {
 public:
  /// Later segments win. `hidden`: of users; null: nobody.
  SegmentTable(std::vector<TableSource> segments, std::vector<recipes::ColumnInfo> columns,
               recipes::Index size, std::shared_ptr<const HiddenUsers> hidden);

  recipes::Index size() const override { return static_cast<recipes::Index>(places_.size()); }
  recipes::Index rowCount() const override { return rows_; }
  bool has(recipes::Index entity) const override {
    if (entity >= places_.size() || places_[entity] == kNowhere) return false;
    if (!hidden_ || !hidden_->any()) return true;
    const TableSource& source = segments_[places_[entity] >> 32];
    return !hidden_->hides(entity, source.streamed, source.number);
  }
  std::span<const recipes::ColumnInfo> columns() const override { return columns_; }
  std::string_view text(recipes::Index entity, size_t column) const override {
    return cell(entity, column).value_or(std::string_view());
  }
  bool isNull(recipes::Index entity, size_t column) const override { return !cell(entity, column); }
  double number(recipes::Index entity, size_t column) const override;

 private:
  static constexpr uint64_t kNowhere = ~uint64_t{0};
  std::optional<std::string_view> cell(recipes::Index entity, size_t column) const;

  std::vector<TableSource> segments_;
  std::shared_ptr<const HiddenUsers> hidden_;
  std::vector<recipes::ColumnInfo> columns_;
  std::vector<std::vector<std::optional<size_t>>> maps_;  ///< per segment: our column -> its own
  std::vector<uint64_t> places_;                          ///< segment << 32 | row
  recipes::Index rows_ = 0;
};

class SegmentSnapshot final : public Snapshot {
 public:
  struct Parts {
    int64_t dataVersion = 0;
    std::shared_ptr<const GroupNames> names;
    std::unique_ptr<SegmentInteractions> interactions;
    std::unique_ptr<SegmentTable> items, users;
    std::string interactionsFingerprint, itemsFingerprint;
    std::vector<std::shared_ptr<const SegmentFile>> files;
  };
  explicit SegmentSnapshot(Parts parts) : parts_(std::move(parts)) {}

  int64_t dataVersion() const override { return parts_.dataVersion; }
  const recipes::Interactions& interactions() const override { return *parts_.interactions; }
  const recipes::MetadataTable* items() const override { return parts_.items.get(); }
  const recipes::MetadataTable* users() const override { return parts_.users.get(); }
  recipes::Index findUser(std::string_view id) const override {
    return bounded(parts_.names->users.find(id), parts_.interactions->userCount());
  }
  recipes::Index findItem(std::string_view id) const override {
    return bounded(parts_.names->items.find(id), parts_.interactions->itemCount());
  }
  std::string interactionsFingerprint() const override { return parts_.interactionsFingerprint; }
  std::string itemsFingerprint() const override { return parts_.itemsFingerprint; }
  Result<void> verify() const override;

 private:
  static recipes::Index bounded(uint32_t index, recipes::Index count) {
    return index < count ? index : recipes::kNoIndex;
  }
  Parts parts_;
};

}  // namespace proffer::data
