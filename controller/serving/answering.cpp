#include "controller/serving/answering.h"

#include <cmath>

#include "base/hash.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/serving/filtering.h"
#include "controller/serving/ranking.h"
#include "controller/serving/user_rows.h"

namespace proffer::serving {
namespace {

using recipes::Index;
using recipes::kNoIndex;

// Everything the question points to, so that it lives as long as the question.
struct Asked {
  UserRows rows;
  recipes::UserState user;
  std::vector<Index> excluded;
  FilterSituation filtering;
  const dsl::PreparedFilter* prepared = nullptr;  // of the request; null: no filter
  AdmittedItems admitted;
  recipes::Question question;
};

void prepare(Asked& asked, const ServedRoute& route, const Catalogue* catalogue,
             const RecommendRequest& request) {
  asked.question.user = &asked.user;
  asked.user.context.assign(request.context.begin(), request.context.end());
  if (!catalogue) return;
  asked.question.admission = catalogue->recommendable();
  if (!request.itemId.empty()) asked.question.item = catalogue->snapshot().findItem(request.itemId);
  if (!request.userId.empty()) asked.user.user = catalogue->snapshot().findUser(request.userId);
  if (asked.user.user == kNoIndex && !catalogue->live()) return;
  if (!route.opened->model->readsHistory() && route.settings.automaticFilter.empty()) return;
  asked.rows.gather(*catalogue, request.userId);
  asked.user.history = asked.rows.history();
  asked.user.eventTypes = asked.rows.typeNames();
  if (route.settings.automaticFilter.empty()) return;
  asked.excluded =
      catalogue->itemsOf(asked.user.history, asked.rows.typeNames(), route.settings.automaticFilter);
  asked.question.admission.excluded = asked.excluded;
}

// The request's filter beside the catalogue's rule and the automatic filter: an item must pass all three
// (F31).
Result<void> applyFilter(Asked& asked, const ServedRoute& route, const ServedGroup* group,
                         const RecommendRequest& request, Time now) {
  if (request.filter.empty()) return {};
  if (!group || !group->catalogue)
    return fail(ErrorCode::kUnavailable, "the items of group {} are not loaded yet", request.group);
  PROFFER_TRY(const GroupFilter* filter, filterNamed(*group->filters, request.group, request.filter));
  PROFFER_TRY(asked.prepared, usable(*filter, request.filter));
  if (filter->program->uses().currentItem && !route.settings.needsItem) {
    Error error =
        makeError(ErrorCode::kInvalidInput, "filter {} reads CurrentItem, and {}/{} asks about no item",
                  quoted(request.filter), request.group, request.name);
    return fail(std::move(error).in("filter").hinting("use it where related items are recommended"));  // F15
  }
  const Asking asking{request.filter, request.userId, request.itemId, &request.filterValues, now};
  PROFFER_CHECK(asked.filtering.gather(*filter, *group->catalogue, asking));
  if (!request.inputList.empty()) return {};
  PROFFER_TRY(asked.admitted,
              admittedItems(*asked.prepared, asked.filtering.situation(), asked.question.admission));
  asked.question.admission.allowed = asked.admitted.words;
  asked.question.admission.restricted = true;
  return {};
}

// At most 7 decimals (R5).
double shownScore(double score) {
  return std::round(score * 1e7) / 1e7;
}

void describe(RecommendedItem& shown, Index item, const Catalogue& catalogue, const RecommendRequest& request,
              const std::vector<Catalogue::Column>& columns) {
  if (request.titles) shown.title = catalogue.title(item);
  const recipes::MetadataTable* items = catalogue.snapshot().items();
  if (!items || item >= items->size()) return;
  for (const Catalogue::Column& column : columns)
    if (!items->isNull(item, column.index))
      shown.metadata.emplace_back(column.key, items->text(item, column.index));
}

Result<void> explain(RecommendedItem& shown, const recipes::Model& model, const recipes::Question& question,
                     Index item, const Catalogue* catalogue) {
  PROFFER_TRY(const std::vector<recipes::Evidence> reasons, model.explain(question, item));
  for (const recipes::Evidence& reason : reasons) {
    ItemEvidence evidence{reason.kind, {}, {}, reason.value, reason.count, reason.detail};
    if (catalogue && reason.item < catalogue->snapshot().interactions().itemCount()) {
      evidence.itemId = catalogue->snapshot().interactions().itemId(reason.item);
      evidence.title = catalogue->title(reason.item);
    }
    shown.evidence.push_back(std::move(evidence));
  }
  return {};
}

Result<void> answerRanking(Answer& answer, const Asked& asked, const ServedRoute& route,
                           const Catalogue* catalogue, const RecommendRequest& request,
                           const std::vector<Catalogue::Column>& columns) {
  const recipes::Model& model = *route.opened->model;
  PROFFER_TRY(const std::vector<RankedItem> ranked,
              rankItems(model, asked.question, catalogue, request.inputList, asked.prepared,
                        &asked.filtering.situation()));
  answer.items.reserve(ranked.size());
  for (const RankedItem& item : ranked) {
    RecommendedItem& shown = answer.items.emplace_back();
    shown.itemId = item.id;
    if (route.settings.scores && item.found.scored) shown.score = shownScore(item.found.score);
    if (!item.found.reason.empty()) shown.reason.push_back(item.found.reason);
    if (catalogue && item.group != kNoIndex) describe(shown, item.group, *catalogue, request, columns);
    if (request.explain && item.found.item != kNoIndex)
      PROFFER_CHECK(explain(shown, model, asked.question, item.found.item, catalogue));
  }
  return {};
}

ItemEvidence exploring(const RouteExploration& exploration, const recipes::Explorer::Slot& slot) {
  ItemEvidence evidence;
  evidence.kind = slot.explored ? "exploration" : "no exploration";
  evidence.value = slot.probability;
  if (!slot.explored) {
    evidence.detail = "the model's own; the value is how likely the slot was to be left to it";
    return evidence;
  }
  const recipes::Explorer::Belief belief = exploration.belief(slot.item);
  evidence.detail = fmt::format(
      "drawn {:.2f} times the model's prediction, believed {:.2f} ({:.2f} to {:.2f}) after {:.0f} choices "
      "where {:.1f} were expected; the value is how likely it was to come here",
      slot.drawn, belief.mean, belief.low, belief.high, belief.clicks, belief.expected);
  return evidence;
}

// How each item came to its place: what estimates from the answers' outcome need.
void logSlots(const RecommendRequest& request, const Answer& answer,
              const std::vector<recipes::Explorer::Slot>& slots, const recipes::Model& model) {
  if (!logs(LogLevel::kDebug)) return;
  std::string text;
  for (size_t i = 0; i < slots.size(); ++i) {
    const recipes::Index item = model.items().fromGroup(slots[i].item);
    if (i > 0) text += ' ';
    text += fmt::format("{}:{}:{:.4g}", slots[i].explored ? 'e' : 'm', model.items().id(item),
                        slots[i].probability);
  }
  logLine(LogLevel::kDebug, "serving", "explored",
          {{"route", routeKey(request.group, request.name)},
           {"recommendationId", answer.recommendationId},
           {"slots", std::move(text)}});
}

FilterEffect effectOf(const Asked& asked, const ServedRoute& route, const RecommendRequest& request) {
  FilterEffect effect;
  effect.items = static_cast<int64_t>(route.opened->model->items().size());
  effect.filter = request.filter;
  effect.passing = static_cast<int64_t>(asked.admitted.count);
  effect.automaticTypes = route.settings.automaticFilter;
  effect.automatic = static_cast<int64_t>(asked.excluded.size());
  return effect;
}

}  // namespace

Result<Answer> answerRequest(const ServedRoute& route, const ServedGroup* group,
                             const RecommendRequest& request, size_t limit, Time now) {
  const Catalogue* catalogue = group ? group->catalogue.get() : nullptr;
  std::vector<Catalogue::Column> columns;
  if (!request.metadataColumns.empty()) {
    if (!catalogue)
      return fail(ErrorCode::kUnavailable, "the items of group {} are not loaded yet", request.group);
    PROFFER_TRY(columns, catalogue->columnsNamed(request.metadataColumns));
  }
  Answer answer;
  answer.recommendationId = "RID-" + newUuid();  // R4
  answer.version = route.version;
  answer.servedBy = route.settings.fallback ? "popularity fallback" : "model";

  Asked asked;
  prepare(asked, route, catalogue, request);
  PROFFER_CHECK(applyFilter(asked, route, group, request, now));
  asked.question.limit = limit;
  asked.question.seed = hash64(answer.recommendationId);
  asked.question.popularityInfluence = route.settings.popularityInfluence;
  asked.question.freshnessInfluence = route.settings.freshnessInfluence;
  asked.question.time = toMicros(now) / 1'000'000;
  const recipes::Model& model = *route.opened->model;
  if (!request.inputList.empty()) {
    PROFFER_CHECK(answerRanking(answer, asked, route, catalogue, request, columns));
    return answer;
  }
  PROFFER_TRY(std::vector<recipes::ScoredItem> found, model.recommend(asked.question));
  std::vector<recipes::Explorer::Slot> slots;
  if (route.exploration) {
    PROFFER_TRY(ExploredList list,
                route.exploration->explore(model, asked.question, std::move(found),
                                           route.settings.explorationWeight, answer.recommendationId));
    found = std::move(list.items);
    slots = std::move(list.slots);
    logSlots(request, answer, slots, model);
  }
  if (request.explain) answer.filtered = effectOf(asked, route, request);
  answer.items.reserve(std::min(limit, found.size()));
  for (const recipes::ScoredItem& item : found) {
    if (answer.items.size() == limit) break;
    RecommendedItem& shown = answer.items.emplace_back();
    shown.itemId = model.items().id(item.item);
    if (route.settings.scores && item.scored) shown.score = shownScore(item.score);
    if (!item.reason.empty()) shown.reason.push_back(item.reason);
    if (catalogue) describe(shown, model.items().groupIndex(item.item), *catalogue, request, columns);
    if (!request.explain) continue;
    if (route.exploration)
      shown.evidence.push_back(exploring(*route.exploration, slots[answer.items.size() - 1]));
    PROFFER_CHECK(explain(shown, model, asked.question, item.item, catalogue));
  }
  return answer;
}

}  // namespace proffer::serving
