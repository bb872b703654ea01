// Sections: training/plan and training/shape (numbers, to know one's own), training/position,
// training/values, training/moments, training/carry, training/best (the values again, or empty),
// training/reports.
#include "recipes/network/training_checkpoint.h"

#include <array>
#include <cmath>
#include <cstring>

namespace proffer::recipes::network {
namespace {

constexpr uint64_t kFormat = 1;

std::vector<uint64_t> identity(const NetworkShape& shape, const TrainingPlan& plan) {
  const auto bits = [](double value) {
    uint64_t number = 0;
    std::memcpy(&number, &value, sizeof number);
    return number;
  };
  return {kFormat,
          static_cast<uint64_t>(shape.encoder),
          shape.items,
          shape.itemFeatures,
          shape.inputFeatures,
          shape.dimension,
          shape.hidden,
          shape.blocks,
          shape.heads,
          shape.feedForward,
          shape.window,
          bits(plan.learningRate),
          bits(plan.warmup),
          bits(plan.finalRate),
          bits(plan.clip),
          bits(plan.dropout),
          plan.epochs,
          plan.negatives,
          plan.seed,
          plan.keepBest ? 1U : 0U};
}

struct PositionNumbers {
  uint64_t step, epoch, batch, hasBest;
  double loss, weight, seconds, bestLoss;
};

template <class Matrices>
std::vector<float> joined(const Matrices& matrices) {
  std::vector<float> all;
  for (const auto* one : matrices) all.insert(all.end(), one->values().begin(), one->values().end());
  return all;
}

std::vector<Matrix<float>*> carries(std::vector<Part>& parts) {
  std::vector<Matrix<float>*> all;
  for (Part& part : parts) all.push_back(&part.carry);
  return all;
}

size_t sizeOf(const std::vector<Matrix<float>*>& matrices) {
  size_t sum = 0;
  for (const auto* one : matrices) sum += one->size();
  return sum;
}

void spread(std::span<const float> from, const std::vector<Matrix<float>*>& to) {
  for (Matrix<float>* one : to) {
    std::copy_n(from.data(), one->size(), one->data());
    from = from.subspan(one->size());
  }
}

}  // namespace

std::vector<std::vector<float>> copyOf(const std::vector<Matrix<float>*>& values) {
  std::vector<std::vector<float>> copies;
  for (const auto* one : values) copies.emplace_back(one->values().begin(), one->values().end());
  return copies;
}

void restore(const std::vector<std::vector<float>>& from, const std::vector<Matrix<float>*>& values) {
  for (size_t i = 0; i < from.size(); ++i) std::copy(from[i].begin(), from[i].end(), values[i]->data());
}

void saveCheckpoint(const NetworkShape& shape, const TrainingPlan& plan, Learned& learned,
                    const std::vector<Part>& parts, const TrainingPosition& position, SectionWriter& out) {
  const PositionNumbers numbers{
      learned.step,  position.epoch,  position.batch,   position.best.empty() ? 0U : 1U,
      position.loss, position.weight, position.seconds, position.bestLoss};
  out.putArray<uint64_t>("training/plan", identity(shape, plan));
  out.putArray<PositionNumbers>("training/position", std::span(&numbers, 1));
  out.putArray<float>("training/values", joined(learned.values()));
  out.putArray<float>("training/moments", joined(learned.moments()));
  std::vector<const Matrix<float>*> carry;
  for (const Part& part : parts) carry.push_back(&part.carry);
  out.putArray<float>("training/carry", joined(carry));
  std::vector<float> best;
  for (const auto& one : position.best) best.insert(best.end(), one.begin(), one.end());
  out.putArray<float>("training/best", best);
  out.putArray<EpochReport>("training/reports", position.reports);
}

bool loadCheckpoint(const SectionReader& in, const NetworkShape& shape, const TrainingPlan& plan,
                    Learned& learned, std::vector<Part>& parts, TrainingPosition& position) {
  const auto plans = in.getArray<uint64_t>("training/plan");
  const auto numbers = in.getArray<PositionNumbers>("training/position");
  const auto values = in.getArray<float>("training/values"), moments = in.getArray<float>("training/moments"),
             carry = in.getArray<float>("training/carry"), best = in.getArray<float>("training/best");
  const auto reports = in.getArray<EpochReport>("training/reports");
  if (!plans || !numbers || !values || !moments || !carry || !best || !reports) return false;
  const auto wanted = identity(shape, plan);
  if (!std::equal(plans->begin(), plans->end(), wanted.begin(), wanted.end()) || numbers->size() != 1)
    return false;
  const PositionNumbers& at = numbers->front();
  const auto valuesHere = learned.values(), momentsHere = learned.moments(), carryHere = carries(parts);
  if (values->size() != sizeOf(valuesHere) || moments->size() != sizeOf(momentsHere) ||
      carry->size() != sizeOf(carryHere) || best->size() != (at.hasBest ? values->size() : 0) ||
      reports->size() != at.epoch || at.epoch > plan.epochs)
    return false;
  spread(*values, valuesHere);
  spread(*moments, momentsHere);
  spread(*carry, carryHere);
  learned.step = at.step;
  position = {at.epoch, at.batch, at.loss, at.weight, at.seconds, at.bestLoss, {}, {}};
  position.reports.assign(reports->begin(), reports->end());
  std::span<const float> rest = *best;
  if (at.hasBest)
    for (const auto* one : valuesHere) {
      position.best.emplace_back(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(one->size()));
      rest = rest.subspan(one->size());
    }
  return true;
}

}  // namespace proffer::recipes::network
