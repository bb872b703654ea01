// Writing cells of CSV so that the reader (csv.h) and the service read them back. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace proffer::data {

/// An empty cell is `""` (B30). Others stand as they are, unless they hold a comma, a quote, a line break, or
/// blanks at an end: then in double quotes, with a backslash before quotes and backslashes (B21).
inline void appendCsvCell(std::string& out, std::string_view cell) {
  const bool quoted = cell.empty() || cell.find_first_of(",\"\n\r") != std::string_view::npos ||
                      cell.front() == ' ' || cell.back() == ' ';
  if (!quoted) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace proffer::data
