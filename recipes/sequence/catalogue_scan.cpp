#include "recipes/sequence/catalogue_scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

// Numbers side by side: what one vector register of 512 bits holds, or two of 256.
constexpr size_t kNumbers = 16;
typedef float Floats __attribute__((vector_size(kNumbers * sizeof(float))));
typedef int16_t Shorts __attribute__((vector_size(kNumbers * sizeof(int16_t))));
typedef int8_t Bytes __attribute__((vector_size(kNumbers)));
#if defined(__AVX512F__)
constexpr size_t kVectors = 4;  // of a block at once, so that sums of four answers stay in registers
// By name: g++ 12 splits the general conversion in halves that meet in memory, and the scan takes three times
// as long.
inline Floats converted(const int16_t* from) {
  __m256i shorts;
  std::memcpy(&shorts, from, sizeof shorts);
  return reinterpret_cast<Floats>(_mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(shorts)));
}
inline Floats converted(const int8_t* from) {
  __m128i bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return reinterpret_cast<Floats>(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}
#else
constexpr size_t kVectors = 1;
inline Floats converted(const int16_t* from) {
  Shorts shorts;
  std::memcpy(&shorts, from, sizeof shorts);
  return __builtin_convertvector(shorts, Floats);
}
inline Floats converted(const int8_t* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return __builtin_convertvector(bytes, Floats);
}
#endif
constexpr size_t kAnswers = 4;

// Sums stay in registers only if the loops over them are gone; g++ 12 leaves some.
#if defined(__clang__)
#define PROFFER_UNROLLED _Pragma("unroll")
#else
#define PROFFER_UNROLLED _Pragma("GCC unroll 16")
#endif

// The sums of `Count` answers, whose numbers lie side by side, with kVectors x kNumbers items of a block.
template <size_t Count, class Number>
void sumPiece(const Number* numbers, size_t dimension, const float* answers, const float* steps,
              float* const* out) {
  Floats sums[Count][kVectors] = {};
  for (size_t k = 0; k < dimension; ++k) {
    Floats row[kVectors];
    PROFFER_UNROLLED for (size_t v = 0; v < kVectors; ++v) row[v] =
        converted(numbers + k * CatalogueScan::kBlock + v * kNumbers);
    PROFFER_UNROLLED for (size_t a = 0; a < Count; ++a) {
      const Floats factor = answers[k * Count + a] - Floats{};
      PROFFER_UNROLLED for (size_t v = 0; v < kVectors; ++v) sums[a][v] += factor * row[v];
    }
  }
  PROFFER_UNROLLED for (size_t v = 0; v < kVectors; ++v) {
    Floats step;
    std::memcpy(&step, steps + v * kNumbers, sizeof step);
    PROFFER_UNROLLED for (size_t a = 0; a < Count; ++a) {
      const Floats product = sums[a][v] * step;
      std::memcpy(out[a] + v * kNumbers, &product, sizeof product);
    }
  }
}

template <size_t Count, class Number>
void sumBlock(const Number* numbers, size_t dimension, const float* answers, const float* steps,
              float* const* out) {
  float* at[Count];
  for (size_t first = 0; first < CatalogueScan::kBlock; first += kVectors * kNumbers) {
    for (size_t a = 0; a < Count; ++a) at[a] = out[a] + first;
    sumPiece<Count>(numbers + first, dimension, answers, steps + first, at);
  }
}

// Up to kAnswers answers, their numbers side by side.
struct Group {
  std::vector<float> numbers;
  size_t size = 0;
  size_t first = 0;  // of the calls

  template <class Number>
  void sum(const Number* block, size_t dimension, const float* steps, float* const* out) const {
    switch (size) {
      case 1:
        return sumBlock<1>(block, dimension, numbers.data(), steps, out);
      case 2:
        return sumBlock<2>(block, dimension, numbers.data(), steps, out);
      case 3:
        return sumBlock<3>(block, dimension, numbers.data(), steps, out);
      default:
        return sumBlock<kAnswers>(block, dimension, numbers.data(), steps, out);
    }
  }
};

#undef PROFFER_UNROLLED

}  // namespace

CatalogueScan::CatalogueScan(std::span<const float> vectors, size_t dimension, size_t narrowFrom)
    : items_(vectors.size() / dimension),
      dimension_(dimension),
      together_(static_cast<size_t>(parallelism()), kTogether) {
  if (vectors.size() < narrowFrom)
    copy(vectors, wide_);
  else
    copy(vectors, narrow_);
  for (const float step : steps_) coarsest_ = std::max(coarsest_, step);
}

template <class Number>
void CatalogueScan::copy(std::span<const float> vectors, std::vector<Number>& to) {
  constexpr float kLargest = std::numeric_limits<Number>::max();
  largest_ = static_cast<double>(kLargest);
  const size_t blocks = (items_ + kBlock - 1) / kBlock;
  to.resize(blocks * dimension_ * kBlock);
  steps_.resize(blocks * kBlock);
  parallelFor(blocks, [&](size_t block) {
    for (size_t item = block * kBlock; item < std::min(items_, (block + 1) * kBlock); ++item) {
      const float* const vector = vectors.data() + item * dimension_;
      float largest = 0;
      for (size_t k = 0; k < dimension_; ++k) largest = std::max(largest, std::abs(vector[k]));
      const float step = largest / kLargest;
      steps_[item] = step;
      if (step <= 0) continue;
      Number* const place = to.data() + block * dimension_ * kBlock + item % kBlock;
      for (size_t k = 0; k < dimension_; ++k)
        place[k * kBlock] =
            static_cast<Number>(std::clamp(std::nearbyint(vector[k] / step), -kLargest, kLargest));
    }
  });
}

void CatalogueScan::products(std::span<const float> answer, std::span<float> out) const {
  Call call{answer, out};
  together_.ask(call, [this](std::span<Call* const> calls) { pass(calls); });
}

void CatalogueScan::together(std::span<const std::vector<float>> answers,
                             std::span<std::vector<float>> out) const {
  std::vector<Call> calls;
  for (size_t i = 0; i < answers.size(); ++i) calls.push_back({answers[i], out[i]});
  std::vector<Call*> pointers;
  for (Call& call : calls) pointers.push_back(&call);
  pass(pointers);
}

void CatalogueScan::pass(std::span<Call* const> calls) const {
  if (narrow_.empty())
    passOver(wide_.data(), calls);
  else
    passOver(narrow_.data(), calls);
}

template <class Number>
void CatalogueScan::passOver(const Number* numbers, std::span<Call* const> calls) const {
  std::vector<Group> groups;
  for (size_t first = 0; first < calls.size(); first += kAnswers) {
    Group& group = groups.emplace_back();
    group.first = first;
    group.size = std::min(kAnswers, calls.size() - first);
    for (size_t k = 0; k < dimension_; ++k)
      for (size_t a = 0; a < group.size; ++a) group.numbers.push_back(calls[first + a]->answer[k]);
  }
  for (size_t begin = 0; begin < items_; begin += kBlock) {
    const Number* const block = numbers + begin * dimension_;
    float rest[kAnswers][kBlock];  // where the last block's sums go, which may be more than there are items
    const bool whole = begin + kBlock <= items_;
    for (const Group& group : groups) {
      float* out[kAnswers];
      for (size_t a = 0; a < group.size; ++a)
        out[a] = whole ? calls[group.first + a]->out.data() + begin : rest[a];
      group.sum(block, dimension_, steps_.data() + begin, out);
      if (whole) continue;
      for (size_t a = 0; a < group.size; ++a)
        std::copy_n(rest[a], items_ - begin, calls[group.first + a]->out.data() + begin);
    }
  }
}

float CatalogueScan::product(Index item, std::span<const float> answer) const {
  const size_t begin = item / kBlock * kBlock;
  float sums[kBlock];
  float* const out[] = {sums};
  const size_t first = begin * dimension_;
  if (narrow_.empty())
    sumBlock<1>(wide_.data() + first, dimension_, answer.data(), steps_.data() + begin, out);
  else
    sumBlock<1>(narrow_.data() + first, dimension_, answer.data(), steps_.data() + begin, out);
  return sums[item - begin];
}

float CatalogueScan::offBy(std::span<const float> answer) const {
  double size = 0;
  for (const float number : answer) size += std::abs(static_cast<double>(number));
  // A sum of n products in single precision is off by less than n of its smallest steps.
  const double rounding = 2 * largest_ * static_cast<double>(dimension_ + 2) * 0x1p-24;
  return static_cast<float>(size * static_cast<double>(coarsest_) * (0.5 + rounding));
}

}  // namespace proffer::recipes
