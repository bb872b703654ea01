#include "controller/data/csv.h"

#include <algorithm>
#include <cstring>

namespace proffer::data {
namespace {

const char* findByte(const char* from, const char* to, char byte) {
  if (from >= to) return nullptr;
  return static_cast<const char*>(std::memchr(from, byte, static_cast<size_t>(to - from)));
}

struct Close {
  const char* quote = nullptr;  ///< the closing quote; null: none found
  bool needMore = false;        ///< none within the text, which goes on and may hold it
};

// The quote that closes a field whose text begins at `from`.
Close closingQuote(const char* from, const char* end, bool atEnd) {
  const bool bounded = static_cast<size_t>(end - from) > kMaxQuoted;
  const char* const limit = bounded ? from + kMaxQuoted : end;
  for (const char* at = from;;) {
    const char* quote = findByte(at, limit, '"');
    if (!quote) return {nullptr, !bounded && !atEnd};
    const char* slash = quote;
    while (slash > at && slash[-1] == '\\') --slash;
    if ((quote - slash) % 2 == 1) {
      at = quote + 1;
      continue;
    }
    if (quote + 1 == end) return atEnd ? Close{quote, false} : Close{nullptr, true};
    if (quote[1] != '"') return {quote, false};
    at = quote + 2;
  }
}

}  // namespace

RowCut rowCut(std::string_view window, size_t target, bool atEnd) {
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const char* const aim = begin + std::min(target, window.size());
  const RowCut whole{window.size(), true};
  RowCut cut;
  for (const char* at = begin;;) {
    // First whether a row ends before the next quote: mostly there is none.
    const char* quote = findByte(at, aim, '"');
    if (!quote) {
      const char* newline = findByte(std::max(at, aim), end, '\n');
      const char* until = newline ? newline : end;
      quote = findByte(std::max(at, aim), until, '"');
      if (!quote) {
        if (newline) return {static_cast<size_t>(newline + 1 - begin), cut.quotes};
        return atEnd ? RowCut{window.size(), cut.quotes} : RowCut{};
      }
    }
    cut.quotes = true;
    const bool opens = quote == begin || quote[-1] == ',' || quote[-1] == '\n';
    if (!opens) {
      at = quote + 1;
      continue;
    }
    const Close close = closingQuote(quote + 1, end, atEnd);
    if (close.needMore) return {};
    if (close.quote) {
      at = close.quote + 1;
      continue;
    }
    const char* newline = findByte(quote + 1, end, '\n');
    if (!newline) return atEnd ? whole : RowCut{};
    at = newline + 1;
    if (at > aim) return {static_cast<size_t>(at - begin), true};
  }
}

bool RowReader::next() {
  // Empty lines, and those of a CR alone.
  while (next_ < end_ && (*next_ == '\n' || (*next_ == '\r' && (next_ + 1 == end_ || next_[1] == '\n'))))
    ++next_;
  if (next_ >= end_) return false;
  row_ = next_;
  fields_.clear();
  fault_ = RowFault::kNone;
  unescapedUsed_ = 0;
  if (quotes_) {
    readQuoted();
  } else {
    readPlain();
  }
  return true;
}

void RowReader::readPlain() {
  const char* at = row_;
  const char* field = row_;
  const char* const end = end_;
  for (; at < end; ++at) {
    if (*at == ',') {
      fields_.emplace_back(field, static_cast<size_t>(at - field));
      field = at + 1;
    } else if (*at == '\n') {
      break;
    }
  }
  next_ = at < end ? at + 1 : end;
  rowEnd_ = at > field && at[-1] == '\r' ? at - 1 : at;
  fields_.emplace_back(field, static_cast<size_t>(rowEnd_ - field));
}

// Reads the quoted field that `open` begins, and what stands before the next comma or line break. Returns
// that place, or null if the quote has no end.
const char* RowReader::quotedField(const char* open) {
  const Close close = closingQuote(open + 1, end_, true);
  if (!close.quote) return nullptr;
  fields_.push_back(unescape({open + 1, static_cast<size_t>(close.quote - open - 1)}));
  const char* at = close.quote + 1;
  const char* after = at;
  while (at < end_ && *at != ',' && *at != '\n') ++at;
  const bool rowEnds = at == end_ || *at == '\n';
  const char* until = rowEnds && at > after && at[-1] == '\r' ? at - 1 : at;
  if (until != after) fault_ = RowFault::kTextAfterQuote;
  return at;
}

void RowReader::readQuoted() {
  const char* at = row_;
  for (;;) {
    if (at < end_ && *at == '"') {
      const char* after = quotedField(at);
      if (!after) {
        fault_ = RowFault::kUnterminatedQuote;
        const char* newline = findByte(at + 1, end_, '\n');
        rowEnd_ = newline ? newline : end_;
        next_ = newline ? newline + 1 : end_;
        return;
      }
      at = after;
      rowEnd_ = at[-1] == '\r' ? at - 1 : at;
    } else {
      const char* field = at;
      while (at < end_ && *at != ',' && *at != '\n') ++at;
      rowEnd_ = at > field && at[-1] == '\r' && (at == end_ || *at == '\n') ? at - 1 : at;
      fields_.emplace_back(field, static_cast<size_t>(rowEnd_ - field));
    }
    if (at >= end_ || *at == '\n') break;
    ++at;
  }
  next_ = at < end_ ? at + 1 : end_;
}

std::string_view RowReader::unescape(std::string_view quoted) {
  const bool escapes =
      std::memchr(quoted.data(), '\\', quoted.size()) || std::memchr(quoted.data(), '"', quoted.size());
  if (!escapes) return quoted;
  if (unescapedUsed_ == unescaped_.size()) unescaped_.push_back(std::make_unique<std::string>());
  std::string& text = *unescaped_[unescapedUsed_++];
  text.clear();
  for (size_t i = 0; i < quoted.size(); ++i) {
    const char next = i + 1 < quoted.size() ? quoted[i + 1] : '\0';
    if ((quoted[i] == '"' && next == '"') || (quoted[i] == '\\' && (next == '"' || next == '\\'))) ++i;
    text.push_back(quoted[i]);
  }
  return text;
}

}  // namespace proffer::data
