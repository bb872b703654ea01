// What one user did, imported and streamed, as of now: the history that models, filters and the removal of
// seen items look at.
//
// Belongs to one thread and one request; the catalogue must outlive it. A user that the snapshot does not
// know may have streamed events, as may a session (E14).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/data/live_view.h"
#include "controller/serving/catalogue.h"

namespace proffer::serving {

class UserRows {
 public:
  UserRows() = default;
  UserRows(const UserRows&) = delete;
  UserRows& operator=(const UserRows&) = delete;

  void gather(const Catalogue& catalogue, std::string_view userId);

  recipes::Index user() const { return user_; }  ///< kNoIndex: not in the snapshot
  const recipes::History& history() const { return history_; }
  std::span<const std::string> typeNames() const { return typeNames_; }
  /// A further column of the rows: codes (kNoIndex: null) of `values`. Until the next call.
  struct Column {
    std::span<const uint32_t> codes;
    std::span<const std::string> values;
  };
  Column column(size_t column);

 private:
  struct Row {
    int64_t time = 0;
    recipes::Index item = 0;
    uint32_t tie = 0;
    uint16_t type = recipes::kNoType;
    float value = recipes::kNoValue;
    uint32_t from = 0;  // of the snapshot's rows, then of the tail's
  };
  void merge(const data::Snapshot& snapshot);
  void addTail(const data::Snapshot& snapshot, std::vector<Row>& rows);
  bool sameColumns(const Row& a, const Row& b);
  std::string_view textOf(const Row& row, size_t column, bool& null);

  const recipes::Interactions* interactions_ = nullptr;
  recipes::Index user_ = recipes::kNoIndex;
  recipes::History history_;
  std::span<const std::string> typeNames_;
  recipes::Interactions::Scratch scratch_, merged_, columns_;
  std::vector<data::TailEvent> tail_;
  size_t known_ = 0;             // rows of the snapshot
  std::vector<uint32_t> order_;  // of the merged rows: where each is from
  std::vector<std::string> names_;
  std::vector<uint32_t> codes_;
  std::vector<std::string> values_;
};

}  // namespace proffer::serving
