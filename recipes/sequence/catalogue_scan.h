// The inner products of an answer with the vectors of a large catalogue, about: from a copy of the vectors
// with 16 bits a number, and for several answers in one pass. What is read from memory is what such a pass
// costs; the copy halves it, and those who ask at the same time share it.
//
// Any thread. An answer's products are the same bits whoever asks beside it. Each is off from the exact one
// by at most offBy(): half a step of the coarsest vector for every number of the answer, and the rounding of
// the sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recipes/recipe.h"
#include "recipes/sequence/asked_together.h"

namespace proffer::recipes {

class CatalogueScan {
 public:
  /// `vectors` row-major, `dimension` a row; all finite, of which it makes a copy.
  CatalogueScan(std::span<const float> vectors, size_t dimension);

  /// out[i] = about vectors[i] . answer, of all items.
  void products(std::span<const float> answer, std::span<float> out) const;
  /// Of several answers in one pass, at most kTogether.
  void together(std::span<const std::vector<float>> answers, std::span<std::vector<float>> out) const;
  /// One of them, the same bits.
  float product(Index item, std::span<const float> answer) const;
  float offBy(std::span<const float> answer) const;
  size_t bytes() const { return numbers_.size() * sizeof(int16_t) + steps_.size() * sizeof(float); }

  static constexpr size_t kBlock =
      64;  ///< items whose first numbers lie beside each other, then their second
  static constexpr size_t kTogether = 8;  ///< answers at most in one pass

 private:
  struct Call {
    std::span<const float> answer;
    std::span<float> out;
  };
  void pass(std::span<Call* const> calls) const;

  size_t items_, dimension_;
  std::vector<int16_t> numbers_;  // blocks x dimension x kBlock
  std::vector<float> steps_;      // per item: what 1 stands for
  float coarsest_ = 0;
  mutable AskedTogether<Call> together_;
};

}  // namespace proffer::recipes
