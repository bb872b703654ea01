#include "recipes/sequence/sequence_settings.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace proffer::recipes {
namespace {

constexpr double kRecency = 4;         // what the newest event weighs, the oldest 1
constexpr double kEventsInAll = 12e6;  // over all epochs, as long as these are neither few nor many
constexpr int64_t kEventsPerLane = 16'000;
constexpr int64_t kFewEvents = 300'000;  // below it more of the network is dropped
constexpr size_t kFullSoftmax = 4'000;   // items
constexpr size_t kAttentionWindow = 200;

bool isUseCase(std::string_view recipe) {
  return recipe == "aws-vod-top-picks" || recipe == "aws-ecomm-recommended-for-you";
}

}  // namespace

Result<SequenceSettings> sequenceSettings(const TrainingConfiguration& configuration) {
  const bool useCase = isUseCase(configuration.recipe);
  const RecipeInfo* info = findRecipe(useCase ? "aws-user-personalization" : configuration.recipe);
  if (!info || info->family != "sequence")
    return fail(ErrorCode::kInvalidInput, "{} is no recipe of the sequence family",
                proffer::quoted(configuration.recipe));
  std::vector<Error> errors;
  PROFFER_TRY(const Json given,
              completeHyperparameters(*info, configuration.hyperparameters, "hyperparameters", errors));
  SequenceSettings settings;
  settings.attention = info->name.ends_with("-v2");
  settings.inputs.values = !useCase;  // UC-5
  if (info->name == "aws-hrnn") settings.inputs.metadata = settings.inputs.context = false;
  if (settings.attention) {
    settings.recency = given.at("apply_recency_bias").get<bool>();
    settings.hidden = 64;
    return settings;
  }
  settings.hidden = given.at("hidden_dimension").get<size_t>();
  settings.bptt = given.at("bptt").get<size_t>();
  settings.recency = given.at("recency_mask").get<bool>();
  settings.cut.least = given.at("min_user_history_length_percentile").get<double>();
  settings.cut.most = given.at("max_user_history_length_percentile").get<double>();
  if (info->name != "aws-hrnn-coldstart") return settings;
  settings.coldOnly = true;
  settings.coldInteractions = given.at("cold_start_max_interactions").get<uint32_t>();
  settings.coldDays = given.at("cold_start_max_duration").get<double>();
  settings.coldFromNow = given.at("cold_start_relative_from").get<std::string>() == "currentTime";
  return settings;
}

LaneSettings laneSettings(const SequenceSettings& settings, int64_t events, size_t longest, uint64_t seed) {
  LaneSettings lanes;
  lanes.seed = seed;
  lanes.recency = settings.recency ? kRecency : 1;
  const auto rows = static_cast<size_t>(std::clamp<int64_t>(events / kEventsPerLane, 8, 128)) * 32;
  if (settings.attention) {
    lanes.carry = false;
    lanes.steps = std::clamp<size_t>(longest, 8, kAttentionWindow);
    lanes.lanes = std::max<size_t>(4, rows / lanes.steps);
  } else {
    lanes.steps = settings.bptt;
    lanes.lanes = std::min<size_t>(512, rows / settings.bptt);
  }
  return lanes;
}

NetworkShape networkShape(const SequenceSettings& settings, size_t items, const SequenceInputs& inputs,
                          size_t longest) {
  NetworkShape shape;
  shape.items = items;
  shape.itemFeatures = inputs.items().size();
  shape.inputFeatures = inputs.rows();
  shape.dimension = shape.hidden = settings.hidden;
  if (!settings.attention) return shape;
  shape.encoder = NetworkShape::Encoder::kAttention;
  shape.feedForward = settings.hidden;
  shape.blocks = 2;
  shape.heads = 2;
  shape.window = std::clamp<size_t>(longest, 8, kAttentionWindow);
  return shape;
}

TrainingPlan trainingPlan(const SequenceSettings& settings, int64_t events, size_t items, uint64_t seed) {
  TrainingPlan plan;
  plan.seed = seed;
  plan.dropout = events < kFewEvents ? 0.3 : 0.2;
  plan.learningRate = settings.attention ? 2e-3 : 4e-3;
  plan.negatives = items <= kFullSoftmax ? 0 : 1024;
  plan.epochs = static_cast<size_t>(
      std::clamp(kEventsInAll / static_cast<double>(std::max<int64_t>(events, 1)), 4.0, 30.0));
  return plan;
}

}  // namespace proffer::recipes
