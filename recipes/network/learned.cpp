#include "recipes/network/learned.h"

#include <cmath>

#include "base/parallel.h"
#include "recipes/network/random.h"

namespace proffer::recipes::network {
namespace {

constexpr size_t kRowsPerChunk = 1024;

void fillTable(Matrix<float>& table, size_t width, double deviation, uint64_t key) {
  const double range = 2 * std::sqrt(3.0) * deviation;
  parallelFor((table.rows() + kRowsPerChunk - 1) / kRowsPerChunk, [&](size_t chunk) {
    const size_t last = std::min(table.rows(), (chunk + 1) * kRowsPerChunk);
    for (size_t row = chunk * kRowsPerChunk; row < last; ++row)
      for (size_t j = 0; j < width; ++j)
        table(row, j) = static_cast<float>(range * (randomUnit(key, row * width + j) - 0.5));
  });
}

}  // namespace

Learned::Learned(const NetworkShape& shape, const FeatureBags& bags, std::span<const uint32_t> targetCounts,
                 uint64_t seed)
    : encoder(makeEncoder<float>(shape)) {
  const size_t width = padded(shape.dimension);
  items.bags = &bags;
  items.own = Matrix<float>(shape.items, width);
  items.biases = Matrix<float>(1, shape.items);
  items.features.value = Matrix<float>(shape.itemFeatures, width);
  inputs.value = Matrix<float>(shape.inputFeatures, width);
  ownMoments = Moments(shape.items, width);
  biasMoments = Moments(1, shape.items);
  featureMoments = Moments(shape.itemFeatures, width);
  inputMoments = Moments(shape.inputFeatures, width);
  for (const auto* parameter : encoder->parameters())
    encoderMoments.emplace_back(parameter->value.rows(), parameter->value.cols());

  const double deviation = 1 / std::sqrt(static_cast<double>(shape.dimension));
  const uint64_t key = randomKey(seed, RandomUse::kInitial, 0);
  fillTable(items.own, shape.dimension, deviation, key + 1);
  fillTable(items.features.value, shape.dimension, deviation / 2, key + 2);
  fillTable(inputs.value, shape.dimension, deviation, key + 3);
  encoder->initialize(seed);
  double total = static_cast<double>(shape.items);
  for (const uint32_t count : targetCounts) total += count;
  for (size_t item = 0; item < shape.items; ++item) {
    const double count = item < targetCounts.size() ? targetCounts[item] : 0;
    items.biases.data()[item] = static_cast<float>(std::log((count + 1) / total));
  }
}

std::vector<Matrix<float>*> Learned::values() {
  std::vector<Matrix<float>*> all{&items.own, &items.biases, &items.features.value, &inputs.value};
  for (auto* parameter : encoder->parameters()) all.push_back(&parameter->value);
  return all;
}

std::vector<Matrix<float>*> Learned::moments() {
  std::vector<Matrix<float>*> all;
  for (Moments* some : {&ownMoments, &biasMoments, &featureMoments, &inputMoments})
    all.push_back(&some->first), all.push_back(&some->second);
  for (Moments& some : encoderMoments) all.push_back(&some.first), all.push_back(&some.second);
  return all;
}

void Learned::dropMoments() {
  for (Matrix<float>* one : moments()) *one = Matrix<float>();
}

}  // namespace proffer::recipes::network
