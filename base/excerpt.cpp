#include "base/excerpt.h"

#include <algorithm>

namespace proffer {
namespace {

constexpr int kWhole = 160;
// Before and behind the place; with the sign for what is left out, the place always has the same column.
constexpr int kBefore = 40, kBehind = 60;
constexpr std::string_view kLeftOut = "…";

bool begins(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

std::string excerptAround(std::string_view line, int column) {
  if (line.starts_with(kLeftOut)) return std::string(line);
  const auto length = static_cast<int>(std::count_if(line.begin(), line.end(), begins));
  if (length <= kWhole) return std::string(line);
  column = std::clamp(column, 1, length + 1);
  const int first = column - kBefore > 2 ? column - kBefore : 1;
  const int last = std::min(length, column + kBehind);
  std::string out(first > 1 ? kLeftOut : "");
  int at = 0;
  for (const char c : line) {
    at += begins(c) ? 1 : 0;
    if (at >= first && at <= last) out += c;
  }
  if (last < length) out += kLeftOut;
  return out;
}

int columnInExcerpt(std::string_view excerpt, int column) {
  return excerpt.starts_with(kLeftOut) ? kBefore + 2 : column;
}

}  // namespace proffer
