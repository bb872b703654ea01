#include "controller/cli/row_input.h"

#include "base/text.h"

namespace proffer::cli {
namespace {

constexpr size_t kLongestRow = 1 << 20;

// Whether a quoted cell is still open at the end of `text`: a row may then go on in the next line. A quote
// opens a cell at its beginning only; in it a backslash hides what follows, and a doubled quote closes and
// opens again.
bool quoteIsOpen(std::string_view text) {
  bool open = false;
  bool begins = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (open) {
      if (c == '\\') ++i;
      if (c == '"') open = i + 1 < text.size() && text[i + 1] == '"' ? (++i, true) : false;
    } else {
      open = c == '"' && begins;
      begins = c == ',' || c == '\n';
    }
  }
  return open;
}

bool isBlank(std::string_view row) {
  return trim(row).empty();
}

}  // namespace

Result<std::string> RowInput::row(int64_t& line) {
  std::string text;
  for (std::string piece; std::getline(in_, piece);) {
    ++line_;
    if (text.empty()) line = line_;
    text += piece;
    text += '\n';
    const bool open = format_ == RowFormat::kCsv && quoteIsOpen(text);
    if (text.size() > kLongestRow)
      return fail(
          Error{ErrorCode::kInvalidInput, open ? "a quoted cell does not end" : "the row is longer than 1 MB"}
              .at({"", static_cast<int>(line), 1}));
    if (open) continue;
    if (isBlank(text)) {
      text.clear();
      continue;
    }
    return text;
  }
  if (!text.empty() && format_ == RowFormat::kCsv && quoteIsOpen(text))
    return fail(
        Error{ErrorCode::kInvalidInput, "a quoted cell does not end"}.at({"", static_cast<int>(line), 1}));
  return text;
}

Result<RowBatch> RowInput::next() {
  int64_t line = 0;
  if (format_ == RowFormat::kCsv && header_.empty()) {
    PROFFER_TRY(header_, row(line));
  }
  RowBatch batch;
  batch.body = header_;
  while (batch.lines.size() < rows_) {
    std::string text = std::exchange(left_, {});
    line = leftLine_;
    if (text.empty()) {
      PROFFER_TRY(text, row(line));
    }
    if (text.empty()) break;
    if (!batch.lines.empty() && batch.body.size() + text.size() > kBatchBytes) {
      left_ = std::move(text);
      leftLine_ = line;
      break;
    }
    batch.body += text;
    batch.lines.push_back(line);
  }
  return batch;
}

Result<void> RowInput::skip(int64_t rows) {
  int64_t line = 0;
  if (format_ == RowFormat::kCsv && header_.empty()) {
    PROFFER_TRY(header_, row(line));
  }
  for (int64_t i = 0; i < rows; ++i) {
    PROFFER_TRY(const std::string text, row(line));
    if (text.empty()) break;
  }
  return {};
}

RowFormat rowFormatOf(const std::string& name, std::string_view text) {
  const std::string lowered = lower(name);
  if (lowered.ends_with(".csv")) return RowFormat::kCsv;
  if (lowered.ends_with(".ndjson") || lowered.ends_with(".jsonl") || lowered.ends_with(".json"))
    return RowFormat::kNdjson;
  const std::string_view begin = trim(text);
  return begin.starts_with('{') ? RowFormat::kNdjson : RowFormat::kCsv;
}

}  // namespace proffer::cli
