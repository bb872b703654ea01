// What `proffer evaluate` says against an implementation that shares no code with it: the split is read from
// the files that --dump-split writes, the lists too, and everything is worked out again with maps and loops.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "recipes/comparison.h"
#include "tests/recipes/memory_views.h"
#include "tests/recipes/movielens.h"

namespace comparison_naive_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;
namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;
using Table = std::vector<std::map<std::string, std::string>>;

SplitSink into(Texts& files) {
  return [&files](std::string_view file, std::string_view text) {
    files[std::string(file)] += text;
    return true;
  };
}

Table readTable(const std::string& text) {
  std::vector<std::string> header;
  Table table;
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string> cells = split(line, ',');
    cells.resize(std::max(cells.size(), header.size()));
    if (header.empty()) {
      header = cells;
      continue;
    }
    table.emplace_back();
    for (size_t i = 0; i < header.size(); ++i) table.back()[header[i]] = cells[i];
  }
  return table;
}

using CaseKey = std::pair<std::string, std::string>;
CaseKey keyOf(std::map<std::string, std::string> row) {
  return {row["user"], row.contains("query") ? row["query"] : row["turn"]};
}

struct World {
  std::map<CaseKey, std::vector<std::string>> input;
  std::map<CaseKey, std::set<std::string>> truth;
  std::map<std::string, std::vector<std::string>> training;
};

World readWorld(const Texts& files, bool withTraining) {
  World world;
  for (const auto& row : readTable(files.at("input.csv"))) world.input[keyOf(row)].push_back(row.at("item"));
  for (const auto& row : readTable(files.at("truth.csv"))) world.truth[keyOf(row)].insert(row.at("item"));
  if (!withTraining) return world;
  for (const auto& row : readTable(files.at("train.csv")))
    world.training[row.at("USER_ID")].push_back(row.at("ITEM_ID"));
  return world;
}

// What the input holds is not asked for.
World onlyNew(World world) {
  for (auto& [key, truth] : world.truth)
    for (const std::string& item : world.input[key]) truth.erase(item);
  std::erase_if(world.truth, [](const auto& one) { return one.second.empty(); });
  return world;
}

std::map<CaseKey, std::vector<std::string>> readLists(const std::string& text) {
  std::map<CaseKey, std::vector<std::string>> lists;
  for (const auto& row : readTable(text)) {
    auto& list = lists[keyOf(row)];
    CHECK(row.at("rank") == std::to_string(list.size() + 1));
    list.push_back(row.at("item"));
  }
  return lists;
}

std::map<std::string, double> naiveFigures(const World& world,
                                           const std::map<CaseKey, std::vector<std::string>>& lists) {
  std::map<std::string, double> sums;
  for (const auto& [key, truth] : world.truth) {
    const std::vector<std::string> list = lists.contains(key) ? lists.at(key) : std::vector<std::string>();
    double reciprocal = 0;
    for (size_t i = std::min<size_t>(25, list.size()); i-- > 0;)
      if (truth.contains(list[i])) reciprocal = 1.0 / double(i + 1);
    sums["mean_reciprocal_rank_at_25"] += reciprocal;
    for (const size_t k : {5, 10, 25}) {
      double hits = 0, gain = 0, ideal = 0;
      for (size_t i = 0; i < k; ++i) {
        const double step = std::log(2.0) / std::log(double(i) + 2.0);
        if (i < list.size() && truth.contains(list[i])) hits += 1, gain += step;
        if (i < truth.size()) ideal += step;
      }
      const std::string at = "_at_" + std::to_string(k);
      sums["normalized_discounted_cumulative_gain" + at] += gain / ideal;
      sums["precision" + at] += hits / double(k);
      sums["hit_rate" + at] += hits > 0;
    }
  }
  for (auto& [name, sum] : sums) sum /= double(world.truth.size());
  return sums;
}

// Scores by definition; items without an entry score 0.
using Scores = std::map<std::string, double>;

struct NaiveYardsticks {
  explicit NaiveYardsticks(const World& world) {
    for (const auto& [user, items] : world.training) {
      for (const std::string& item : std::set<std::string>(items.begin(), items.end())) {
        users[item].insert(user);
        number.emplace(item, number.size());
      }
      for (size_t i = 0; i < items.size(); ++i)
        for (size_t j = i + 1; j < items.size() && j - i <= 20; ++j)
          counts[items[i]][items[j]] += 1.0 / double(j - i);
    }
    inverse = inverted(50);
    inverseOfBlend = inverted(150);
  }

  Scores popularity() const {
    Scores scores;
    for (const auto& [item, who] : users) scores[item] = double(who.size());
    return scores;
  }

  Scores windowedCounts(const std::vector<std::string>& input, double decay = 6) const {
    Scores scores;
    double most = 0;
    for (const auto& [item, who] : users) most = std::max(most, double(who.size()));
    for (const auto& [item, who] : users) scores[item] = 1e-7 * double(who.size()) / most;
    for (size_t k = 0; k < input.size(); ++k) {
      const std::string& a = input[input.size() - 1 - k];
      if (!counts.contains(a)) continue;
      for (const auto& [b, count] : counts.at(a))
        scores[b] += std::exp(-double(k) / decay) * count / (double(users.at(a).size()) + 10);
    }
    return scores;
  }

  Scores ease(const std::vector<std::string>& input) const { return ease(input, inverse, 8); }

  Scores blend(const std::vector<std::string>& input, const std::set<std::string>& catalogue) const {
    const Scores parts[] = {ease(input, inverseOfBlend, 10), windowedCounts(input, 2)};
    Scores sum;
    for (int part = 0; part < 2; ++part) {
      const auto of = [&](const std::string& item) {
        return parts[part].contains(item) ? parts[part].at(item) : 0.0;
      };
      double mean = 0, variance = 0;
      for (const auto& item : catalogue) mean += of(item) / double(catalogue.size());
      for (const auto& item : catalogue) variance += std::pow(of(item) - mean, 2) / double(catalogue.size());
      for (const auto& item : catalogue)
        if (variance > 0) sum[item] += (part == 0 ? 1 : 0.5) * (of(item) - mean) / std::sqrt(variance);
    }
    return sum;
  }

  Scores ease(const std::vector<std::string>& input, const std::vector<std::vector<double>>& p,
              double decay) const {
    Scores scores;
    for (size_t k = 0; k < input.size(); ++k) {
      const auto from = number.find(input[input.size() - 1 - k]);
      if (from == number.end()) continue;
      for (const auto& [item, j] : number)
        if (j != from->second) scores[item] += std::exp(-double(k) / decay) * -p[from->second][j] / p[j][j];
    }
    return scores;
  }

  // (X'X + lambda I)^-1 by Gauss and Jordan.
  std::vector<std::vector<double>> inverted(double lambda) const {
    const size_t n = number.size();
    std::vector<std::vector<double>> gram(n, std::vector<double>(n)), inverted(n, std::vector<double>(n));
    for (const auto& [a, i] : number)
      for (const auto& [b, j] : number)
        for (const std::string& user : users.at(a)) gram[i][j] += users.at(b).contains(user);
    for (size_t i = 0; i < n; ++i) gram[i][i] += lambda, inverted[i][i] = 1;
    for (size_t i = 0; i < n; ++i) {
      const double pivot = gram[i][i];
      for (size_t j = 0; j < n; ++j) gram[i][j] /= pivot, inverted[i][j] /= pivot;
      for (size_t row = 0; row < n; ++row) {
        const double factor = gram[row][i];
        if (row == i || factor == 0) continue;
        for (size_t j = 0; j < n; ++j)
          gram[row][j] -= factor * gram[i][j], inverted[row][j] -= factor * inverted[i][j];
      }
    }
    return inverted;
  }

  std::map<std::string, std::set<std::string>> users;
  std::map<std::string, size_t> number;
  std::map<std::string, std::map<std::string, double>> counts;
  std::vector<std::vector<double>> inverse, inverseOfBlend;
};

// Equal scores may stand in any order, and sums in another order differ in the last bits: so the scores along
// the list are compared, not the items.
void checkList(const std::vector<std::string>& list, const Scores& scores, const std::set<std::string>& gone,
               const std::set<std::string>& catalogue) {
  std::vector<double> wanted;
  const auto of = [&](const std::string& item) { return scores.contains(item) ? scores.at(item) : 0.0; };
  for (const std::string& item : catalogue)
    if (!gone.contains(item)) wanted.push_back(of(item));
  std::sort(wanted.rbegin(), wanted.rend());
  REQUIRE(list.size() == std::min<size_t>(25, wanted.size()));
  bool same = true;
  for (size_t i = 0; i < list.size(); ++i)
    same = same && !gone.contains(list[i]) && std::abs(of(list[i]) - wanted[i]) <= 1e-9;
  CHECK(same);
}

Contender popularityCount() {
  Contender contender;
  contender.name = "aws-popularity-count";
  contender.recipe = *recipeOfFamily("popularity");
  contender.configuration.recipe = "aws-popularity-count";
  return contender;
}

const MethodFigures& methodOf(const TaskFigures& task, std::string_view name) {
  for (const MethodFigures& method : task.methods)
    if (method.name == name) return method;
  FAIL("no method " << name);
  return task.methods.front();
}

double figure(const MethodFigures& method, std::string_view name) {
  for (size_t i = 0; i < kFigureCount; ++i)
    if (figureNames()[i] == name) return method.spread.mean[i];
  FAIL("no figure " << name);
  return 0;
}

std::string plainName(const std::string& name) {
  std::string plain;
  for (const char c : name) plain += c == ' ' ? '-' : char(std::tolower(c));
  return plain;
}

void checkFigures(const Comparison& comparison, const Texts& files) {
  const World any = readWorld(files, false);
  for (const TaskFigures& task : comparison.tasks) {
    const World world = task.name == "NEW" ? onlyNew(any) : any;
    for (const MethodFigures& method : task.methods) {
      if (!method.leftOut.empty()) continue;
      const auto lists =
          readLists(files.at("list-" + plainName(task.name) + "-" + plainName(method.name) + ".csv"));
      for (const auto& [name, value] : naiveFigures(world, lists)) {
        INFO(task.name << " " << method.name << " " << name);
        CHECK(std::abs(figure(method, name) - value) <= 1e-12);
      }
    }
  }
}

}  // namespace

TEST_CASE("all figures and all yardsticks agree with a naive implementation", "[comparison]") {
  for (const Protocol protocol : {Protocol::kUsers, Protocol::kLeaveLast, Protocol::kRolling}) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      INFO(protocolName(protocol) << " seed " << seed);
      // More users than items, and fewer: EASE is solved over the smaller of the two.
      const std::vector<Row> rows = seed % 2 ? randomRows(seed, 120, 40, 8) : randomRows(seed, 40, 90, 12);
      const MemoryInteractions interactions(rows);
      ComparisonOptions options;
      options.protocol = protocol;
      options.seed = seed;
      options.resamples = 0;
      Progress progress;
      Texts files;
      const auto comparison = compare({&interactions}, {popularityCount()}, options, progress, into(files));
      REQUIRE(comparison);
      checkFigures(*comparison, files);

      std::set<std::string> catalogue;
      for (const Row& row : rows) catalogue.insert(row.item);
      const World any = readWorld(files, true);
      const NaiveYardsticks naive(any);
      for (const bool fresh : {true, false}) {
        const std::string task = fresh ? "new" : "any";
        const World world = fresh ? onlyNew(any) : any;
        const auto popular = readLists(files.at("list-" + task + "-popularity.csv"));
        const auto counts = readLists(files.at("list-" + task + "-windowed-counts.csv"));
        const auto ease = readLists(files.at("list-" + task + "-ease-with-recency.csv"));
        const auto blend = readLists(files.at("list-" + task + "-blend.csv"));
        for (const auto& [key, truth] : world.truth) {
          const std::vector<std::string>& input = world.input.at(key);
          const std::set<std::string> gone =
              fresh ? std::set<std::string>(input.begin(), input.end()) : std::set<std::string>();
          checkList(popular.at(key), naive.popularity(), gone, catalogue);
          checkList(counts.at(key), naive.windowedCounts(input), gone, catalogue);
          checkList(ease.at(key), naive.ease(input), gone, catalogue);
          checkList(blend.at(key), naive.blend(input, catalogue), gone, catalogue);
        }
      }
    }
  }
}

TEST_CASE("related items are asked about the last item of each input", "[comparison]") {
  const MemoryInteractions interactions(randomRows(3, 200, 50, 10));
  for (const Protocol protocol : {Protocol::kUsers, Protocol::kFollowing}) {
    ComparisonOptions options;
    options.protocol = protocol;
    options.related = true;
    options.resamples = 0;
    Progress progress;
    Texts files;
    const auto comparison = compare({&interactions}, {popularityCount()}, options, progress, into(files));
    REQUIRE(comparison);
    for (const auto& row : readTable(files.at("truth.csv"))) CHECK(!row.at("query").empty());
    // An item is never answered to itself.
    for (const auto& row : readTable(files.at("list-any-windowed-counts.csv")))
      CHECK(row.at("item") != row.at("query"));
    for (const auto& row : readTable(files.at("input.csv"))) CHECK(row.at("item") == row.at("query"));
  }
}

TEST_CASE("the figures of the yardsticks on MovieLens are the published ones", "[comparison][quality]") {
  const auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not tested on real data");
    return;
  }
  const MemoryInteractions interactions(*rows);
  ComparisonOptions options;
  options.protocol = Protocol::kLeaveLast;
  options.ties = TieOrder::kItemId;
  options.resamples = 100;
  Progress progress;
  Texts files;
  const auto comparison = compare({&interactions}, {popularityCount()}, options, progress, into(files));
  REQUIRE(comparison);
  checkFigures(*comparison, files);
  struct {
    const char* method;
    double hitRate, gain;
  } const published[] = {{"popularity", .043, .019},
                         {"windowed counts", .131, .071},
                         {"EASE with recency", .121, .065},
                         {"blend", .144, .079}};
  for (const auto& row : published) {
    INFO(row.method);
    const MethodFigures& method = methodOf(comparison->tasks.front(), row.method);
    CHECK(std::abs(figure(method, "hit_rate_at_10") - row.hitRate) < .0006);
    CHECK(std::abs(figure(method, "normalized_discounted_cumulative_gain_at_10") - row.gain) < .0006);
  }

  // The same from the files alone, by a script.
  if (std::system("python3 -c 'import csv' >/dev/null 2>&1") != 0) {
    WARN("there is no python3: the script over the split was not run");
    return;
  }
  std::string directory = (fs::temp_directory_path() / "proffer-split-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  for (const auto& [name, text] : files) std::ofstream(fs::path(directory) / name, std::ios::binary) << text;
  const std::string command = "python3 " PROFFER_SOURCE_DIR "/tests/recipes/score_split.py '" + directory +
                              "' NEW > '" + directory + "/scores'";
  REQUIRE(std::system(command.c_str()) == 0);
  std::map<std::string, std::array<double, 4>> scored;
  std::ifstream in(fs::path(directory) / "scores");
  std::string name;
  for (std::array<double, 4> four{}; in >> name >> four[0] >> four[1] >> four[2] >> four[3];)
    scored[name] = four;
  fs::remove_all(directory);
  for (const MethodFigures& method : comparison->tasks.front().methods) {
    if (!method.leftOut.empty()) continue;
    INFO(method.name);
    const std::string plain = plainName(method.name);
    REQUIRE(scored.contains(plain));
    for (const std::string& of : {plain, "own-" + plain}) {
      if (!scored.contains(of)) continue;
      INFO(of);
      const auto& four = scored.at(of);
      CHECK(std::abs(four[0] - figure(method, "hit_rate_at_10")) < .00005);
      CHECK(std::abs(four[1] - figure(method, "normalized_discounted_cumulative_gain_at_10")) < .00005);
      CHECK(std::abs(four[2] - figure(method, "precision_at_10")) < .00005);
      CHECK(std::abs(four[3] - figure(method, "mean_reciprocal_rank_at_25")) < .00005);
    }
  }
  CHECK(scored.contains("own-windowed-counts"));
}

}  // namespace comparison_naive_test
