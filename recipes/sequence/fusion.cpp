#include "recipes/sequence/fusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

constexpr std::array<double, FusionFit::kDecays> kDecaysTried = {2, 6, 20, 60};
constexpr std::array<double, 4> kRestsTried = {3e-4, 3e-3, 3e-2, 0.3};
constexpr size_t kOthers = 1024;        // items that no count touches, as a sample
constexpr size_t kLikely = 64;          // of these the likeliest by the network are all there
constexpr double kPullOfFusion = 1e-3;  // towards what it begins with
constexpr double kLeastSeen = -12;

}  // namespace

Json toJson(const Fusion& fusion) {
  return {{"scale", fusion.scale}, {"counts", fusion.counts}, {"rest", fusion.rest},
          {"decay", fusion.decay}, {"seen", fusion.seen},     {"again", fusion.again}};
}

Result<Fusion> fusionFromJson(const Json& json) {
  Fusion fusion;
  for (const auto& [name, value] : {std::pair{"scale", &fusion.scale}, std::pair{"counts", &fusion.counts},
                                    std::pair{"rest", &fusion.rest}, std::pair{"decay", &fusion.decay},
                                    std::pair{"seen", &fusion.seen}, std::pair{"again", &fusion.again}}) {
    const Json& number = member(json, name);
    if (!number.is_number() || !std::isfinite(number.get<double>()))
      return fail(ErrorCode::kCorrupt, "the model does not say how much its {} weigh", name);
    *value = number.get<double>();
  }
  if (fusion.counts < 0 || !(fusion.rest > 0) || !(fusion.decay > 0))
    return fail(ErrorCode::kCorrupt, "the model's weights of counts are out of range");
  return fusion;
}

Json toJson(const HeldOutFigures& figures) {
  return {{"loss", figures.loss},
          {"hit_rate_at_10", figures.hitRateAt10},
          {"normalized_discounted_cumulative_gain_at_10", figures.gainAt10}};
}

std::vector<OwnItem> ownItems(std::span<const SequenceEvent> events) {
  std::vector<Index> items;
  for (const SequenceEvent& event : events)
    if (event.item != kNoIndex) items.push_back(event.item);
  std::sort(items.begin(), items.end());
  std::vector<OwnItem> own;
  for (const Index item : items) {
    if (own.empty() || own.back().item != item) own.push_back({item, 0});
    ++own.back().times;
  }
  return own;
}

void addCounts(const Fusion& fusion, const FollowingCounts& counts, std::span<const SequenceEvent> events,
               CountSums& sums, std::span<float> logits) {
  if (fusion.readsCounts()) {
    sums.add(counts, events, fusion.decay, static_cast<Index>(logits.size()));
    for (const Index item : sums.touched())
      logits[item] +=
          static_cast<float>(fusion.counts * std::log1p(static_cast<double>(sums[item]) / fusion.rest));
    sums.clear();
  }
  if (!fusion.readsOwn()) return;
  for (const OwnItem& own : ownItems(events))
    logits[own.item] += static_cast<float>(fusion.seen + fusion.again * std::log(own.times));
}

void FusionFit::set(size_t place, const FusionCase& one) {
  Case& to = cases_[place];
  std::vector<Index> all = {one.target};
  std::vector<CountSums> sums(kDecays);
  for (size_t i = 0; i < kDecays; ++i) {
    sums[i].add(counts_, one.events, kDecaysTried[i], items_);
    for (const Index item : sums[i].touched()) all.push_back(item);
  }
  const std::vector<OwnItem> own = ownItems(one.events);
  for (const OwnItem& item : own) all.push_back(item.item);
  std::sort(all.begin() + 1, all.end());
  all.erase(std::unique(all.begin() + 1, all.end()), all.end());
  all.erase(std::remove(all.begin() + 1, all.end(), one.target), all.end());
  std::vector<Index> rest;
  std::vector<uint8_t> taken(items_);
  for (const Index item : all) taken[item] = 1;
  for (Index item = 0; item < items_; ++item)
    if (!taken[item]) rest.push_back(item);
  const size_t likely = std::min(kLikely, rest.size());
  std::partial_sort(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(likely), rest.end(),
                    [&](Index a, Index b) {
                      return one.network[a] != one.network[b] ? one.network[a] > one.network[b] : a < b;
                    });
  all.insert(all.end(), rest.begin(), rest.begin() + static_cast<ptrdiff_t>(likely));
  for (const Index item : all) {
    Candidate candidate;
    candidate.item = item;
    candidate.network = one.network[item];
    for (size_t i = 0; i < kDecays; ++i) candidate.sums[i] = sums[i].touched().empty() ? 0 : sums[i][item];
    const auto mine =
        std::lower_bound(own.begin(), own.end(), item, [](const OwnItem& a, Index b) { return a.item < b; });
    if (mine != own.end() && mine->item == item) {
      candidate.seen = 1;
      candidate.again = static_cast<float>(std::log(mine->times));
    }
    to.candidates.push_back(candidate);
  }
  const size_t left = rest.size() - likely;
  const size_t sampled = std::min(kOthers, left);
  for (size_t i = 0; i < sampled; ++i) {
    const Index item = rest[likely + left * i / sampled];
    to.others.emplace_back(item, one.network[item]);
  }
  if (sampled > 0) to.otherWeight = static_cast<double>(left) / static_cast<double>(sampled);
}

void FusionFit::dropEmpty() {
  std::erase_if(cases_, [](const Case& one) { return one.candidates.empty(); });
}

// What Newton's method needs, summed over cases.
struct FusionFit::Step {
  double gradient[4] = {};
  double curvature[4][4] = {};
};

FusionFit::Logarithms FusionFit::logarithms(size_t decay, double rest) const {
  Logarithms all(cases_.size());
  parallelFor(cases_.size(), [&](size_t number) {
    all[number].reserve(cases_[number].candidates.size());
    for (const Candidate& candidate : cases_[number].candidates)
      all[number].push_back(
          candidate.sums[decay] > 0 ? std::log1p(static_cast<double>(candidate.sums[decay]) / rest) : 0);
  });
  return all;
}

// Mean -log p(target); gradient and curvature of it. No logarithms: counts say nothing.
double FusionFit::lossAt(const Weights& weights, const Logarithms& logarithms, Step* step) const {
  const double* const w = weights.values;
  std::vector<double> losses(cases_.size());
  std::vector<Step> steps(step ? cases_.size() : 0);
  parallelFor(cases_.size(), [&](size_t number) {
    const Case& one = cases_[number];
    const auto featuresOf = [&](size_t place) {
      const Candidate& candidate = one.candidates[place];
      return std::array<double, 4>{static_cast<double>(candidate.network),
                                   logarithms.empty() ? 0 : logarithms[number][place],
                                   static_cast<double>(candidate.seen), static_cast<double>(candidate.again)};
    };
    const auto logitOf = [&](const std::array<double, 4>& f) {
      return w[0] * f[0] + w[1] * f[1] + w[2] * f[2] + w[3] * f[3];
    };
    const std::array<double, 4> target = featuresOf(0);
    const double own = logitOf(target);
    double most = own;
    for (size_t place = 0; place < one.candidates.size(); ++place)
      most = std::max(most, logitOf(featuresOf(place)));
    double sum = 0, first[4] = {}, second[4][4] = {};
    const auto add = [&](const std::array<double, 4>& f, double weight) {
      // In single precision, which is exact enough to compare losses and several times as fast.
      const double p = weight * static_cast<double>(std::exp(static_cast<float>(logitOf(f) - most)));
      sum += p;
      if (!step) return;
      for (size_t i = 0; i < 4; ++i) {
        if (f[i] == 0) continue;
        first[i] += p * f[i];
        for (size_t j = 0; j <= i; ++j) second[i][j] += p * f[i] * f[j];
      }
    };
    for (size_t place = 0; place < one.candidates.size(); ++place) add(featuresOf(place), 1);
    for (const auto& [item, network] : one.others)
      add({static_cast<double>(network), 0, 0, 0}, one.otherWeight);
    losses[number] = most + std::log(sum) - own;
    if (!step) return;
    for (size_t i = 0; i < 4; ++i) {
      steps[number].gradient[i] = first[i] / sum - target[i];
      for (size_t j = 0; j <= i; ++j)
        steps[number].curvature[i][j] = second[i][j] / sum - first[i] / sum * (first[j] / sum);
    }
  });
  const double count = static_cast<double>(cases_.size());
  double loss = 0;
  for (const double one : losses) loss += one / count;
  const Weights start;
  for (size_t i = 0; i < 4; ++i) loss += kPullOfFusion * std::pow(w[i] - start.values[i], 2);
  if (!step) return loss;
  for (const Step& one : steps) {
    for (size_t i = 0; i < 4; ++i) {
      step->gradient[i] += one.gradient[i] / count;
      for (size_t j = 0; j <= i; ++j) step->curvature[i][j] += one.curvature[i][j] / count;
    }
  }
  for (size_t i = 0; i < 4; ++i) {
    step->gradient[i] += 2 * kPullOfFusion * (w[i] - start.values[i]);
    step->curvature[i][i] += 2 * kPullOfFusion;
    for (size_t j = 0; j < i; ++j) step->curvature[j][i] = step->curvature[i][j];
  }
  return loss;
}

namespace {

// Solves a x = b for the moving rows by elimination; a is positive definite.
std::array<double, 4> newtonDirection(const double (&curvature)[4][4], const double (&gradient)[4],
                                      const bool (&moving)[4]) {
  double a[4][5] = {};
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) a[i][j] = moving[i] && moving[j] ? curvature[i][j] : i == j;
    a[i][4] = moving[i] ? gradient[i] : 0;
  }
  for (size_t i = 0; i < 4; ++i) {
    for (size_t row = i + 1; row < 4; ++row) {
      const double factor = a[row][i] / a[i][i];
      for (size_t column = i; column < 5; ++column) a[row][column] -= factor * a[i][column];
    }
  }
  std::array<double, 4> x{};
  for (size_t i = 4; i-- > 0;) {
    double rest = a[i][4];
    for (size_t j = i + 1; j < 4; ++j) rest -= a[i][j] * x[j];
    x[i] = rest / a[i][i];
  }
  return x;
}

}  // namespace

double FusionFit::climb(Weights& weights, const bool (&moving)[4], size_t decay, double rest) const {
  constexpr int kMostSteps = 12;
  const Logarithms logs = moving[1] ? logarithms(decay, rest) : Logarithms();
  double loss = 0;
  for (int round = 0; round < kMostSteps; ++round) {
    Step step;
    loss = lossAt(weights, logs, &step);
    const std::array<double, 4> direction = newtonDirection(step.curvature, step.gradient, moving);
    double share = 1, gained = 0;
    for (; share > 1e-3; share /= 2) {
      Weights next = weights;
      for (size_t i = 0; i < 4; ++i) next.values[i] -= share * direction[i];
      next.values[0] = std::max(next.values[0], 0.0);
      next.values[1] = std::max(next.values[1], 0.0);
      next.values[2] = std::max(next.values[2], kLeastSeen);
      const double there = lossAt(next, logs, nullptr);
      if (!(there < loss)) continue;
      gained = loss - there;
      weights = next;
      loss = there;
      break;
    }
    if (gained < 1e-5) break;
  }
  return loss;
}

Result<Fusion> FusionFit::fit(bool network, bool counts, Progress& progress) const {
  Fusion best;
  if (cases_.empty()) return best;
  progress.begin("fitting", "settings", static_cast<int64_t>(kDecays * kRestsTried.size()));
  bool anyOwn = false;
  for (const Case& one : cases_)
    for (const Candidate& candidate : one.candidates) anyOwn = anyOwn || candidate.seen > 0;
  const auto from = [&](const Weights& weights, size_t decay, double rest) {
    return Fusion{weights.values[0],   weights.values[1], rest,
                  kDecaysTried[decay], weights.values[2], weights.values[3]};
  };
  Weights alone;
  alone.values[0] = network ? 1 : 0;
  const bool withoutCounts[4] = {network, false, anyOwn, anyOwn};
  double least = climb(alone, withoutCounts, 0, kRestsTried[0]);
  best = from(alone, 1, kRestsTried[1]);
  const bool all[4] = {network, true, anyOwn, anyOwn};
  Weights warm = alone;
  warm.values[1] = 0.5;
  for (size_t decay = 0; counts && decay < kDecays; ++decay) {
    for (const double rest : kRestsTried) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
      Weights weights = warm;
      const double loss = climb(weights, all, decay, rest);
      progress.add(1);
      if (!(loss < least)) continue;
      least = loss;
      warm = weights;
      best = from(weights, decay, rest);
    }
  }
  return best;
}

HeldOutFigures FusionFit::measure(const Fusion& fusion) const {
  HeldOutFigures figures;
  if (cases_.empty()) return figures;
  const size_t decay = static_cast<size_t>(std::find(kDecaysTried.begin(), kDecaysTried.end(), fusion.decay) -
                                           kDecaysTried.begin()) %
                       kDecays;
  const auto logitOf = [&](const Candidate& one) {
    return fusion.scale * static_cast<double>(one.network) +
           fusion.counts * std::log1p(static_cast<double>(one.sums[decay]) / fusion.rest) +
           fusion.seen * static_cast<double>(one.seen) + fusion.again * static_cast<double>(one.again);
  };
  for (const Case& one : cases_) {
    const double own = logitOf(one.candidates.front());
    double before = 0, sum = 0;
    for (const Candidate& candidate : one.candidates) {
      const double logit = logitOf(candidate);
      before += logit > own;
      sum += std::exp(logit - own);
    }
    for (const auto& [item, network] : one.others) {
      const double logit = fusion.scale * static_cast<double>(network);
      before += logit > own ? one.otherWeight : 0;
      sum += one.otherWeight * std::exp(logit - own);
    }
    figures.loss += std::log(sum);
    figures.hitRateAt10 += before < 10;
    figures.gainAt10 += before < 10 ? 1 / std::log2(2 + before) : 0;
  }
  const double count = static_cast<double>(cases_.size());
  return {figures.loss / count, figures.hitRateAt10 / count, figures.gainAt10 / count};
}

HeldOutFigures FusionFit::measureOrder(std::span<const float> biases) const {
  HeldOutFigures figures;
  if (cases_.empty() || biases.empty()) return figures;
  std::vector<float> sorted(biases.begin(), biases.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const float most = sorted.front();
  double sum = 0;
  for (const float bias : sorted) sum += std::exp(static_cast<double>(bias - most));
  for (const Case& one : cases_) {
    const float own = biases[one.candidates.front().item];
    const auto before = static_cast<double>(
        std::lower_bound(sorted.begin(), sorted.end(), own, std::greater<>()) - sorted.begin());
    figures.loss += std::log(sum) - static_cast<double>(own - most);
    figures.hitRateAt10 += before < 10;
    figures.gainAt10 += before < 10 ? 1 / std::log2(2 + before) : 0;
  }
  const double count = static_cast<double>(cases_.size());
  return {figures.loss / count, figures.hitRateAt10 / count, figures.gainAt10 / count};
}

}  // namespace proffer::recipes
