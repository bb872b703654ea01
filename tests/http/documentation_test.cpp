// Holds docs/http-api.md against the table of routes.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "controller/http/routes.h"

namespace documentation_test {

using namespace proffer;
using namespace proffer::http;

TEST_CASE("the document lists every route with its query, and no other") {
  std::ifstream file(PROFFER_SOURCE_DIR "/docs/http-api.md");
  std::vector<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = split(line, '|');
    if (cells.size() < 5 || trim(cells[2]).substr(0, 2) != "`/") continue;
    std::string row =
        std::string(trim(cells[1])) + " " + std::string(trim(cells[2])) + " " + std::string(trim(cells[3]));
    row.erase(std::remove(row.begin(), row.end(), '`'), row.end());
    documented.emplace_back(trim(row));
  }
  std::vector<std::string> known;
  for (const Route& route : routes())
    known.emplace_back(trim(fmt::format("{} {} {}", route.method, route.pattern, route.query)));
  CHECK(documented == known);
}

}  // namespace documentation_test
