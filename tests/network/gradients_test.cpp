// One generic check for everything that is learned: the gradient that was written by hand against differences
// of the loss, in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "recipes/network/attention.h"
#include "recipes/network/dropout.h"
#include "recipes/network/encoder.h"
#include "recipes/network/gru.h"
#include "recipes/network/layer_norm.h"
#include "recipes/network/linear.h"
#include "recipes/network/random.h"
#include "recipes/network/softmax.h"
#include "recipes/network/tables.h"
#include "tests/network/made_sequences.h"

namespace gradients_test {

using namespace proffer::recipes;
using namespace proffer::recipes::network;
using proffer::testing::Numbers;
using Numbers64 = Matrix<double>;

namespace {

struct Probe {
  std::string name;
  std::span<double> values;
  std::span<const double> gradient;
};

// Some 150 numbers of each probe, spread evenly; moved a little to both sides.
void compare(const std::string& what, const std::function<double()>& loss, const std::vector<Probe>& probes) {
  constexpr double kMove = 1e-5;
  for (const Probe& probe : probes) {
    REQUIRE(probe.values.size() == probe.gradient.size());
    const size_t stride = std::max<size_t>(1, probe.values.size() / 150);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < probe.values.size(); i += stride) {
      const double value = probe.values[i];
      probe.values[i] = value + kMove;
      const double above = loss();
      probe.values[i] = value - kMove;
      const double below = loss();
      probe.values[i] = value;
      const double difference = (above - below) / (2 * kMove);
      worst = std::max(worst, std::abs(difference - probe.gradient[i]) / std::max(1.0, std::abs(difference)));
      largest = std::max(largest, std::abs(difference));
    }
    INFO(what << ", " << probe.name);
    CHECK(worst < 1e-6);
    CHECK(largest > 1e-4);
  }
}

Numbers64 randomly(size_t rows, size_t cols, uint64_t seed, size_t used = 0) {
  Numbers numbers{seed};
  Numbers64 made(rows, cols);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < (used ? used : cols); ++j) made(i, j) = 2 * numbers.unit() - 1;
  return made;
}

double product(const Numbers64& a, const Numbers64& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a.data()[i] * b.data()[i];
  return sum;
}

void shake(const Parameters<double>& parameters) {
  Numbers numbers{99};
  for (auto* parameter : parameters)
    for (double& value : parameter->value.values()) value += 0.2 * (numbers.unit() - 0.5);
}

// A layer under a loss that is a fixed sum of what leaves it.
template <class Forward, class Backward>
void checkLayer(const std::string& what, const Parameters<double>& parameters, Numbers64& in,
                const Forward& forward, const Backward& backward) {
  number(parameters);
  shake(parameters);
  Numbers64 out, dIn;
  Gradients<double> gradients(parameters);
  forward(in, out);
  const Numbers64 dOut = randomly(out.rows(), out.cols(), 17);
  backward(dOut, dIn, gradients);
  std::vector<Probe> probes{{"input", in.values(), dIn.values()}};
  for (auto* parameter : parameters)
    probes.push_back({parameter->name, parameter->value.values(), gradients[*parameter].values()});
  compare(
      what,
      [&] {
        forward(in, out);
        return product(out, dOut);
      },
      probes);
}

}  // namespace

TEST_CASE("gradients of a linear layer") {
  Linear<double> layer("linear", 5, 7);
  layer.initialize(5, 7, 1);
  Linear<double>::Tape tape;
  Numbers64 in = randomly(6, 5, 3);
  checkLayer(
      "linear", layer.parameters(), in,
      [&](const Numbers64& from, Numbers64& out) { layer.forward(from, tape, out); },
      [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>& to) {
        layer.backward(tape, dOut, dIn, to);
      });
}

TEST_CASE("gradients of a gated recurrent unit, with resets and a state from before") {
  Gru<double> layer("gru", 5, 6);
  layer.initialize(5, 6, 1);
  Gru<double>::Tape tape;
  const size_t lanes = 3, steps = 7;
  std::vector<uint8_t> resets(lanes * steps);
  resets[0] = resets[7] = resets[13] = 1;
  Numbers64 in = randomly(lanes * steps, 5, 3);
  const Numbers64 before = randomly(lanes, 6, 5);
  checkLayer(
      "gru", layer.parameters(), in,
      [&](const Numbers64& from, Numbers64& out) {
        Numbers64 state = before;
        layer.forward(from, resets, lanes, state, tape, out);
      },
      [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>& to) {
        layer.backward(tape, dOut, dIn, to);
      });
}

TEST_CASE("gradients of a norm") {
  LayerNorm<double> layer("norm", 6, 6);
  layer.initialize();
  LayerNorm<double>::Tape tape;
  Numbers64 in = randomly(5, 6, 3);
  checkLayer(
      "norm", layer.parameters(), in,
      [&](const Numbers64& from, Numbers64& out) { layer.forward(from, tape, out); },
      [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>& to) {
        dIn = Numbers64(dOut.rows(), dOut.cols());
        layer.backward(tape, dOut, dIn, to);
      });
}

TEST_CASE("gradients of attention, past its window and over more rows than one block") {
  CausalAttention<double> layer("attention", 2, 3, 9);
  layer.initialize();
  CausalAttention<double>::Tape tape;
  const size_t lanes = 2, steps = 70;
  std::vector<uint8_t> resets(lanes * steps);
  resets[20] = resets[66] = resets[100] = 1;
  Numbers64 in = randomly(lanes * steps, 18, 3);
  checkLayer(
      "attention", layer.parameters(), in,
      [&](const Numbers64& from, Numbers64& out) { layer.forward(from, resets, lanes, tape, out); },
      [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>& to) {
        layer.backward(tape, dOut, dIn, to);
      });
}

TEST_CASE("gradients of dropout") {
  Dropout<double>::Tape tape;
  Numbers64 in = randomly(8, 16, 3);
  checkLayer(
      "dropout", {}, in,
      [&](const Numbers64& from, Numbers64& out) {
        out = from;
        Dropout<double>::forward({0.4, 12345}, 7, tape, out);
      },
      [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>&) {
        dIn = dOut;
        Dropout<double>::backward(tape, dIn);
      });
}

TEST_CASE("gradients of whole encoders, with dropout") {
  for (const auto kind : {NetworkShape::Encoder::kRecurrent, NetworkShape::Encoder::kAttention}) {
    NetworkShape shape;
    shape.encoder = kind;
    shape.dimension = 16, shape.hidden = 16, shape.heads = 2, shape.feedForward = 12, shape.window = 5;
    const auto encoder = makeEncoder<double>(shape);
    encoder->initialize(3);
    const auto tape = encoder->tape();
    const size_t lanes = 2, steps = 8;
    std::vector<uint8_t> resets(lanes * steps);
    resets[0] = resets[5] = resets[11] = 1;
    Numbers64 in = randomly(lanes * steps, 16, 3), dropped;
    checkLayer(
        kind == NetworkShape::Encoder::kRecurrent ? "recurrent encoder" : "attention encoder",
        encoder->parameters(), in,
        [&](const Numbers64& from, Numbers64& out) {
          dropped = from;
          Numbers64 carry(lanes, encoder->carrySize());
          encoder->run({lanes, resets, {0.3, 555}, 0}, dropped, carry, *tape, out);
        },
        [&](const Numbers64& dOut, Numbers64& dIn, Gradients<double>& to) {
          Numbers64 spent = dOut;
          encoder->backward(*tape, spent, dIn, to);
        });
  }
}

TEST_CASE("gradients of the tables of items and features") {
  FeatureBags bags;
  const std::vector<std::vector<Feature>> made{{{0, 1}, {2, .5}}, {}, {{1, 2}}, {{2, 1}, {0, -1}}};
  for (const auto& bag : made) {
    for (const Feature& feature : bag) bags.add(feature);
    bags.close();
  }
  ItemTable<double> table;
  table.bags = &bags;
  table.own = randomly(4, 6, 1);
  table.features.value = randomly(3, 6, 2);
  const std::vector<Index> asked{3, 0, 2};
  const Numbers64 d = randomly(3, 6, 4);
  RowGradients<double> gradients(3);
  gradients.begin(1);
  for (uint32_t i = 0; i < asked.size(); ++i) gradients.add(bags[asked[i]], 0, i);
  gradients.prepare(6);
  for (const size_t first : {size_t{0}, size_t{2}}) {
    gradients.clearColumns(first, first == 0 ? 2 : 4);
    gradients.accumulate(0, d, first, first == 0 ? 2 : 4);
  }
  Numbers64 dOwn(4, 6), dFeatures(3, 6);
  for (size_t i = 0; i < asked.size(); ++i) std::copy_n(d.row(i), 6, dOwn.row(asked[i]));
  for (size_t slot = 0; slot < gradients.rows().size(); ++slot)
    std::copy_n(gradients.sums().row(slot), 6, dFeatures.row(gradients.rows()[slot]));
  compare("tables",
          [&] {
            Numbers64 out(3, 6);
            for (size_t i = 0; i < asked.size(); ++i) table.vectorOf(asked[i], out.row(i));
            return product(out, d);
          },
          {{"own vectors", table.own.values(), dOwn.values()},
           {"features", table.features.value.values(), dFeatures.values()}});
}

TEST_CASE("gradients of the loss, full and sampled") {
  const size_t rows = 300, slots = 9;  // more rows than one block of them
  for (const bool sampled : {false, true}) {
    Numbers64 answers = randomly(rows, 5, 1), vectors = randomly(slots, 5, 2), biases = randomly(1, slots, 3);
    const size_t shared = sampled ? 6 : slots;
    const Numbers64 logExpected = sampled ? randomly(1, shared, 4) : Numbers64(1, shared);
    std::vector<uint32_t> targets;
    std::vector<float> weights;
    double total = 0;
    for (uint32_t i = 0; i < rows; ++i) {
      targets.push_back(i % 10 == 7 ? kNoSlot : i % slots);
      weights.push_back(i % 10 == 7 ? 0.F : 0.5F + static_cast<float>(i % 3));
      total += weights.back();
    }
    SharedNegativeSoftmax<double>::Work work;
    const auto run = [&] {
      const SoftmaxQuestion<double> question{vectors, biases.values(), logExpected.values(), shared, total};
      SharedNegativeSoftmax<double>::run(question, answers, targets, weights, work);
      return work.loss / total;
    };
    run();
    const Numbers64 dAnswers = work.dAnswers;
    Numbers64 dVectors(slots, 5), dBiases(1, slots);
    for (size_t slot = 0; slot < shared; ++slot) {
      std::copy_n(work.dShared.row(slot), 5, dVectors.row(slot));
      dBiases(0, slot) = work.dBiases[slot];
    }
    for (size_t i = 0; i < rows; ++i) {
      if (targets[i] == kNoSlot) continue;
      dBiases(0, targets[i]) += work.dTargets[i];
      for (size_t j = 0; j < 5; ++j) dVectors(targets[i], j) += work.dTargets[i] * answers(i, j);
    }
    compare(sampled ? "sampled softmax" : "full softmax", run,
            {{"answers", answers.values(), dAnswers.values()},
             {"vectors", vectors.values(), dVectors.values()},
             {"biases", biases.values(), dBiases.values()}});
  }
}

}  // namespace gradients_test
