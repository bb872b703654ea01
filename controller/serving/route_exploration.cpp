#include "controller/serving/route_exploration.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace proffer::serving {
namespace {

using recipes::Explorer;
using recipes::Index;
using recipes::kNoIndex;
using recipes::PredictedItem;
using recipes::ScoredItem;

constexpr size_t kMostRemembered = 16 << 20;  // bytes
constexpr size_t kMostLookedAt = 16 * Explorer::kMostCandidates;

double predictionOf(const ScoredItem& item) {
  return item.scored && item.score > 0 ? item.score : 0;
}

std::vector<PredictedItem> predictionsOf(const recipes::Model& model, const std::vector<ScoredItem>& items) {
  std::vector<PredictedItem> predicted;
  predicted.reserve(items.size());
  for (const ScoredItem& item : items)
    predicted.push_back({model.items().groupIndex(item.item), predictionOf(item)});
  return predicted;
}

}  // namespace

// ---- Requests

// New items that this question admits: all, or, where there are very many, some that the seed picks.
std::vector<Index> RouteExploration::candidatesOf(const recipes::Question& question) const {
  std::shared_ptr<const std::vector<Index>> items;
  {
    std::shared_lock guard(mutex_);
    items = newItems_;
  }
  std::vector<Index> candidates;
  if (items->empty()) return candidates;
  const size_t start = static_cast<size_t>(question.seed % items->size());
  const size_t most = std::min(items->size(), kMostLookedAt);
  for (size_t i = 0; i < most && candidates.size() < Explorer::kMostCandidates; ++i) {
    const Index item = (*items)[(start + i) % items->size()];
    if (question.admission.admits(item)) candidates.push_back(item);
  }
  return candidates;
}

Result<ExploredList> RouteExploration::explore(const recipes::Model& model, const recipes::Question& question,
                                               std::vector<ScoredItem> found, double weight,
                                               std::string_view recommendationId) {
  const size_t slots = std::min(question.limit, found.size());
  std::vector<ScoredItem> fresh;
  if (const std::vector<Index> candidates = candidatesOf(question); !candidates.empty() && slots > 1) {
    const Index last = *std::max_element(candidates.begin(), candidates.end());
    std::vector<uint64_t> allowed(last / 64 + 1);
    for (const Index item : candidates) allowed[item / 64] |= uint64_t{1} << (item % 64);
    recipes::Question narrow = question;
    narrow.admission = {allowed, true, {}};
    narrow.limit = candidates.size();
    PROFFER_TRY(fresh, model.recommend(narrow));
  }
  ExploredList list;
  {
    const auto ranked = predictionsOf(model, found), candidates = predictionsOf(model, fresh);
    std::shared_lock guard(mutex_);
    list.slots = explorer_.arrange(ranked, candidates, slots, weight, question.seed);
  }
  int64_t explored = 0;
  for (const Explorer::Slot& slot : list.slots) {
    list.items.push_back(slot.explored ? fresh[slot.from] : found[slot.from]);
    if (slot.explored) list.items.back().reason = "Exploration";
    explored += slot.explored;
  }
  answers_.fetch_add(1, std::memory_order_relaxed);
  slots_.fetch_add(static_cast<int64_t>(list.slots.size()), std::memory_order_relaxed);
  explored_.fetch_add(explored, std::memory_order_relaxed);
  remember(recommendationId, model, list.items);
  return list;
}

void RouteExploration::remember(std::string_view recommendationId, const recipes::Model& model,
                                const std::vector<ScoredItem>& items) {
  Remembered entry;
  entry.id = hash64(recommendationId);
  for (const ScoredItem& item : items)
    entry.predicted.emplace_back(model.items().groupIndex(item.item), static_cast<float>(predictionOf(item)));
  std::sort(entry.predicted.begin(), entry.predicted.end());
  const auto costOf = [](const Remembered& one) {
    return sizeof one + one.predicted.capacity() * sizeof one.predicted[0] + 4 * sizeof(uint64_t);
  };
  std::lock_guard guard(rememberedMutex_);
  rememberedBytes_ += costOf(entry);
  numbers_[entry.id] = firstNumber_ + remembered_.size();
  remembered_.push_back(std::move(entry));
  for (; rememberedBytes_ > kMostRemembered; ++firstNumber_) {
    rememberedBytes_ -= costOf(remembered_.front());
    numbers_.erase(remembered_.front().id);
    remembered_.pop_front();
  }
}

Explorer::Belief RouteExploration::belief(Index groupItem) const {
  std::shared_lock guard(mutex_);
  return explorer_.belief(groupItem);
}

RouteExploration::Figures RouteExploration::figures() const {
  Figures figures;
  figures.answers = answers_.load(std::memory_order_relaxed);
  figures.slots = slots_.load(std::memory_order_relaxed);
  figures.explored = explored_.load(std::memory_order_relaxed);
  std::shared_lock guard(mutex_);
  figures.choices = explorer_.choices();
  figures.eligible = static_cast<int64_t>(newItems_->size());
  return figures;
}

// ---- Teaching

bool RouteExploration::remembers(std::string_view recommendationId) const {
  if (recommendationId.empty()) return false;
  std::lock_guard guard(rememberedMutex_);
  return numbers_.contains(hash64(recommendationId));
}

bool RouteExploration::learn(const data::Snapshot& snapshot, const SeenList& seen) {
  std::vector<PredictedItem> shown;
  uint64_t occasion = hash64(seen.recommendationId.empty() ? seen.owner : seen.recommendationId);
  size_t chosen = Explorer::kNothing;
  for (const std::string& id : seen.items) {
    if (id == seen.chosen && chosen == Explorer::kNothing) chosen = shown.size();
    const Index item = snapshot.findItem(id);
    const bool usual = item < usual_.size();
    shown.push_back({item, usual ? static_cast<double>(usual_[item]) : usual_.empty() ? 1.0 : 0.0});
    if (seen.recommendationId.empty()) occasion = hash64(id, occasion);
  }
  if (chosen == Explorer::kNothing) occasion = hash64(seen.chosen, occasion);
  if (!seen.recommendationId.empty()) {
    std::lock_guard guard(rememberedMutex_);
    if (const auto number = numbers_.find(hash64(seen.recommendationId)); number != numbers_.end()) {
      const auto& predicted = remembered_[number->second - firstNumber_].predicted;
      for (PredictedItem& item : shown) {
        const auto at = std::lower_bound(predicted.begin(), predicted.end(), std::pair(item.item, -1.0F));
        if (at != predicted.end() && at->first == item.item) item.predicted = static_cast<double>(at->second);
      }
    }
  }
  std::unique_lock guard(mutex_);
  return explorer_.learn(occasion, shown, chosen);
}

void RouteExploration::setNewItems(std::vector<Index> items) {
  auto fresh = std::make_shared<const std::vector<Index>>(std::move(items));
  std::unique_lock guard(mutex_);
  newItems_.swap(fresh);
}

void RouteExploration::fit() {
  std::unique_lock guard(mutex_);
  const int64_t choices = explorer_.choices();
  if (choices < fittedAt_ + 20 + fittedAt_ / 10) return;
  fittedAt_ = choices;
  const std::vector<Index>& fresh = *newItems_;
  explorer_.fitPrior([&](Index item) { return !std::binary_search(fresh.begin(), fresh.end(), item); });
}

void RouteExploration::moveTo(const std::string& version) {
  if (progress_.version == version) return;
  const bool another = !progress_.version.empty();
  progress_.version = version;
  if (!another) return;
  std::unique_lock guard(mutex_);
  explorer_.startOver();
}

void RouteExploration::save(recipes::SectionWriter& out) const {
  const Json about{{"version", progress_.version},
                   {"sequence", progress_.sequence},
                   {"imported", progress_.imported},
                   {"importedUpTo", progress_.importedUpTo}};
  out.put("progress", dumpJson(about));
  std::shared_lock guard(mutex_);
  explorer_.save(out);
}

Result<void> RouteExploration::open(const recipes::SectionReader& in) {
  PROFFER_TRY(const std::string_view text, in.get("progress"));
  PROFFER_TRY(const Json about, parseJson(text));
  PROFFER_TRY(Explorer explorer, Explorer::open(in));
  progress_ = {stringMember(about, "version"), intMember(about, "sequence"), stringMember(about, "imported"),
               intMember(about, "importedUpTo")};
  std::unique_lock guard(mutex_);
  explorer_ = std::move(explorer);
  fittedAt_ = 0;
  return {};
}

}  // namespace proffer::serving
