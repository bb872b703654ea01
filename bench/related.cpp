// Related items: how long the co-occurrence counter takes and how much memory it holds, beside Eigen's sparse
// product of the same cut matrix; how fast a request with a filter is; and, with real data, how good the
// lists are.
//
//   bench_related                     everything
//   bench_related count EVENTS        aws-sims on so many events, 50 a user, of 50,000 items
//   bench_related eigen EVENTS        X'X of the same matrix
//   bench_related compare EVENTS      both, one after the other, and how they relate
//   bench_related serve               requests to a model of 50,000 items
//   bench_related quality             the protocols of tests/recipes/related_protocol.h (PROFFER_TEST_DATA)
//
// Every measurement runs in a process of its own, so that one's memory is not another's. Times are those of
// the wall's clock; processor time, of all threads, stands in parentheses: on a machine that does other work
// too the wall's clock shows that work.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Eigen/SparseCore>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <numeric>

#include "base/parallel.h"
#include "recipes/co_occurrence.h"
#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail.h"
#include "tests/recipes/related_protocol.h"

using namespace proffer;
using namespace proffer::recipes;
using Stopwatch = std::chrono::steady_clock;

namespace {

constexpr Index kItems = 50'000;
constexpr Index kPerUser = 50;

double secondsSince(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Fixed events per user; items with a long tail, and users with a taste: half of a user's events are of items
// near each other. Only the items are held.
class MadeInteractions final : public Interactions {
 public:
  explicit MadeInteractions(size_t events) : users_(static_cast<Index>(events / kPerUser)) {
    items_.resize(size_t{users_} * kPerUser);
    times_.resize(kPerUser);
    std::iota(times_.begin(), times_.end(), 1'600'000'000);
    parallelFor((users_ + 999) / 1000, [&](size_t part) {
      testing::Random random(part + 1);
      const Index last = std::min<Index>(users_, static_cast<Index>(part + 1) * 1000);
      for (Index user = static_cast<Index>(part) * 1000; user < last; ++user) fill(user, random);
    });
    for (Index item = 0; item < kItems; ++item) names_.push_back(fmt::format("i{:05}", item));
  }

  Index userCount() const override { return users_; }
  Index itemCount() const override { return kItems; }
  int64_t rowCount() const override { return static_cast<int64_t>(items_.size()); }
  std::span<const std::string> eventTypes() const override { return {}; }
  std::span<const ColumnInfo> columns() const override { return {}; }
  int64_t latestTime() const override { return times_.back(); }
  History history(Index user, Scratch&) const override {
    return {std::span(items_).subspan(size_t{user} * kPerUser, kPerUser), times_, {}, {}};
  }
  std::span<const uint32_t> codes(Index, size_t, Scratch&) const override { return {}; }
  std::span<const std::string> columnValues(size_t) const override { return {}; }
  std::string_view userId(Index) const override { return "user"; }
  std::string_view itemId(Index item) const override { return names_[item]; }

 private:
  void fill(Index user, testing::Random& random) {
    const double taste = random.unit();
    for (size_t i = 0; i < kPerUser; ++i) {
      double place = random.unit() * random.unit();
      if (i % 2 == 0) place = std::min(0.999999, place * 0.05 + taste * taste);
      items_[size_t{user} * kPerUser + i] = static_cast<Index>(place * kItems) % kItems;
    }
  }

  Index users_;
  std::vector<Index> items_;
  std::vector<int64_t> times_;
  std::vector<std::string> names_;
};

HistoryCut simsCut() {
  HistoryCut cut;
  cut.leastOfPerson = 0.005, cut.mostOfPerson = 0.995, cut.leastOfItem = 0.01;
  return cut;
}

Places cutPlaces(const Interactions& interactions) {
  Progress progress;
  TrainingConfiguration configuration;
  CutHistories histories = *CutHistories::read(interactions, configuration, simsCut(), progress);
  const ItemSpace items = histories.items({&interactions}, configuration);
  return std::move(histories).place(items);
}

struct Cost {
  double seconds = 0, cpu = 0, megabytes = 0;  // of the product or the counting alone
};

// Reading and cutting, which Eigen is given for nothing, stand in their own column.
Cost benchCount(size_t events) {
  const MadeInteractions interactions(events);
  const double before = peakMegabytes();
  const auto start = Stopwatch::now();
  const double cpuBefore = cpuSeconds();
  const Places places = cutPlaces(interactions);
  const double reading = secondsSince(start), cpuReading = cpuSeconds() - cpuBefore;
  CoOccurrenceSettings settings;
  settings.leastPeople = 3;
  settings.keep = affordableNeighbours(kItems);
  for (const uint32_t people : places.people)
    settings.columnFactor.push_back(people > 0 ? 1 / std::sqrt(people) : 0);
  Progress progress;
  const auto counting = Stopwatch::now();
  const CoOccurrence rows = *countCoOccurrence(places, settings, progress);
  const Cost cost{secondsSince(counting), cpuSeconds() - cpuBefore - cpuReading, peakMegabytes() - before};
  std::printf(
      "count %9zu events: reading %6.2f s (%6.2f s), counting %6.2f s (%6.2f s), %5.0f MB with what was "
      "read, %zu kept\n",
      events, reading, cpuReading, cost.seconds, cost.cpu, cost.megabytes, rows.entries().size());
  return cost;
}

Cost benchEigen(size_t events) {
  using Matrix = Eigen::SparseMatrix<float, Eigen::ColMajor, int>;
  const MadeInteractions interactions(events);
  Places places = cutPlaces(interactions);
  int users = 0;
  for (const Index item : places.items) users += item == Places::kEndOfPerson;
  const double before = peakMegabytes();
  Matrix byUser(kItems, users);  // transposed X: a column is a user
  byUser.reserve(static_cast<Eigen::Index>(places.items.size()));
  int user = -1;
  std::vector<Index> items;
  for (const Index item : places.items) {
    if (item != Places::kEndOfPerson) {
      items.push_back(item);
      continue;
    }
    std::sort(items.begin(), items.end());
    if (user >= 0) {
      byUser.startVec(user);
      for (const Index one : items) byUser.insertBack(static_cast<int>(one), user) = 1;
    }
    items.clear();
    ++user;
  }
  byUser.finalize();
  places = {};
  const Matrix byItem = byUser.transpose();
  const auto start = Stopwatch::now();
  const double cpuBefore = cpuSeconds();
  const Matrix both = byUser * byItem;
  const Cost cost{secondsSince(start), cpuSeconds() - cpuBefore, peakMegabytes() - before};
  std::printf("eigen %9zu events: product  %6.2f s (%6.2f s), %5.0f MB, %lld pairs\n", events, cost.seconds,
              cost.cpu, cost.megabytes, static_cast<long long>(both.nonZeros()));
  return cost;
}

struct Latencies {
  double p50 = 0, p99 = 0;  // microseconds of the thread's own time
};

double threadMicroseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

Latencies requests(const Model& model, double share, size_t calls) {
  testing::Random random(9);
  std::vector<uint64_t> words((kItems + 63) / 64);
  std::vector<double> times;
  for (size_t call = 0; call < calls; ++call) {
    if (call % 100 == 0) {
      std::fill(words.begin(), words.end(), 0);
      for (Index item = 0; item < kItems; ++item)
        if (random.unit() < share) words[item / 64] |= uint64_t{1} << (item % 64);
    }
    Question question;
    question.item = static_cast<Index>(random.below(kItems));
    question.admission.restricted = true;
    question.admission.allowed = words;
    const double start = threadMicroseconds();
    const auto answer = model.recommend(question);
    times.push_back(threadMicroseconds() - start);
    if (!answer || (share > 0.005 && answer->size() != 25)) std::abort();
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

void benchServe() {
  const MadeInteractions interactions(3'000'000);
  const auto model = testing::trainerOf("co-occurrence", "aws-sims")({&interactions});
  for (const double share : {1.0, 0.1, 0.01, 0.001}) {
    const Latencies found = requests(*model, share, 20'000);
    std::printf("25 of %u items, filter keeps %5.1f %%: p50 %6.1f us, p99 %6.1f us\n", kItems, share * 100,
                found.p50, found.p99);
  }
}

void print(const char* what, const testing::RestOfOrder& judged) {
  std::printf("%-34s HR@10 %.4f  P@10 %.4f  20 best sellers in %4.1f %% of slots, %4.1f %% listed\n", what,
              judged.hitRate, judged.precision, 100 * judged.bestSellerSlots, 100 * judged.listed);
}

void print(const char* what, const testing::NextTen& judged) {
  std::printf("%-34s P@10 %.4f, of queries with fewer than 20 interactions %.4f\n", what, judged.precision(),
              judged.rarePrecision());
}

void benchQuality() {
  const auto bought = testing::trainerOf("co-occurrence", "aws-ecomm-frequently-bought-together");
  const auto popular = testing::trainerOf("popularity", "aws-popularity-count");
  const auto similar = testing::trainerOf("content", "aws-similar-items");
  const auto hidden = [](const std::string& item) { return testing::oneItemOfFive(item, 3); };
  if (const auto retail = testing::onlineRetail()) {
    const auto& rows = retail->lines;
    const testing::Orders last = testing::lastOrders(rows), later = testing::ordersOfLastDays(rows, 30);
    std::printf("Online Retail, %zu last orders, %zu orders of the last 30 days\n", last.tested.size(),
                later.tested.size());
    print("popularity, last orders", judgeRestOfOrder(last, popular));
    print("bought together, last orders", judgeRestOfOrder(last, bought));
    print("popularity, last 30 days", judgeRestOfOrder(later, popular));
    print("bought together, last 30 days", judgeRestOfOrder(later, bought));
    const auto judged = testing::judgeNewProducts(
        rows, {popular, similar}, hidden, [&](const testing::MemoryInteractions& interactions) {
          return testing::retailTable(retail->products, interactions);
        });
    std::printf("new products: P@10 popularity %.4f, similar items %.4f\n", judged[0], judged[1]);
  }
  if (const auto rows = testing::movieLensRatings()) {
    std::printf("movielens-small, the next ten events\n");
    const auto judged =
        testing::judgeNextTen(*rows,
                              {popular, testing::trainerOf("co-occurrence", "aws-sims"),
                               testing::trainerOf("co-occurrence", "aws-vod-because-you-watched-x"), similar},
                              {}, testing::movieLensFilms);
    const char* const names[] = {"popularity", "SIMS", "because you watched", "similar items"};
    for (size_t i = 0; i < judged.size(); ++i) print(names[i], judged[i]);
    testing::NextTenSplit cold;
    cold.hidden = hidden;
    const auto news = testing::judgeNextTen(*rows, {popular, similar}, cold, testing::movieLensFilms);
    print("new films, popularity", news[0]);
    print("new films, similar items", news[1]);
  }
}

// What `measure` answers, in a process of its own.
Cost inOwnProcess(const std::function<Cost()>& measure, bool& failed) {
  std::fflush(stdout);
  int pipe[2];
  if (::pipe(pipe) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const Cost cost = measure();
    std::fflush(stdout);
    _exit(::write(pipe[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
  }
  ::close(pipe[1]);
  Cost cost;
  if (::read(pipe[0], &cost, sizeof cost) != sizeof cost) failed = true;
  ::close(pipe[0]);
  waitpid(child, nullptr, 0);
  return cost;
}

void compareWithEigen(size_t events, bool& failed) {
  const Cost own = inOwnProcess([&] { return benchCount(events); }, failed);
  const Cost eigen = inOwnProcess([&] { return benchEigen(events); }, failed);
  std::printf(
      "%9zu events: Eigen takes %.1f times as long (%.1f times the processor time), and %.1f times the "
      "memory\n",
      events, eigen.seconds / own.seconds, eigen.cpu / own.cpu, eigen.megabytes / own.megabytes);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const size_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  bool failed = false;
  if (what == "count") {
    benchCount(events);
  } else if (what == "eigen") {
    benchEigen(events);
  } else if (what == "compare") {
    compareWithEigen(events, failed);
  } else if (what == "serve") {
    benchServe();
  } else if (what == "quality") {
    benchQuality();
  } else {
    for (const size_t size : {1'000'000, 3'000'000, 30'000'000})
      inOwnProcess([&] { return benchCount(size); }, failed);
    compareWithEigen(10'000'000, failed);
    benchServe();
    benchQuality();
  }
  return failed ? 1 : 0;
}
