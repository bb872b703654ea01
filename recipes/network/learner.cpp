#include <cmath>

#include "base/parallel.h"
#include "recipes/network/denormals.h"
#include "recipes/network/random.h"
#include "recipes/network/trainer.h"

namespace proffer::recipes::network {
namespace {

constexpr size_t kRowsPerChunk = 256;
constexpr size_t kColumnsPerTask = 16;

// A number of the lanes alone: it decides the order of additions, and so the bits.
size_t partCount(size_t lanes) {
  return lanes >= 128 ? 4 : lanes >= 2 ? 2 : 1;
}

void forChunks(size_t rows, const std::function<void(size_t, size_t)>& body) {
  parallelFor((rows + kRowsPerChunk - 1) / kRowsPerChunk, [&](size_t chunk) {
    const NoDenormals guard;
    body(chunk * kRowsPerChunk, std::min(rows, (chunk + 1) * kRowsPerChunk));
  });
}

}  // namespace

std::vector<Part> partsOf(size_t steps, size_t lanes, Encoder<float>& encoder) {
  const size_t count = partCount(lanes);
  std::vector<Part> parts(count);
  for (size_t i = 0; i < count; ++i) {
    Part& part = parts[i];
    part.firstLane = lanes * i / count;
    part.lanes = lanes * (i + 1) / count - part.firstLane;
    for (size_t row = 0; row < steps * part.lanes; ++row) {
      const size_t step = encoder.laneMajor() ? row % steps : row / part.lanes;
      const size_t lane = encoder.laneMajor() ? row / steps : row % part.lanes;
      part.rows.push_back(static_cast<uint32_t>(step * lanes + part.firstLane + lane));
    }
    part.carry = Matrix<float>(part.lanes, encoder.carrySize());
    part.tape = encoder.tape();
    part.gradients = Gradients<float>(encoder.parameters());
  }
  return parts;
}

Result<void> checkBatch(const Batch& batch, const BatchSource& source, const NetworkShape& shape) {
  const size_t rows = source.lanes() * source.steps();
  const auto wrong = [](const char* what) {
    return fail(ErrorCode::kInternal, "a batch of the training has {}", what);
  };
  if (batch.lanes != source.lanes() || batch.steps != source.steps()) return wrong("another size than told");
  if (batch.items.size() != rows || batch.features.size() != rows || batch.resets.size() != rows ||
      batch.targets.size() != rows || batch.weights.size() != rows)
    return wrong("columns of different lengths");
  for (size_t row = 0; row < rows; ++row) {
    if (batch.items[row] != kNoIndex && batch.items[row] >= shape.items) return wrong("an unknown item");
    if (batch.targets[row] != kNoIndex && batch.targets[row] >= shape.items)
      return wrong("an unknown target");
    if (!std::isfinite(batch.weights[row]) || batch.weights[row] < 0) return wrong("a weight below 0");
  }
  for (const Feature& feature : batch.features.features)
    if (feature.row >= shape.inputFeatures) return wrong("an unknown feature");
  return {};
}

Learner::Learner(const NetworkShape& shape, const TrainingPlan& plan, const BatchSource& source,
                 Learned& learned)
    : shape_(shape),
      plan_(plan),
      learned_(learned),
      negatives_(shape.items, source.targetCounts(), plan.negatives),
      parts_(partsOf(source.steps(), source.lanes(), *learned.encoder)),
      slots_(shape.items),
      itemFeatures_(shape.itemFeatures),
      inputFeatures_(shape.inputFeatures) {
  for (const auto* parameter : learned.encoder->parameters())
    dEncoder_.emplace_back(parameter->value.rows(), parameter->value.cols());
}

void Learner::startEpoch() {
  for (Part& part : parts_) part.carry.setZero();
}

// The shared items first, then what else is read or to be predicted.
void Learner::assignSlots(const Batch& batch) {
  slots_.clear();
  negatives_.draw(plan_.seed, learned_.step, slots_, logExpected_);
  shared_ = slots_.size();
  inputFeatures_.begin(parts_.size());
  totalWeight_ = 0;
  for (size_t p = 0; p < parts_.size(); ++p) {
    Part& part = parts_[p];
    part.itemSlots.clear(), part.targetSlots.clear(), part.weights.clear(), part.resets.clear();
    for (size_t i = 0; i < part.rows.size(); ++i) {
      const uint32_t row = part.rows[i];
      const bool learns = batch.targets[row] != kNoIndex && batch.weights[row] > 0;
      part.itemSlots.push_back(batch.items[row] == kNoIndex ? kNoSlot : slots_.add(batch.items[row]));
      part.targetSlots.push_back(learns ? slots_.add(batch.targets[row]) : kNoSlot);
      part.weights.push_back(learns ? batch.weights[row] : 0.F);
      part.resets.push_back(batch.resets[row]);
      inputFeatures_.add(batch.features[row], p, static_cast<uint32_t>(i));
      totalWeight_ += part.weights.back();
    }
  }
  itemFeatures_.begin(1);
  if (shape_.itemFeatures > 0)
    for (size_t slot = 0; slot < slots_.size(); ++slot)
      itemFeatures_.add(learned_.items.bagOf(slots_.rows()[slot]), 0, static_cast<uint32_t>(slot));
}

void Learner::gatherVectors() {
  const size_t width = learned_.items.own.cols();
  vectors_.resize(slots_.size(), width);
  biases_.resize(slots_.size());
  forChunks(slots_.size(), [&](size_t first, size_t last) {
    for (size_t slot = first; slot < last; ++slot) {
      const Index item = slots_.rows()[slot];
      learned_.items.vectorOf(item, vectors_.row(slot));
      biases_[slot] = learned_.items.biases.data()[item];
    }
  });
}

void Learner::runPart(Part& part, size_t index, const Batch& batch) {
  const NoDenormals guard;
  const size_t width = vectors_.cols();
  part.in.resize(part.rows.size(), width);
  for (size_t i = 0; i < part.rows.size(); ++i) {
    if (part.itemSlots[i] == kNoSlot)
      std::fill_n(part.in.row(i), width, 0.F);
    else
      std::copy_n(vectors_.row(part.itemSlots[i]), width, part.in.row(i));
    learned_.inputs.add(batch.features[part.rows[i]], part.in.row(i));
  }
  const Lanes lanes{part.lanes, part.resets,
                    DropoutKey{plan_.dropout, randomKey(plan_.seed, RandomUse::kDropout, learned_.step)},
                    index << 28};
  learned_.encoder->run(lanes, part.in, part.carry, *part.tape, part.answers);
  SoftmaxQuestion<float> question{vectors_, biases_, logExpected_, shared_, totalWeight_};
  SharedNegativeSoftmax<float>::run(question, part.answers, part.targetSlots, part.weights, part.loss);
  part.gradients.setZero();
  learned_.encoder->backward(*part.tape, part.loss.dAnswers, part.dIn, part.gradients);
}

// Sums of the parts' gradients for some columns of the tables.
void Learner::addColumns(size_t first, size_t count) {
  const auto add = [&](float* to, const float* from, float scale) {
    for (size_t j = first; j < first + count; ++j) to[j] += scale * from[j];
  };
  for (size_t slot = 0; slot < slots_.size(); ++slot) std::fill_n(dVectors_.row(slot) + first, count, 0.F);
  inputFeatures_.clearColumns(first, count);
  for (size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    for (size_t slot = 0; slot < shared_; ++slot) add(dVectors_.row(slot), part.loss.dShared.row(slot), 1.F);
    for (size_t i = 0; i < part.rows.size(); ++i) {
      if (part.itemSlots[i] != kNoSlot) add(dVectors_.row(part.itemSlots[i]), part.dIn.row(i), 1.F);
      if (part.loss.dTargets[i] != 0)
        add(dVectors_.row(part.targetSlots[i]), part.answers.row(i), part.loss.dTargets[i]);
    }
    inputFeatures_.accumulate(p, part.dIn, first, count);
  }
  itemFeatures_.clearColumns(first, count);
  itemFeatures_.accumulate(0, dVectors_, first, count);
}

void Learner::addGradients() {
  const size_t width = vectors_.cols(), tasks = width / kColumnsPerTask;
  dVectors_.resize(slots_.size(), width);
  inputFeatures_.prepare(width);
  itemFeatures_.prepare(width);
  dBiases_.assign(slots_.size(), 0.F);
  for (const Part& part : parts_) {
    for (size_t slot = 0; slot < shared_; ++slot) dBiases_[slot] += part.loss.dBiases[slot];
    for (size_t i = 0; i < part.rows.size(); ++i)
      if (part.loss.dTargets[i] != 0) dBiases_[part.targetSlots[i]] += part.loss.dTargets[i];
  }
  parallelFor(tasks + dEncoder_.size(), [&](size_t task) {
    const NoDenormals guard;
    if (task < tasks) {
      addColumns(task * kColumnsPerTask, kColumnsPerTask);
      return;
    }
    Matrix<float>& sum = dEncoder_[task - tasks];
    sum.setZero();
    for (const Part& part : parts_) {
      const Matrix<float>& some = part.gradients.at(task - tasks);
      for (size_t i = 0; i < sum.size(); ++i) sum.data()[i] += some.data()[i];
    }
  });
}

double Learner::squaredNorm() {
  double sum = sumOfSquares(dBiases_.data(), dBiases_.size());
  for (const Matrix<float>& gradient : dEncoder_) sum += sumOfSquares(gradient.data(), gradient.size());
  for (const auto* rows : {&dVectors_, &itemFeatures_.sums(), &inputFeatures_.sums()})
    for (size_t i = 0; i < rows->rows(); ++i) sum += sumOfSquares(rows->row(i), rows->cols());
  return sum;
}

void Learner::update(const AdamStep& step) {
  const size_t width = vectors_.cols();
  const auto rows = [&](std::span<const Index> which, const Matrix<float>& gradient, Matrix<float>& table,
                        Moments& moments) {
    forChunks(which.size(), [&](size_t first, size_t last) {
      for (size_t i = first; i < last; ++i)
        adam(step, gradient.row(i), table.row(which[i]), moments.first.row(which[i]),
             moments.second.row(which[i]), width);
    });
  };
  rows(slots_.rows(), dVectors_, learned_.items.own, learned_.ownMoments);
  rows(itemFeatures_.rows(), itemFeatures_.sums(), learned_.items.features.value, learned_.featureMoments);
  rows(inputFeatures_.rows(), inputFeatures_.sums(), learned_.inputs.value, learned_.inputMoments);
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    const Index item = slots_.rows()[slot];
    adam(step, &dBiases_[slot], learned_.items.biases.data() + item, learned_.biasMoments.first.data() + item,
         learned_.biasMoments.second.data() + item, 1);
  }
  const auto parameters = learned_.encoder->parameters();
  parallelFor(parameters.size(), [&](size_t id) {
    const NoDenormals guard;
    adam(step, dEncoder_[id].data(), parameters[id]->value.data(), learned_.encoderMoments[id].first.data(),
         learned_.encoderMoments[id].second.data(), dEncoder_[id].size());
  });
}

Learner::Outcome Learner::learn(const Batch& batch, double learningRate) {
  const NoDenormals guard;
  assignSlots(batch);
  gatherVectors();
  if (totalWeight_ == 0) totalWeight_ = 1;  // nothing is learned, but the lanes go on
  parallelFor(parts_.size(), [&](size_t index) { runPart(parts_[index], index, batch); });
  addGradients();
  ++learned_.step;
  const double norm = std::sqrt(squaredNorm());
  const double scale = plan_.clip > 0 && norm > plan_.clip ? plan_.clip / norm : 1;
  Outcome outcome;
  for (const Part& part : parts_) {
    outcome.loss += part.loss.loss;
    for (const float weight : part.weights) outcome.weight += weight;
  }
  if (std::isfinite(norm) && std::isfinite(outcome.loss) && outcome.weight > 0)
    update(AdamStep(learningRate, learned_.step, scale));
  if (!std::isfinite(norm)) outcome.loss = std::numeric_limits<double>::quiet_NaN();
  return outcome;
}

}  // namespace proffer::recipes::network
