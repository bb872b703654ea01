#include "tests/exploration/simulator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <random>

#include "recipes/exploration/explorer.h"

namespace proffer::recipes::testing {
namespace {

constexpr size_t kTastes = 8;
constexpr double kTypicalClick = 0.03;
constexpr double kMostClick = 0.6;
constexpr double kNewSpread = 0.4;  // of the logarithm of new items' levels, that of others is .8

using Settings = ExplorationSettings;

// How likely a place is to be looked at. Not what the bandit assumes of places.
double lookedAt(size_t position) {
  return std::pow(static_cast<double>(position + 1), -0.7);
}

// Numbers of its own: what the bandit draws from must not be what the world is made from.
class Chance {
 public:
  explicit Chance(uint64_t seed) : engine_(seed) {}
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * 3.141592653589793 * uniform());
  }
  /// Mean 1.
  double lognormal(double sigma) { return std::exp(sigma * normal() - sigma * sigma / 2); }
  size_t below(size_t count) { return static_cast<size_t>(engine_() % count); }

 private:
  std::mt19937_64 engine_;
};

// The first `newItems` items are new.
class World {
 public:
  explicit World(const Settings& settings) : settings_(settings), chance_(settings.seed * 7919 + 13) {
    for (size_t i = 0; i < settings.items; ++i) items_.push_back(makeItem(i));
    std::vector<size_t> good(settings.newItems);
    std::iota(good.begin(), good.end(), size_t{0});
    for (size_t i = 0; i + 1 < good.size(); ++i) std::swap(good[i], good[i + chance_.below(good.size() - i)]);
    good.resize(
        static_cast<size_t>(std::lround(settings.goodShare * static_cast<double>(settings.newItems))));
    for (const size_t item : good) {
      items_[item].good = true;
      items_[item].appeal = settings.appeal;
    }
    shuffled_.resize(settings.newItems);
    std::iota(shuffled_.begin(), shuffled_.end(), size_t{0});
    for (size_t i = 0; i + 1 < shuffled_.size(); ++i)
      std::swap(shuffled_[i], shuffled_[i + chance_.below(shuffled_.size() - i)]);
    for (size_t user = 0; user < settings.users; ++user) addUser();
  }

  bool good(size_t item) const { return items_[item].good; }
  size_t goodItems() const {
    return static_cast<size_t>(
        std::count_if(items_.begin(), items_.end(), [](const Item& item) { return item.good; }));
  }
  double truth(size_t user, size_t item) const { return truth_[user * settings_.items + item]; }
  double predicted(size_t user, size_t item) const { return predicted_[user * settings_.items + item]; }
  /// The model's list: the best by its predictions.
  const std::vector<PredictedItem>& ranked(size_t user) const { return ranked_[user]; }
  const std::vector<PredictedItem>& candidates(size_t user) const { return candidates_[user]; }

 private:
  struct Item {
    double level = 0, appeal = 1;
    bool good = false;
    double taste[kTastes] = {};
  };

  Item makeItem(size_t item) {
    Item made;
    made.level = kTypicalClick * chance_.lognormal(item < settings_.newItems ? kNewSpread : 0.8);
    made.appeal = chance_.lognormal(0.35);  // what the model does not know of anything
    double length = 0;
    for (double& part : made.taste) {
      part = chance_.normal();
      length += part * part;
    }
    for (double& part : made.taste) part /= std::sqrt(length);
    return made;
  }

  double affinity(const double* user, const Item& item) const {
    double product = 0;
    for (size_t k = 0; k < kTastes; ++k) product += user[k] * item.taste[k];
    constexpr double kStrength = 0.6;
    return std::exp(kStrength * product - kStrength * kStrength / 2);
  }

  double prediction(const double* user, size_t item) const {
    const bool described = item >= settings_.newItems || settings_.metadata == Settings::Metadata::kGood;
    if (described) return items_[item].level * affinity(user, items_[item]);
    if (settings_.metadata == Settings::Metadata::kUseless) return kTypicalClick;
    const Item& other = items_[shuffled_[item]];
    return other.level * affinity(user, other);
  }

  void addUser() {
    double taste[kTastes];
    for (double& part : taste) part = chance_.normal();
    std::vector<PredictedItem> all;
    for (size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      truth_.push_back(std::min(kMostClick, item.level * affinity(taste, item) * item.appeal));
      predicted_.push_back(prediction(taste, i));
      all.push_back({static_cast<Index>(i), predicted_.back()});
    }
    candidates_.emplace_back(all.begin(), all.begin() + static_cast<ptrdiff_t>(settings_.newItems));
    std::partial_sort(
        all.begin(), all.begin() + static_cast<ptrdiff_t>(settings_.slots), all.end(),
        [](const PredictedItem& a, const PredictedItem& b) { return a.predicted > b.predicted; });
    all.resize(settings_.slots);
    ranked_.push_back(std::move(all));
  }

  const Settings& settings_;
  Chance chance_;
  std::vector<Item> items_;
  std::vector<size_t> shuffled_;
  std::vector<double> truth_, predicted_;
  std::vector<std::vector<PredictedItem>> ranked_, candidates_;
};

struct Told {
  double when = 0;
  uint64_t occasion = 0;
  std::vector<PredictedItem> shown;
  size_t chosen = 0;
  bool operator<(const Told& other) const { return when > other.when; }  // the earliest first
};

class Simulation {
 public:
  explicit Simulation(const Settings& settings)
      : settings_(settings),
        world_(settings),
        people_(settings.seed * 104729 + 7),
        policy_(settings.seed + 99) {
    trueClicks_.resize(settings.newItems);
    predictedClicks_.resize(settings.newItems);
  }

  ExplorationOutcome run() {
    double impressions = 0;
    const double wanted = settings_.impressionsPerNewItem * static_cast<double>(settings_.newItems);
    constexpr size_t kMostRequests = 200'000;
    while (outcome_.requests < kMostRequests &&
           (settings_.requests > 0 ? outcome_.requests < settings_.requests : impressions < wanted)) {
      hear();
      impressions += request();
      ++outcome_.requests;
      if (outcome_.requests % 500 == 0)
        explorer_.fitPrior([&](Index item) { return item >= settings_.newItems; });
    }
    outcome_.impressions = impressions / static_cast<double>(settings_.newItems);
    judge();
    return outcome_;
  }

 private:
  std::vector<PredictedItem> listFor(size_t user) {
    std::vector<PredictedItem> list;
    if (settings_.policy == Settings::Policy::kRandom) {
      const double start = policy_.uniform();
      size_t next = 0;
      const auto& ranked = world_.ranked(user);
      const auto isListed = [&](Index item) {
        return std::any_of(list.begin(), list.end(),
                           [&](const PredictedItem& it) { return it.item == item; });
      };
      while (list.size() < settings_.slots) {
        const auto place = static_cast<double>(list.size());
        PredictedItem item;
        if (!list.empty() && std::floor(start + settings_.weight * place) >
                                 std::floor(start + settings_.weight * (place - 1))) {
          do item = world_.candidates(user)[policy_.below(settings_.newItems)];
          while (isListed(item.item));
          ++explored_;
        } else {
          while (isListed(ranked[next].item)) ++next;
          item = ranked[next];
        }
        list.push_back(item);
      }
      return list;
    }
    const auto slots = explorer_.arrange(world_.ranked(user), world_.candidates(user), settings_.slots,
                                         settings_.weight, outcome_.requests * 2654435761 + settings_.seed);
    for (const Explorer::Slot& slot : slots) {
      explored_ += slot.explored;
      list.push_back({slot.item, world_.predicted(user, slot.item)});
    }
    return list;
  }

  // Returns how many new items were shown.
  double request() {
    const size_t user = people_.below(settings_.users);
    const std::vector<PredictedItem> list = listFor(user);
    double fresh = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      const size_t item = list[i].item;
      const double click = world_.truth(user, item) * lookedAt(i);
      outcome_.clicks += click;
      outcome_.clicksOfModel += world_.truth(user, world_.ranked(user)[i].item) * lookedAt(i);
      if (item < settings_.newItems) {
        ++fresh;
        trueClicks_[item] += click;
        predictedClicks_[item] += list[i].predicted * lookedAt(i);
      }
      const double chance = people_.uniform(), delay = -settings_.meanDelay * std::log(people_.uniform());
      const bool twice = people_.uniform() < settings_.toldTwice;
      if (chance >= click) continue;
      const double now = static_cast<double>(outcome_.requests);
      told_.push({now + delay, outcome_.requests, list, i});
      if (twice) told_.push({now + 2 * delay + 1, outcome_.requests, list, i});
    }
    return fresh;
  }

  void hear() {
    while (!told_.empty() && told_.top().when <= static_cast<double>(outcome_.requests)) {
      explorer_.learn(told_.top().occasion, told_.top().shown, told_.top().chosen);
      told_.pop();
    }
  }

  void judge() {
    double covered = 0, wrongly = 0;
    for (size_t item = 0; item < settings_.newItems; ++item) {
      const Explorer::Belief belief = explorer_.belief(static_cast<Index>(item));
      const double truth = trueClicks_[item] / predictedClicks_[item];  // of the impressions that it had
      covered += belief.low <= truth && truth <= belief.high;
      const bool found = belief.mean > 1.5;
      outcome_.found += world_.good(item) && found;
      wrongly += !world_.good(item) && found;
    }
    const auto newItems = static_cast<double>(settings_.newItems);
    outcome_.goodItems = static_cast<double>(world_.goodItems());
    outcome_.coverage = covered / newItems;
    outcome_.foundWrongly = wrongly / (newItems - outcome_.goodItems);
    outcome_.explored =
        explored_ / (static_cast<double>(outcome_.requests) * static_cast<double>(settings_.slots - 1));
    outcome_.prior = explorer_.prior();
  }

  const Settings& settings_;
  const World world_;
  Chance people_, policy_;
  Explorer explorer_;
  ExplorationOutcome outcome_;
  std::priority_queue<Told> told_;
  std::vector<double> trueClicks_, predictedClicks_;
  double explored_ = 0;
};

}  // namespace

ExplorationOutcome simulate(const ExplorationSettings& settings) {
  return Simulation(settings).run();
}

}  // namespace proffer::recipes::testing
