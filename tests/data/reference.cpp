#include "tests/data/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

namespace proffer::data::reference {
namespace {

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool isWhole(const std::string& text) {
  size_t i = text.starts_with('-') ? 1 : 0;
  return i < text.size() && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                                        [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<Row> readCsv(std::string_view text) {
  std::vector<Row> rows;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  int64_t line = 1;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      ++line;
      ++at;
      continue;
    }
    if (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] == '\n')) {
      ++at;
      continue;
    }
    Row row;
    row.line = line;
    bool ends = false;
    while (!ends) {
      std::string field;
      if (at < text.size() && text[at] == '"') {
        size_t p = at + 1;
        bool closed = false;
        while (p < text.size()) {
          if (text[p] == '\\' && p + 1 < text.size() && (text[p + 1] == '"' || text[p + 1] == '\\')) {
            field += text[p + 1];
            p += 2;
          } else if (text[p] == '"' && p + 1 < text.size() && text[p + 1] == '"') {
            field += '"';
            p += 2;
          } else if (text[p] == '"') {
            closed = true;
            ++p;
            break;
          } else {
            field += text[p++];
          }
        }
        if (!closed) {
          // Goes on after the line of the quote.
          row.broken = true;
          while (at < text.size() && text[at] != '\n') ++at;
          if (at < text.size()) ++at, ++line;
          break;
        }
        line += std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                           text.begin() + static_cast<std::ptrdiff_t>(p), '\n');
        at = p;
        std::string after;
        while (at < text.size() && text[at] != ',' && text[at] != '\n') after += text[at++];
        const bool atEnd = at == text.size() || text[at] == '\n';
        if (!(after.empty() || (after == "\r" && atEnd))) row.broken = true;
      } else {
        while (at < text.size() && text[at] != ',' && text[at] != '\n') field += text[at++];
        const bool atEnd = at == text.size() || text[at] == '\n';
        if (atEnd && field.ends_with('\r')) field.pop_back();
      }
      row.fields.push_back(field);
      ends = at >= text.size() || text[at] == '\n';
      if (at < text.size()) {
        if (text[at] == '\n') ++line;
        ++at;
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result import(const std::vector<std::string>& texts) {
  Result result;
  std::set<std::string> users, items;
  std::vector<std::string> all;
  const std::string names[] = {"user_id", "item_id", "timestamp", "event_type", "event_value", "device"};
  for (const auto& text : texts) {
    const auto rows = readCsv(text);
    std::map<std::string, size_t> column;
    for (size_t i = 0; i < rows.at(0).fields.size(); ++i) column[lowered(rows[0].fields[i])] = i;
    for (size_t r = 1; r < rows.size(); ++r) {
      const Row& row = rows[r];
      if (row.broken || row.fields.size() != rows[0].fields.size()) {
        result.bad.emplace_back(row.line, "structure");
        continue;
      }
      std::string cells[6];
      for (int i = 0; i < 6; ++i) cells[i] = row.fields[column.at(names[i])];
      char* end = nullptr;
      const double value = std::strtod(cells[4].c_str(), &end);
      if (cells[0].empty() || cells[1].empty() || !isWhole(cells[2]) || (!cells[4].empty() && *end != '\0')) {
        result.bad.emplace_back(row.line, "value");
        continue;
      }
      if (users.insert(cells[0]).second) result.users.push_back(cells[0]);
      if (items.insert(cells[1]).second) result.items.push_back(cells[1]);
      all.push_back(fmt::format("{} {} {} {} {} {}", cells[0], cells[1], std::atoll(cells[2].c_str()),
                                cells[3].empty() ? "-" : cells[3],
                                cells[4].empty() ? "-" : fmt::format("{}", static_cast<float>(value)),
                                cells[5].empty() ? "-" : cells[5]));
    }
  }
  std::sort(all.begin(), all.end());
  const size_t before = all.size();
  all.erase(std::unique(all.begin(), all.end()), all.end());
  result.duplicates = static_cast<int64_t>(before - all.size());
  result.lines = std::move(all);
  return result;
}

}  // namespace proffer::data::reference
