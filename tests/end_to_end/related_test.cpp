// Related items with the real program: the shop of the examples, asked about its items.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace related_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

void mustWork(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

std::vector<std::string> asked(const ServerProcess& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "recommend");
  arguments.insert(arguments.end(), {"-n", "10", "-o", "json"});
  const Outcome outcome = server.proffer(arguments);
  mustWork(outcome);
  const auto answer = parseJson(outcome.out);
  REQUIRE(answer);
  std::vector<std::string> ids;
  for (const auto& item : answer->at("itemList")) {
    ids.push_back(item.at("itemId").get<std::string>());
    CHECK_FALSE(item.contains("score"));  // UC-5
  }
  return ids;
}

// Per column of the file, the values of one row.
std::vector<std::map<std::string, std::string>> rowsOf(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  REQUIRE(std::getline(in, line));
  const std::vector<std::string> header = split(line, ',');
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split(line, ',');
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < std::min(header.size(), cells.size()); ++i) row[header[i]] = cells[i];
  }
  return rows;
}

}  // namespace

TEST_CASE("the shop answers what goes with an item") {
  TemporaryDirectory place;
  const fs::path shop = place.path() / "shop";
  fs::copy(fs::path(PROFFER_SOURCE_DIR) / "examples/shop", shop, fs::copy_options::recursive);
  fs::remove_all(shop / "data");
  mustWork(run({profferProgram(), "generate", "shop", "--users", "400", "--items", "150", "--interactions",
                "20000", "--seed", "7", "--out", (shop / "data").string()}));
  // Somebody who bought something, and what was in one order with it.
  std::map<std::string, std::set<std::string>> orders;
  std::string buyer, bought;
  for (const auto& row : rowsOf(shop / "data/interactions.csv")) {
    if (row.at("EVENT_TYPE") != "Purchase") continue;
    orders[row.at("ORDER_ID")].insert(row.at("ITEM_ID"));
    buyer = row.at("USER_ID"), bought = row.at("ITEM_ID");
  }
  REQUIRE_FALSE(buyer.empty());
  ServerProcess server(place.path() / "data", {"--sources", shop.string()});
  mustWork(server.proffer({"apply", "-f", shop.string(), "--wait", "--timeout", "120s"}, "", 200));

  size_t inOneOrder = 0, pairs = 0;
  for (const auto& [order, items] : orders) {
    if (items.size() < 2 || pairs == 20) continue;
    const auto ids = asked(server, {"shop/bought-together", "--item", *items.begin()});
    CHECK(ids.size() == 10);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).count(*items.begin()) == 0);
    inOneOrder += std::any_of(ids.begin(), ids.end(),
                              [&wanted = items](const auto& id) { return wanted.count(id) > 0; });
    ++pairs;
  }
  CHECK(pairs > 0);
  CHECK(2 * inOneOrder > pairs);

  const auto viewed = asked(server, {"shop/also-viewed", "--user", buyer, "--item", bought});
  CHECK(viewed.size() == 10);
  for (const auto& row : rowsOf(shop / "data/interactions.csv"))
    if (row.at("USER_ID") == buyer && row.at("EVENT_TYPE") == "Purchase")
      CHECK(std::count(viewed.begin(), viewed.end(), row.at("ITEM_ID")) == 0);  // purchased
  CHECK(asked(server, {"shop/bought-together", "--item", "nobody-sells-this"}) ==
        asked(server, {"shop/bought-together", "--item", "nor-this"}));  // R12
  CHECK(server.proffer({"recommend", "shop/also-viewed", "--user", buyer}).exitCode != 0);
  CHECK(server.stop() == 0);
}

}  // namespace related_test
