#include "recipes/co_occurrence_model.h"

#include <algorithm>

namespace proffer::recipes {

static_assert(sizeof(Neighbour) == 12, "the layout of a section");

CoOccurrenceModel::CoOccurrenceModel(ItemSpace items, CoOccurrence rows, PopularList popular,
                                     std::string detail)
    : items_(std::move(items)),
      popular_(std::move(popular)),
      rows_(std::move(rows)),
      detail_(std::move(detail)) {}

Result<std::vector<ScoredItem>> CoOccurrenceModel::recommend(const Question& question) const {
  std::vector<ScoredItem> answer;
  answer.reserve(std::min<size_t>(question.limit, items_.size()));
  const Index query = queried(question);
  if (query != kNoIndex) {
    for (const Neighbour& neighbour : rows_.row(query)) {
      if (answer.size() >= question.limit) break;
      if (question.admission.admits(items_.groupIndex(neighbour.item)))
        answer.push_back({neighbour.item, static_cast<double>(neighbour.score), true, {}});
    }
  }
  popular_.fill(items_, question.admission, query, question.limit, answer);
  return answer;
}

Result<std::vector<Evidence>> CoOccurrenceModel::explain(const Question& question, Index item) const {
  const Index query = queried(question);
  const Neighbour* const found = query == kNoIndex ? nullptr : rows_.find(query, item);
  if (!found) return std::vector<Evidence>{popular_.evidence(item)};
  return std::vector<Evidence>{
      {"co-occurrence", question.item, static_cast<double>(found->score), found->people, detail_}};
}

void CoOccurrenceModel::save(SectionWriter& out) const {
  items_.save(out);
  popular_.save(out);
  rows_.save(out, "co-occurrence", "neighbours");
  out.put("co-occurrence/detail", detail_);
}

int64_t CoOccurrenceModel::residentBytes() const {
  return items_.residentBytes() + popular_.residentBytes() + rows_.residentBytes() +
         static_cast<int64_t>(detail_.size());
}

Result<std::unique_ptr<Model>> CoOccurrenceModel::open(const SectionReader& sections) {
  std::unique_ptr<CoOccurrenceModel> model(new CoOccurrenceModel());
  PROFFER_TRY(model->items_, ItemSpace::open(sections));
  PROFFER_TRY(model->popular_, PopularList::open(sections, model->items_.size()));
  PROFFER_TRY(model->rows_,
              CoOccurrence::open(sections, "co-occurrence", "neighbours", model->items_.size()));
  PROFFER_TRY(const std::string_view detail, sections.get("co-occurrence/detail"));
  model->detail_ = detail;
  return std::unique_ptr<Model>(std::move(model));
}

}  // namespace proffer::recipes
