// The networks written again, plainly and in double, from what is in the sections.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>

#include "recipes/network/encoder.h"
#include "recipes/network/negatives.h"
#include "recipes/network/network.h"
#include "tests/network/made_sequences.h"

namespace naive_test {

using namespace proffer;
using namespace proffer::recipes;
using testing::MadeSequences;
using testing::Numbers;
using Row = std::vector<double>;

namespace {

// The encoder's parameters by name, without their meaning.
struct Weights {
  std::map<std::string, std::pair<size_t, Row>> byName;  // columns, numbers

  Weights(const NetworkShape& shape, std::span<const float> numbers) {
    const auto encoder = network::makeEncoder<float>(shape);
    for (const auto* parameter : encoder->parameters()) {
      const size_t size = parameter->value.size();
      byName[parameter->name] = {parameter->value.cols(), Row(numbers.begin(), numbers.begin() + size)};
      numbers = numbers.subspan(size);
    }
  }
  // x W + b.
  Row linear(const std::string& name, const Row& x) const {
    return times(name + "/weights", x, of(name + "/bias"));
  }
  Row times(const std::string& name, const Row& x, Row sum) const {
    const auto& [cols, numbers] = byName.at(name);
    if (sum.empty()) sum.assign(cols, 0);
    for (size_t i = 0; i < x.size(); ++i)
      for (size_t j = 0; j < cols; ++j) sum[j] += x[i] * numbers[i * cols + j];
    return sum;
  }
  Row of(const std::string& name) const { return byName.at(name).second; }
};

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

std::vector<Row> naiveRecurrent(const Weights& weights, const std::vector<Row>& xs, size_t units) {
  std::vector<Row> answers;
  Row h(units, 0.0);
  for (const Row& x : xs) {
    const Row in = weights.times("gru/from_input", x, weights.of("gru/input_bias"));  // n, r, z
    const Row state = weights.times("gru/from_state", h, {});                         // r, z, n
    const Row bias = weights.of("gru/state_bias");
    for (size_t j = 0; j < units; ++j) {
      const double r = sigmoid(in[units + j] + state[j]), z = sigmoid(in[2 * units + j] + state[units + j]);
      const double n = std::tanh(in[j] + r * (state[2 * units + j] + bias[j]));
      h[j] = (1 - z) * n + z * h[j];
    }
    answers.push_back(weights.linear("projection", h));
  }
  return answers;
}

Row normed(const Weights& weights, const std::string& name, const Row& x, size_t width) {
  double mean = 0, square = 0;
  for (size_t j = 0; j < width; ++j) mean += x[j] / static_cast<double>(width);
  for (size_t j = 0; j < width; ++j) square += (x[j] - mean) * (x[j] - mean) / static_cast<double>(width);
  Row out(x.size(), 0.0);
  const Row gain = weights.of(name + "/gain"), bias = weights.of(name + "/bias");
  for (size_t j = 0; j < width; ++j) out[j] = (x[j] - mean) / std::sqrt(square + 1e-6) * gain[j] + bias[j];
  return out;
}

std::vector<Row> naiveAttention(const Weights& weights, std::vector<Row> xs, const NetworkShape& shape) {
  const size_t head = network::padded((shape.dimension + shape.heads - 1) / shape.heads);
  const size_t inner = head * shape.heads;
  for (Row& x : xs)
    for (double& value : x) value *= std::sqrt(static_cast<double>(shape.dimension));
  for (size_t b = 0; b < shape.blocks; ++b) {
    const std::string name = "block" + std::to_string(b);
    std::vector<Row> mixed;
    for (const Row& x : xs)
      mixed.push_back(weights.linear(name + "/queries", normed(weights, name + "/norm", x, shape.dimension)));
    const Row distance = weights.of(name + "/attention/distance");
    for (size_t t = 0; t < xs.size(); ++t) {
      Row seen(inner, 0.0);
      for (size_t h = 0; h < shape.heads; ++h) {
        const size_t oldest = t + 1 > shape.window ? t + 1 - shape.window : 0;
        double total = 0;
        Row sum(head, 0.0);
        for (size_t s = oldest; s <= t; ++s) {
          double score = 0;
          for (size_t j = 0; j < head; ++j) score += mixed[t][h * head + j] * mixed[s][inner + h * head + j];
          score = std::exp(score / std::sqrt(static_cast<double>(head)) +
                           distance[h * shape.window + shape.window - 1 - (t - s)]);
          total += score;
          for (size_t j = 0; j < head; ++j) sum[j] += score * mixed[s][2 * inner + h * head + j];
        }
        for (size_t j = 0; j < head; ++j) seen[h * head + j] = sum[j] / total;
      }
      const Row attended = weights.linear(name + "/together", seen);
      for (size_t j = 0; j < attended.size(); ++j) xs[t][j] += attended[j];
      Row wide =
          weights.linear(name + "/wide", normed(weights, name + "/norm_inner", xs[t], shape.dimension));
      for (double& value : wide) value = std::max(value, 0.0);
      const Row narrow = weights.linear(name + "/narrow", wide);
      for (size_t j = 0; j < narrow.size(); ++j) xs[t][j] += narrow[j];
    }
  }
  for (Row& x : xs) x = normed(weights, "last_norm", x, shape.dimension);
  return xs;
}

}  // namespace

TEST_CASE("a trained network answers as a plain computation in double does") {
  for (const bool attention : {false, true}) {
    NetworkShape shape;
    shape.encoder = attention ? NetworkShape::Encoder::kAttention : NetworkShape::Encoder::kRecurrent;
    shape.items = 50, shape.inputFeatures = 4, shape.itemFeatures = 3;
    shape.dimension = 21, shape.hidden = 27, shape.heads = 2, shape.feedForward = 18, shape.window = 7;
    FeatureBags bags;
    for (uint32_t item = 0; item < shape.items; ++item) {
      bags.add({item % 3, 1.F});
      bags.close();
    }
    MadeSequences source(testing::withoutRepeatedPrefixes(50, 14, 50, 4), shape.items, 4, 16);
    TrainingPlan plan;
    plan.epochs = 8, plan.negatives = 20;
    Progress progress;
    const auto trained = trainNetwork(shape, bags, plan, source, nullptr, progress, nullptr, nullptr);
    REQUIRE(trained);
    MemorySections saved;
    (*trained)->save(saved);
    const Weights weights(shape, *saved.getArray<float>("network/encoder"));
    const auto vectors = (*trained)->itemVectors();
    const auto inputs = *saved.getArray<float>("network/input_features");

    std::vector<Row> xs;
    std::vector<float> state((*trained)->stateSize()), answer(shape.dimension);
    (*trained)->initial(state);
    std::vector<std::vector<float>> answers;
    Numbers numbers{7};
    for (size_t t = 0; t < 30; ++t) {
      const Index item = t == 0 ? kNoIndex : static_cast<Index>(numbers.below(50));
      const Feature bag[] = {{static_cast<uint32_t>(t % 4), 1.F}, {2, .25F}};
      (*trained)->step(item, bag, state, answer);
      answers.push_back(answer);
      Row x(network::padded(shape.dimension), 0.0);
      for (size_t j = 0; j < shape.dimension; ++j) {
        if (item != kNoIndex) x[j] += vectors[item * shape.dimension + j];
        for (const Feature& feature : bag) x[j] += feature.weight * inputs[feature.row * shape.dimension + j];
      }
      xs.push_back(x);
    }
    const auto expected = attention ? naiveAttention(weights, xs, shape)
                                    : naiveRecurrent(weights, xs, network::padded(shape.hidden));
    double worst = 0;
    for (size_t t = 0; t < xs.size(); ++t)
      for (size_t j = 0; j < shape.dimension; ++j)
        worst = std::max(worst,
                         std::abs(expected[t][j] - answers[t][j]) / std::max(1.0, std::abs(expected[t][j])));
    INFO((attention ? "attention" : "recurrent"));
    CHECK(worst < 1e-5);
    // Padding is 0 in what was learned.
    if (attention) {
      const auto& [cols, numbersOf] = weights.byName.at("block0/queries/weights");
      for (size_t i = shape.dimension * cols; i < numbersOf.size(); ++i) CHECK(numbersOf[i] == 0);
    }
  }
}

TEST_CASE("the encoders' matrices lie as docs/formats.md says") {
  std::ifstream file(std::string(PROFFER_SOURCE_DIR) + "/docs/formats.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const bool attention : {false, true}) {
    NetworkShape shape;
    shape.encoder = attention ? NetworkShape::Encoder::kAttention : NetworkShape::Encoder::kRecurrent;
    shape.dimension = 20, shape.hidden = 40, shape.heads = 2, shape.feedForward = 12, shape.window = 9;
    const std::map<std::string, size_t> sizes{
        {"D", 32},          {"H", 48},  {"3H", 144},         {"D x 3H", 32 * 144}, {"H x 3H", 48 * 144},
        {"H x D", 48 * 32}, {"3W", 96}, {"D x 3W", 32 * 96}, {"W x D", 32 * 32},   {"heads x window", 18},
        {"D x F", 32 * 12}, {"F", 12},  {"F x D", 12 * 32}};
    const auto encoder = network::makeEncoder<float>(shape);
    size_t at = text.find(attention ? "Attention, W being" : "A recurrent encoder:");
    REQUIRE(at != std::string::npos);
    for (const auto* parameter : encoder->parameters()) {
      std::string name = parameter->name;
      if (name.rfind("block1/", 0) == 0) continue;
      if (name.rfind("block0/", 0) == 0) name = name.substr(7);
      INFO(parameter->name);
      at = text.find("`" + name + "`", at);
      REQUIRE(at != std::string::npos);
      const size_t open = text.find('(', at), close = text.find_first_of(":,)", open);
      const auto size = sizes.find(text.substr(open + 1, close - open - 1));
      REQUIRE(size != sizes.end());
      CHECK(size->second == parameter->value.size());
    }
  }
}

TEST_CASE("what negatives are expected to add up to is the sum over all items") {
  const size_t items = 200;
  std::vector<uint32_t> counts(items);
  std::vector<double> logits(items);
  Numbers numbers{3};
  double whole = 0;
  for (size_t item = 0; item < items; ++item) {
    counts[item] = static_cast<uint32_t>(numbers.below(40) * numbers.below(40));
    logits[item] = 3 * numbers.unit();
    whole += std::exp(logits[item]);
  }
  const network::Negatives negatives(items, counts, 60);
  REQUIRE_FALSE(negatives.all());
  double mean = 0;
  for (uint64_t step = 0; step < 4000; ++step) {
    network::Slots slots(items);
    slots.clear();
    std::vector<float> logExpected;
    negatives.draw(5, step, slots, logExpected);
    for (size_t slot = 0; slot < slots.size(); ++slot)
      mean += std::exp(logits[slots.rows()[slot]] - static_cast<double>(logExpected[slot])) / 4000;
  }
  CHECK(mean == Approx(whole).epsilon(0.01));
  CHECK(network::Negatives(items, counts, 0).all());
  CHECK(network::Negatives(items, counts, items).all());
}

}  // namespace naive_test
