#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace proffer {
namespace {

char lowerChar(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each.
size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = previous[j - 1] + (lowerChar(a[i - 1]) != lowerChar(b[j - 1]));
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && lowerChar(a[i - 1]) == lowerChar(b[j - 2]) &&
          lowerChar(a[i - 2]) == lowerChar(b[j - 1]))
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

// Decodes one code point at `at` and moves past it; nothing if the bytes there are not UTF-8.
std::optional<char32_t> decode(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return byte(at++);
  const int length = first >= 0xF0 && first < 0xF5   ? 4
                     : first >= 0xE0 && first < 0xF0 ? 3
                     : first >= 0xC2 && first < 0xE0 ? 2
                                                     : 0;
  if (length == 0 || at + static_cast<size_t>(length) > text.size()) return std::nullopt;
  char32_t point = first & (0xFF >> (length + 1));
  for (int i = 1; i < length; ++i) {
    if ((byte(at + static_cast<size_t>(i)) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(at + static_cast<size_t>(i)) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
    return std::nullopt;
  at += static_cast<size_t>(length);
  return point;
}

bool isWide(char32_t p) {
  return (p >= 0x1100 && p <= 0x115F) || (p >= 0x2E80 && p <= 0xA4CF) || (p >= 0xAC00 && p <= 0xD7A3) ||
         (p >= 0xF900 && p <= 0xFAFF) || (p >= 0xFE30 && p <= 0xFE6F) || (p >= 0xFF00 && p <= 0xFF60) ||
         (p >= 0xFFE0 && p <= 0xFFE6) || (p >= 0x1F300 && p <= 0x1FAFF) || (p >= 0x20000 && p <= 0x3FFFD);
}

bool isCombining(char32_t p) {
  return (p >= 0x0300 && p <= 0x036F) || (p >= 0x200B && p <= 0x200F) || (p >= 0xFE00 && p <= 0xFE0F) ||
         p == 0xFEFF;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  for (size_t start = 0;;) {
    const size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lowerChar);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lowerChar(x) == lowerChar(y); });
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr size_t kLongestWord = 64;  // bounds the work that hostile input can ask for
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string> best;
  size_t bestDistance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const size_t distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  if (best || word.size() < 3) return best;
  for (const auto& candidate :
       candidates)  // a beginning is a help as well: "top-pick" for "top-picks-for-you"
    if (candidate.size() > word.size() &&
        equalsIgnoreCase(std::string_view(candidate).substr(0, word.size()), word) &&
        (!best || candidate.size() < best->size()))
      best = candidate;
  return best;
}

std::string didYouMean(std::string_view word, std::span<const std::string> candidates) {
  const auto match = nearest(word, candidates);
  return match ? fmt::format("did you mean \"{}\"?", *match) : "";
}

std::string withThousands(int64_t number) {
  std::string digits = fmt::format("{}", number < 0 ? -number : number);
  for (int64_t i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), 1, ',');
  return number < 0 ? "-" + digits : digits;
}

std::string quoted(std::string_view text, size_t limit) {
  std::string out = "\"";
  size_t shown = 0;
  for (size_t at = 0; at < text.size(); ++shown) {
    if (shown == limit) return out + "...\"";
    const size_t start = at;
    const auto point = decode(text, at);
    if (!point)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at++]));
    else if (*point == '\n')
      out += "\\n";
    else if (*point == '\t')
      out += "\\t";
    else if (*point == '\r')
      out += "\\r";
    else if (*point < 0x20 || *point == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(*point));
    else if (*point == '"' || *point == '\\')
      out += {'\\', static_cast<char>(*point)};
    else
      out += text.substr(start, at - start);
  }
  return out + '"';
}

bool isUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();)
    if (!decode(text, at)) return false;
  return true;
}

int displayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const auto point = decode(text, at);
    if (!point) ++at;
    width += !point ? 1 : isCombining(*point) ? 0 : isWide(*point) ? 2 : 1;
  }
  return width;
}

}  // namespace proffer
