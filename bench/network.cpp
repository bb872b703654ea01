// Sequence networks: how fast they learn, beside Eigen's product of two matrices measured in the same run,
// and how much memory that takes. Histories are made up: fixed events per person, items with a long tail.
//
//   bench_network                    everything but epochs
//   bench_network sgemm              Eigen's 2048^3, on as many threads as training uses
//   bench_network recurrent [ITEMS]  hidden 149, 1,024 negatives
//   bench_network few                the same with 8 lanes, as little data has
//   bench_network attention          d = 64, 2 blocks, 200 steps
//   bench_network step               one event for an answer, both kinds
//   bench_network epochs EVENTS...   one epoch of so many events (1000000 3000000 10000000)
//
// The machine may do other work as well: beside the wall's clock stands the processor time of all threads.
#include <sys/resource.h>
#include <unistd.h>

#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "base/parallel.h"
#include "recipes/network/network.h"
#include "recipes/network/random.h"

using namespace proffer;
using namespace proffer::recipes;
using Stopwatch = std::chrono::steady_clock;

namespace {

constexpr double kMegaflopPerEvent = 1.85;  // hidden 149, projection, 1,024 negatives; forward and backward
constexpr size_t kEventsPerPerson = 50;

struct Meter {
  Stopwatch::time_point start = Stopwatch::now();
  double processorStart = processor();
  static double processor() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  double wall() const { return std::chrono::duration<double>(Stopwatch::now() - start).count(); }
  double cpu() const { return processor() - processorStart; }
};

double peakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Events are functions of (person, place): nothing is held.
class MadeEvents final : public BatchSource {
 public:
  MadeEvents(size_t events, size_t items, size_t lanes, size_t steps)
      : items_(items), lanes_(lanes), steps_(steps), batches_(std::max<size_t>(1, events / (lanes * steps))) {
    counts_.resize(items);
    for (size_t i = 0; i < std::min<size_t>(events, 4 * items + 100000); ++i)
      ++counts_[itemAt(i / kEventsPerPerson, i % kEventsPerPerson)];
  }
  size_t lanes() const override { return lanes_; }
  size_t steps() const override { return steps_; }
  size_t batchesPerEpoch() const override { return batches_; }
  int64_t targetsPerEpoch() const override { return static_cast<int64_t>(batches_ * lanes_ * steps_); }
  std::span<const uint32_t> targetCounts() const override { return counts_; }
  /// Events per second of the processors, from the first batch to the last: without what comes before and
  /// after.
  double perProcessorSecond() const {
    return static_cast<double>((batches_ - 1) * lanes_ * steps_) / std::max(1e-9, lastFill_ - firstFill_);
  }
  Result<void> fill(uint64_t, size_t index, Batch& out) override {
    (index == 0 ? firstFill_ : lastFill_) = Meter::processor();
    out.steps = steps_, out.lanes = lanes_;
    out.items.clear(), out.targets.clear(), out.weights.clear(), out.resets.clear(), out.features.clear();
    for (size_t step = 0; step < steps_; ++step)
      for (size_t lane = 0; lane < lanes_; ++lane) {
        const size_t at = index * steps_ + step, place = at % kEventsPerPerson;
        const size_t person = at / kEventsPerPerson * lanes_ + lane;
        out.resets.push_back(place == 0);
        out.items.push_back(place == 0 ? kNoIndex : itemAt(person, place - 1));
        out.targets.push_back(itemAt(person, place));
        out.weights.push_back(1);
        for (uint32_t kind = 0; kind < 3; ++kind)
          out.features.add({kind * 8 + static_cast<uint32_t>((person + place * 3) % 8), 1.F});
        out.features.close();
      }
    return {};
  }

 private:
  Index itemAt(size_t person, size_t place) const {
    const double at = network::randomUnit(1, person * kEventsPerPerson + place);
    const double taste = network::randomUnit(2, person);
    const double where = place % 2 == 0 ? at * at * at : std::min(0.999999, at * 0.02 + taste * taste * 0.98);
    return static_cast<Index>(where * static_cast<double>(items_));
  }
  size_t items_, lanes_, steps_, batches_;
  double firstFill_ = 0, lastFill_ = 0;
  std::vector<uint32_t> counts_;
};

struct Sgemm {
  double wall = 0, processor = 0;  ///< GFLOP per second of the clock (all threads), and of one processor
};

// On as many threads as training uses, each with matrices of its own.
Sgemm sgemmRate() {
  constexpr Eigen::Index kSize = 2048;
  const auto threads = static_cast<size_t>(parallelism());
  std::vector<Eigen::MatrixXf> a(threads), b(threads), c(threads);
  for (size_t i = 0; i < threads; ++i)
    a[i] = Eigen::MatrixXf::Random(kSize, kSize), b[i] = a[i], c[i] = Eigen::MatrixXf::Zero(kSize, kSize);
  Sgemm best;
  for (int round = 0; round < 5; ++round) {
    const Meter meter;
    parallelFor(threads, [&](size_t i) { c[i].noalias() = a[i] * b[i]; });
    const double gigaflop = 2e-9 * std::pow(double{kSize}, 3) * static_cast<double>(threads);
    best.wall = std::max(best.wall, gigaflop / meter.wall());
    best.processor = std::max(best.processor, gigaflop / meter.cpu());
  }
  return best;
}

struct Learned {
  double eventsPerSecond = 0, eventsPerProcessorSecond = 0;
};

Learned learn(const NetworkShape& shape, size_t events, size_t lanes, size_t steps, const char* name) {
  TrainingPlan plan;
  plan.epochs = 1;
  MadeEvents source(events, shape.items, lanes, steps);
  Progress progress;
  std::vector<EpochReport> reports;
  const auto network = trainNetwork(shape, {}, plan, source, nullptr, progress, nullptr, &reports);
  if (!network) {
    std::printf("%s: %s\n", name, formatError(network.error()).c_str());
    return {};
  }
  const Learned learned{reports[0].eventsPerSecond, source.perProcessorSecond()};
  std::printf("%-34s %8zu items %9lld events %8.1f s %9.0f events/s %9.0f /cpu-s  loss %.3f  peak %.0f MB\n",
              name, shape.items, static_cast<long long>(source.targetsPerEpoch()), reports[0].seconds,
              learned.eventsPerSecond, learned.eventsPerProcessorSecond, reports[0].loss, peakMegabytes());
  std::fflush(stdout);
  return learned;
}

NetworkShape recurrentShape(size_t items) {
  NetworkShape shape;
  shape.items = items;
  shape.inputFeatures = 24;
  shape.dimension = shape.hidden = 149;
  return shape;
}

NetworkShape attentionShape(size_t items) {
  NetworkShape shape = recurrentShape(items);
  shape.encoder = NetworkShape::Encoder::kAttention;
  shape.dimension = 64;
  return shape;
}

Learned recurrent(size_t items, const Sgemm& sgemm) {
  const Learned learned = learn(recurrentShape(items), 60 * 2048, 64, 32, "recurrent, hidden 149");
  const double wall = learned.eventsPerSecond * kMegaflopPerEvent / 1000;
  const double processor = learned.eventsPerProcessorSecond * kMegaflopPerEvent / 1000;
  std::printf("  x 1.85 MFLOP = %.1f GFLOP/s = %.2f of SGEMM; by processor time %.1f = %.2f of SGEMM\n", wall,
              wall / sgemm.wall, processor, processor / sgemm.processor);
  return learned;
}

void steps(const NetworkShape& shape, const char* name) {
  TrainingPlan plan;
  plan.epochs = 1;
  MadeEvents source(4096, shape.items, 8, 32);
  Progress progress;
  const auto network = trainNetwork(shape, {}, plan, source, nullptr, progress, nullptr, nullptr);
  if (!network) return;
  std::vector<float> state((*network)->stateSize()), answer(shape.dimension);
  (*network)->initial(state);
  const Feature bag[] = {{1, 1.F}, {9, 1.F}, {17, 1.F}};
  constexpr size_t kCount = 3000;
  const Meter meter;
  for (size_t i = 0; i < kCount; ++i)
    (*network)->step(static_cast<Index>(i % shape.items), bag, state, answer);
  std::printf("%-34s one step %.1f us (state of %zu bytes)\n", name, 1e6 * meter.cpu() / kCount,
              state.size() * sizeof(float));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const Sgemm sgemm = sgemmRate();
  std::printf("Eigen SGEMM 2048^3: %.1f GFLOP/s on %d threads, %.1f per processor second\n", sgemm.wall,
              parallelism(), sgemm.processor);
  if (what == "epochs") {
    for (int i = 2; i < argc; ++i)
      learn(recurrentShape(50'000), std::strtoull(argv[i], nullptr, 10), 64, 32, "epoch, hidden 149");
    return 0;
  }
  if (what == "recurrent" && argc > 2) {
    recurrent(std::strtoull(argv[2], nullptr, 10), sgemm);
    return 0;
  }
  if (what.empty() || what == "recurrent") {
    const Learned few = recurrent(5'000, sgemm), many = recurrent(500'000, sgemm);
    std::printf("  500,000 items: %.2f of the rate at 5,000, by processor time %.2f\n",
                many.eventsPerSecond / few.eventsPerSecond,
                many.eventsPerProcessorSecond / few.eventsPerProcessorSecond);
  }
  if (what.empty() || what == "few")
    learn(recurrentShape(5'000), 60 * 256, 8, 32, "recurrent, hidden 149, 8 lanes");
  if (what.empty() || what == "attention")
    learn(attentionShape(50'000), 40 * 16 * 200, 16, 200, "attention, d 64, 2 blocks, 200 steps");
  if (what.empty() || what == "step") {
    steps(recurrentShape(5'000), "recurrent, hidden 149");
    steps(attentionShape(5'000), "attention, d 64, 2 blocks");
  }
  const Sgemm after = sgemmRate();
  std::printf("Eigen SGEMM 2048^3 again: %.1f GFLOP/s, %.1f per processor second\n", after.wall,
              after.processor);
}
