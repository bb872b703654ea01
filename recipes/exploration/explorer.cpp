#include "recipes/exploration/explorer.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "recipes/exploration/gamma.h"

namespace proffer::recipes {
namespace {

constexpr double kLeastShare = 1e-3;      // of the best prediction of a list: nothing is impossible
constexpr double kPositionWeight = 50;    // choices that the discounts of positions are believed to rest on
constexpr float kMostEvidence = 1 << 13;  // a float still takes a hundredth of a click there
constexpr double kFinding = 0.5;          // share of the explored slots that find; the others earn
constexpr float kKnownClicks = 4;         // an item that had so many is known
constexpr size_t kFittedItems = 20'000;
constexpr size_t kFewestFitted = 20;
constexpr float kLeastFitted = 0.2F;  // expected clicks
constexpr double kLeastPrior = 0.5, kMostPrior = 64;

// Before anything is known of the places.
double assumedDiscount(size_t position) {
  return 1 / std::log2(2.0 + static_cast<double>(position));
}

// How much a prediction counts when candidates are compared: its fourth root. New items are predicted from
// little; were the whole of it counted, those that are predicted badly by mistake would never be shown.
double attraction(double predicted) {
  return std::sqrt(std::sqrt(predicted));
}

double mostPredicted(std::span<const PredictedItem> items) {
  double most = 0;
  for (const PredictedItem& item : items)
    if (std::isfinite(item.predicted)) most = std::max(most, item.predicted);
  return most > 0 ? most : 1;
}

double atLeast(double predicted, double least) {
  return predicted > least ? predicted : least;  // NaN too
}

uint64_t mixed(uint64_t a, uint64_t b) {
  GammaDraws draws(a ^ (b * 0x9e3779b97f4a7c15ULL));
  return draws.bits();
}

struct Counts {
  double clicks = 0, expected = 0;
};

// Of clicks that are Poisson(theta expected) with theta ~ Gamma(a, a): negative binomial. Beside it stands a
// weak opinion about a, so that few items do not decide alone.
double logLikelihoodOf(double a, std::span<const Counts> items, double expectedLogA) {
  int sign = 0;
  const double logA = std::log(a), logGamma = ::lgamma_r(a, &sign);
  const double opinion = logA - expectedLogA;
  double sum = -0.5 * opinion * opinion;
  for (const Counts& item : items)
    sum += ::lgamma_r(a + item.clicks, &sign) - logGamma + a * logA -
           (a + item.clicks) * std::log(a + item.expected);
  return sum;
}

// The a that is most likely, near `expected` unless the items say otherwise.
double fitted(std::vector<Counts> items, double expected) {
  if (items.size() > kFittedItems) {
    const size_t step = items.size() / kFittedItems + 1;
    for (size_t i = 0; i * step < items.size(); ++i) items[i] = items[i * step];
    items.resize((items.size() + step - 1) / step);
  }
  // Golden section over log a: the likelihood has one top.
  constexpr double kRatio = 0.6180339887498949;
  double low = std::log(kLeastPrior), high = std::log(kMostPrior);
  const auto at = [&](double logA) { return logLikelihoodOf(std::exp(logA), items, std::log(expected)); };
  double left = high - kRatio * (high - low), right = low + kRatio * (high - low);
  double atLeft = at(left), atRight = at(right);
  while (high - low > 1e-3) {
    if (atLeft > atRight) {
      high = right, right = left, atRight = atLeft;
      atLeft = at(left = high - kRatio * (high - low));
    } else {
      low = left, left = right, atLeft = atRight;
      atRight = at(right = low + kRatio * (high - low));
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace

// ---- What is learned

double Explorer::mean(Index item) const {
  const Evidence known = evidence(item);
  return (prior_ + known.clicks) / (prior_ + known.expected);
}

double Explorer::discount(size_t position) const {
  const size_t at = std::min(position, kPositions - 1);
  return (kPositionWeight * assumedDiscount(at) + positionClicks_[at]) /
         (kPositionWeight + positionExpected_[at]);
}

Explorer::Belief Explorer::belief(Index item) const {
  const Evidence known = evidence(item);
  const double shape = prior_ + known.clicks, rate = prior_ + known.expected;
  return {shape / rate, gammaQuantile(shape, rate, 0.05), gammaQuantile(shape, rate, 0.95), known.clicks,
          known.expected};
}

bool Explorer::countOnce(uint64_t key) {
  if (!counted_.insert(key).second) return false;
  countedOrder_.push_back(key);
  if (countedOrder_.size() > kOccasions) {
    counted_.erase(countedOrder_.front());
    countedOrder_.pop_front();
  }
  return true;
}

void Explorer::add(Index item, double clicks, double expected) {
  if (item >= kMostItems) return;  // kNoIndex too
  if (item >= evidence_.size())
    evidence_.resize(std::max<size_t>(size_t{item} + 1, evidence_.size() * 5 / 4));
  Evidence& known = evidence_[item];
  known.clicks += static_cast<float>(clicks);
  known.expected += static_cast<float>(expected);
  if (std::max(known.clicks, known.expected) <= kMostEvidence) return;
  known.clicks /= 2;  // the ratio stays, and the old fades
  known.expected /= 2;
}

bool Explorer::learn(uint64_t occasion, std::span<const PredictedItem> shown, size_t chosen) {
  const bool something = chosen < shown.size();
  if (shown.empty() || (something && shown.size() == 1)) return false;  // there was no choice
  const uint64_t what = something ? uint64_t{shown[chosen].item} : ~uint64_t{0};
  if (!countOnce(mixed(occasion, something && what == kNoIndex ? uint64_t{kNoIndex} + 1 + chosen : what)))
    return false;
  const double least = mostPredicted(shown) * kLeastShare;
  std::vector<double> means(shown.size()), discounts(shown.size());
  double sum = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    means[i] = mean(shown[i].item);
    discounts[i] = discount(i);
    sum += means[i] * discounts[i] * atLeast(shown[i].predicted, least);
  }
  if (!something) sum += sum / static_cast<double>(shown.size());  // what was chosen: like one of them
  for (size_t i = 0; i < shown.size(); ++i) {
    const double share = atLeast(shown[i].predicted, least) / sum;
    const double click = i == chosen ? 1 : 0;
    add(shown[i].item, click, share * discounts[i]);
    const size_t at = std::min(i, kPositions - 1);
    positionClicks_[at] += click;
    positionExpected_[at] += share * means[i];
  }
  ++choices_;
  return true;
}

void Explorer::fitPrior(const std::function<bool(Index)>& warm) {
  std::vector<Counts> known, fresh;
  for (Index item = 0; item < evidence_.size(); ++item) {
    const Evidence& seen = evidence_[item];
    if (seen.expected < kLeastFitted) continue;
    (warm(item) ? known : fresh).push_back({seen.clicks, seen.expected});
  }
  if (known.size() >= kFewestFitted) warmPrior_ = fitted(std::move(known), kFirstPrior);
  prior_ = fresh.size() >= kFewestFitted ? fitted(std::move(fresh), warmPrior_) : warmPrior_;
}

void Explorer::startOver() {
  const auto most = static_cast<float>(prior_);
  for (Evidence& known : evidence_) {
    if (known.expected <= most) continue;
    known.clicks *= most / known.expected;
    known.expected = most;
  }
}

// ---- What is shown

// The candidates' thetas, drawn once to choose by and a few times more to say how likely each choice is.
class Explorer::Draws {
 public:
  /// Finding looks for what is good among items that little is known of; earning shows this person what has
  /// turned out to be. Earning alone would keep to the first good ones, finding alone would not show them.
  enum class Purpose { kFind, kEarn };

  Draws(const Explorer& explorer, std::span<const PredictedItem> candidates, double least, uint64_t seed)
      : free_(candidates.size()) {
    GammaDraws random(seed);
    drawn_.reserve(candidates.size());
    for (const PredictedItem& candidate : candidates) {
      const Evidence known = explorer.evidence(candidate.item);
      Drawn& drawn = drawn_.emplace_back();
      drawn.shape = explorer.prior_ + known.clicks;
      drawn.rate = explorer.prior_ + known.expected;
      drawn.attraction = attraction(atLeast(candidate.predicted, least));
      drawn.theta = random.gamma(drawn.shape, drawn.rate);
      drawn.unknown = known.clicks < kKnownClicks;
      for (float& other : drawn.others) other = static_cast<float>(random.gamma(drawn.shape, drawn.rate));
      unknown_ += drawn.unknown;
    }
  }

  bool any() const { return free_ > 0; }
  double theta(size_t candidate) const { return drawn_[candidate].theta; }
  void take(size_t candidate) {
    Drawn& drawn = drawn_[candidate];
    if (drawn.taken) return;
    drawn.taken = true;
    --free_;
    unknown_ -= drawn.unknown;
  }

  /// The best of those that are left; REQUIRES any().
  size_t best(Purpose purpose) const {
    size_t best = kNothing;
    double most = -1;
    for (size_t i = 0; i < drawn_.size(); ++i) {
      if (!takesPart(i, purpose)) continue;
      const double value = drawn_[i].theta * factorOf(i, purpose);
      if (value <= most) continue;
      most = value;
      best = i;
    }
    return best;
  }

  /// How likely it is that draws put this one above all others that are left: the mean, over what the others
  /// draw, of the tail above it.
  double probabilityOf(size_t candidate, Purpose purpose) const {
    if (!takesPart(candidate, purpose)) return 0;
    std::array<double, kOthers> highest{};
    for (size_t i = 0; i < drawn_.size(); ++i) {
      if (i == candidate || !takesPart(i, purpose)) continue;
      const double factor = factorOf(i, purpose);
      for (size_t k = 0; k < kOthers; ++k) highest[k] = std::max(highest[k], factor * drawn_[i].others[k]);
    }
    const Drawn& drawn = drawn_[candidate];
    double sum = 0;
    for (const double other : highest)
      sum += quickGammaTail(drawn.shape, drawn.rate, other / factorOf(candidate, purpose));
    return std::clamp(sum / kOthers, 1e-6, 1.0);
  }

 private:
  static constexpr size_t kOthers = 4;
  struct Drawn {
    double shape = 1, rate = 1, attraction = 1, theta = 1;
    bool unknown = true, taken = false;
    std::array<float, kOthers> others{};
  };
  bool takesPart(size_t i, Purpose purpose) const {
    return !drawn_[i].taken && (purpose == Purpose::kEarn || unknown_ == 0 || drawn_[i].unknown);
  }
  double factorOf(size_t i, Purpose purpose) const {
    return purpose == Purpose::kEarn ? drawn_[i].attraction : 1;
  }

  std::vector<Drawn> drawn_;
  size_t free_ = 0, unknown_ = 0;
};

std::vector<Explorer::Slot> Explorer::arrange(std::span<const PredictedItem> ranked,
                                              std::span<const PredictedItem> candidates, size_t slots,
                                              double weight, uint64_t seed) const {
  using Purpose = Draws::Purpose;
  const double share = std::clamp(weight, 0.0, 1.0);
  candidates = candidates.first(share > 0 ? std::min(candidates.size(), kMostCandidates) : 0);
  absl::flat_hash_map<Index, size_t> places;
  for (size_t i = 0; i < candidates.size(); ++i) places.emplace(candidates[i].item, i);
  absl::flat_hash_set<Index> listed;
  std::vector<Slot> list;
  Draws draws(*this, candidates, mostPredicted(candidates) * kLeastShare, mixed(seed, 1));
  const auto put = [&](const Slot& slot) {
    list.push_back(slot);
    if (candidates.empty()) return;
    listed.insert(slot.item);
    if (const auto place = places.find(slot.item); place != places.end()) draws.take(place->second);
  };
  GammaDraws random(mixed(seed, 2));
  const double start = random.uniform();  // a slot is explored if start + share x place passes a whole number
  size_t next = 0;
  while (list.size() < slots) {
    const auto place = static_cast<double>(list.size());
    const bool could = !list.empty() && draws.any();
    if (could && std::floor(start + share * place) > std::floor(start + share * (place - 1))) {
      const size_t found = draws.best(random.uniform() < kFinding ? Purpose::kFind : Purpose::kEarn);
      const double drawn = kFinding * draws.probabilityOf(found, Purpose::kFind) +
                           (1 - kFinding) * draws.probabilityOf(found, Purpose::kEarn);
      put({candidates[found].item, found, true, share * drawn, draws.theta(found)});
      continue;
    }
    while (next < ranked.size() && listed.contains(ranked[next].item)) ++next;
    if (next == ranked.size()) break;
    put({ranked[next].item, next, false, could ? 1 - share : 1.0, 1});
    ++next;
  }
  return list;
}

// ---- Kept

namespace {
constexpr uint64_t kExplorerFormat = 1;
}

void Explorer::save(SectionWriter& out) const {
  const std::array<uint64_t, 2> numbers{kExplorerFormat, static_cast<uint64_t>(choices_)};
  out.putArray<uint64_t>("explorer/about", numbers);
  const std::array<double, 2> priors{prior_, warmPrior_};
  out.putArray<double>("explorer/prior", priors);
  std::vector<float> flat;
  for (const Evidence& known : evidence_) {
    flat.push_back(known.clicks);
    flat.push_back(known.expected);
  }
  out.putArray<float>("explorer/items", flat);
  out.putArray<double>("explorer/position_clicks", positionClicks_);
  out.putArray<double>("explorer/position_expected", positionExpected_);
  const std::vector<uint64_t> keys(countedOrder_.begin(), countedOrder_.end());
  out.putArray<uint64_t>("explorer/counted", keys);
}

Result<Explorer> Explorer::open(const SectionReader& in) {
  PROFFER_TRY(const auto about, in.getArray<uint64_t>("explorer/about"));
  PROFFER_TRY(const auto prior, in.getArray<double>("explorer/prior"));
  PROFFER_TRY(const auto items, in.getArray<float>("explorer/items"));
  PROFFER_TRY(const auto clicks, in.getArray<double>("explorer/position_clicks"));
  PROFFER_TRY(const auto expected, in.getArray<double>("explorer/position_expected"));
  PROFFER_TRY(const auto counted, in.getArray<uint64_t>("explorer/counted"));
  const auto number = [](double value) { return value >= 0 && std::isfinite(value); };
  const auto likely = [](double a) { return a >= kLeastPrior && a <= kMostPrior; };
  const bool good = about.size() == 2 && about[0] == kExplorerFormat && prior.size() == 2 &&
                    std::all_of(prior.begin(), prior.end(), likely) && items.size() % 2 == 0 &&
                    items.size() / 2 <= size_t{kMostItems} * 5 / 4 && clicks.size() == kPositions &&
                    expected.size() == kPositions && counted.size() <= kOccasions &&
                    std::all_of(items.begin(), items.end(), number) &&
                    std::all_of(clicks.begin(), clicks.end(), number) &&
                    std::all_of(expected.begin(), expected.end(), number);
  if (!good) return fail(ErrorCode::kCorrupt, "what was learned by exploring is not what was written");
  Explorer explorer;
  explorer.choices_ = static_cast<int64_t>(about[1]);
  explorer.prior_ = prior[0];
  explorer.warmPrior_ = prior[1];
  for (size_t i = 0; i < items.size(); i += 2) explorer.evidence_.push_back({items[i], items[i + 1]});
  explorer.positionClicks_.assign(clicks.begin(), clicks.end());
  explorer.positionExpected_.assign(expected.begin(), expected.end());
  for (const uint64_t key : counted) explorer.countOnce(key);
  return explorer;
}

int64_t Explorer::residentBytes() const {
  return static_cast<int64_t>(evidence_.capacity() * sizeof(Evidence) +
                              countedOrder_.size() * (2 * sizeof(uint64_t) + 1));
}

}  // namespace proffer::recipes
