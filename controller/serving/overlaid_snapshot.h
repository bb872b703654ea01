// A snapshot whose items are partly newer than it: those that were put since.
//
// Immutable; any thread. Items that the snapshot does not know are not in it.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/data/group_data.h"

namespace proffer::serving {

/// The texts of an item in the order of the table's columns.
using OverlaidRow = std::shared_ptr<const std::vector<std::optional<std::string>>>;
using OverlaidRows = absl::flat_hash_map<recipes::Index, OverlaidRow>;

class OverlaidTable final : public recipes::MetadataTable {
 public:
  OverlaidTable(const recipes::MetadataTable& base, OverlaidRows rows);

  recipes::Index size() const override { return base_.size(); }
  recipes::Index rowCount() const override { return rowCount_; }
  bool has(recipes::Index entity) const override { return rows_.contains(entity) || base_.has(entity); }
  std::span<const recipes::ColumnInfo> columns() const override { return base_.columns(); }
  std::string_view text(recipes::Index entity, size_t column) const override;
  bool isNull(recipes::Index entity, size_t column) const override;
  double number(recipes::Index entity, size_t column) const override;
  const OverlaidRows& rows() const { return rows_; }

 private:
  const recipes::MetadataTable& base_;
  const OverlaidRows rows_;
  recipes::Index rowCount_;
};

class OverlaidSnapshot final : public data::Snapshot {
 public:
  /// `base` must have items.
  OverlaidSnapshot(std::shared_ptr<const data::Snapshot> base, OverlaidRows rows)
      : base_(std::move(base)), items_(*base_->items(), std::move(rows)) {}

  int64_t dataVersion() const override { return base_->dataVersion(); }
  const recipes::Interactions& interactions() const override { return base_->interactions(); }
  const recipes::MetadataTable* items() const override { return &items_; }
  const recipes::MetadataTable* users() const override { return base_->users(); }
  recipes::Index findUser(std::string_view id) const override { return base_->findUser(id); }
  recipes::Index findItem(std::string_view id) const override { return base_->findItem(id); }
  std::string interactionsFingerprint() const override { return base_->interactionsFingerprint(); }
  Result<void> verify() const override { return base_->verify(); }

 private:
  const std::shared_ptr<const data::Snapshot> base_;
  const OverlaidTable items_;
};

}  // namespace proffer::serving
