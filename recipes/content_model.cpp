#include "recipes/content_model.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "recipes/candidates.h"

namespace proffer::recipes {
namespace {

static_assert(sizeof(RelatedItem) == 16 && sizeof(FeatureEntry) == 8, "the layout of sections");

// Comparing one item takes about 100 ns: where more than this pass a filter, popular items do.
constexpr size_t kMostCompared = 100'000;

}  // namespace

ContentModel::ContentModel(ItemSpace items, RelatedRows rows, ItemFeatures features, PopularList popular,
                           std::vector<float> freshness)
    : items_(std::move(items)),
      features_(std::move(features)),
      popular_(std::move(popular)),
      rows_(std::move(rows)),
      ownFreshness_(std::move(freshness)),
      freshness_(ownFreshness_) {}

// Both influences at 1 count as much as the recipe's own order, whose scores lie between 0 and 1 (SE-2).
double ContentModel::influenced(const Question& question, Index item, double score) const {
  if (question.popularityInfluence > 0) {
    const double most = popular_.most();
    if (most > 0) score += question.popularityInfluence * popular_.count(item) / most;
  }
  if (question.freshnessInfluence > 0 && item < freshness_.size())
    score += question.freshnessInfluence * static_cast<double>(freshness_[item]);
  return score;
}

Result<std::vector<ScoredItem>> ContentModel::recommend(const Question& question) const {
  std::vector<ScoredItem> answer;
  answer.reserve(std::min<size_t>(question.limit, items_.size()));
  const Index query = question.item == kNoIndex ? kNoIndex : items_.fromGroup(question.item);
  if (query != kNoIndex) {
    addRow(question, query, answer);
    if (answer.size() < question.limit) addSimilar(question, query, answer);
  }
  if (answer.size() < question.limit)
    popular_.fill(items_, question.admission, query, question.limit, answer);
  return answer;
}

void ContentModel::addRow(const Question& question, Index query, std::vector<ScoredItem>& answer) const {
  const bool influences = question.popularityInfluence > 0 || question.freshnessInfluence > 0;
  for (const RelatedItem& related : rows_.row(query)) {
    if (answer.size() >= question.limit && !influences) return;
    if (!question.admission.admits(items_.groupIndex(related.item))) continue;
    const double score = influenced(question, related.item, static_cast<double>(related.score));
    answer.push_back({related.item, score, true, {}});
  }
  if (!influences) return;
  std::sort(answer.begin(), answer.end(), [](const ScoredItem& a, const ScoredItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  if (answer.size() > question.limit) answer.resize(question.limit);
}

void ContentModel::addSimilar(const Question& question, Index query, std::vector<ScoredItem>& answer) const {
  if (features_.of(query).empty()) return;
  const Candidates candidates(items_, question.admission);
  if (candidates.atMost() > kMostCompared) return;
  std::vector<Index> there{query};
  for (const ScoredItem& item : answer) there.push_back(item.item);
  std::sort(there.begin(), there.end());
  BestItems best(question.limit - answer.size());
  candidates.forEachBlock([&](std::span<const Index> block) {
    for (const Index item : block) {
      const double similarity = features_.similarity(query, item);
      if (similarity > 0 && !std::binary_search(there.begin(), there.end(), item))
        best.offer(item, static_cast<float>(influenced(question, item, similarity)));
    }
  });
  for (const BestItems::Entry& entry : best.take()) answer.push_back({entry.item, entry.score, true, {}});
}

Result<std::vector<Evidence>> ContentModel::explain(const Question& question, Index item) const {
  std::vector<Evidence> reasons;
  const Index query = question.item == kNoIndex ? kNoIndex : items_.fromGroup(question.item);
  if (query == kNoIndex) return std::vector<Evidence>{popular_.evidence(item)};
  const RelatedItem* const found = rows_.find(query, item);
  if (found && found->people > 0) {
    const double own = static_cast<double>(found->score) * (1 - static_cast<double>(found->lent));
    reasons.push_back({"co-occurrence", question.item, own, found->people, "people chose both"});
  }
  const bool mixed = found && found->lent > 0 && found->lent < 1;
  if (mixed) {
    const double lent = static_cast<double>(found->score) * static_cast<double>(found->lent);
    reasons.push_back({"co-occurrence", question.item, lent, 0, "chosen with items that are like it"});
  }
  explainAttributes(query, question.item, item, reasons);
  if (reasons.empty()) reasons.push_back(popular_.evidence(item));
  return reasons;
}

void ContentModel::explainAttributes(Index query, Index queryOfGroup, Index item,
                                     std::vector<Evidence>& reasons) const {
  constexpr size_t kShown = 5;
  const std::vector<double> parts = features_.similarityByColumn(query, item);
  const size_t before = reasons.size();
  for (size_t column = 0; column < parts.size(); ++column) {
    if (parts[column] <= 0) continue;
    std::vector<std::string> agreeing;
    for (const uint32_t feature : features_.agreement(query, item, column, kShown))
      agreeing.emplace_back(features_.textOf(feature));
    reasons.push_back({"attribute", queryOfGroup, parts[column], 0,
                       fmt::format("{}: {}", features_.columnName(column), join(agreeing, ", "))});
  }
  std::stable_sort(reasons.begin() + static_cast<ptrdiff_t>(before), reasons.end(),
                   [](const Evidence& a, const Evidence& b) { return a.value > b.value; });
}

void ContentModel::save(SectionWriter& out) const {
  items_.save(out);
  popular_.save(out);
  features_.save(out);
  rows_.save(out, "content", "related");
  out.putArray<float>("content/freshness", freshness_);
}

int64_t ContentModel::residentBytes() const {
  return items_.residentBytes() + popular_.residentBytes() + features_.residentBytes() +
         rows_.residentBytes() + static_cast<int64_t>(ownFreshness_.size() * sizeof(float));
}

Result<void> ContentModel::check() const {
  for (const RelatedItem& related : rows_.entries())
    if (!std::isfinite(related.lent))
      return fail(ErrorCode::kCorrupt, "a part of the model's rows is no number");
  if (!freshness_.empty() && freshness_.size() != items_.size())
    return fail(ErrorCode::kCorrupt, "the model has {} items, and the freshness of {}", items_.size(),
                freshness_.size());
  for (const float one : freshness_)
    if (!std::isfinite(one)) return fail(ErrorCode::kCorrupt, "the model's freshness is no number");
  return {};
}

Result<std::unique_ptr<Model>> ContentModel::open(const SectionReader& sections) {
  std::unique_ptr<ContentModel> model(new ContentModel());
  PROFFER_TRY(model->items_, ItemSpace::open(sections));
  PROFFER_TRY(model->popular_, PopularList::open(sections, model->items_.size()));
  PROFFER_TRY(model->features_, ItemFeatures::open(sections, model->items_.size()));
  PROFFER_TRY(model->rows_, RelatedRows::open(sections, "content", "related", model->items_.size()));
  PROFFER_TRY(model->freshness_, sections.getArray<float>("content/freshness"));
  PROFFER_CHECK(model->check());
  return std::unique_ptr<Model>(std::move(model));
}

}  // namespace proffer::recipes
