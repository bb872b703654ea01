// The scores of the yardsticks against their definitions, worked out with dense matrices and loops; and the
// inversion that one of them rests on.
#include "recipes/yardsticks.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/parallel.h"
#include "recipes/yardsticks_inverse.h"
#include "tests/recipes/memory_views.h"

namespace yardsticks_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

using Matrix = std::vector<std::vector<double>>;

// By Gauss and Jordan; the matrices here need no pivots.
Matrix naiveInverse(Matrix matrix) {
  const size_t n = matrix.size();
  Matrix inverse(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) inverse[i][i] = 1;
  for (size_t i = 0; i < n; ++i) {
    const double pivot = matrix[i][i];
    for (size_t j = 0; j < n; ++j) matrix[i][j] /= pivot, inverse[i][j] /= pivot;
    for (size_t row = 0; row < n; ++row) {
      const double factor = matrix[row][i];
      if (row == i || factor == 0) continue;
      for (size_t j = 0; j < n; ++j)
        matrix[row][j] -= factor * matrix[i][j], inverse[row][j] -= factor * inverse[i][j];
    }
  }
  return inverse;
}

std::vector<Index> itemsOf(const Interactions& interactions, Index user) {
  Interactions::Scratch scratch;
  const History history = interactions.history(user, scratch);
  return {history.items.begin(), history.items.end()};
}

// Users x items, 0 or 1.
Matrix incidence(const Interactions& interactions) {
  Matrix x(interactions.userCount(), std::vector<double>(interactions.itemCount()));
  for (Index user = 0; user < interactions.userCount(); ++user)
    for (const Index item : itemsOf(interactions, user)) x[user][item] = 1;
  return x;
}

std::vector<double> naiveEase(const Interactions& interactions, const std::vector<Index>& input,
                              const EaseSettings& settings) {
  const Matrix x = incidence(interactions);
  const size_t n = interactions.itemCount();
  Matrix gram(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j)
      for (const auto& row : x) gram[i][j] += row[i] * row[j];
    gram[i][i] += settings.lambda;
  }
  const Matrix p = naiveInverse(gram);
  std::vector<double> scores(n);
  for (size_t k = 0; k < input.size(); ++k) {
    const Index from = input[input.size() - 1 - k];
    for (size_t j = 0; j < n; ++j)
      if (j != from) scores[j] += std::exp(-double(k) / settings.decay) * -p[from][j] / p[j][j];
  }
  return scores;
}

std::vector<double> naiveCounts(const Interactions& interactions, const std::vector<Index>& input,
                                const CountsSettings& settings) {
  const size_t n = interactions.itemCount();
  std::vector<double> users(n), scores(n);
  for (const auto& row : incidence(interactions))
    for (size_t item = 0; item < n; ++item) users[item] += row[item];
  Matrix counts(n, std::vector<double>(n));
  for (Index user = 0; user < interactions.userCount(); ++user) {
    const std::vector<Index> items = itemsOf(interactions, user);
    for (size_t i = 0; i < items.size(); ++i)
      for (size_t j = i + 1; j < items.size() && j - i <= settings.window; ++j)
        counts[items[i]][items[j]] += 1.0 / double(j - i);
  }
  const double most = *std::max_element(users.begin(), users.end());
  for (size_t b = 0; b < n; ++b) {
    scores[b] = 1e-7 * users[b] / most;
    for (size_t k = 0; k < input.size(); ++k) {
      const Index a = input[input.size() - 1 - k];
      if (counts[a][b] > 0)
        scores[b] += std::exp(-double(k) / settings.decay) * counts[a][b] / (users[a] + 10) /
                     std::pow(users[b], settings.power);
    }
  }
  return scores;
}

std::vector<double> scaled(const std::vector<double>& scores, const std::vector<uint8_t>& candidates) {
  std::vector<double> some, all;
  for (size_t i = 0; i < scores.size(); ++i)
    if (candidates[i]) some.push_back(scores[i]);
  double mean = 0, variance = 0;
  for (const double one : some) mean += one / double(some.size());
  for (const double one : some) variance += (one - mean) * (one - mean) / double(some.size());
  for (const double one : scores) all.push_back((one - mean) / std::sqrt(variance));
  return all;
}

double farthest(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  double most = 0;
  for (size_t i = 0; i < found.size(); ++i) most = std::max(most, std::abs(found[i] - expected[i]));
  return most;
}

// Symmetric, and far from singular.
std::vector<double> randomPositive(uint64_t seed, size_t size) {
  Random random(seed);
  std::vector<double> matrix(size * size);
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j <= i; ++j) matrix[i * size + j] = matrix[j * size + i] = random.unit() - 0.5;
    matrix[i * size + i] += static_cast<double>(size);
  }
  return matrix;
}

}  // namespace

TEST_CASE("counts, EASE and their blend score as they are defined", "[yardsticks]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    // More users than items, and fewer: EASE is solved over the smaller of the two.
    const MemoryInteractions interactions(seed % 2 ? randomRows(seed, 100, 40, 8)
                                                   : randomRows(seed, 30, 90, 12));
    const EventSelector all({}, interactions.eventTypes());
    std::vector<uint8_t> candidates(interactions.itemCount(), 1);
    for (size_t item = 0; item < candidates.size(); item += 7) candidates[item] = 0;
    const YardstickInput input{&interactions, &all, &candidates, TieOrder::kHash, seed};
    Progress progress;
    const CountsSettings counting{5, 0.3, 4};
    const EaseSettings easing{20, 3};
    const BlendSettings blending;
    const auto counts = countsYardstick(input, counting, progress);
    const auto ease = easeYardstick(input, easing, progress);
    const auto blend = blendYardstick(input, blending, progress);
    REQUIRE((counts && ease && blend));
    Interactions::Scratch scratch;
    for (Index user = 0; user < interactions.userCount(); user += 9) {
      Ask ask;
      ask.input = interactions.history(user, scratch);
      if (ask.input.size() == 0) continue;
      const std::vector<Index> items = itemsOf(interactions, user);
      CHECK(farthest((*counts)->scores(ask), naiveCounts(interactions, items, counting)) <= 1e-12);
      CHECK(farthest((*ease)->scores(ask), naiveEase(interactions, items, easing)) <= 1e-12);
      const auto parts = std::pair(scaled(naiveEase(interactions, items, blending.ease), candidates),
                                   scaled(naiveCounts(interactions, items, blending.counts), candidates));
      std::vector<double> expected = parts.first;
      for (size_t i = 0; i < expected.size(); ++i) expected[i] += 0.5 * parts.second[i];
      CHECK(farthest((*blend)->scores(ask), expected) <= 1e-12);
      // What it answers are the candidates with the highest scores.
      ask.limit = 5;
      const auto ranked = (*blend)->rank(ask);
      REQUIRE(ranked);
      for (const Index item : *ranked) {
        CHECK(candidates[item] == 1);
        size_t better = 0;
        for (size_t i = 0; i < expected.size(); ++i)
          better += candidates[i] && expected[i] > expected[item] + 1e-9;
        CHECK(better < 5);
      }
    }
  }
}

TEST_CASE("a blend of scores that are all the same is no error", "[yardsticks]") {
  const MemoryInteractions interactions({{"u", "a", 1}, {"v", "b", 1}});
  const EventSelector all({}, interactions.eventTypes());
  const std::vector<uint8_t> candidates(2, 1);
  Progress progress;
  const auto blend = blendYardstick({&interactions, &all, &candidates}, {}, progress);
  REQUIRE(blend);
  for (const double score : (*blend)->scores({})) CHECK(score == 0);
}

TEST_CASE("a matrix is inverted block by block", "[yardsticks]") {
  for (const size_t size : {0, 1, 5, 127, 128, 129, 300}) {
    INFO(size << " rows");
    const std::vector<double> matrix = randomPositive(size + 1, size);
    std::vector<double> inverse = matrix;
    std::atomic<size_t> steps{0};
    REQUIRE(invertPositiveDefinite(inverse, size, [&] { return ++steps > 0; }));
    CHECK(steps == stepsOfInversion(size));
    double off = 0;
    for (size_t i = 0; i < size; ++i) {
      for (size_t j = 0; j < size; ++j) {
        double product = i == j ? -1 : 0;
        for (size_t k = 0; k < size; ++k) product += matrix[i * size + k] * inverse[j * size + k];
        off = std::max(off, std::abs(product));
        REQUIRE(inverse[i * size + j] == inverse[j * size + i]);
      }
    }
    CHECK(off < 1e-12);
    // Loops within a loop run on its thread alone.
    std::vector<double> alone = matrix;
    parallelFor(2, [&](size_t i) {
      if (i == 0) invertPositiveDefinite(alone, size, [] { return true; });
    });
    CHECK(alone == inverse);
  }
}

TEST_CASE("an inversion ends within a step of being told", "[yardsticks]") {
  constexpr size_t kSize = 700;
  const std::vector<double> matrix = randomPositive(3, kSize);
  const size_t all = stepsOfInversion(kSize);
  for (size_t last = 1; last < all; ++last) {
    INFO("told after " << last << " of " << all << " steps");
    std::vector<double> ended = matrix;
    std::atomic<size_t> steps{0};
    CHECK_FALSE(invertPositiveDefinite(ended, kSize, [&] { return ++steps < last; }));
    // Steps that other threads have begun are finished.
    CHECK(steps < last + static_cast<size_t>(parallelism()));
  }
}

TEST_CASE("EASE tells its steps and heeds that it is cancelled", "[yardsticks]") {
  const MemoryInteractions interactions(randomRows(4, 300, 200, 10));
  const EventSelector all({}, interactions.eventTypes());
  const std::vector<uint8_t> candidates(interactions.itemCount(), 1);
  Progress progress;
  REQUIRE(easeYardstick({&interactions, &all, &candidates}, {}, progress));
  const Progress::Snapshot snapshot = progress.snapshot();
  CHECK(snapshot.phase == "inverting");
  CHECK(snapshot.total == 4);
  CHECK(snapshot.done == snapshot.total);
  progress.cancel();
  for (const auto& made : {easeYardstick({&interactions, &all, &candidates}, {}, progress).error(),
                           blendYardstick({&interactions, &all, &candidates}, {}, progress).error()})
    CHECK(made.code == ErrorCode::kCancelled);
}

}  // namespace yardsticks_test
