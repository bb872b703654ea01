// How the columns of one file become the columns of a dataset: which field of a row is which, what is
// constant, and which rows are wanted. Immutable once planned; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/data/cell.h"

namespace proffer::data {

/// Where the values of one rule come from.
struct ColumnPlan {
  int field = -1;        ///< index into the row; -1: the constant
  std::string constant;  ///< as written
};

/// One condition of `where`. Compared as numbers if both sides are numbers, else as bytes.
struct ConditionPlan {
  int field = 0;
  std::string op;
  std::vector<std::string> values;
  std::vector<double> numbers;  ///< NaN where the value is none

  bool holds(std::string_view value) const;
};

struct FilePlan {
  std::string name;  ///< as shown
  size_t fieldCount = 0;
  bool milliseconds = false;
  std::vector<ColumnPlan> columns;  ///< one per rule
  std::vector<ConditionPlan> where;
  std::vector<std::string> ignored;  ///< headers that nothing uses
};

/// Matches a file's header with the rules. kInvalidInput names the missing columns, what there is, and what
/// was probably meant.
Result<FilePlan> planFile(const DataSource& source, const std::vector<CellRule>& rules,
                          const std::string& name, const std::vector<std::string_view>& header);

}  // namespace proffer::data
