// The orders of UCI Online Retail as rows, where a copy is at hand (PROFFER_TEST_DATA), cleaned as its README
// says: lines with a customer, of a positive quantity, that are no cancellation.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

/// One row per line of an order; all lines of an order have one user and one time.
inline std::optional<std::vector<Row>> onlineRetailOrders() {
  const char* const directory = std::getenv("PROFFER_TEST_DATA");
  if (!directory) return std::nullopt;
  const std::string command =
      "xz -dc '" + std::string(directory) + "/online-retail/online-retail.csv.xz' 2>/dev/null";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) return std::nullopt;
  std::vector<Row> rows;
  char* line = nullptr;
  size_t capacity = 0;
  std::vector<std::string> fields;
  for (ssize_t length = 0; (length = ::getline(&line, &capacity, pipe)) > 0;) {
    fields.assign(1, "");
    bool quoted = false;
    for (ssize_t i = 0; i < length && line[i] != '\n'; ++i) {
      if (line[i] == '"') {
        quoted = !quoted;
      } else if (line[i] == ',' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += line[i];
      }
    }
    if (fields.size() != 8 || fields[6].empty() || fields[0].starts_with("C")) continue;
    if (std::strtol(fields[3].c_str(), nullptr, 10) <= 0) continue;
    std::tm time{};
    if (!::strptime(fields[4].c_str(), "%Y-%m-%d %H:%M:%S", &time)) continue;  // the header
    rows.push_back({fields[6], fields[1], ::timegm(&time), "Purchase"});
  }
  std::free(line);
  if (::pclose(pipe) != 0 || rows.empty()) return std::nullopt;
  return rows;
}

}  // namespace proffer::recipes::testing
