// The generated files as their readers find them: whole, valid for their schemas, believable, and the same
// every time.
#include "controller/generate/generate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/text.h"
#include "controller/generate/products.h"
#include "controller/generate/titles.h"

namespace proffer::generate::generate_test {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static int number = 0;
    path_ = fs::temp_directory_path() / fmt::format("proffer-generate-{}-{}", ::getpid(), number++);
    fs::remove_all(path_);
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The plainest reading of the files' own dialect: commas, and double quotes around a last free text.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  size_t column(std::string_view name) const {
    const auto found = std::find(columns.begin(), columns.end(), name);
    REQUIRE(found != columns.end());
    return static_cast<size_t>(found - columns.begin());
  }
};

std::vector<std::string> fieldsOf(const std::string& line) {
  std::vector<std::string> fields(1);
  bool inQuotes = false;
  for (const char c : line) {
    if (c == '"') {
      inQuotes = !inQuotes;
    } else if (c == ',' && !inQuotes) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (inQuotes) FAIL("open quotes: " << line);
  return fields;
}

Table readTable(const fs::path& path) {
  std::ifstream in(path);
  REQUIRE(in);
  Table table;
  std::string line;
  std::getline(in, line);
  table.columns = fieldsOf(line);
  while (std::getline(in, line)) {
    table.rows.push_back(fieldsOf(line));
    if (table.rows.back().size() != table.columns.size()) FAIL(path << ": " << line);
  }
  return table;
}

GenerateOptions small(Kind kind, const fs::path& out, uint64_t seed = 7) {
  GenerateOptions options = defaultsFor(kind);
  options.users = 200;
  options.items = 100;
  options.interactions = 5'000;
  options.seed = seed;
  options.out = out;
  return options;
}

GenerateOptions medium(Kind kind, const fs::path& out) {
  GenerateOptions options = small(kind, out);
  options.users = 2'000;
  options.items = 1'000;
  options.interactions = 100'000;
  return options;
}

void mustGenerate(const GenerateOptions& options) {
  Progress progress;
  const auto report = generate(options, progress);
  if (!report) FAIL(formatError(report.error()));
  CHECK(report->interactions == options.interactions);
  int64_t bytes = 0;
  for (const char* name : {"users.csv", "items.csv", "interactions.csv"}) {
    bytes += static_cast<int64_t>(fs::file_size(options.out / name));
  }
  CHECK(report->bytes == bytes);
}

std::string allBytes(const fs::path& directory) {
  return readFile(directory / "users.csv") + readFile(directory / "items.csv") +
         readFile(directory / "interactions.csv");
}

bool isInteger(const std::string& text, int64_t low, int64_t high) {
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
}

bool isDecimal(const std::string& text, double low, double high) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
}

bool isId(const std::string& text, char letter, int64_t count) {
  return text.size() > 1 && text[0] == letter && text[1] != '0' && isInteger(text.substr(1), 1, count);
}

// 0: everybody alike; near 1: one has it all.
double gini(std::vector<int64_t> counts) {
  std::sort(counts.begin(), counts.end());
  double sum = 0;
  double weighted = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += static_cast<double>(counts[i]);
    weighted += static_cast<double>(counts[i]) * static_cast<double>(i + 1);
  }
  const auto n = static_cast<double>(counts.size());
  return 2 * weighted / (n * sum) - (n + 1) / n;
}

std::map<std::string, int64_t> countBy(const Table& table, std::string_view column) {
  std::map<std::string, int64_t> counts;
  const size_t index = table.column(column);
  for (const auto& row : table.rows) ++counts[row[index]];
  return counts;
}

const std::vector<Kind> kKinds = {Kind::kStreaming, Kind::kShop};

}  // namespace

TEST_CASE("kinds have names") {
  CHECK(kindFromName("streaming") == Kind::kStreaming);
  CHECK(kindFromName("shop") == Kind::kShop);
  CHECK(!kindFromName("Shop"));
  for (const Kind kind : kKinds) CHECK(kindFromName(kindName(kind)) == kind);
}

TEST_CASE("the same options write the same bytes, whatever the number of threads") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory many;
    TemporaryDirectory one;
    TemporaryDirectory otherSeed;
    GenerateOptions options = medium(kind, many.path());
    mustGenerate(options);
    options.out = one.path();
    // Inside a loop's body everything runs inline, on the one thread.
    std::string problem;
    parallelFor(2, [&](size_t i) {
      if (i > 0) return;
      Progress progress;
      if (const auto report = generate(options, progress); !report) problem = formatError(report.error());
    });
    CHECK(problem.empty());
    CHECK((allBytes(many.path()) == allBytes(one.path())));
    options.out = otherSeed.path();
    options.seed = 8;
    mustGenerate(options);
    CHECK((allBytes(many.path()) != allBytes(otherSeed.path())));
  }
}

TEST_CASE("every value of streaming is what its schema allows") {
  TemporaryDirectory directory;
  const GenerateOptions options = small(Kind::kStreaming, directory.path());
  mustGenerate(options);
  const int64_t end = toMicros(options.end) / 1'000'000;
  const Table interactions = readTable(directory.path() / "interactions.csv");
  CHECK(interactions.columns ==
        std::vector<std::string>{"USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP", "EVENT_VALUE", "DEVICE"});
  CHECK(interactions.rows.size() == 5'000);
  const std::set<std::string> devices = {"tv", "phone", "web", "tablet"};
  for (const auto& row : interactions.rows) {
    const bool watched = row[2] == "Watch";
    const bool valid = isId(row[0], 'u', 200) && isId(row[1], 't', 100) && (watched || row[2] == "Click") &&
                       isInteger(row[3], end - 26 * 7 * 86'400, end - 1) &&
                       (watched ? isDecimal(row[4], 0.001, 1) : row[4].empty()) && devices.count(row[5]) == 1;
    if (!valid) FAIL_CHECK(fmt::format("{}", fmt::join(row, ",")));
  }
  const Table items = readTable(directory.path() / "items.csv");
  CHECK(items.rows.size() == 100);
  for (size_t i = 0; i < items.rows.size(); ++i) {
    const auto& row = items.rows[i];
    const auto parts = split(row[2], '|');
    const bool valid = row[0] == fmt::format("t{}", i + 1) && !row[1].empty() && !parts.empty() &&
                       parts.size() <= 3 &&
                       std::set<std::string>(parts.begin(), parts.end()).size() == parts.size() &&
                       isInteger(row[3], end - 20LL * 365 * 86'400, end - 1) && isInteger(row[4], 20, 200) &&
                       isInteger(row[5], 1930, 2026) && isDecimal(row[6], 1, 5) && !row[7].empty() &&
                       !row[8].empty() && row[9].size() > 20;
    if (!valid) FAIL_CHECK(fmt::format("{}", fmt::join(row, ",")));
  }
  const Table users = readTable(directory.path() / "users.csv");
  CHECK(users.columns == std::vector<std::string>{"USER_ID", "SUBSCRIPTION_MODEL", "AGE_GROUP", "COUNTRY"});
  CHECK(users.rows.size() == 200);
  CHECK(countBy(users, "USER_ID").size() == 200);
  CHECK(countBy(users, "SUBSCRIPTION_MODEL").size() == 4);
}

TEST_CASE("every value of the shop is what its schema allows") {
  TemporaryDirectory directory;
  const GenerateOptions options = small(Kind::kShop, directory.path());
  mustGenerate(options);
  const int64_t end = toMicros(options.end) / 1'000'000;
  const Table interactions = readTable(directory.path() / "interactions.csv");
  CHECK(interactions.columns == std::vector<std::string>{"USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP",
                                                         "EVENT_VALUE", "DEVICE", "ORDER_ID"});
  std::map<std::string, std::set<std::string>> orderOwners;
  for (const auto& row : interactions.rows) {
    const bool bought = row[2] == "Purchase";
    const bool valid = isId(row[0], 'u', 200) && isId(row[1], 'p', 100) &&
                       (bought || row[2] == "View" || row[2] == "AddToCart") &&
                       isInteger(row[3], end - 26 * 7 * 86'400, end - 1) &&
                       (bought ? isDecimal(row[4], 0.5, 10'000) : row[4].empty()) &&
                       bought == !row[6].empty();
    if (!valid) FAIL_CHECK(fmt::format("{}", fmt::join(row, ",")));
    if (bought) orderOwners[row[6]].insert(row[0] + " at " + row[3]);
  }
  for (const auto& [order, owners] : orderOwners) {
    if (owners.size() != 1) FAIL_CHECK(order << " was placed twice");
  }
  const Table items = readTable(directory.path() / "items.csv");
  std::map<std::string, std::string> parents;
  for (const auto& row : items.rows) {
    const bool valid = !row[1].empty() && isDecimal(row[2], 0.5, 10'000) && !row[3].empty() &&
                       !row[4].empty() && row[1].rfind(row[5], 0) == 0 &&
                       isInteger(row[6], end - 20LL * 365 * 86'400, end - 1) && isInteger(row[7], 0, 10'000);
    if (!valid) FAIL_CHECK(fmt::format("{}", fmt::join(row, ",")));
    const auto [known, isNew] = parents.emplace(row[4], row[3]);
    if (!isNew && known->second != row[3]) FAIL_CHECK(row[4] << " stands in two departments");
  }
  CHECK(countBy(readTable(directory.path() / "users.csv"), "MEMBERSHIP_STATUS").size() == 3);
}

TEST_CASE("a small data set is enough to train on") {
  for (const Kind kind : kKinds) {
    for (const uint64_t seed : {1, 2, 3}) {
      CAPTURE(kindName(kind), seed);
      TemporaryDirectory directory;
      mustGenerate(small(kind, directory.path(), seed));
      const Table table = readTable(directory.path() / "interactions.csv");
      CHECK(countBy(table, "EVENT_TYPE")[kind == Kind::kStreaming ? "Watch" : "View"] >= 1'000);
      const auto users = countBy(table, "USER_ID");
      CHECK(std::count_if(users.begin(), users.end(), [](const auto& user) { return user.second >= 2; }) >=
            25);
      CHECK(countBy(table, "EVENT_TYPE").size() == (kind == Kind::kStreaming ? 2 : 3));
    }
  }
}

TEST_CASE("few are popular, many are not, and nobody comes before an item does") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory directory;
    mustGenerate(medium(kind, directory.path()));
    const Table table = readTable(directory.path() / "interactions.csv");
    const Table items = readTable(directory.path() / "items.csv");
    auto byItem = countBy(table, "ITEM_ID");
    std::vector<int64_t> counts;
    std::map<std::string, int64_t> created;
    for (const auto& row : items.rows) {
      counts.push_back(byItem[row[0]]);
      created[row[0]] = std::stoll(row[items.column("CREATION_TIMESTAMP")]);
    }
    CHECK(gini(counts) > 0.5);
    CHECK(gini(counts) < 0.9);
    CHECK(*std::max_element(counts.begin(), counts.end()) < 10'000);  // nothing is a tenth of everything
    std::vector<int64_t> activity;
    for (const auto& [user, count] : countBy(table, "USER_ID")) activity.push_back(count);
    CHECK(activity.size() > 1'800);
    CHECK(gini(activity) > 0.3);
    CHECK(gini(activity) < 0.8);
    int64_t tooEarly = 0;
    for (const auto& row : table.rows) tooEarly += std::stoll(row[3]) < created[row[1]];
    CHECK(tooEarly == 0);
  }
}

TEST_CASE("rows come in the order of time and are all different") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory directory;
    mustGenerate(medium(kind, directory.path()));
    const Table table = readTable(directory.path() / "interactions.csv");
    CHECK(std::is_sorted(table.rows.begin(), table.rows.end(),
                         [](const auto& a, const auto& b) { return a[3] < b[3]; }));
    const std::set<std::vector<std::string>> distinct(table.rows.begin(), table.rows.end());
    CHECK(distinct.size() == table.rows.size());
  }
}

TEST_CASE("evenings are busier than nights, and streaming's weekends than its Mondays") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory directory;
    mustGenerate(medium(kind, directory.path()));
    std::array<int64_t, 24> hours = {};
    std::array<int64_t, 7> days = {};
    for (const auto& row : readTable(directory.path() / "interactions.csv").rows) {
      const int64_t time = std::stoll(row[3]);
      ++hours[static_cast<size_t>(time % 86'400 / 3600)];
      ++days[static_cast<size_t>((time / 86'400 + 3) % 7)];
    }
    CHECK(hours[21] > 5 * hours[4]);
    CHECK(hours[4] > 0);
    if (kind == Kind::kStreaming) CHECK(days[5] > days[0] * 5 / 4);
    if (kind == Kind::kShop) CHECK(days[0] > days[5] * 10 / 9);
  }
}

TEST_CASE("people have tastes, and what is popular changes") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory directory;
    mustGenerate(medium(kind, directory.path()));
    const Table items = readTable(directory.path() / "items.csv");
    const size_t groupColumn = items.column(kind == Kind::kStreaming ? "GENRES" : "CATEGORY_L2");
    std::map<std::string, std::string> groupOf;
    for (const auto& row : items.rows) groupOf[row[0]] = split(row[groupColumn], '|').front();
    const Table table = readTable(directory.path() / "interactions.csv");
    // How much of a heavy user's activity is in the group the user likes best, beside everybody's best group.
    std::map<std::string, std::map<std::string, int64_t>> byUser;
    std::map<std::string, int64_t> overall;
    std::map<std::string, int64_t> early;
    std::map<std::string, int64_t> late;
    for (size_t i = 0; i < table.rows.size(); ++i) {
      const auto& row = table.rows[i];
      ++byUser[row[0]][groupOf[row[1]]];
      ++overall[groupOf[row[1]]];
      if (i < table.rows.size() / 4) ++early[row[1]];
      if (i >= table.rows.size() * 3 / 4) ++late[row[1]];
    }
    double ownShare = 0;
    int64_t heavy = 0;
    for (const auto& [user, counts] : byUser) {
      int64_t sum = 0;
      int64_t best = 0;
      for (const auto& [group, count] : counts) {
        sum += count;
        best = std::max(best, count);
      }
      if (sum < 100) continue;
      ++heavy;
      ownShare += static_cast<double>(best) / static_cast<double>(sum);
    }
    REQUIRE(heavy > 20);
    int64_t commonest = 0;
    for (const auto& [group, count] : overall) commonest = std::max(commonest, count);
    CHECK(ownShare / static_cast<double>(heavy) > 1.7 * static_cast<double>(commonest) / 100'000);
    const auto top = [](const std::map<std::string, int64_t>& counts) {
      std::vector<std::pair<int64_t, std::string>> ranked;
      for (const auto& [item, count] : counts) ranked.emplace_back(-count, item);
      std::sort(ranked.begin(), ranked.end());
      std::set<std::string> names;
      for (size_t i = 0; i < 50; ++i) names.insert(ranked[i].second);
      return names;
    };
    std::vector<std::string> common;
    const auto before = top(early);
    const auto after = top(late);
    std::set_intersection(before.begin(), before.end(), after.begin(), after.end(),
                          std::back_inserter(common));
    CHECK(common.size() > 5);
    CHECK(common.size() < 42);
  }
}

TEST_CASE("no two items have one title") {
  for (const Kind kind : kKinds) {
    CAPTURE(kindName(kind));
    TemporaryDirectory directory;
    GenerateOptions options = small(kind, directory.path());
    options.items = 60'000;  // enough to use up some short forms of every genre
    options.interactions = 0;
    mustGenerate(options);
    const Table items = readTable(directory.path() / "items.csv");
    std::vector<std::string> titles;
    for (const auto& row : items.rows) titles.push_back(row[1]);
    std::sort(titles.begin(), titles.end());
    const auto twice = std::adjacent_find(titles.begin(), titles.end());
    if (twice != titles.end()) FAIL_CHECK(*twice);
  }
}

TEST_CASE("titles and names stay different when the shorter forms are used up") {
  struct Row {
    std::function<std::string(uint32_t)> text;
    const char* reason;
  };
  const Row rows[] = {
      {[](uint32_t number) { return title(6, number, 3); }, "beyond the forms with adjective and place"},
      {[](uint32_t number) { return title(6, 1'720'000 + number, 3); },
       "beyond the forms with a person's name"},
      {[](uint32_t number) { return productName(4, number, 3); }, "beyond brand, line and type"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> texts;
    for (uint32_t number = 0; number < 50'000; ++number) texts.push_back(row.text(number));
    std::sort(texts.begin(), texts.end());
    const auto twice = std::adjacent_find(texts.begin(), texts.end());
    if (twice != texts.end()) FAIL_CHECK(row.reason << ": " << *twice);
  }
}

TEST_CASE("sizes at the edge") {
  struct Row {
    int64_t users, items, interactions;
    const char* reason;
  };
  const Row rows[] = {
      {1, 1, 0, "no interactions: only headers"}, {1, 1, 1, "the least"},
      {1, 1, 1'000, "one person, one item"},      {3, 2, 77, "fewer rows than epochs would like"},
      {10, 20'000, 500, "more items than rows"},  {20'000, 3, 500, "more people than rows"},
  };
  for (const Kind kind : kKinds) {
    for (const Row& row : rows) {
      CAPTURE(kindName(kind), row.reason);
      TemporaryDirectory directory;
      GenerateOptions options = small(kind, directory.path());
      options.users = row.users;
      options.items = row.items;
      options.interactions = row.interactions;
      mustGenerate(options);
      CHECK(readTable(directory.path() / "interactions.csv").rows.size() ==
            static_cast<size_t>(row.interactions));
      CHECK(readTable(directory.path() / "items.csv").rows.size() == static_cast<size_t>(row.items));
      CHECK(readTable(directory.path() / "users.csv").rows.size() == static_cast<size_t>(row.users));
    }
  }
}

TEST_CASE("what cannot be is refused by name") {
  struct Row {
    const char* field;
    void (*change)(GenerateOptions&);
  };
  const Row rows[] = {
      {"users", [](GenerateOptions& options) { options.users = 0; }},
      {"users", [](GenerateOptions& options) { options.users = 2'000'000'000; }},
      {"items", [](GenerateOptions& options) { options.items = -1; }},
      {"items", [](GenerateOptions& options) { options.items = 50'000'001; }},
      {"interactions", [](GenerateOptions& options) { options.interactions = -1; }},
      {"end", [](GenerateOptions& options) { options.end = fromMicros(5); }},
      {"out", [](GenerateOptions& options) { options.out.clear(); }},
  };
  for (const Row& row : rows) {
    TemporaryDirectory directory;
    GenerateOptions options = small(Kind::kShop, directory.path());
    row.change(options);
    Progress progress;
    const auto report = generate(options, progress);
    REQUIRE(!report);
    CHECK(report.error().code == ErrorCode::kInvalidInput);
    CHECK(report.error().field == row.field);
    CHECK(!fs::exists(directory.path()));
  }
}

TEST_CASE("a cancelled run and a failed one leave no files with final names") {
  TemporaryDirectory directory;
  Progress progress;
  progress.cancel();
  const auto cancelled = generate(small(Kind::kStreaming, directory.path()), progress);
  REQUIRE(!cancelled);
  CHECK(cancelled.error().code == ErrorCode::kCancelled);
  CHECK(fs::is_empty(directory.path()));

  std::ofstream(directory.path() / "file") << "x";
  Progress other;
  const auto failed = generate(small(Kind::kStreaming, directory.path() / "file"), other);
  REQUIRE(!failed);
  CHECK(failed.error().code == ErrorCode::kIo);
  CHECK(failed.error().message.find("file") != std::string::npos);
}

}  // namespace proffer::generate::generate_test
