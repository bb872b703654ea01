// UCI Online Retail, cleaned as its README says (lines with a customer, of a positive quantity, that are no
// cancellation), where a copy is at hand (PROFFER_TEST_DATA): what was bought, and what the products are.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

struct RetailProduct {
  std::string description;  ///< the one that most lines have
  double price = 0;         ///< the median
};

/// Products as a table, with a text and a number.
inline MemoryTable retailTable(const std::map<std::string, RetailProduct>& products,
                               const MemoryInteractions& interactions) {
  MemoryTable table({{"DESCRIPTION", ColumnKind::kText}, {"PRICE", ColumnKind::kNumeric}},
                    interactions.itemCount());
  for (const auto& [id, product] : products)
    if (const Index item = interactions.item(id); item != kNoIndex)
      table.set(item, {product.description, std::to_string(product.price)});
  return table;
}

struct OnlineRetail {
  std::vector<Row> lines;  ///< those of one order have one user and one time
  std::map<std::string, RetailProduct> products;
};

// Fields without their quotes; quotes within fields do not matter here.
inline std::vector<std::string> retailFields(const char* line, ssize_t length) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (ssize_t i = 0; i < length && line[i] != '\n'; ++i) {
    if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += line[i];
  }
  return fields;
}

/// Nothing without the data set; the caller says so aloud.
inline std::optional<OnlineRetail> onlineRetail() {
  const char* const directory = std::getenv("PROFFER_TEST_DATA");
  if (!directory) return std::nullopt;
  const std::string command =
      "xz -dc '" + std::string(directory) + "/online-retail/online-retail.csv.xz' 2>/dev/null";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) return std::nullopt;
  OnlineRetail all;
  std::map<std::string, std::map<std::string, int>> descriptions;
  std::map<std::string, std::vector<double>> prices;
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t length = 0; (length = ::getline(&line, &capacity, pipe)) > 0;) {
    const std::vector<std::string> fields = retailFields(line, length);
    if (fields.size() != 8 || fields[6].empty() || fields[0].starts_with("C")) continue;
    if (std::strtol(fields[3].c_str(), nullptr, 10) <= 0) continue;
    std::tm time{};
    if (!::strptime(fields[4].c_str(), "%Y-%m-%d %H:%M:%S", &time)) continue;  // the header
    all.lines.push_back({fields[6], fields[1], ::timegm(&time), "Purchase"});
    ++descriptions[fields[1]][fields[2]];
    prices[fields[1]].push_back(std::strtod(fields[5].c_str(), nullptr));
  }
  std::free(line);
  if (::pclose(pipe) != 0 || all.lines.empty()) return std::nullopt;
  for (auto& [id, written] : descriptions) {
    RetailProduct& product = all.products[id];
    const auto most = std::max_element(written.begin(), written.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    product.description = most->first;
    auto& paid = prices[id];
    std::nth_element(paid.begin(), paid.begin() + static_cast<ptrdiff_t>(paid.size() / 2), paid.end());
    product.price = paid[paid.size() / 2];
  }
  return all;
}

}  // namespace proffer::recipes::testing
