// Filters in process: how long it takes to resolve them to bitmaps, what they cost or save a ranking of
// synthetic 64 dimensional vectors, to check a long expression, and to put one item under many filters.
//
// Times are the thread's own CPU time.
//
//   bench_filter [ITEMS] [RANKINGS]
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <random>

#include "dsl/evaluate.h"
#include "recipes/candidates.h"
#include "recipes/item_space.h"
#include "tests/recipes/memory_views.h"

using namespace proffer;

namespace {

// The thread's own time: on a machine that does other work too, percentiles of the wall's clock show that
// work.
struct Stopwatch {
  using time_point = std::chrono::nanoseconds;
  static time_point now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

constexpr size_t kDimensions = 64;
constexpr size_t kCalls = 2000;

double microsecondsSince(Stopwatch::time_point start) {
  return std::chrono::duration<double, std::micro>(Stopwatch::now() - start).count();
}

double at(std::vector<double> times, double share) {
  std::sort(times.begin(), times.end());
  return times[std::min(times.size() - 1, static_cast<size_t>(static_cast<double>(times.size()) * share))];
}

template <class Call>
std::vector<double> timed(size_t calls, const Call& call) {
  std::vector<double> times;
  for (size_t i = 0; i < calls; ++i) {
    const auto start = Stopwatch::now();
    call(i);
    times.push_back(microsecondsSince(start));
  }
  return times;
}

void print(const char* what, const std::vector<double>& times, size_t passing) {
  std::printf("%-58s %9.1f %9.1f %10zu\n", what, at(times, 0.5), at(times, 0.99), passing);
}

template <class T>
T orStop(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "bench_filter: %s\n", formatError(result.error(), true).c_str());
  std::exit(1);
}

const dsl::Fields& fields() {
  static const dsl::Fields all{dsl::DatasetFields{{{"GENRES", dsl::ValueType::kText, true},
                                                   {"BRAND", dsl::ValueType::kText, true},
                                                   {"TITLE", dsl::ValueType::kText},
                                                   {"SHARE", dsl::ValueType::kNumber},
                                                   {"PRICE", dsl::ValueType::kNumber},
                                                   {"CREATION_TIMESTAMP", dsl::ValueType::kNumber}}},
                               dsl::DatasetFields{{{"EVENT_TYPE", dsl::ValueType::kText}}},
                               dsl::DatasetFields{{{"AGE", dsl::ValueType::kNumber}}},
                               {},
                               {}};
  return all;
}

template <class Number>
std::string numbered(std::string_view word, Number number) {
  return fmt::format("{}{}", word, number);
}

// SHARE is uniform in 0 .. 1, so that "SHARE < x" passes x of the items.
dsl::ItemRow randomRow(dsl::Index item, std::mt19937_64& random) {
  const auto uniform = [&] { return static_cast<double>(random() % 10'000'000) / 1e7; };
  std::string genres = numbered("g", static_cast<int>(30 * uniform() * uniform()));
  genres += numbered("|g", static_cast<int>(30 * uniform()));
  return {item,
          {{"GENRES", genres},
           {"BRAND", numbered("b", static_cast<int>(5000 * uniform() * uniform()))},
           {"TITLE", numbered("title ", item)},
           {"SHARE", fmt::format("{}", uniform())},
           {"PRICE", fmt::format("{:.2f}", 100 * uniform())},
           {"CREATION_TIMESTAMP", std::to_string(1'600'000'000 + random() % 100'000'000)}}};
}

std::shared_ptr<const dsl::ItemIndex> buildIndex(dsl::Index count) {
  std::mt19937_64 random(1);
  std::vector<dsl::ItemRow> rows;
  for (dsl::Index i = 0; i < count; ++i) rows.push_back(randomRow(i, random));
  std::vector<dsl::ColumnSource> columns;
  for (size_t c = 0; c < fields().items->fields.size(); ++c)
    columns.push_back({fields().items->fields[c], [&rows, c](dsl::Index row) {
                         return std::optional<std::string_view>(rows[row].values[c].second);
                       }});
  const auto start = Stopwatch::now();
  auto index = dsl::ItemIndex::build(count, columns);
  std::printf("index of %u items, %zu columns: %.2f s, %.0f MB\n\n", count, columns.size(),
              microsecondsSince(start) / 1e6, static_cast<double>(index->bytes()) / 1e6);
  return index;
}

dsl::PreparedFilter prepared(const std::string& text, const std::shared_ptr<const dsl::ItemIndex>& index) {
  return orStop(dsl::PreparedFilter::prepare(orStop(dsl::compileText(text, fields(), {})), index));
}

struct Events {
  std::vector<dsl::Index> items;
  std::vector<int64_t> times;
  std::vector<uint16_t> types;
  std::vector<std::string> typeNames{"view", "purchase"};
  dsl::UserHistory view;
};

void fillEvents(Events& events, dsl::Index items) {
  std::mt19937_64 random(2);
  for (size_t i = 0; i < 1000; ++i) {
    events.items.push_back(static_cast<dsl::Index>(random() % items));
    events.times.push_back(static_cast<int64_t>(i));
    events.types.push_back(1);
  }
  events.view = {events.items, events.times, events.types, events.typeNames, {}, {}};
}

size_t countOf(const std::vector<uint64_t>& words) {
  size_t count = 0;
  for (const uint64_t word : words) count += static_cast<size_t>(std::popcount(word));
  return count;
}

std::string percent(double share) {
  return fmt::format("{}%", share * 100);
}

const std::vector<double>& shares() {
  static const std::vector<double> all{0.5, 0.01, 0.0001};
  return all;
}

void benchResolving(const std::shared_ptr<const dsl::ItemIndex>& index, const Events& events) {
  std::printf("%-58s %9s %9s %10s\n", "resolve to a bitmap (as ranking takes it), microseconds", "p50", "p99",
              "pass");
  std::vector<uint64_t> words;
  const auto run = [&](const std::string& what, const std::string& text, const auto& ask) {
    const dsl::PreparedFilter filter = prepared(text, index);
    size_t passing = 0;
    const auto times = timed(kCalls, [&](size_t i) {
      dsl::Situation situation;
      dsl::Parameters parameters;
      ask(i, situation, parameters);
      situation.parameters = &parameters;
      if (auto done = filter.resolveWords(situation, words); !done) std::abort();
      if (i + 1 == kCalls) passing = countOf(words);
    });
    print(what.c_str(), times, passing);
  };
  const auto nothing = [](size_t, dsl::Situation&, dsl::Parameters&) {};
  for (const double share : shares())
    run(fmt::format("cached static filter, {}", percent(share)),
        fmt::format("INCLUDE ItemID WHERE Items.SHARE < {}", share), nothing);
  run("IN ($GENRE), 3 values", "INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)",
      [](size_t i, dsl::Situation&, dsl::Parameters& parameters) {
        parameters["GENRE"] = {numbered("g", i % 30), numbered("g", (i + 7) % 30),
                               numbered("g", (i + 13) % 30)};
      });
  run("IN ($BRAND), 3 of 5,000 values", "INCLUDE ItemID WHERE Items.BRAND IN ($BRAND)",
      [](size_t i, dsl::Situation&, dsl::Parameters& parameters) {
        parameters["BRAND"] = {numbered("b", i % 5000), numbered("b", (i + 7) % 5000), "b0"};
      });
  const auto user = [&](size_t, dsl::Situation& situation, dsl::Parameters&) {
    situation.history = &events.view;
  };
  run("EXCLUDE a user's 1,000 events", R"(EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase"))",
      user);
  run("all three: static 50%, IN ($GENRE), 1,000 events",
      R"(INCLUDE ItemID WHERE Items.SHARE < 0.5 AND Items.GENRES IN ("g1", $GENRE) | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase"))",
      [&](size_t i, dsl::Situation& situation, dsl::Parameters& parameters) {
        situation.history = &events.view;
        parameters["GENRE"] = {numbered("g", i % 30), "g2"};
      });
  run("PRICE <= $MAX, a scan of nothing", "INCLUDE ItemID WHERE Items.PRICE <= $MAX",
      [](size_t i, dsl::Situation&, dsl::Parameters& parameters) {
        parameters["MAX"] = {std::to_string(i % 100)};
      });
  run("CREATION_TIMESTAMP > NOW - 30d", "INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP > NOW - 30d",
      [](size_t, dsl::Situation& situation, dsl::Parameters&) { situation.now = 1'700'000'000; });
}

// Vectors of the model's items, and rankings by inner product.
class Ranking {
 public:
  explicit Ranking(const recipes::ItemSpace& items) : items_(items), vectors_(items.size() * kDimensions) {
    std::mt19937_64 random(3);
    std::normal_distribution<float> normal;
    std::vector<float> some(1 << 16);
    for (float& value : some) value = normal(random);
    for (size_t i = 0; i < vectors_.size(); ++i) vectors_[i] = some[(i * 2654435761U) >> 7 & 0xFFFF];
  }

  std::vector<recipes::BestItems::Entry> best(const std::vector<float>& user,
                                              const recipes::Admission& admission) const {
    recipes::BestItems best(25);
    recipes::Candidates(items_, admission).forEachBlock([&](std::span<const recipes::Index> block) {
      for (const recipes::Index item : block) best.offer(item, score(user.data(), item));
    });
    return best.take();
  }

 private:
  float score(const float* user, recipes::Index item) const {
    const float* vector = vectors_.data() + size_t{item} * kDimensions;
    float sums[16] = {};
    for (size_t d = 0; d < kDimensions; d += 16)
      for (size_t lane = 0; lane < 16; ++lane) sums[lane] += user[d + lane] * vector[d + lane];
    return std::accumulate(sums, sums + 16, 0.0F);
  }

  const recipes::ItemSpace& items_;
  std::vector<float> vectors_;
};

void benchRanking(const std::shared_ptr<const dsl::ItemIndex>& index, const Events& events, size_t rounds) {
  std::vector<recipes::testing::Row> rows;
  for (dsl::Index i = 0; i < index->size(); ++i) rows.push_back({"u", std::to_string(i), 1});
  const recipes::testing::MemoryInteractions interactions(std::move(rows));
  std::vector<recipes::Index> all(index->size());
  std::iota(all.begin(), all.end(), 0);
  const recipes::ItemSpace items = recipes::ItemSpace::of(interactions, all);
  const Ranking ranking(items);
  std::mt19937_64 random(4);
  std::normal_distribution<float> normal;
  std::printf("\n%-58s %9s %9s %10s %9s\n", "best 25 of 64 dimensions, milliseconds", "filtered", "all",
              "pass", "ratio");
  const auto run = [&](const std::string& what, const std::string& text) {
    const dsl::PreparedFilter filter = prepared(text, index);
    std::vector<double> filtered, everything, ratios;
    std::vector<uint64_t> words;
    size_t passing = 0;
    for (size_t round = 0; round < rounds; ++round) {
      std::vector<float> user(kDimensions);
      for (float& value : user) value = normal(random);
      const auto withFilter = [&] {
        dsl::Situation situation;
        situation.history = &events.view;
        if (auto done = filter.resolveWords(situation, words); !done) std::abort();
        ranking.best(user, {words, true, {}});
      };
      const auto without = [&] { ranking.best(user, {}); };
      const bool first = round % 2 == 0;
      const double one = timed(1, [&](size_t) { first ? withFilter() : without(); })[0];
      const double two = timed(1, [&](size_t) { first ? without() : withFilter(); })[0];
      filtered.push_back(first ? one : two);
      everything.push_back(first ? two : one);
      ratios.push_back(filtered.back() / everything.back());
    }
    passing = countOf(words);
    std::printf("%-58s %9.2f %9.2f %10zu %9.3f\n", what.c_str(), at(filtered, 0.5) / 1000,
                at(everything, 0.5) / 1000, passing, at(ratios, 0.5));
  };
  run("100% (nothing is filtered, but a bitmap is)", "INCLUDE ItemID WHERE Items.SHARE >= 0");
  for (const double share : shares())
    run(percent(share), fmt::format("INCLUDE ItemID WHERE Items.SHARE < {}", share));
  run("EXCLUDE a user's 1,000 events", R"(EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase"))");
}

std::string longExpression() {
  std::string text = "INCLUDE ItemID WHERE Items.SHARE < 0.5";
  for (int i = 0; text.size() < 2440; ++i)
    text += i % 2 ? fmt::format(" OR Items.GENRES IN (\"g{}\", \"g{}\")", i, i + 1)
                  : fmt::format(" AND Items.PRICE >= {}", i);
  return text;
}

void benchChecking() {
  const std::string text = longExpression();
  const auto times = timed(kCalls, [&](size_t) {
    if (!dsl::analyze(text, fields(), {}).filter) std::abort();
  });
  std::printf("\n%-58s %9s %9s\n", "microseconds", "p50", "p99");
  std::printf("parse and check %4zu characters %26s %9.1f %9.1f\n", text.size(), "", at(times, 0.5),
              at(times, 0.99));
  const std::string nested = fmt::format("INCLUDE ItemID WHERE {:(>1000}Items.PRICE = 1{:)>1000}", "", "");
  const auto deep = timed(200, [&](size_t) { dsl::analyze(nested, fields(), {}); });
  std::printf("refuse 1,000 nested parentheses %26s %9.1f %9.1f\n", "", at(deep, 0.5), at(deep, 0.99));
}

void benchPut(std::shared_ptr<const dsl::ItemIndex> index) {
  std::vector<dsl::PreparedFilter> filters;
  for (int i = 0; i < 100; ++i)
    filters.push_back(prepared(
        fmt::format("INCLUDE ItemID WHERE Items.SHARE < {} AND Items.GENRES NOT IN (\"g{}\") | EXCLUDE "
                    "ItemID WHERE Items.PRICE > {}",
                    (i + 1) / 100.0, i % 30, 100 - i / 2),
        index));
  std::mt19937_64 random(5);
  std::vector<double> putting, updating;
  for (int i = 0; i < 300; ++i) {
    const dsl::ItemRow row = randomRow(static_cast<dsl::Index>(random() % index->size()), random);
    auto start = Stopwatch::now();
    index = index->withRows({&row, 1});
    putting.push_back(microsecondsSince(start));
    start = Stopwatch::now();
    for (dsl::PreparedFilter& filter : filters) filter = orStop(filter.refreshed(index, {&row.item, 1}));
    updating.push_back(microsecondsSince(start));
  }
  std::printf("put one item of 6 columns into the index %18s %9.1f %9.1f\n", "", at(putting, 0.5),
              at(putting, 0.99));
  std::printf("update the bitmaps of 100 filters for it %18s %9.1f %9.1f\n", "", at(updating, 0.5),
              at(updating, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  const auto items = static_cast<dsl::Index>(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000);
  const size_t rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 41;
  const auto index = buildIndex(items);
  Events events;
  fillEvents(events, items);
  benchResolving(index, events);
  benchChecking();
  benchPut(index);
  benchRanking(index, events, rounds);
  return 0;
}
