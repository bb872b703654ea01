// Blocks of attention and of a small feed-forward network, each with a norm before it and a way around it; a
// norm after the last. What comes in is scaled up, so that the ways around do not drown it.
//
// The state: how many events it has seen (at most the window) and where in its rings the newest lies; then
// per block a ring of keys and one of values.
#include <cmath>

#include "recipes/network/attention.h"
#include "recipes/network/encoder.h"
#include "recipes/network/layer_norm.h"
#include "recipes/network/linear.h"
#include "recipes/network/random.h"

namespace proffer::recipes::network {
namespace {

template <class S>
void addTo(Matrix<S>& to, const Matrix<S>& what) {
  S* const sum = to.data();
  const S* const from = what.data();
  for (size_t i = 0; i < to.size(); ++i) sum[i] += from[i];
}

template <class S>
struct AttentionBlock {
  AttentionBlock(const std::string& name, const NetworkShape& shape, size_t headWidth)
      : normBefore(name + "/norm", shape.dimension, padded(shape.dimension)),
        normInner(name + "/norm_inner", shape.dimension, padded(shape.dimension)),
        queries(name + "/queries", padded(shape.dimension), 3 * shape.heads * headWidth),
        attention(name + "/attention", shape.heads, headWidth, shape.window),
        together(name + "/together", shape.heads * headWidth, padded(shape.dimension)),
        wide(name + "/wide", padded(shape.dimension), shape.feedForward),
        narrow(name + "/narrow", shape.feedForward, padded(shape.dimension)) {}

  LayerNorm<S> normBefore, normInner;
  Linear<S> queries;
  CausalAttention<S> attention;
  Linear<S> together, wide, narrow;

  struct Tape {
    typename LayerNorm<S>::Tape normBefore, normInner;
    typename Linear<S>::Tape queries, together, wide, narrow;
    typename CausalAttention<S>::Tape attention;
    typename Dropout<S>::Tape dropAttention, dropWide;
    Matrix<S> normal, mixed, seen, attended, normalInner, widened, forwarded;
    Matrix<S> dWidened, dInner, dSeen, dMixed;
  };

  void initialize(const NetworkShape& shape, uint64_t key) {
    normBefore.initialize(), normInner.initialize(), attention.initialize();
    queries.initialize(shape.dimension, queries.outputs(), key + 1);
    together.initialize(attention.width(), shape.dimension, key + 2);
    wide.initialize(shape.dimension, shape.feedForward, key + 3);
    narrow.initialize(shape.feedForward, shape.dimension, key + 4);
  }
  void collect(Parameters<S>& all) {
    for (const auto& some :
         {normBefore.parameters(), normInner.parameters(), queries.parameters(), attention.parameters(),
          together.parameters(), wide.parameters(), narrow.parameters()})
      all.insert(all.end(), some.begin(), some.end());
  }

  // In place: x becomes what leaves the block.
  void run(const Lanes& lanes, uint64_t place, Tape& tape, Matrix<S>& x) const {
    normBefore.forward(x, tape.normBefore, tape.normal);
    queries.forward(tape.normal, tape.queries, tape.mixed);
    attention.forward(tape.mixed, lanes.resets, lanes.count, tape.attention, tape.seen);
    together.forward(tape.seen, tape.together, tape.attended);
    Dropout<S>::forward(lanes.dropout.at(place), lanes.firstElement, tape.dropAttention, tape.attended);
    addTo(x, tape.attended);
    normInner.forward(x, tape.normInner, tape.normalInner);
    wide.forward(tape.normalInner, tape.wide, tape.widened);
    for (S& value : tape.widened.values()) value = std::max(value, S{0});
    narrow.forward(tape.widened, tape.narrow, tape.forwarded);
    Dropout<S>::forward(lanes.dropout.at(place + 1), lanes.firstElement, tape.dropWide, tape.forwarded);
    addTo(x, tape.forwarded);
  }

  // In place: d becomes the gradient of what entered.
  void backward(Tape& tape, Matrix<S>& d, Gradients<S>& gradients) const {
    Matrix<S>&dForwarded = tape.forwarded, &dNormal = tape.normalInner;
    Matrix<S>&dWidened = tape.dWidened, &dInner = tape.dInner, &dSeen = tape.dSeen, &dMixed = tape.dMixed;
    std::copy_n(d.data(), d.size(), dForwarded.data());
    Dropout<S>::backward(tape.dropWide, dForwarded);
    narrow.backward(tape.narrow, dForwarded, dWidened, gradients);
    for (size_t i = 0; i < dWidened.size(); ++i)
      if (tape.widened.data()[i] <= 0) dWidened.data()[i] = 0;
    wide.backward(tape.wide, dWidened, dInner, gradients);
    normInner.backward(tape.normInner, dInner, d, gradients);
    std::copy_n(d.data(), d.size(), dNormal.data());
    Dropout<S>::backward(tape.dropAttention, dNormal);
    together.backward(tape.together, dNormal, dSeen, gradients);
    attention.backward(tape.attention, dSeen, dMixed, gradients);
    queries.backward(tape.queries, dMixed, dInner, gradients);
    normBefore.backward(tape.normBefore, dInner, d, gradients);
  }
};

template <class S>
class AttentionEncoder final : public Encoder<S> {
 public:
  explicit AttentionEncoder(const NetworkShape& shape)
      : shape_(shape),
        headWidth_(padded((shape.dimension + shape.heads - 1) / shape.heads)),
        scale_(std::sqrt(static_cast<S>(shape.dimension))),
        last_("last_norm", shape.dimension, padded(shape.dimension)) {
    for (size_t i = 0; i < shape.blocks; ++i)
      blocks_.push_back(std::make_unique<AttentionBlock<S>>("block" + std::to_string(i), shape, headWidth_));
    number(parameters());
  }

  Parameters<S> parameters() override {
    Parameters<S> all;
    for (const auto& block : blocks_) block->collect(all);
    for (auto* parameter : last_.parameters()) all.push_back(parameter);
    return all;
  }
  void initialize(uint64_t seed) override {
    for (size_t i = 0; i < blocks_.size(); ++i)
      blocks_[i]->initialize(shape_, randomKey(seed, RandomUse::kInitial, 2 + i));
    last_.initialize();
  }

  bool laneMajor() const override { return true; }
  size_t carrySize() const override { return 0; }
  std::unique_ptr<typename Encoder<S>::Tape> tape() const override {
    auto made = std::make_unique<OwnTape>();
    made->blocks.resize(blocks_.size());
    return made;
  }

  void run(const Lanes& lanes, Matrix<S>& in, Matrix<S>&, typename Encoder<S>::Tape& tape,
           Matrix<S>& out) const override {
    auto& own = static_cast<OwnTape&>(tape);
    for (S& value : in.values()) value *= scale_;
    Dropout<S>::forward(lanes.dropout.at(1), lanes.firstElement, own.dropIn, in);
    for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i]->run(lanes, 2 + 2 * i, own.blocks[i], in);
    last_.forward(in, own.last, out);
  }
  void backward(typename Encoder<S>::Tape& tape, Matrix<S>& dOut, Matrix<S>& dIn,
                Gradients<S>& gradients) const override {
    auto& own = static_cast<OwnTape&>(tape);
    dIn.resize(dOut.rows(), dOut.cols());
    dIn.setZero();
    last_.backward(own.last, dOut, dIn, gradients);
    for (size_t i = blocks_.size(); i > 0; --i) blocks_[i - 1]->backward(own.blocks[i - 1], dIn, gradients);
    Dropout<S>::backward(own.dropIn, dIn);
    for (S& value : dIn.values()) value *= scale_;
  }

  size_t stateSize() const override { return kHead + blocks_.size() * 2 * ring(); }
  void initial(S* state) const override { std::fill_n(state, stateSize(), S{0}); }
  void step(const S* in, S* state, S* out) const override {
    const size_t window = shape_.window, width = padded(shape_.dimension), inner = shape_.heads * headWidth_;
    // A state that was not made by initial() must not lead outside of its rings.
    const auto whole = [&](S value) {
      return value >= 1 && value <= static_cast<S>(window) ? static_cast<size_t>(value) : size_t{0};
    };
    const size_t before = whole(state[0]), newest = before == 0 ? 0 : (whole(state[1]) + 1) % window;
    const size_t count = std::min(before + 1, window);
    Matrix<S> x(1, width), normal, mixed, seen(1, inner), sum(1, width), wide(1, shape_.feedForward);
    for (size_t i = 0; i < width; ++i) x.data()[i] = in[i] * scale_;
    typename LayerNorm<S>::Tape norm;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      const AttentionBlock<S>& block = *blocks_[i];
      S *const keys = state + kHead + i * 2 * ring(), *const values = keys + ring();
      block.normBefore.forward(x, norm, normal);
      mixed.resize(1, 3 * inner);
      block.queries.apply(normal.data(), mixed.data());
      std::copy_n(mixed.data() + inner, inner, keys + newest * inner);
      std::copy_n(mixed.data() + 2 * inner, inner, values + newest * inner);
      block.attention.step(mixed.data(), keys, values, newest, count, seen.data());
      block.together.apply(seen.data(), sum.data());
      addTo(x, sum);
      block.normInner.forward(x, norm, normal);
      block.wide.apply(normal.data(), wide.data());
      for (S& value : wide.values()) value = std::max(value, S{0});
      block.narrow.apply(wide.data(), sum.data());
      addTo(x, sum);
    }
    state[0] = static_cast<S>(count);
    state[1] = static_cast<S>(newest);
    last_.forward(x, norm, normal);
    std::copy_n(normal.data(), width, out);
  }

 private:
  struct OwnTape final : Encoder<S>::Tape {
    std::vector<typename AttentionBlock<S>::Tape> blocks;
    typename LayerNorm<S>::Tape last;
    typename Dropout<S>::Tape dropIn;
  };
  static constexpr size_t kHead = 16;  // floats before the rings
  size_t ring() const { return shape_.window * shape_.heads * headWidth_; }

  NetworkShape shape_;
  size_t headWidth_;
  S scale_;
  std::vector<std::unique_ptr<AttentionBlock<S>>> blocks_;
  LayerNorm<S> last_;
};

}  // namespace

template <class S>
std::unique_ptr<Encoder<S>> makeAttentionEncoder(const NetworkShape& shape) {
  return std::make_unique<AttentionEncoder<S>>(shape);
}

template std::unique_ptr<Encoder<float>> makeAttentionEncoder<float>(const NetworkShape&);
template std::unique_ptr<Encoder<double>> makeAttentionEncoder<double>(const NetworkShape&);

}  // namespace proffer::recipes::network
