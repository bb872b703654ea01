#include "tests/data/support.h"

#include <algorithm>
#include <cmath>

namespace proffer::data {
namespace {

void append(const Snapshot& snapshot, recipes::Index user, std::vector<std::string>& lines) {
  const recipes::Interactions& view = snapshot.interactions();
  recipes::Interactions::Scratch scratch, forCodes;
  const recipes::History history = view.history(user, scratch);
  std::vector<std::vector<uint32_t>> codes;
  for (size_t column = 0; column < view.columns().size(); ++column) {
    const auto found = view.codes(user, column, forCodes);
    codes.emplace_back(found.begin(), found.end());
  }
  for (size_t i = 0; i < history.size(); ++i) {
    std::string line =
        fmt::format("{} {} {}", view.userId(user), view.itemId(history.items[i]), history.times[i]);
    if (!history.types.empty()) {
      const uint16_t type = history.types[i];
      line += type == recipes::kNoType ? " -" : " " + std::string(view.eventTypes()[type]);
    }
    if (!history.values.empty())
      line += std::isnan(history.values[i]) ? " -" : fmt::format(" {}", history.values[i]);
    for (size_t column = 0; column < codes.size(); ++column) {
      const uint32_t code = codes[column].at(i);
      line += code == 0xFFFFFFFF ? " -" : " " + std::string(view.columnValues(column)[code]);
    }
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::vector<std::string> allInteractions(const Snapshot& snapshot) {
  std::vector<std::string> lines;
  for (recipes::Index user = 0; user < snapshot.interactions().userCount(); ++user)
    append(snapshot, user, lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> interactionsOf(const Snapshot& snapshot, std::string_view user) {
  std::vector<std::string> lines;
  const recipes::Index index = snapshot.findUser(user);
  if (index != recipes::kNoIndex) append(snapshot, index, lines);
  return lines;
}

}  // namespace proffer::data
