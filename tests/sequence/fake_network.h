// A network that a test can compute in its head: the state is an old one times a factor plus the vector of
// the item and of its features; vectors are made of a hash.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "recipes/network/network.h"
#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

class FakeNetwork final : public Network {
 public:
  FakeNetwork(size_t items, size_t inputFeatures, size_t itemFeatures, size_t dimension = 8) {
    shape_.items = items;
    shape_.inputFeatures = inputFeatures;
    shape_.itemFeatures = itemFeatures;
    shape_.dimension = shape_.hidden = dimension;
    Random random(items + 7);
    for (size_t i = 0; i < items * dimension; ++i)
      vectors_.push_back(static_cast<float>(random.unit() - 0.5));
    for (size_t i = 0; i < items; ++i) biases_.push_back(static_cast<float>(random.unit()));
  }

  const NetworkShape& shape() const override { return shape_; }
  size_t stateSize() const override { return shape_.dimension; }
  void initial(std::span<float> state) const override { std::fill(state.begin(), state.end(), 0.0F); }
  void step(Index item, std::span<const Feature> features, std::span<float> state,
            std::span<float> answer) const override {
    ++steps;
    for (size_t i = 0; i < state.size(); ++i) {
      float next = 0.7F * state[i];
      if (item != kNoIndex) next += vectors_[item * state.size() + i];
      for (const Feature& feature : features)
        next += feature.weight * std::sin(static_cast<float>(feature.row * 13 + i));
      state[i] = next;
      answer[i] = next * next - 0.2F * next;
    }
  }
  std::span<const float> itemVectors() const override { return vectors_; }
  std::span<const float> itemBiases() const override { return biases_; }
  void vectorOf(std::span<const Feature> bag, std::span<float> vector) const override {
    std::fill(vector.begin(), vector.end(), 0.0F);
    for (const Feature& feature : bag)
      for (size_t i = 0; i < vector.size(); ++i)
        vector[i] += feature.weight * std::cos(static_cast<float>(feature.row + i));
  }
  void save(SectionWriter&) const override {}
  int64_t residentBytes() const override { return 0; }

  mutable size_t steps = 0;

 private:
  NetworkShape shape_;
  std::vector<float> vectors_, biases_;
};

}  // namespace proffer::recipes::testing
