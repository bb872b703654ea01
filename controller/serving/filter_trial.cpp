#include "controller/serving/filter_trial.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "controller/serving/filtering.h"
#include "dsl/print.h"
#include "manifests/filter_fields.h"

namespace proffer::serving {
namespace {

using recipes::Index;
using recipes::kNoIndex;

constexpr size_t kMostSampled = 1000;

Result<dsl::Dialect> dialectNamed(const std::string& name) {
  if (const auto dialect = dialectFromName(name)) return *dialect;
  return fail(makeError(ErrorCode::kInvalidInput, "expected one of extended, personalize, found {}",
                        proffer::quoted(name))
                  .in("dialect"));
}

int64_t recommendableItems(const Catalogue& catalogue) {
  const recipes::Admission rule = catalogue.recommendable();
  if (!rule.restricted) return catalogue.snapshot().interactions().itemCount();
  int64_t count = 0;
  for (const uint64_t word : rule.allowed) count += std::popcount(word);
  return count;
}

// Evenly spread over those that pass, in the order of the group's dictionary.
std::vector<RecommendedItem> sampleOf(const AdmittedItems& admitted, const Catalogue& catalogue,
                                      size_t wanted) {
  std::vector<RecommendedItem> sample;
  wanted = std::min({wanted, admitted.count, kMostSampled});
  size_t seen = 0;
  for (size_t word = 0; word < admitted.words.size() && sample.size() < wanted; ++word)
    for (uint64_t bits = admitted.words[word]; bits != 0 && sample.size() < wanted; bits &= bits - 1) {
      if (seen++ * wanted / admitted.count < sample.size()) continue;
      const auto item = static_cast<Index>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      RecommendedItem& shown = sample.emplace_back();
      shown.itemId = catalogue.snapshot().interactions().itemId(item);
      shown.title = catalogue.title(item);
    }
  return sample;
}

}  // namespace

Result<FilterCheck> checkFilter(const ServedGroup& group, const std::string& expression,
                                const std::string& dialect) {
  PROFFER_TRY(const dsl::Dialect spoken, dialectNamed(dialect));
  dsl::Analysis analysis = dsl::analyze(expression, group.filters->fields(), {spoken, 0});
  FilterCheck check;
  check.errors = std::move(analysis.errors);
  if (!analysis.filter) return check;
  check.canonical = dsl::print(*analysis.filter);
  check.uses = dsl::usesOf(*analysis.filter);
  return check;
}

Result<FilterOutcome> tryFilter(const ServedGroup& group, const FilterTrial& trial, Time now) {
  const Catalogue& catalogue = *group.catalogue;
  std::optional<GroupFilter> adHoc;
  const GroupFilter* filter = nullptr;
  const std::string called = trial.filter.empty() ? "the expression" : trial.filter;
  if (trial.filter.empty()) {
    PROFFER_TRY([[maybe_unused]] const dsl::Dialect spoken, dialectNamed(trial.dialect));
    adHoc = group.filters->adHoc(catalogue.snapshot(), {trial.expression, trial.dialect});
    if (!adHoc->prepared) return fail(Error(adHoc->prepared.error()).in("expression"));
    filter = &*adHoc;
  } else {
    PROFFER_TRY(filter, filterNamed(*group.filters, trial.group, trial.filter));
  }
  PROFFER_TRY(const dsl::PreparedFilter* prepared, usable(*filter, called));
  FilterSituation situation;
  PROFFER_CHECK(
      situation.gather(*filter, catalogue, {called, trial.userId, trial.itemId, &trial.filterValues, now}));
  PROFFER_TRY(const AdmittedItems admitted,
              admittedItems(*prepared, situation.situation(), catalogue.recommendable()));
  FilterOutcome outcome;
  outcome.canonical = filter->program->canonical();
  outcome.passing = static_cast<int64_t>(admitted.count);
  outcome.items = recommendableItems(catalogue);
  outcome.sample = sampleOf(admitted, catalogue, trial.sample);
  if (trial.explainItem.empty()) return outcome;
  const Index item = catalogue.snapshot().findItem(trial.explainItem);
  if (item == kNoIndex) {
    Error error = makeError(ErrorCode::kNotFound, "group {} has never seen an item {}", trial.group,
                            proffer::quoted(trial.explainItem));
    return fail(std::move(error).in("explainItem"));
  }
  PROFFER_TRY(outcome.explanation, prepared->explain(item, situation.situation()));
  return outcome;
}

}  // namespace proffer::serving
