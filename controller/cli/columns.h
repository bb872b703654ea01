// What `get` shows of each kind, as a table: the one place to change a column.
//
// Pure functions; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/cli/job_board.h"
#include "controller/cli/table.h"
#include "manifests/kind_table.h"
#include "manifests/resource.h"

namespace proffer::cli {

struct Row {
  const Resource& resource;
  const client::JobInfo* job = nullptr;  ///< that works for it; nullptr: none
  Time now{};
};

struct Column {
  std::string header;
  std::function<Cell(const Row&)> cell;
  bool wide = false;   ///< only in -o wide
  bool right = false;  ///< a number
};

struct ColumnChoice {
  bool wide = false;
  bool withGroup = false;  ///< objects of several groups stand in one table
  bool withKind = false;   ///< NAME says the kind as well: get all
};

/// The columns of a kind; of any kind if `kind` is nullptr.
std::vector<Column> columnsOf(const KindTable* kind, const ColumnChoice& choice);

/// True, False, Unknown, SUSPENDED; green, red or yellow.
Cell readyCell(const Resource& resource);
/// The reason of what stands in the way, or of Ready.
std::string reasonOf(const Resource& resource);
/// The message that belongs to reasonOf().
std::string messageOf(const Resource& resource);

}  // namespace proffer::cli
