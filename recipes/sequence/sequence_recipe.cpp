#include "recipes/sequence/sequence_recipe.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/hash.h"
#include "base/parallel.h"
#include "base/text.h"
#include "recipes/known_items.h"
#include "recipes/sequence/cold_items.h"
#include "recipes/sequence/scorer.h"
#include "recipes/sequence/sequence_model.h"
#include "recipes/sequence/sequence_settings.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr size_t kFittedCases = 800;
constexpr size_t kFittedSteps = 60'000;  // of the network, to come to those cases
constexpr size_t kLeastCases = 20;       // cases; with fewer the weights are what mostly is good
constexpr double kUsualCounts = 0.5;

tl::unexpected<Error> sequenceCancelled() {
  return fail(ErrorCode::kCancelled, "the training was cancelled");
}

// Events that count, per item of the group.
std::vector<uint32_t> interactionsPerItem(const Interactions& interactions, const EventSelector& selector) {
  std::vector<std::atomic<uint32_t>> counts(interactions.itemCount());
  forEachUserChunk(interactions, nullptr, [&](Index first, Index last, Interactions::Scratch& scratch) {
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      for (size_t i = 0; i < history.size(); ++i)
        if (selector.weight(history, i) > 0) counts[history.items[i]].fetch_add(1, std::memory_order_relaxed);
    }
  });
  std::vector<uint32_t> plainCounts(counts.size());
  for (size_t item = 0; item < counts.size(); ++item) plainCounts[item] = counts[item];
  return plainCounts;
}

std::vector<Index> groupItemsOf(const ItemSpace& items) {
  std::vector<Index> groupItems;
  for (Index item = 0; item < items.size(); ++item) groupItems.push_back(items.groupIndex(item));
  return groupItems;
}

// All of a training: the steps and what they leave to the next.
class SequenceTraining {
 public:
  SequenceTraining(const TrainingInput& input, const TrainingConfiguration& configuration,
                   const SequenceSettings& settings, SequenceRecipe::Answers answers, Progress& progress)
      : input_(input),
        configuration_(configuration),
        settings_(settings),
        answers_(answers),
        progress_(progress) {}

  Result<std::unique_ptr<Model>> run(Checkpoints* checkpoints) {
    const Interactions& interactions = *input_.interactions;
    PROFFER_TRY(trained_, TrainingParts::of(interactions, configuration_, settings_.cut, progress_));
    const EventSelector selector(configuration_.events, interactions.eventTypes());
    const std::vector<uint32_t> counts = interactionsPerItem(interactions, selector);
    std::vector<Index> known =
        knownItems(input_, configuration_, [&](Index item) { return counts[item] > 0; });
    if (known.empty() || trained_.events() == 0)
      return fail(
          ErrorCode::kInvalidInput,
          "there are no interactions to learn from: people's histories of events that count are needed");
    parts_.items = ItemSpace::of(interactions, std::move(known));
    const std::vector<Index> groupItems = groupItemsOf(parts_.items);
    for (const Index item : groupItems) parts_.interactions.push_back(counts[item]);
    if (settings_.coldOnly) {
      PROFFER_TRY(parts_.answered,
                  coldItems(input_, configuration_, settings_, parts_.items, parts_.interactions, progress_));
    }
    PROFFER_TRY(parts_.inputs,
                SequenceInputs::learn(input_, configuration_, groupItems, settings_.inputs, progress_));
    parts_.itemBags = StoredBags(parts_.inputs.itemBags(input_.items, groupItems));
    parts_.userBags = StoredBags(parts_.inputs.userBags(input_.users));
    PROFFER_CHECK(learn(groupItems, checkpoints));
    PROFFER_CHECK(fuse());
    if (progress_.cancelled()) return sequenceCancelled();
    return std::make_unique<SequenceModel>(std::move(parts_));
  }

 private:
  Result<void> learn(const std::vector<Index>& groupItems, Checkpoints* checkpoints) {
    const SequenceData data{input_.interactions, &trained_, &parts_.items, &parts_.inputs, &parts_.userBags};
    size_t longest = 1;
    for (const uint32_t length : trained_.lengths()) longest = std::max<size_t>(longest, length);
    const int64_t events = trained_.events() - trained_.heldOutEvents();
    LaneSettings lanes = laneSettings(settings_, events, longest, configuration_.seed);
    LanePacker training(data, lanes);
    lanes.heldOut = true;
    LanePacker heldOut(data, lanes);
    const NetworkShape shape = networkShape(settings_, parts_.items.size(), parts_.inputs, longest);
    TrainingPlan plan = trainingPlan(settings_, events, parts_.items.size(), configuration_.seed);
    if (answers_ == SequenceRecipe::Answers::kCountsAlone) plan.epochs = 1;
    std::vector<EpochReport> reports;
    PROFFER_TRY(parts_.network, trainNetwork(shape, parts_.inputs.itemBags(input_.items, groupItems), plan,
                                             training, heldOut.targetsPerEpoch() > 0 ? &heldOut : nullptr,
                                             progress_, checkpoints, &reports));
    Json epochs = Json::array();
    for (const EpochReport& one : reports)
      epochs.push_back({{"epoch", one.epoch},
                        {"loss", one.loss},
                        {"heldOutLoss", one.heldOutLoss},
                        {"eventsPerSecond", std::round(one.eventsPerSecond)}});
    parts_.report["events"] = training.targetsPerEpoch();
    parts_.report["heldOutEvents"] = heldOut.targetsPerEpoch();
    parts_.report["epochs"] = std::move(epochs);
    return {};
  }

  // The counts of the model are of all data; the weights are found with counts that do not know what is
  // asked.
  Result<void> fuse() {
    const TrainedInteractions known(*input_.interactions, trained_, false);
    PROFFER_TRY(const FollowingCounts past,
                FollowingCounts::of(known, configuration_, parts_.items, trained_.baskets(), progress_));
    FusionFit fit(past, parts_.items.size());
    PROFFER_CHECK(gatherCases(fit));
    const bool network = answers_ != SequenceRecipe::Answers::kCountsAlone;
    const bool counts = answers_ != SequenceRecipe::Answers::kNetworkAlone;
    if (fit.size() >= kLeastCases) {
      PROFFER_TRY(parts_.fusion, fit.fit(network, counts, progress_));
      PROFFER_CHECK(reportOn(fit));
    } else {
      parts_.fusion.scale = network ? 1 : 0;
      parts_.fusion.counts = counts ? kUsualCounts : 0;
    }
    parts_.report["weights"] = toJson(parts_.fusion);
    if (!parts_.fusion.readsCounts()) return {};
    const TrainedInteractions all(*input_.interactions, trained_, true);
    PROFFER_TRY(parts_.counts,
                FollowingCounts::of(all, configuration_, parts_.items, trained_.baskets(), progress_));
    return {};
  }

  // The held-out people that are asked, and what stands in their histories.
  struct Asked {
    Index user = 0;
    size_t firstCase = 0, cases = 0;
  };
  std::vector<Asked> chooseAsked() const {
    std::vector<std::pair<uint64_t, Index>> keyed;
    for (Index user = 0; user < trained_.lengths().size(); ++user)
      if (trained_.heldOut(user) > 0)
        keyed.emplace_back(hash64(input_.interactions->userId(user), configuration_.seed), user);
    std::sort(keyed.begin(), keyed.end());
    std::vector<Asked> asked;
    size_t cases = 0, steps = 0;
    for (const auto& [key, user] : keyed) {
      if (cases >= kFittedCases || steps >= kFittedSteps) break;
      asked.push_back({user, cases, trained_.heldOut(user)});
      cases += trained_.heldOut(user);
      steps += std::min<size_t>(trained_.lengths()[user], SequenceModel::kLongestRead);
    }
    return asked;
  }

  Result<void> gatherCases(FusionFit& fit) const {
    const std::vector<Asked> asked = chooseAsked();
    if (asked.empty()) return {};
    fit.resize(asked.back().firstCase + asked.back().cases);
    const HistoryReader reader(parts_.inputs, input_.interactions->eventTypes(),
                               HistoryReader::Unknown::kKept);
    progress_.begin("fitting", "users", static_cast<int64_t>(asked.size()));
    parallelFor(asked.size(), [&](size_t number) {
      if (progress_.cancelled()) return;
      Interactions::Scratch scratch;
      std::vector<SequenceEvent> events;
      const Index user = asked[number].user;
      reader.read(input_.interactions->history(user, scratch), parts_.items, events);
      if (events.size() > SequenceModel::kLongestRead)
        events.erase(events.begin(), events.end() - static_cast<ptrdiff_t>(SequenceModel::kLongestRead));
      walk(asked[number], events, fit);
      progress_.add(1);
    });
    if (progress_.cancelled()) return sequenceCancelled();
    fit.dropEmpty();
    return {};
  }

  // Through one history, row by row; the rows that are followed by what is held out are cases.
  void walk(const Asked& asked, const std::vector<SequenceEvent>& events, FusionFit& fit) const {
    const Network& network = *parts_.network;
    std::vector<float> state(network.stateSize()), answer(network.shape().dimension);
    network.initial(state);
    std::vector<Feature> features;
    for (size_t row = 0; row < events.size(); ++row) {
      features.clear();
      if (row == 0) {
        features.push_back({SequenceInputs::kStart, 1});
        for (const Feature& feature : parts_.userBags[asked.user]) features.push_back(feature);
      } else {
        parts_.inputs.appendEvent(events[row - 1], row > 1 ? &events[row - 2] : nullptr, features);
      }
      network.step(row == 0 ? kNoIndex : events[row - 1].item, features, state, answer);
      const size_t left = events.size() - row;
      if (left > asked.cases || events[row].item == kNoIndex) continue;
      FusionCase one;
      one.events.assign(events.begin(), events.begin() + static_cast<ptrdiff_t>(row));
      one.target = events[row].item;
      one.network.resize(parts_.items.size());
      denseLogits(network.itemVectors(), network.itemBiases(), answer, 1, one.network);
      fit.set(asked.firstCase + asked.cases - left, one);
    }
  }

  // What each part alone would be worth: for people to read in the version's status.
  Result<void> reportOn(const FusionFit& fit) {
    Json figures = Json::object();
    PROFFER_TRY(const Fusion network, fit.fit(true, false, progress_));
    PROFFER_TRY(const Fusion counts, fit.fit(false, true, progress_));
    std::vector<float> popularity;
    for (const uint32_t count : parts_.interactions)
      popularity.push_back(std::log(static_cast<float>(count) + 0.5F));
    figures["sum"] = toJson(fit.measure(parts_.fusion));
    const auto put = [&](const char* name, const Fusion& fusion) {
      figures[name] = toJson(fit.measure(fusion));
      figures[name]["weights"] = toJson(fusion);
    };
    if (answers_ != SequenceRecipe::Answers::kCountsAlone) put("network", network);
    put("counts", counts);
    figures["popularity"] = toJson(fit.measureOrder(popularity));
    parts_.report["heldOut"] = std::move(figures);
    return {};
  }

  const TrainingInput& input_;
  const TrainingConfiguration& configuration_;
  const SequenceSettings& settings_;
  const SequenceRecipe::Answers answers_;
  Progress& progress_;
  TrainingParts trained_;
  SequenceParts parts_;
};

}  // namespace

Result<std::unique_ptr<Model>> SequenceRecipe::train(const TrainingInput& input,
                                                     const TrainingConfiguration& configuration,
                                                     Progress& progress, Checkpoints* checkpoints) const {
  PROFFER_TRY(const SequenceSettings settings, sequenceSettings(configuration));
  if (!input.interactions) return fail(ErrorCode::kInvalidInput, "there are no interactions to learn from");
  return SequenceTraining(input, configuration, settings, answers_, progress).run(checkpoints);
}

// Vectors, their gradients and moments; counts; a place a person.
int64_t SequenceRecipe::memoryNeeded(int64_t interactions, int64_t users, int64_t items) const {
  constexpr int64_t kDimension = 160;
  return interactions * 16 + users * 64 + items * (kDimension * 4 * 4 + 200 * 12 + 128);
}

Result<std::unique_ptr<Model>> SequenceRecipe::open(const SectionReader& sections) const {
  return SequenceModel::open(sections);
}

Result<std::unique_ptr<Model>> SequenceRecipe::update(const Model& trained, const TrainingInput& input,
                                                      const TrainingConfiguration& configuration,
                                                      Progress& progress) const {
  PROFFER_TRY(const SequenceSettings settings, sequenceSettings(configuration));
  const auto* const model = dynamic_cast<const SequenceModel*>(&trained);
  if (!model || !input.interactions)
    return fail(ErrorCode::kInvalidInput, "there is no model of the sequence family to update");
  const SequenceParts& before = model->parts();
  const Interactions& interactions = *input.interactions;
  const EventSelector selector(configuration.events, interactions.eventTypes());
  const std::vector<uint32_t> counts = interactionsPerItem(interactions, selector);
  PROFFER_TRY(const TrainingParts people,
              TrainingParts::of(interactions, configuration, settings.cut, progress));

  SequenceParts parts;
  parts.items = ItemSpace::of(interactions, knownItems(input, configuration, [&](Index item) {
                                return counts[item] > 0 || before.items.fromGroup(item) != kNoIndex;
                              }));
  const std::vector<Index> groupItems = groupItemsOf(parts.items);
  for (const Index groupItem : groupItems) {
    const Index old = before.items.fromGroup(groupItem);
    parts.interactions.push_back(counts[groupItem]);
    parts.ofNetwork.push_back(old == kNoIndex || before.ofNetwork.empty() ? old : before.ofNetwork[old]);
  }
  // A copy of its own: the artifact that the old model lies over may go before this one does.
  auto copy = std::make_shared<MemorySections>();
  before.inputs.save(*copy);
  before.network->save(*copy);
  PROFFER_TRY(parts.inputs, SequenceInputs::open(*copy));
  PROFFER_TRY(parts.network, Network::open(*copy));
  parts.networkBytes = std::move(copy);
  parts.fusion = before.fusion;
  parts.report = before.report;
  parts.itemBags = StoredBags(parts.inputs.itemBags(input.items, groupItems));
  parts.userBags = StoredBags(parts.inputs.userBags(input.users));
  if (settings.coldOnly) {
    PROFFER_TRY(parts.answered,
                coldItems(input, configuration, settings, parts.items, parts.interactions, progress));
  }
  if (parts.fusion.readsCounts()) {
    const TrainedInteractions all(interactions, people, true);
    PROFFER_TRY(parts.counts,
                FollowingCounts::of(all, configuration, parts.items, people.baskets(), progress));
  }
  if (progress.cancelled()) return sequenceCancelled();
  return std::make_unique<SequenceModel>(std::move(parts));
}

}  // namespace proffer::recipes
