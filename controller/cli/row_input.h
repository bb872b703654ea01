// The rows of a file or of standard input, in batches that one request takes: NDJSON, or CSV with a header.
//
// Main thread. Rows are not looked into; the server says what is wrong with one, and lineOf() says where it
// stands.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/error.h"

namespace proffer::cli {

enum class RowFormat { kNdjson, kCsv };

struct RowBatch {
  std::string body;            ///< as the request sends it, with the header if it is CSV
  std::vector<int64_t> lines;  ///< of each row, from 1
};

class RowInput {
 public:
  static constexpr size_t kBatchBytes = 4 << 20;
  RowInput(std::istream& in, RowFormat format, size_t rows) : in_(in), format_(format), rows_(rows) {}

  /// The next rows; an empty batch at the end. kInvalidInput for a CSV row whose quotes do not end.
  Result<RowBatch> next();
  /// Leaves out the first `rows` rows.
  Result<void> skip(int64_t rows);

 private:
  /// The next row with its line break; empty at the end. `line`: where it begins.
  Result<std::string> row(int64_t& line);

  std::istream& in_;
  const RowFormat format_;
  const size_t rows_;
  std::string header_;
  std::string left_;  ///< a row that did not fit into the batch before
  int64_t leftLine_ = 0;
  int64_t line_ = 0;
};

/// By the file's name; `text`, its beginning, decides where the name does not say it.
RowFormat rowFormatOf(const std::string& name, std::string_view text);

}  // namespace proffer::cli
