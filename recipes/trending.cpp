#include "recipes/trending.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <mutex>

#include "base/text.h"
#include "recipes/item_order.h"
#include "recipes/known_items.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr int kBefore = 20;           // intervals before the newest one that are looked at
constexpr double kDecay = 0.8;        // what an interval counts, of the one that follows it
constexpr double kGrowthPrior = 1.0;  // events' worth of belief that nothing grew
constexpr double kItemPrior = 0.5;    // events' worth of belief that an item is like any other
constexpr double kChance = 0.01;      // that anything at all is called trending although nothing is
constexpr double kMeasurable = 5.0;   // events an interval from which on an item says how shares wobble

struct Frequency {
  std::string_view name;
  int64_t seconds;
  std::string_view refresh;
};
constexpr std::array<Frequency, 5> kFrequencies = {{{"30 minutes", 1800, "rate(30 minutes)"},
                                                    {"1 hour", 3600, "rate(1 hour)"},
                                                    {"2 hours", 7200, "rate(2 hours)"},
                                                    {"3 hours", 10800, "rate(2 hours)"},
                                                    {"1 day", 86400, "rate(2 hours)"}}};
constexpr size_t kDefaultFrequency = 2;
constexpr const char* kFrequencyName = "trend_discovery_frequency";

Result<Frequency> frequencyOf(const Json& hyperparameters) {
  if (!hyperparameters.is_object() || !hyperparameters.contains(kFrequencyName))
    return kFrequencies[kDefaultFrequency];
  const Json& given = hyperparameters[kFrequencyName];
  for (const Frequency& one : kFrequencies)
    if (given.is_string() && given.get_ref<const std::string&>() == one.name) return one;
  return fail(ErrorCode::kInvalidInput, "{} is none of the intervals that trends are looked for in: {}",
              kFrequencyName, dumpJson(given));
}

// What a model was made from, as stored.
struct TrendPeriod {
  int64_t end = 0;     // the second after the newest interaction; 0: there is none
  int64_t length = 0;  // of an interval, in seconds
};

struct TrendFigures {
  float bound = 0;     // growth, at least; above 1: trending
  float expected = 0;  // events in the newest interval
  uint32_t current = 0;
};

class TrendingModel final : public Model {
 public:
  TrendingModel(ItemSpace items, TrendPeriod period, std::vector<uint64_t> counts,
                std::vector<TrendFigures> figures)
      : items_(std::move(items)),
        period_(period),
        ownCounts_(std::move(counts)),
        ownFigures_(std::move(figures)),
        counts_(ownCounts_),
        figures_(ownFigures_),
        popular_(ItemOrder::byCount(counts_)) {
    findRising();
  }
  // Over sections that outlive it.
  TrendingModel(ItemSpace items, TrendPeriod period, std::span<const uint64_t> counts,
                std::span<const TrendFigures> figures, ItemOrder popular)
      : items_(std::move(items)),
        period_(period),
        counts_(counts),
        figures_(figures),
        popular_(std::move(popular)) {
    findRising();
  }

  const ItemSpace& items() const override { return items_; }
  bool readsHistory() const override { return false; }

  Result<std::vector<ScoredItem>> recommend(const Question& question) const override {
    std::vector<ScoredItem> answer;
    if (!over(question)) {
      for (const Index item : rising_) {
        if (answer.size() == question.limit) return answer;
        if (question.admission.admits(items_.groupIndex(item)))
          answer.push_back({item, figures_[item].bound, true, {}});
      }
    }
    const size_t risen = answer.size();
    for (const Index item : popular_.first(items_, question.admission, question.limit)) {
      if (answer.size() == question.limit) break;
      if (risen == 0 || !rising(item)) answer.push_back({item, 0, false, "Popular item"});
    }
    return answer;
  }

  Result<std::vector<ScoredItem>> rank(const Question& question,
                                       std::span<const Index> groupItems) const override {
    std::vector<ScoredItem> ranked = popular_.rank(items_, question.admission, groupItems);
    if (over(question)) return ranked;
    const auto bound = [&](const ScoredItem& one) {
      return one.item != kNoIndex && rising(one.item) ? figures_[one.item].bound : 0.0F;
    };
    std::stable_sort(ranked.begin(), ranked.end(),
                     [&](const ScoredItem& a, const ScoredItem& b) { return bound(a) > bound(b); });
    for (ScoredItem& one : ranked) one.score = bound(one);
    return ranked;
  }

  Result<std::vector<Evidence>> explain(const Question& question, Index item) const override {
    Evidence evidence;
    if (!over(question) && rising(item)) {
      const TrendFigures& figures = figures_[item];
      evidence.kind = "growth";
      evidence.value = figures.bound;
      evidence.count = figures.current;
      evidence.detail = fmt::format(
          "{} events in the newest {}, {:.1f} expected from its share before; grown {:.1f} times or more",
          figures.current, intervalName(), figures.expected, figures.bound);
    } else {
      evidence.kind = "popularity";
      evidence.value = static_cast<double>(counts_[item]);
      evidence.count = static_cast<int64_t>(counts_[item]);
      evidence.detail =
          over(question)
              ? fmt::format("events; nothing happened in the last two intervals of {} each", intervalName())
              : "events; it does not grow beyond chance";
    }
    return std::vector<Evidence>{std::move(evidence)};
  }

  void save(SectionWriter& out) const override {
    items_.save(out);
    out.putArray<TrendPeriod>("trending/period", {&period_, 1});
    out.putArray<uint64_t>("trending/counts", counts_);
    out.putArray<TrendFigures>("trending/growth", figures_);
    popular_.save(out, "trending/popular");
  }

  int64_t residentBytes() const override {
    return items_.residentBytes() + popular_.residentBytes() +
           static_cast<int64_t>(ownCounts_.size() * sizeof(uint64_t) +
                                ownFigures_.size() * sizeof(TrendFigures) + rising_.size() * sizeof(Index));
  }

 private:
  bool rising(Index item) const { return figures_[item].bound > 1; }

  // Whether nothing is known of the last two intervals before the question (R13).
  bool over(const Question& question) const {
    return period_.end == 0 || (question.time > 0 && question.time - period_.end >= 2 * period_.length);
  }

  std::string intervalName() const {
    for (const Frequency& one : kFrequencies)
      if (one.seconds == period_.length) return std::string(one.name);
    return fmt::format("{} seconds", period_.length);
  }

  void findRising() {
    for (Index item = 0; item < items_.size(); ++item)
      if (rising(item)) rising_.push_back(item);
    std::sort(rising_.begin(), rising_.end(), [&](Index a, Index b) {
      return figures_[a].bound != figures_[b].bound ? figures_[a].bound > figures_[b].bound : a < b;
    });
  }

  ItemSpace items_;
  TrendPeriod period_;
  std::vector<uint64_t> ownCounts_;
  std::vector<TrendFigures> ownFigures_;
  std::span<const uint64_t> counts_;       // of all time
  std::span<const TrendFigures> figures_;  // per item
  ItemOrder popular_;
  std::vector<Index> rising_;  // best first
};

// Whole numbers, so that no sum depends on the order of the threads.
class IntervalCounter {
 public:
  IntervalCounter(const Interactions& interactions, const EventSelector& selector, int64_t asOf)
      : interactions_(interactions),
        selector_(selector),
        asOf_(asOf > 0 ? asOf : std::numeric_limits<int64_t>::max()),
        all_(interactions.itemCount()),
        recent_(size_t{interactions.itemCount()} * kColumns) {}

  static constexpr size_t kColumns = kBefore + 1;

  TrendPeriod count(int64_t length, Progress& progress) {
    progress.begin("looking for the newest", "users", interactions_.userCount());
    const int64_t newest = newestTime(progress);
    TrendPeriod period{newest == kNever ? 0 : newest + 1, length};
    progress.begin("counting", "users", interactions_.userCount());
    forEachUserChunk(interactions_, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
      for (Index user = first; user < last; ++user) {
        const History history = interactions_.history(user, scratch);
        for (size_t i = 0; i < history.size(); ++i) {
          if (!counts(history, i)) continue;
          all_[history.items[i]].fetch_add(1, std::memory_order_relaxed);
          const int64_t back = (newest - history.times[i]) / length;
          if (back <= kBefore)
            recent_[history.items[i] * kColumns + static_cast<size_t>(back)].fetch_add(
                1, std::memory_order_relaxed);
        }
      }
    });
    return period;
  }

  uint64_t all(Index item) const { return all_[item].load(std::memory_order_relaxed); }
  /// Events `back` intervals before the newest one.
  uint32_t in(Index item, int back) const {
    return recent_[item * kColumns + static_cast<size_t>(back)].load(std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

  bool counts(const History& history, size_t i) const {
    return history.times[i] <= asOf_ && selector_.weight(history, i) > 0;
  }

  int64_t newestTime(Progress& progress) const {
    std::mutex mutex;
    int64_t newest = kNever;
    forEachUserChunk(interactions_, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
      int64_t mine = kNever;
      for (Index user = first; user < last; ++user) {
        const History history = interactions_.history(user, scratch);
        for (size_t i = history.size(); i-- > 0 && history.times[i] > mine;)
          if (counts(history, i)) mine = history.times[i];
      }
      std::lock_guard guard(mutex);
      newest = std::max(newest, mine);
    });
    return newest;
  }

  const Interactions& interactions_;
  const EventSelector& selector_;
  int64_t asOf_;
  std::vector<std::atomic<uint64_t>> all_;
  std::vector<std::atomic<uint32_t>> recent_;
};

// The quantile of the normal distribution that leaves `chance` above it (Abramowitz and Stegun 26.2.23).
double normalQuantile(double chance) {
  const double t = std::sqrt(-2 * std::log(chance));
  return t -
         (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

// Growth of every item of the space. Each interval is divided by its total traffic: what is left of a day's
// rhythm is nothing.
class GrowthMeter {
 public:
  GrowthMeter(const IntervalCounter& counter, const ItemSpace& items) : counter_(counter), items_(items) {
    for (int back = 0; back <= kBefore; ++back)
      for (Index item = 0; item < items.size(); ++item)
        traffic_[static_cast<size_t>(back)] += count(item, back);
    double weight = 1;
    for (int back = 1; back <= kBefore; ++back, weight *= kDecay) {
      weights_[static_cast<size_t>(back)] = weight;
      exposure_ += weight * traffic(back);
      squares_ += weight * weight * traffic(back);
    }
  }

  std::vector<TrendFigures> measure() const {
    std::vector<TrendFigures> figures(items_.size());
    if (exposure_ <= 0) return figures;
    size_t active = 0;
    for (Index item = 0; item < items_.size(); ++item) active += count(item, 0) > 0;
    const double deviations = normalQuantile(kChance / static_cast<double>(std::max<size_t>(active, 1)));
    const double wobble = usualWobble();
    for (Index item = 0; item < items_.size(); ++item) {
      const Growth growth = growthOf(item);
      figures[item].current = static_cast<uint32_t>(growth.current);
      figures[item].expected = static_cast<float>(growth.expected);
      figures[item].bound = static_cast<float>(growthLowerBound(growth, wobble, deviations));
    }
    return figures;
  }

 private:
  double count(Index item, int back) const { return counter_.in(items_.groupIndex(item), back); }
  double traffic(int back) const { return traffic_[static_cast<size_t>(back)]; }

  // The share before, shrunk to that of an item like any other; older intervals count less.
  Growth growthOf(Index item) const {
    double before = 0;
    for (int back = 1; back <= kBefore; ++back)
      before += weights_[static_cast<size_t>(back)] * count(item, back);
    // As many events as an even weight of the intervals would have given the same certainty.
    const double even = exposure_ / squares_;
    Growth growth;
    growth.current = count(item, 0);
    growth.shape = before * even + kItemPrior;
    growth.expected =
        traffic(0) * growth.shape / (exposure_ * even + kItemPrior * static_cast<double>(items_.size()));
    return growth;
  }

  // How much the shares of items move beside chance: the variance of their counts above that of a Poisson
  // distribution, relative to the mean's square, for the item in the middle. Bursts do not move it.
  double usualWobble() const {
    double whole = 0;
    for (int back = 1; back <= kBefore; ++back) whole += traffic(back);
    std::vector<double> wobbles;
    for (Index item = 0; item < items_.size(); ++item) {
      double events = 0;
      for (int back = 1; back <= kBefore; ++back) events += count(item, back);
      if (events < kMeasurable * kBefore) continue;
      double beyond = 0, squares = 0;
      for (int back = 1; back <= kBefore; ++back) {
        const double mean = events * traffic(back) / whole;
        beyond += (count(item, back) - mean) * (count(item, back) - mean) - mean;
        squares += mean * mean;
      }
      wobbles.push_back(beyond / squares);
    }
    if (wobbles.empty()) return 0;
    const auto middle = wobbles.begin() + static_cast<ptrdiff_t>(wobbles.size() / 2);
    std::nth_element(wobbles.begin(), middle, wobbles.end());
    return std::max(0.0, *middle);
  }

  const IntervalCounter& counter_;
  const ItemSpace& items_;
  std::array<double, kBefore + 1> traffic_{};
  std::array<double, kBefore + 1> weights_{};
  double exposure_ = 0;  // weighted traffic before
  double squares_ = 0;   // the same with the weights squared
};

}  // namespace

double Growth::estimate() const {
  return (kGrowthPrior + current) / (kGrowthPrior + expected);
}

double growthLowerBound(const Growth& growth, double wobble, double deviations) {
  // The growth is the ratio of two Gamma variables: the newest count with the prior, over the expectation
  // with the prior. Its quantile is that of an F distribution, by Paulson's approximation: cube roots of
  // Gamma variables are almost normal.
  const double seen = kGrowthPrior + growth.current;
  const double own = growth.current / seen;
  const double spread = 1 / seen + wobble * own * own;
  const double part = growth.expected / (kGrowthPrior + growth.expected);
  const double u = spread / 9, v = part * part / growth.shape / 9, z2 = deviations * deviations;
  const double c = (1 - u) * (1 - u) - z2 * u;
  if (u >= 1 || c <= 0) return 0;
  const double b = (1 - u) * (1 - v), a = (1 - v) * (1 - v) - z2 * v;
  const double root = c / (b + std::sqrt(std::max(0.0, b * b - a * c)));
  return growth.estimate() * root * root * root;
}

std::string trendingRefresh(const Json& hyperparameters) {
  const Result<Frequency> frequency = frequencyOf(hyperparameters);
  return std::string((frequency ? *frequency : kFrequencies[kDefaultFrequency]).refresh);
}

int64_t TrendingRecipe::memoryNeeded(int64_t, int64_t users, int64_t items) const {
  return users * 16 + items * static_cast<int64_t>(IntervalCounter::kColumns * sizeof(uint32_t) + 128);
}

Result<std::unique_ptr<Model>> TrendingRecipe::train(const TrainingInput& input,
                                                     const TrainingConfiguration& configuration,
                                                     Progress& progress, Checkpoints*) const {
  PROFFER_TRY(const Frequency frequency, frequencyOf(configuration.hyperparameters));
  if (!input.interactions) return fail(ErrorCode::kInvalidInput, "there are no interactions to count");
  const EventSelector selector(configuration.events, input.interactions->eventTypes());
  IntervalCounter counter(*input.interactions, selector, configuration.asOf);
  const TrendPeriod period = counter.count(frequency.seconds, progress);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  std::vector<Index> known =
      knownItems(input, configuration, [&](Index item) { return counter.all(item) > 0; });
  if (known.empty())
    return fail(ErrorCode::kInvalidInput, "there are no interactions to count and no items to list");
  ItemSpace items = ItemSpace::of(*input.interactions, std::move(known));
  std::vector<uint64_t> counts(items.size());
  for (Index item = 0; item < items.size(); ++item) counts[item] = counter.all(items.groupIndex(item));
  std::vector<TrendFigures> figures = GrowthMeter(counter, items).measure();
  return std::make_unique<TrendingModel>(std::move(items), period, std::move(counts), std::move(figures));
}

Result<std::unique_ptr<Model>> TrendingRecipe::update(const Model&, const TrainingInput& input,
                                                      const TrainingConfiguration& configuration,
                                                      Progress& progress) const {
  return train(input, configuration, progress);
}

Result<std::unique_ptr<Model>> TrendingRecipe::open(const SectionReader& sections) const {
  PROFFER_TRY(ItemSpace items, ItemSpace::open(sections));
  PROFFER_TRY(const std::span<const TrendPeriod> period, sections.getArray<TrendPeriod>("trending/period"));
  PROFFER_TRY(const std::span<const uint64_t> counts, sections.getArray<uint64_t>("trending/counts"));
  PROFFER_TRY(const std::span<const TrendFigures> figures,
              sections.getArray<TrendFigures>("trending/growth"));
  if (period.size() != 1 || period[0].length <= 0 || counts.size() != items.size() ||
      figures.size() != items.size())
    return fail(ErrorCode::kCorrupt, "the trending model has {} items, {} counts and {} growths",
                items.size(), counts.size(), figures.size());
  for (const TrendFigures& one : figures)
    if (!std::isfinite(one.bound) || !std::isfinite(one.expected))
      return fail(ErrorCode::kCorrupt, "the trending model has a growth that is no number");
  PROFFER_TRY(ItemOrder popular, ItemOrder::open(sections, "trending/popular", items.size()));
  return std::make_unique<TrendingModel>(std::move(items), period[0], counts, figures, std::move(popular));
}

}  // namespace proffer::recipes
