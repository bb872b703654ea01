// CSV as files in the wild have it: rows and fields of a piece of text, and where a text may be cut between
// rows.
//
// What counts as CSV: fields separated by commas; rows by LF or CRLF, the last one perhaps without; a field
// that begins with a double quote ends with the next one that is neither doubled nor after a backslash, and
// may hold commas and line breaks; inside it `""` and `\"` are a quote and `\\` a backslash (B21), any other
// backslash is itself. A quote elsewhere is a character like others. Empty lines are no rows. A quoted field
// without an end within kMaxQuoted bytes makes a bad row, and reading goes on after the line on which the
// quote stands.
//
// RowReader and rowCut() see the same rows, wherever the text was cut. One thread per object; pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::data {

inline constexpr size_t kMaxQuoted = 1 << 20;  ///< bytes of a quoted field
inline constexpr size_t kMaxRow = 16 << 20;    ///< bytes of a row; a longer one is no CSV

enum class RowFault : uint8_t {
  kNone,
  kUnterminatedQuote,  ///< no closing quote
  kTextAfterQuote,     ///< something between a closing quote and the next comma
};

struct RowCut {
  size_t length = 0;    ///< of the whole rows at the beginning of the window; 0: no cut found
  bool quotes = false;  ///< whether there is a double quote among them
};

/// The first end of a row at or after `target` in a window that begins with a row. `atEnd`: the window ends
/// where the text does, so its end is a cut. Nothing found: a larger window is needed.
RowCut rowCut(std::string_view window, size_t target, bool atEnd);

/// The rows of a text that was cut by rowCut.
class RowReader {
 public:
  /// `quotes` false promises that there is no quote in the text, which is faster.
  RowReader(std::string_view text, bool quotes)
      : begin_(text.data()), next_(begin_), end_(begin_ + text.size()), quotes_(quotes) {}

  /// Goes to the next row; false at the end.
  bool next();

  /// Of the current row. Fields are unescaped; they live until the next row (those without escapes as long as
  /// the text).
  const std::vector<std::string_view>& fields() const { return fields_; }
  RowFault fault() const { return fault_; }
  /// The row's first byte in the text.
  size_t offset() const { return static_cast<size_t>(row_ - begin_); }
  /// The row as it stands, without its line break.
  std::string_view raw() const { return {row_, static_cast<size_t>(rowEnd_ - row_)}; }

 private:
  void readPlain();
  void readQuoted();
  const char* quotedField(const char* open);
  std::string_view unescape(std::string_view quoted);

  const char* begin_;
  const char* next_;
  const char* end_;
  bool quotes_;
  const char* row_ = nullptr;
  const char* rowEnd_ = nullptr;
  RowFault fault_ = RowFault::kNone;
  std::vector<std::string_view> fields_;
  std::vector<std::unique_ptr<std::string>> unescaped_;
  size_t unescapedUsed_ = 0;
};

}  // namespace proffer::data
