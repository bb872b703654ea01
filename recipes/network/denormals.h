// While it lives, this thread takes numbers near 0 (below 1.2e-38) for 0: a network that is sure of itself
// has gradients so small that processors would take a hundred times as long for them. To be set in every
// loop that computes, so that the bits do not depend on which thread runs it.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace proffer::recipes::network {

class NoDenormals {
 public:
#if defined(__SSE2__)
  NoDenormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero);
  }
  ~NoDenormals() {
    _mm_setcsr(before_);
  }

 private:
  static constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  unsigned before_;
#else
  NoDenormals() {}
  ~NoDenormals() {}
#endif

 public:
  NoDenormals(const NoDenormals&) = delete;
  NoDenormals& operator=(const NoDenormals&) = delete;
};

}  // namespace proffer::recipes::network
