// The inner products of an answer with the vectors of a large catalogue, about: from a copy of the vectors
// with 16 bits a number (8 where the catalogue is very large), and for several answers in one pass. What is
// read from memory is what such a pass costs; the copy halves it, and those who ask at the same time share
// it.
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
  /// `vectors` row-major, `dimension` a row; all finite, of which it makes a copy: of 8 bits a number from
  /// `narrowFrom` numbers on.
  CatalogueScan(std::span<const float> vectors, size_t dimension, size_t narrowFrom = kNarrowFrom);

  /// out[i] = about vectors[i] . answer, of all items.
  void products(std::span<const float> answer, std::span<float> out) const;
  /// Of several answers in one pass, at most kTogether.
  void together(std::span<const std::vector<float>> answers, std::span<std::vector<float>> out) const;
  /// One of them, the same bits.
  float product(Index item, std::span<const float> answer) const;
  float offBy(std::span<const float> answer) const;
  size_t bytes() const {
    return wide_.size() * sizeof(int16_t) + narrow_.size() + steps_.size() * sizeof(float);
  }

  /// Items whose first numbers lie beside each other, then their second ones, and so on.
  static constexpr size_t kBlock = 64;
  static constexpr size_t kTogether = 8;                  ///< answers at most in one pass
  static constexpr size_t kNarrowFrom = size_t{1} << 26;  ///< numbers: 450,000 items of 149

 private:
  struct Call {
    std::span<const float> answer;
    std::span<float> out;
  };
  void pass(std::span<Call* const> calls) const;
  template <class Number>
  void passOver(const Number* numbers, std::span<Call* const> calls) const;
  template <class Number>
  void copy(std::span<const float> vectors, std::vector<Number>& to);

  size_t items_, dimension_;
  std::vector<int16_t> wide_;   // blocks x dimension x kBlock; empty if the narrow ones are there
  std::vector<int8_t> narrow_;  // the same
  std::vector<float> steps_;    // per item: what 1 stands for
  float coarsest_ = 0;
  double largest_ = 0;  // of the numbers that stand for something
  mutable AskedTogether<Call> together_;
};

}  // namespace proffer::recipes
