#include "manifests/yaml_scalar.h"

#include <algorithm>

namespace proffer {
namespace {

constexpr std::string_view kWhite = " \t\n\r";

bool isWhite(char c) {
  return kWhite.find(c) != std::string_view::npos;
}
bool isContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

enum class Style { kUnquoted, kSingle, kDouble };

// The text from the scalar's beginning to the end of the file, and how its value is walked along it.
class ScalarWalk {
 public:
  ScalarWalk(const std::vector<std::string>& lines, const SourcePosition& start) : start_(start) {
    const auto first = static_cast<size_t>(start.line) - 1;
    std::string_view line = lines[first];
    line.remove_prefix(offsetOf(line, 1, start.column));
    text_ = line;
    for (size_t i = first + 1; i < lines.size(); ++i) (text_ += '\n') += lines[i];
    skipProperties();
    const char mark = at_ < text_.size() ? text_[at_] : '\0';
    style_ = mark == '"' ? Style::kDouble : mark == '\'' ? Style::kSingle : Style::kUnquoted;
    if (style_ != Style::kUnquoted) ++at_;
    if (mark == '|' || mark == '>') at_ = std::min(text_.find('\n', at_), text_.size());
  }

  // Goes over the value's next character, whose first byte is `byte`; false if the text does not hold it.
  bool advance(char byte) {
    if (isWhite(byte)) return true;  // as many as the text likes
    skipBlank();
    if (at_ >= text_.size()) return false;
    begin_ = at_;
    if (style_ == Style::kDouble && text_[at_] == '\\') return escape();
    if (text_[at_] != byte) return false;
    if (style_ == Style::kSingle && byte == '\'') ++at_;
    ++at_;
    while (at_ < text_.size() && isContinuation(text_[at_])) ++at_;
    return true;
  }

  SourcePosition last() const { return positionOf(begin_); }
  SourcePosition behind() const { return positionOf(at_); }

 private:
  void skipProperties() {
    while (at_ < text_.size() && (text_[at_] == '&' || text_[at_] == '!')) {
      at_ = std::min(text_.find_first_of(kWhite, at_), text_.size());
      at_ = std::min(text_.find_first_not_of(kWhite, at_), text_.size());
    }
  }
  // In double quotes, white space may be written as an escape, and a backslash may end a line.
  void skipBlank() {
    while (at_ < text_.size()) {
      if (isWhite(text_[at_]))
        ++at_;
      else if (style_ == Style::kDouble && text_[at_] == '\\' && at_ + 1 < text_.size() &&
               std::string_view("\nntr \t").find(text_[at_ + 1]) != std::string_view::npos)
        at_ += 2;
      else
        return;
    }
  }
  bool escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2 + (kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0);
    return at_ <= text_.size();
  }
  SourcePosition positionOf(size_t at) const {
    SourcePosition place = start_;
    for (size_t i = 0; i < at; ++i) {
      if (text_[i] == '\n') {
        ++place.line;
        place.column = 1;
      } else if (!isContinuation(text_[i])) {
        ++place.column;
      }
    }
    return place;
  }

  SourcePosition start_;
  std::string text_;
  Style style_ = Style::kUnquoted;
  size_t at_ = 0;
  size_t begin_ = 0;  // of the character gone over last
};

}  // namespace

size_t offsetOf(std::string_view text, int line, int column) {
  size_t at = 0;
  for (; line > 1; --line) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) return text.size();
    ++at;
  }
  for (; column > 1 && at < text.size() && text[at] != '\n'; --column) {
    ++at;
    while (at < text.size() && isContinuation(text[at])) ++at;
  }
  return at;
}

std::optional<SourcePosition> placeInScalar(const std::vector<std::string>& lines,
                                            const SourcePosition& start, std::string_view value,
                                            size_t offset) {
  if (start.line < 1 || static_cast<size_t>(start.line) > lines.size()) return std::nullopt;
  ScalarWalk walk(lines, start);
  const size_t end = std::min(offset, value.size());
  for (size_t i = 0; i < value.size();) {
    const bool wanted = i >= end;
    if (wanted && isWhite(value[i])) break;
    if (!walk.advance(value[i])) return std::nullopt;
    if (wanted) return walk.last();
    ++i;
    while (i < value.size() && isContinuation(value[i])) ++i;
  }
  return walk.behind();
}

}  // namespace proffer
