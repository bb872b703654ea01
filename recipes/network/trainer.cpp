#include "recipes/network/trainer.h"

#include <chrono>
#include <cmath>

#include "base/log.h"
#include "recipes/network/gemm.h"
#include "recipes/network/trained_network.h"
#include "recipes/network/training_checkpoint.h"

namespace proffer::recipes::network {
namespace {

using Stopwatch = std::chrono::steady_clock;

constexpr double kLeastHeldOutLogits = 1e8;

double secondsSince(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

Result<void> checkPlan(const NetworkShape& shape, const FeatureBags& bags, const TrainingPlan& plan,
                       const BatchSource& training) {
  PROFFER_CHECK(checkShape(shape));
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!positive(plan.learningRate))
    return fail(ErrorCode::kInvalidInput, "a learning rate of {}: it is above 0", plan.learningRate);
  if (!(plan.dropout >= 0 && plan.dropout < 1))
    return fail(ErrorCode::kInvalidInput, "a dropout of {}: it is from 0 to below 1", plan.dropout);
  if (training.lanes() == 0 || training.steps() == 0 || training.batchesPerEpoch() == 0)
    return fail(ErrorCode::kInternal, "the batches of the training have no rows, or there are none");
  if (shape.itemFeatures > 0 && bags.size() != shape.items)
    return fail(ErrorCode::kInternal, "there are {} items and {} bags of their features", shape.items,
                bags.size());
  for (const Feature& feature : bags.features)
    if (feature.row >= shape.itemFeatures)
      return fail(ErrorCode::kInternal, "an item has a feature that the network does not know");
  return {};
}

class Training {
 public:
  Training(const NetworkShape& shape, const FeatureBags& bags, const TrainingPlan& plan, BatchSource& source,
           BatchSource* heldOut, Progress& progress, Checkpoints* checkpoints)
      : shape_(shape),
        plan_(plan),
        source_(source),
        heldOut_(heldOut),
        progress_(progress),
        checkpoints_(checkpoints),
        learned_(shape, bags, source.targetCounts(), plan.seed),
        learner_(shape, plan, source, learned_) {}

  Result<std::unique_ptr<Network>> run(std::vector<EpochReport>* reports) {
    if (const auto latest = checkpoints_ ? checkpoints_->latest() : nullptr)
      loadCheckpoint(*latest, shape_, plan_, learned_, learner_.parts(), at_);
    while (at_.epoch < plan_.epochs) PROFFER_CHECK(epoch());
    if (reports) *reports = at_.reports;
    learned_.dropMoments();
    if (!at_.best.empty()) restore(at_.best, learned_.values());
    at_.best.clear();
    return ownedNetwork(shape_, learned_);
  }

 private:
  // Whoever looks sees the epoch and the last loss; how fast it is and how long it takes follows from the
  // rest.
  void tell() {
    std::string phase = fmt::format("training, epoch {} of {}", at_.epoch + 1, plan_.epochs);
    if (!at_.reports.empty()) phase += fmt::format(", loss {:.3f}", at_.reports.back().loss);
    const double ofEpoch = static_cast<double>(at_.batch) / static_cast<double>(source_.batchesPerEpoch());
    const auto targets = static_cast<double>(source_.targetsPerEpoch());
    progress_.begin(std::move(phase), "events",
                    source_.targetsPerEpoch() * static_cast<int64_t>(plan_.epochs));
    progress_.add(static_cast<int64_t>(targets * (static_cast<double>(at_.epoch) + ofEpoch)));
  }

  Result<void> epoch() {
    const auto start = Stopwatch::now();
    const double before = at_.seconds;
    if (at_.batch == 0) learner_.startEpoch();
    tell();
    auto saved = start;
    for (; at_.batch < source_.batchesPerEpoch(); ++at_.batch) {
      if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
      if (checkpoints_ && secondsSince(saved) >= plan_.secondsBetweenCheckpoints) {
        at_.seconds = before + secondsSince(start);
        save();
        saved = Stopwatch::now();
      }
      PROFFER_CHECK(source_.fill(at_.epoch, at_.batch, batch_));
      PROFFER_CHECK(checkBatch(batch_, source_, shape_));
      const auto outcome = learner_.learn(batch_, rate());
      if (!std::isfinite(outcome.loss)) return diverged();
      at_.loss += outcome.loss;
      at_.weight += outcome.weight;
      int64_t targets = 0;
      for (const Index target : batch_.targets) targets += target != kNoIndex;
      progress_.add(targets);
    }
    at_.seconds = before + secondsSince(start);
    return finishEpoch();
  }

  tl::unexpected<Error> diverged() const {
    return fail(makeError(ErrorCode::kInvalidInput,
                          "the training diverged: in batch {} of epoch {} the loss is no number any more",
                          at_.batch + 1, at_.epoch + 1)
                    .hinting("try a smaller learning rate"));
  }

  // Linear up, then linear down to finalRate.
  double rate() const {
    const double steps = static_cast<double>(source_.batchesPerEpoch() * plan_.epochs);
    const double step = static_cast<double>(learned_.step + 1), up = plan_.warmup * steps;
    if (step < up) return plan_.learningRate * step / up;
    const double down = (step - up) / std::max(1.0, steps - up);
    return plan_.learningRate * (1 - std::min(1.0, down) * (1 - plan_.finalRate));
  }

  Result<void> finishEpoch() {
    EpochReport report;
    report.epoch = at_.epoch;
    report.loss = at_.weight > 0 ? at_.loss / at_.weight : 0;
    report.seconds = at_.seconds;
    report.eventsPerSecond =
        at_.seconds > 0 ? static_cast<double>(source_.targetsPerEpoch()) / at_.seconds : 0;
    report.secondsLeft = at_.seconds * static_cast<double>(plan_.epochs - at_.epoch - 1);
    if (heldOut_) {
      // At most about a sixth of what the epoch took.
      const double most =
          std::max(kLeastHeldOutLogits, 512.0 * static_cast<double>(source_.targetsPerEpoch()));
      PROFFER_TRY(report.heldOutLoss, heldOutLoss(shape_, learned_, *heldOut_, most, progress_));
      if (!std::isfinite(report.heldOutLoss)) return diverged();
      if (plan_.keepBest && (at_.best.empty() || report.heldOutLoss < at_.bestLoss)) {
        at_.best = copyOf(learned_.values());
        at_.bestLoss = report.heldOutLoss;
      }
    }
    at_.reports.push_back(report);
    ++at_.epoch;
    at_.batch = 0;
    at_.loss = at_.weight = at_.seconds = 0;
    if (checkpoints_) save();
    return {};
  }

  void save() {
    auto saved = checkpoints_->save(
        [&](SectionWriter& out) { saveCheckpoint(shape_, plan_, learned_, learner_.parts(), at_, out); });
    if (!saved)
      logLine(LogLevel::kWarning, "recipes", saved.error().wrap("keep a checkpoint of the training").message);
  }

  NetworkShape shape_;
  TrainingPlan plan_;
  BatchSource& source_;
  BatchSource* heldOut_;
  Progress& progress_;
  Checkpoints* checkpoints_;
  Learned learned_;
  Learner learner_;
  TrainingPosition at_;
  Batch batch_;
};

}  // namespace
}  // namespace proffer::recipes::network

namespace proffer::recipes {

Result<std::unique_ptr<Network>> trainNetwork(const NetworkShape& shape, const FeatureBags& itemBags,
                                              const TrainingPlan& plan, BatchSource& training,
                                              BatchSource* heldOut, Progress& progress,
                                              Checkpoints* checkpoints, std::vector<EpochReport>* reports) {
  PROFFER_CHECK(network::checkPlan(shape, itemBags, plan, training));
  network::fixBlockSizes();
  network::Training run(shape, itemBags, plan, training, heldOut, progress, checkpoints);
  return run.run(reports);
}

}  // namespace proffer::recipes
