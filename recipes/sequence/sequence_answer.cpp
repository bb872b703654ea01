// How a model of the sequence family answers: the logits of a question, the best of them, and those of a
// list.
#include <algorithm>
#include <cmath>
#include <limits>

#include "recipes/sequence/near_best.h"
#include "recipes/sequence/scorer.h"
#include "recipes/sequence/sequence_model.h"

namespace proffer::recipes {
namespace {

// One per thread: what an answer needs for a moment, without making it anew for each.
CountSums& sumsOfThread() {
  thread_local CountSums sums;
  return sums;
}

// The logits of a thread's last question: who explores asks the same again, for other items.
struct LastLogits {
  uint64_t model = 0, hash = 0;
  std::vector<float> answer;
  std::vector<float> logits;
  float offBy = 0;
};

}  // namespace

SequenceModel::Asked SequenceModel::asked(const Question& question) const {
  Asked asked;
  asked.events = eventsOf(question);
  asked.answer = answerTo(question, asked.events, asked.hash);
  return asked;
}

float SequenceModel::denseLogit(Index item, std::span<const float> answer) const {
  return logitFrom(innerProduct(vectorOf(item).data(), answer.data(), dimension_), item);
}

std::vector<float> SequenceModel::logits(const Question& question) const {
  const Asked asked = this->asked(question);
  std::vector<float> all(parts_.items.size());
  denseLogits(vectors_, biases_, asked.answer, parts_.fusion.scale, all);
  addCounts(parts_.fusion, parts_.counts, asked.events, sumsOfThread(), all);
  return all;
}

SequenceModel::About SequenceModel::aboutLogits(const Asked& asked) const {
  thread_local LastLogits last;
  if (last.model == number_ && last.hash == asked.hash && last.answer == asked.answer)
    return {last.logits, last.offBy};
  last.model = 0;
  last.logits.resize(parts_.items.size());
  last.offBy = 0;
  if (scan_) {
    scan_->products(asked.answer, last.logits);
    for (Index item = 0; item < last.logits.size(); ++item)
      last.logits[item] = logitFrom(last.logits[item], item);
    last.offBy = scan_->offBy(asked.answer) * std::abs(static_cast<float>(parts_.fusion.scale));
  } else {
    denseLogits(vectors_, biases_, asked.answer, parts_.fusion.scale, last.logits);
  }
  addCounts(parts_.fusion, parts_.counts, asked.events, sumsOfThread(), last.logits);
  last.answer = asked.answer;
  last.hash = asked.hash;
  last.model = number_;
  return {last.logits, last.offBy};
}

Result<std::vector<ScoredItem>> SequenceModel::recommend(const Question& question) const {
  const Asked asked = this->asked(question);
  const About about = aboutLogits(asked);
  ExponentialSum sum(about.logits);
  const size_t limit = std::min<size_t>(question.limit, parts_.items.size());
  NearBest best(limit, about.offBy);
  const Candidates candidates(parts_.items, question.admission);
  const bool every = parts_.answered.empty();
  const auto offer = [&](std::span<const Index> block) {
    for (const Index item : block)
      if (every || parts_.answered[item]) best.offer(item, about.logits[item]);
  };
  candidates.forEachBlock(
      offer, [&](Index first, Index last) { return best.worth(about.logits.subspan(first, last - first)); });
  std::vector<BestItems::Entry> near = best.take();
  if (scan_) {
    for (BestItems::Entry& entry : near) {
      const float scanned = logitFrom(scan_->product(entry.item, asked.answer), entry.item);
      const float exact = entry.score + (denseLogit(entry.item, asked.answer) - scanned);
      sum.replace(entry.score, exact);
      entry.score = exact;
    }
  }
  std::sort(near.begin(), near.end(), BestItems::before);
  near.resize(std::min(near.size(), limit));
  const double denominator = sum.log();
  std::vector<ScoredItem> answer;
  answer.reserve(near.size());
  for (const BestItems::Entry& entry : near)
    answer.push_back({entry.item, std::exp(static_cast<double>(entry.score) - denominator), true, {}});
  return answer;
}

std::vector<double> SequenceModel::logitsOf(std::span<const Index> items, std::span<const float> answer,
                                            std::span<const SequenceEvent> events) const {
  const Fusion& fusion = parts_.fusion;
  CountSums& sums = sumsOfThread();
  if (fusion.readsCounts()) sums.add(parts_.counts, events, fusion.decay, parts_.items.size());
  const std::vector<OwnItem> own = ownItems(events);
  std::vector<double> logits;
  logits.reserve(items.size());
  for (const Index item : items) {
    double logit = static_cast<double>(denseLogit(item, answer));
    if (fusion.readsCounts())
      logit += fusion.counts * std::log1p(static_cast<double>(sums[item]) / fusion.rest);
    const auto found =
        std::lower_bound(own.begin(), own.end(), item, [](const OwnItem& a, Index b) { return a.item < b; });
    if (found != own.end() && found->item == item)
      logit += fusion.seen + fusion.again * std::log(found->times);
    logits.push_back(logit);
  }
  sums.clear();
  return logits;
}

Result<std::vector<ScoredItem>> SequenceModel::rank(const Question& question,
                                                    std::span<const Index> groupItems) const {
  std::vector<Index> listed;
  std::vector<ScoredItem> rest;
  for (const Index groupItem : groupItems) {
    if (!question.admission.admits(groupItem)) continue;
    const Index item = parts_.items.fromGroup(groupItem);
    if (item != kNoIndex && parts_.interactions[item] > 0)
      listed.push_back(item);
    else
      rest.push_back({item, 0, false, {}});
  }
  const Asked asked = this->asked(question);
  const std::vector<double> logits = logitsOf(listed, asked.answer, asked.events);
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (const double logit : logits) most = std::max(most, logit);
  for (const double logit : logits) sum += std::exp(logit - most);
  std::vector<ScoredItem> answer;
  for (size_t i = 0; i < listed.size(); ++i)
    answer.push_back({listed[i], std::exp(logits[i] - most) / sum, true, {}});
  std::stable_sort(answer.begin(), answer.end(), [](const ScoredItem& a, const ScoredItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  answer.insert(answer.end(), rest.begin(), rest.end());
  return answer;
}

}  // namespace proffer::recipes
