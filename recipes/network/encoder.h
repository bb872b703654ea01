// Events in, a vector per event out: what is between the tables and the loss. Two kinds, recurrent and
// attention; who trains, answers and caches does not know which.
//
// Read by any number of threads, each with a Tape (training) or a state (answering) of its own; written only
// between batches. Vectors and units are padded (matrix.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "recipes/network/dropout.h"
#include "recipes/network/network.h"
#include "recipes/network/parameter.h"

namespace proffer::recipes::network {

/// The rows of one part of a batch, in the encoder's own order.
struct Lanes {
  size_t count = 0;
  std::span<const uint8_t> resets;  ///< one per row
  DropoutKey dropout;
  uint64_t firstElement = 0;  ///< numbers the random decisions of this part
};

template <class S>
class Encoder {
 public:
  struct Tape {
    virtual ~Tape() = default;
  };
  virtual ~Encoder() = default;
  virtual Parameters<S> parameters() = 0;
  virtual void initialize(uint64_t seed) = 0;

  /// Order of rows: lane * steps + step, or else step * lanes + lane.
  virtual bool laneMajor() const = 0;
  /// Numbers per lane that go on from batch to batch.
  virtual size_t carrySize() const = 0;
  virtual std::unique_ptr<Tape> tape() const = 0;
  /// `in` is dropped out in place and must live until backward(). `carry`: lanes x carrySize().
  virtual void run(const Lanes& lanes, Matrix<S>& in, Matrix<S>& carry, Tape& tape, Matrix<S>& out) const = 0;
  /// May use `dOut` as it likes. Fills dIn.
  virtual void backward(Tape& tape, Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const = 0;

  virtual size_t stateSize() const = 0;
  virtual void initial(S* state) const = 0;
  virtual void step(const S* in, S* state, S* out) const = 0;
};

/// With parameters of 0; initialize() or whoever opens a model fills them.
template <class S>
std::unique_ptr<Encoder<S>> makeEncoder(const NetworkShape& shape);
template <class S>
std::unique_ptr<Encoder<S>> makeRecurrentEncoder(const NetworkShape& shape);
template <class S>
std::unique_ptr<Encoder<S>> makeAttentionEncoder(const NetworkShape& shape);

}  // namespace proffer::recipes::network
