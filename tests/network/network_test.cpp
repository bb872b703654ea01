// What a trained network promises: steps are a run, formats, bits, and that it learns.
#include "recipes/network/network.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "base/parallel.h"
#include "recipes/network/encoder.h"
#include "tests/network/made_sequences.h"

namespace network_test {

using namespace proffer;
using namespace proffer::recipes;
using testing::MadeSequences;
using testing::Numbers;
using testing::withoutRepeatedPrefixes;

namespace {

constexpr size_t kItems = 60;

NetworkShape shapeOf(NetworkShape::Encoder encoder) {
  NetworkShape shape;
  shape.encoder = encoder;
  shape.items = kItems;
  shape.inputFeatures = 4;
  shape.dimension = 24, shape.hidden = 30;
  shape.heads = 2, shape.feedForward = 32, shape.window = 12;
  return shape;
}

TrainingPlan planOf(size_t epochs, size_t negatives = 0) {
  TrainingPlan plan;
  plan.epochs = epochs;
  plan.negatives = negatives;
  plan.dropout = .1;
  plan.learningRate = 1e-2;
  return plan;
}

struct Trained {
  std::unique_ptr<Network> network;
  std::vector<EpochReport> reports;
};

class MemoryCheckpoints final : public Checkpoints {
 public:
  std::shared_ptr<const SectionReader> latest() override { return kept; }
  Result<void> save(const std::function<void(SectionWriter&)>& write) override {
    auto next = std::make_shared<MemorySections>();
    write(*next);
    kept = next;
    ++saves;
    if (onSave) onSave();
    return {};
  }
  std::shared_ptr<MemorySections> kept;
  std::function<void()> onSave;
  size_t saves = 0;
};

// Some items have bags, so that the sums of them are learned as well.
FeatureBags bagsOf(const NetworkShape& shape) {
  FeatureBags bags;
  for (size_t item = 0; item < shape.items && shape.itemFeatures > 0; ++item) {
    if (item % 3 != 0) bags.add({static_cast<uint32_t>(item % shape.itemFeatures), 1.F});
    if (item % 2 == 0) bags.add({static_cast<uint32_t>(item / 7 % shape.itemFeatures), .5F});
    bags.close();
  }
  return bags;
}

std::vector<std::vector<Index>> randomHistories(size_t count, uint64_t seed) {
  Numbers numbers{seed};
  std::vector<std::vector<Index>> histories(count);
  for (auto& history : histories)
    for (size_t length = 3 + numbers.below(20); history.size() < length;)
      history.push_back(static_cast<Index>(
          history.empty() ? numbers.below(kItems) : (history.back() * 7 + numbers.below(3)) % kItems));
  return histories;
}

Result<Trained> train(const NetworkShape& shape, const TrainingPlan& plan, Checkpoints* checkpoints = nullptr,
                      Progress* progress = nullptr, bool heldOut = true) {
  MadeSequences training(randomHistories(80, 3), kItems, 6, 16), other(randomHistories(10, 4), kItems, 2, 16);
  Progress own;
  Trained trained;
  const FeatureBags bags = bagsOf(shape);
  auto network = trainNetwork(shape, bags, plan, training, heldOut ? &other : nullptr,
                              progress ? *progress : own, checkpoints, &trained.reports);
  if (!network) return fail(network.error());
  trained.network = std::move(*network);
  return trained;
}

MemorySections savedOf(const Network& network) {
  MemorySections sections;
  network.save(sections);
  return sections;
}

bool sameBits(const MemorySections& a, const MemorySections& b) {
  if (a.names() != b.names()) return false;
  for (const std::string& name : a.names())
    if (*a.get(name) != *b.get(name)) return false;
  return true;
}

std::vector<std::vector<float>> answersTo(const Network& network, const std::vector<Index>& items) {
  std::vector<float> state(network.stateSize()), answer(network.shape().dimension);
  network.initial(state);
  std::vector<std::vector<float>> answers;
  for (size_t i = 0; i < items.size(); ++i) {
    const Feature feature{static_cast<uint32_t>(i == 0 ? 0 : 1 + i % 3), 1.F};
    network.step(items[i], std::span(&feature, 1), state, answer);
    answers.push_back(answer);
  }
  return answers;
}

const NetworkShape::Encoder kEncoders[] = {NetworkShape::Encoder::kRecurrent,
                                           NetworkShape::Encoder::kAttention};

}  // namespace

TEST_CASE("n steps give what a run gives, with resets and past the window") {
  for (const auto kind : kEncoders) {
    const NetworkShape shape = shapeOf(kind);
    const auto encoder = network::makeEncoder<float>(shape);
    encoder->initialize(9);
    Numbers numbers{5};
    for (auto* parameter : encoder->parameters())
      for (float& value : parameter->value.values())
        if (value != 0) value += static_cast<float>(0.2 * (numbers.unit() - 0.5));
    const size_t width = network::padded(shape.dimension), lanes = 3, steps = 40;
    network::Matrix<float> in(lanes * steps, width), out, carry(lanes, encoder->carrySize());
    for (size_t row = 0; row < in.rows(); ++row)
      for (size_t j = 0; j < shape.dimension; ++j) in(row, j) = static_cast<float>(numbers.unit() - 0.5);
    std::vector<uint8_t> resets(lanes * steps);
    const auto rowOf = [&](size_t lane, size_t step) {
      return encoder->laneMajor() ? lane * steps + step : step * lanes + lane;
    };
    for (size_t lane = 0; lane < lanes; ++lane) resets[rowOf(lane, 0)] = 1;
    resets[rowOf(1, 17)] = resets[rowOf(2, 3)] = resets[rowOf(2, 4)] = 1;
    network::Matrix<float> used = in;
    const auto tape = encoder->tape();
    encoder->run({lanes, resets, {}, 0}, used, carry, *tape, out);
    double worst = 0;
    for (size_t lane = 0; lane < lanes; ++lane) {
      std::vector<float> state(encoder->stateSize()), answer(width);
      for (size_t step = 0; step < steps; ++step) {
        if (resets[rowOf(lane, step)]) encoder->initial(state.data());
        encoder->step(in.row(rowOf(lane, step)), state.data(), answer.data());
        for (size_t j = 0; j < width; ++j)
          worst = std::max(worst, static_cast<double>(std::abs(answer[j] - out(rowOf(lane, step), j))));
      }
    }
    INFO((kind == NetworkShape::Encoder::kRecurrent ? "recurrent" : "attention"));
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("histories without repeated prefixes are learned by heart") {
  for (const auto kind : kEncoders) {
    NetworkShape shape = shapeOf(kind);
    shape.dimension = 32, shape.hidden = 64, shape.window = 20;
    const auto histories = withoutRepeatedPrefixes(40, 10, kItems, 11);
    MadeSequences source(histories, kItems, 8, 20);
    TrainingPlan plan = planOf(kind == NetworkShape::Encoder::kRecurrent ? 150 : 200);
    plan.dropout = 0;
    Progress progress;
    const auto network = trainNetwork(shape, {}, plan, source, nullptr, progress, nullptr, nullptr);
    REQUIRE(network);
    const auto vectors = (*network)->itemVectors(), biases = (*network)->itemBiases();
    double ranks = 0, count = 0;
    for (const auto& history : histories) {
      std::vector<float> state((*network)->stateSize()), answer(shape.dimension);
      (*network)->initial(state);
      for (size_t at = 0; at + 1 < history.size(); ++at) {
        // As MadeSequences puts it: the START first, then the items.
        const auto step = [&](Index item, uint32_t row) {
          const Feature feature{row, 1.F};
          (*network)->step(item, std::span(&feature, 1), state, answer);
        };
        if (at == 0) step(kNoIndex, 0);
        step(history[at], 1 + static_cast<uint32_t>((at + 1) % 3));
        std::vector<double> logits(kItems);
        for (size_t item = 0; item < kItems; ++item) {
          logits[item] = biases[item];
          for (size_t j = 0; j < shape.dimension; ++j)
            logits[item] += static_cast<double>(answer[j]) * vectors[item * shape.dimension + j];
        }
        for (size_t item = 0; item < kItems; ++item) ranks += logits[item] > logits[history[at + 1]];
        ranks += 1, count += 1;
      }
    }
    INFO((kind == NetworkShape::Encoder::kRecurrent ? "recurrent" : "attention"));
    CHECK(ranks / count <= 1.05);
  }
}

TEST_CASE("the same seed gives the same bits with one thread and with all") {
  for (const auto kind : kEncoders)
    for (const size_t negatives : {size_t{0}, size_t{24}}) {
      NetworkShape shape = shapeOf(kind);
      shape.itemFeatures = 5;
      const TrainingPlan plan = planOf(2, negatives);
      const auto all = train(shape, plan);
      REQUIRE(all);
      // Loops within a loop run on the thread that they are called from.
      std::vector<std::unique_ptr<Network>> alone(2);
      parallelFor(2, [&](size_t i) {
        auto one = train(shape, plan);
        if (one) alone[i] = std::move(one->network);
      });
      for (const auto& network : alone) {
        REQUIRE(network);
        CHECK(sameBits(savedOf(*network), savedOf(*all->network)));
      }
      TrainingPlan other = plan;
      other.seed = 2;
      CHECK_FALSE(sameBits(savedOf(*train(shape, other)->network), savedOf(*all->network)));
    }
}

TEST_CASE("a training goes on from its checkpoint to the same bits") {
  for (const auto kind : kEncoders) {
    NetworkShape shape = shapeOf(kind);
    shape.itemFeatures = 5;
    const TrainingPlan plan = planOf(4, 24);
    const auto whole = train(shape, plan);
    REQUIRE(whole);
    Progress progress;
    MemoryCheckpoints checkpoints;
    checkpoints.onSave = [&] {
      if (checkpoints.saves == 2) progress.cancel();
    };
    const auto stopped = train(shape, plan, &checkpoints, &progress);
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().code == ErrorCode::kCancelled);
    const auto resumed = train(shape, plan, &checkpoints);
    REQUIRE(resumed);
    CHECK(sameBits(savedOf(*resumed->network), savedOf(*whole->network)));
    REQUIRE(resumed->reports.size() == 4);
    for (size_t i = 0; i < 4; ++i) {
      CHECK(resumed->reports[i].loss == whole->reports[i].loss);
      CHECK(resumed->reports[i].heldOutLoss == whole->reports[i].heldOutLoss);
    }
    // Of another plan: not taken up.
    TrainingPlan other = plan;
    other.seed = 8;
    CHECK(sameBits(savedOf(*train(shape, other, &checkpoints)->network),
                   savedOf(*train(shape, other)->network)));
  }
}

TEST_CASE("a training goes on from the middle of an epoch to the same bits") {
  for (const auto kind : kEncoders) {
    const NetworkShape shape = shapeOf(kind);
    TrainingPlan plan = planOf(3, 24);
    const auto whole = train(shape, plan);
    REQUIRE(whole);
    plan.secondsBetweenCheckpoints = 0;
    for (const size_t stopAt : {size_t{1}, size_t{4}, size_t{14}, size_t{20}}) {
      Progress progress;
      MemoryCheckpoints checkpoints;
      checkpoints.onSave = [&] {
        if (checkpoints.saves == stopAt) progress.cancel();
      };
      REQUIRE_FALSE(train(shape, plan, &checkpoints, &progress));
      checkpoints.onSave = {};
      const auto resumed = train(shape, plan, &checkpoints);
      REQUIRE(resumed);
      INFO("stopped at checkpoint " << stopAt);
      CHECK(sameBits(savedOf(*resumed->network), savedOf(*whole->network)));
      CHECK(resumed->reports.back().loss == whole->reports.back().loss);
    }
  }
}

TEST_CASE("a training tells how far it is") {
  Progress progress;
  const auto trained = train(shapeOf(NetworkShape::Encoder::kRecurrent), planOf(3), nullptr, &progress);
  REQUIRE(trained);
  const auto seen = progress.snapshot();
  CHECK(seen.phase.rfind("training, epoch 3 of 3, loss ", 0) == 0);
  CHECK(seen.unit == "events");
  CHECK(seen.done == seen.total);
}

TEST_CASE("a checkpoint that is not whole is not taken up") {
  const NetworkShape shape = shapeOf(NetworkShape::Encoder::kRecurrent);
  const TrainingPlan plan = planOf(2);
  MemoryCheckpoints checkpoints;
  const auto first = train(shape, plan, &checkpoints);
  REQUIRE(first);
  for (const std::string& name : checkpoints.kept->names()) {
    MemoryCheckpoints broken;
    broken.kept = std::make_shared<MemorySections>(*checkpoints.kept);
    broken.kept->put(name, "shorter!");
    INFO(name);
    const auto again = train(shape, plan, &broken);
    REQUIRE(again);
    CHECK(sameBits(savedOf(*again->network), savedOf(*first->network)));
  }
}

TEST_CASE("a cancelled training ends soon") {
  NetworkShape shape = shapeOf(NetworkShape::Encoder::kRecurrent);
  Progress progress;
  progress.cancel();
  const auto stopped = train(shape, planOf(100000), nullptr, &progress);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == ErrorCode::kCancelled);
  Progress later;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    later.cancel();
  });
  const auto ended = train(shape, planOf(100000), nullptr, &later);
  canceller.join();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == ErrorCode::kCancelled);
}

TEST_CASE("a training that diverges says so") {
  TrainingPlan plan = planOf(20);
  plan.learningRate = 1e30;
  const auto diverged = train(shapeOf(NetworkShape::Encoder::kAttention), plan);
  REQUIRE_FALSE(diverged);
  CHECK(diverged.error().code == ErrorCode::kInvalidInput);
  CHECK(diverged.error().message.find("diverged") != std::string::npos);
}

TEST_CASE("the best epoch is kept, and losses fall") {
  const auto trained = train(shapeOf(NetworkShape::Encoder::kRecurrent), planOf(12));
  REQUIRE(trained);
  const auto& reports = trained->reports;
  REQUIRE(reports.size() == 12);
  CHECK(reports.back().loss < reports.front().loss - 0.5);
  for (const EpochReport& report : reports) CHECK(report.heldOutLoss > 0);
  CHECK(reports.front().heldOutLoss < std::log(kItems) + 0.5);
}

TEST_CASE("the network of the best epoch is given, and its held-out loss is the plain one") {
  for (const auto kind : kEncoders) {
    NetworkShape shape = shapeOf(kind);
    shape.itemFeatures = 5, shape.window = 40;
    TrainingPlan plan = planOf(25);
    plan.learningRate = 5e-2, plan.dropout = 0;  // soon learned by heart
    const auto trained = train(shape, plan);
    REQUIRE(trained);
    double best = 1e9;
    for (const EpochReport& report : trained->reports) best = std::min(best, report.heldOutLoss);
    CHECK(best < trained->reports.back().heldOutLoss);

    MadeSequences other(randomHistories(10, 4), kItems, 2, 16);
    const Network& network = *trained->network;
    const auto vectors = network.itemVectors(), biases = network.itemBiases();
    double loss = 0, count = 0;
    std::vector<std::vector<float>> states(2, std::vector<float>(network.stateSize()));
    std::vector<float> answer(shape.dimension);
    Batch batch;
    for (size_t index = 0; index < other.batchesPerEpoch(); ++index) {
      REQUIRE(other.fill(0, index, batch));
      for (size_t row = 0; row < batch.rows(); ++row) {
        auto& state = states[row % 2];
        const bool begins = batch.resets[row] || (kind == NetworkShape::Encoder::kAttention && row < 2);
        if (begins) network.initial(state);
        network.step(batch.items[row], batch.features[row], state, answer);
        if (batch.targets[row] == kNoIndex) continue;
        double sum = 0, own = 0;
        for (size_t item = 0; item < kItems; ++item) {
          double logit = biases[item];
          for (size_t j = 0; j < shape.dimension; ++j)
            logit += static_cast<double>(answer[j]) * vectors[item * shape.dimension + j];
          sum += std::exp(logit);
          if (item == batch.targets[row]) own = logit;
        }
        loss += std::log(sum) - own;
        count += 1;
      }
    }
    INFO((kind == NetworkShape::Encoder::kRecurrent ? "recurrent" : "attention"));
    CHECK(loss / count == Approx(best).epsilon(1e-5));
  }
}

TEST_CASE("a network is saved and opened with the same bits, and answers the same") {
  for (const auto kind : kEncoders) {
    NetworkShape shape = shapeOf(kind);
    shape.itemFeatures = 5;
    const auto trained = train(shape, planOf(1), nullptr, nullptr, false);
    REQUIRE(trained);
    const MemorySections saved = savedOf(*trained->network);
    const auto opened = Network::open(saved);
    REQUIRE(opened);
    CHECK(sameBits(savedOf(**opened), saved));
    const std::vector<Index> items{kNoIndex, 3, 9, 3, 59, 12, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(answersTo(**opened, items) == answersTo(*trained->network, items));
    CHECK((*opened)->itemVectors().size() == shape.items * shape.dimension);
    CHECK((*opened)->itemBiases().size() == shape.items);
    // What nobody knows is no input, and no crash.
    const auto odd = answersTo(**opened, {kNoIndex, 100000, 3});
    CHECK(odd == answersTo(**opened, {kNoIndex, kNoIndex, 3}));
    std::vector<float> made(shape.dimension), twice(shape.dimension);
    const Feature one[] = {{2, 1.F}, {77, 1.F}}, two[] = {{2, 2.F}};
    (*opened)->vectorOf(one, made);
    (*opened)->vectorOf(two, twice);
    for (size_t j = 0; j < made.size(); ++j) CHECK(twice[j] == Approx(2 * made[j]));
  }
}

TEST_CASE("sections that contradict each other are refused") {
  for (const auto kind : kEncoders) {
    const auto trained = train(shapeOf(kind), planOf(1), nullptr, nullptr, false);
    REQUIRE(trained);
    const MemorySections saved = savedOf(*trained->network);
    for (const std::string& name : saved.names()) {
      if (saved.get(name)->empty()) continue;
      for (const size_t less : {size_t{1}, size_t{8}}) {
        MemorySections cut = saved;
        const std::string bytes(*saved.get(name));
        cut.put(name, std::string_view(bytes).substr(0, bytes.size() - less));
        INFO(name << " without its last " << less << " bytes");
        const auto opened = Network::open(cut);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::kCorrupt);
      }
    }
    const auto numbers = *saved.getArray<uint64_t>("network/shape");
    const bool attention = kind == NetworkShape::Encoder::kAttention;
    for (size_t i = 0; i < numbers.size(); ++i)
      for (const uint64_t value : {uint64_t{0}, numbers[i] + 1, numbers[i] * 3 + 16, uint64_t{1} << 31,
                                   ~uint64_t{0}, uint64_t{1} << 61}) {
        if (value == numbers[i] || (i == 6 && attention) || (i >= 7 && !attention)) continue;  // not used
        std::vector<uint64_t> wrong(numbers.begin(), numbers.end());
        wrong[i] = value;
        MemorySections sections = saved;
        sections.putArray<uint64_t>("network/shape", wrong);
        INFO("shape number " << i << " is " << value);
        const auto opened = Network::open(sections);
        if (opened) {
          // The padding hides some: then the tables must still be of their size.
          CHECK((*opened)->itemVectors().size() == (*opened)->shape().items * (*opened)->shape().dimension);
        } else {
          CHECK(opened.error().code == ErrorCode::kCorrupt);
        }
      }
  }
}

}  // namespace network_test
