#include <algorithm>
#include <cmath>

#include "recipes/sequence/scorer.h"
#include "recipes/sequence/sequence_model.h"

namespace proffer::recipes {
namespace {

constexpr size_t kExplainedEvents = 20;  // the latest ones, left out one by one
constexpr double kLeastShown = 1e-3;

}  // namespace

// The item's logit, held against the mean of popular items: what raises all items alike explains nothing.
double SequenceModel::standing(std::span<const float> answer, std::span<const SequenceEvent> events,
                               Index item) const {
  std::vector<Index> held(popular_);
  held.push_back(item);
  const std::vector<double> logits = logitsOf(held, answer, events);
  double mean = 0;
  for (size_t i = 0; i < popular_.size(); ++i) mean += logits[i] / static_cast<double>(popular_.size());
  return logits.back() - mean;
}

void SequenceModel::explainEvents(const Question& question, std::span<const SequenceEvent> events, Index item,
                                  std::vector<Evidence>& reasons) const {
  const Index user = question.user->user;
  std::span<const std::pair<std::string, std::string>> context;
  if (parts_.inputs.hasContext()) context = question.user->context;
  const size_t first = events.size() - std::min(events.size(), kExplainedEvents);
  std::vector<float> state(parts_.network->stateSize()), answer(dimension_);
  const auto run = [&](std::span<const SequenceEvent> some, size_t from, std::vector<float>& at) {
    for (size_t row = from; row <= some.size(); ++row)
      step(some, row, user, row == some.size() ? context : decltype(context)(), at, answer);
  };
  // The states before each of the events that are left out.
  std::vector<std::vector<float>> before;
  parts_.network->initial(state);
  for (size_t row = 0; row < events.size(); ++row) {
    if (row >= first) before.push_back(state);
    step(events, row, user, {}, state, answer);
  }
  std::vector<float> whole = before.empty() ? state : before.front();
  run(events, first, whole);
  const double all = standing(answer, events, item);
  for (size_t left = first; left < events.size(); ++left) {
    std::vector<SequenceEvent> rest(events.begin(), events.end());
    rest.erase(rest.begin() + static_cast<ptrdiff_t>(left));
    std::vector<float> at = before[left - first];
    run(rest, left, at);
    const double share = all - standing(answer, rest, item);
    if (std::abs(share) < kLeastShown) continue;
    const Index groupItem =
        events[left].item == kNoIndex ? kNoIndex : parts_.items.groupIndex(events[left].item);
    reasons.push_back({"event", groupItem, share, 0, "without it the item would stand lower"});
    if (share < 0) reasons.back().detail = "without it the item would stand higher";
  }
}

Result<std::vector<Evidence>> SequenceModel::explain(const Question& question, Index item) const {
  std::vector<Evidence> reasons;
  if (item >= parts_.items.size()) return reasons;
  const auto [events, answer, hash] = asked(question);
  const Fusion& fusion = parts_.fusion;
  if (!events.empty()) explainEvents(question, events, item, reasons);
  if (fusion.readsCounts()) {
    CountSums sums;
    sums.add(parts_.counts, events, fusion.decay, parts_.items.size());
    int64_t people = 0;
    for (const SequenceEvent& event : std::span(events).last(std::min(events.size(), kExplainedEvents)))
      if (event.item != kNoIndex)
        for (const Neighbour& neighbour : parts_.counts.row(event.item))
          if (neighbour.item == item) people = std::max<int64_t>(people, neighbour.people);
    const double value = fusion.counts * std::log1p(static_cast<double>(sums[item]) / fusion.rest);
    if (value > 0)
      reasons.push_back({"counts", kNoIndex, value, people, "people chose it soon after the same items"});
  }
  if (!parts_.itemBags[item].empty()) {
    std::vector<float> vector(dimension_);
    parts_.network->vectorOf(parts_.itemBags[item], vector);
    const double value =
        fusion.scale * static_cast<double>(innerProduct(vector.data(), answer.data(), dimension_));
    if (std::abs(value) >= kLeastShown)
      reasons.push_back({"metadata", kNoIndex, value, 0, "what is known of the item"});
  }
  reasons.push_back({"popularity", kNoIndex, fusion.scale * static_cast<double>(biases_[item]),
                     parts_.interactions[item], "interactions trained on"});
  std::stable_sort(reasons.begin(), reasons.end(), [](const Evidence& a, const Evidence& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
  return reasons;
}

}  // namespace proffer::recipes
