// dropout -> GRU -> dropout -> projection. The state is h.
#include "recipes/network/encoder.h"
#include "recipes/network/gru.h"
#include "recipes/network/linear.h"
#include "recipes/network/random.h"

namespace proffer::recipes::network {
namespace {

template <class S>
class RecurrentEncoder final : public Encoder<S> {
 public:
  explicit RecurrentEncoder(const NetworkShape& shape)
      : dimension_(shape.dimension),
        hidden_(shape.hidden),
        gru_("gru", padded(dimension_), padded(hidden_)),
        projection_("projection", padded(hidden_), padded(dimension_)) {
    number(parameters());
  }

  Parameters<S> parameters() override {
    Parameters<S> all = gru_.parameters();
    for (auto* parameter : projection_.parameters()) all.push_back(parameter);
    return all;
  }
  void initialize(uint64_t seed) override {
    const uint64_t key = randomKey(seed, RandomUse::kInitial, 1);
    gru_.initialize(dimension_, hidden_, key);
    projection_.initialize(hidden_, dimension_, mixed(key));
  }

  bool laneMajor() const override { return false; }
  size_t carrySize() const override { return gru_.units(); }
  std::unique_ptr<typename Encoder<S>::Tape> tape() const override { return std::make_unique<OwnTape>(); }

  void run(const Lanes& lanes, Matrix<S>& in, Matrix<S>& carry, typename Encoder<S>::Tape& tape,
           Matrix<S>& out) const override {
    auto& own = static_cast<OwnTape&>(tape);
    Dropout<S>::forward(lanes.dropout.at(1), lanes.firstElement, own.dropIn, in);
    gru_.forward(in, lanes.resets, lanes.count, carry, own.gru, own.hidden);
    Dropout<S>::forward(lanes.dropout.at(2), lanes.firstElement, own.dropHidden, own.hidden);
    projection_.forward(own.hidden, own.projection, out);
  }
  void backward(typename Encoder<S>::Tape& tape, Matrix<S>& dOut, Matrix<S>& dIn,
                Gradients<S>& gradients) const override {
    auto& own = static_cast<OwnTape&>(tape);
    projection_.backward(own.projection, dOut, own.dHidden, gradients);
    Dropout<S>::backward(own.dropHidden, own.dHidden);
    gru_.backward(own.gru, own.dHidden, dIn, gradients);
    Dropout<S>::backward(own.dropIn, dIn);
  }

  size_t stateSize() const override { return gru_.units(); }
  void initial(S* state) const override { std::fill_n(state, stateSize(), S{0}); }
  void step(const S* in, S* state, S* out) const override {
    gru_.step(in, state);
    projection_.apply(state, out);
  }

 private:
  struct OwnTape final : Encoder<S>::Tape {
    typename Gru<S>::Tape gru;
    typename Linear<S>::Tape projection;
    typename Dropout<S>::Tape dropIn, dropHidden;
    Matrix<S> hidden, dHidden;
  };

  size_t dimension_, hidden_;
  Gru<S> gru_;
  Linear<S> projection_;
};

}  // namespace

template <class S>
std::unique_ptr<Encoder<S>> makeRecurrentEncoder(const NetworkShape& shape) {
  return std::make_unique<RecurrentEncoder<S>>(shape);
}

template <class S>
std::unique_ptr<Encoder<S>> makeEncoder(const NetworkShape& shape) {
  return shape.encoder == NetworkShape::Encoder::kRecurrent ? makeRecurrentEncoder<S>(shape)
                                                            : makeAttentionEncoder<S>(shape);
}

template std::unique_ptr<Encoder<float>> makeRecurrentEncoder<float>(const NetworkShape&);
template std::unique_ptr<Encoder<double>> makeRecurrentEncoder<double>(const NetworkShape&);
template std::unique_ptr<Encoder<float>> makeEncoder<float>(const NetworkShape&);
template std::unique_ptr<Encoder<double>> makeEncoder<double>(const NetworkShape&);

}  // namespace proffer::recipes::network
