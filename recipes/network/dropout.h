// Forgets some of the numbers while learning, so that no unit relies on another. Which ones is a function of
// (seed, step, place) alone.
#pragma once

#include <cstdint>

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

struct DropoutKey {
  double rate = 0;   ///< share that is dropped; 0: none
  uint64_t key = 0;  ///< of (seed, step)
  /// The same for another place in the network.
  DropoutKey at(uint64_t place) const;
};

template <class S>
class Dropout {
 public:
  struct Tape {
    bool used = false;
    Matrix<S> kept;  ///< 0 or 1 / (1 - rate)
  };
  /// In place. `firstElement` numbers the first of the elements: parts of a batch differ in it.
  static void forward(const DropoutKey& key, uint64_t firstElement, Tape& tape, Matrix<S>& values);
  static void backward(const Tape& tape, Matrix<S>& gradient);
};

}  // namespace proffer::recipes::network
