#include "recipes/co_occurrence_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace proffer::recipes {

static_assert(sizeof(Neighbour) == 12, "the layout of a section");

CoOccurrenceModel::CoOccurrenceModel(ItemSpace items, CoOccurrence rows, PopularList popular,
                                     std::string detail)
    : items_(std::move(items)),
      popular_(std::move(popular)),
      own_(std::move(rows)),
      offsets_(own_.offsets),
      neighbours_(own_.neighbours),
      detail_(std::move(detail)) {}

Result<std::vector<ScoredItem>> CoOccurrenceModel::recommend(const Question& question) const {
  std::vector<ScoredItem> answer;
  answer.reserve(std::min<size_t>(question.limit, items_.size()));
  const Index query = queried(question);
  if (query != kNoIndex) {
    for (const Neighbour& neighbour : row(query)) {
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
  if (query != kNoIndex) {
    for (const Neighbour& neighbour : row(query)) {
      if (neighbour.item != item) continue;
      Evidence evidence;
      evidence.kind = "co-occurrence";
      evidence.item = question.item;
      evidence.value = static_cast<double>(neighbour.score);
      evidence.count = neighbour.people;
      evidence.detail = detail_;
      return std::vector<Evidence>{std::move(evidence)};
    }
  }
  return std::vector<Evidence>{popular_.evidence(item)};
}

void CoOccurrenceModel::save(SectionWriter& out) const {
  items_.save(out);
  popular_.save(out);
  out.putArray<uint64_t>("co-occurrence/offsets", offsets_);
  out.putArray<Neighbour>("co-occurrence/neighbours", neighbours_);
  out.put("co-occurrence/detail", detail_);
}

int64_t CoOccurrenceModel::residentBytes() const {
  return items_.residentBytes() + popular_.residentBytes() +
         static_cast<int64_t>(own_.offsets.size() * sizeof(uint64_t) +
                              own_.neighbours.size() * sizeof(Neighbour) + detail_.size());
}

Result<void> CoOccurrenceModel::check() const {
  if (offsets_.size() != size_t{items_.size()} + 1 || offsets_.front() != 0 ||
      offsets_.back() != neighbours_.size() || !std::is_sorted(offsets_.begin(), offsets_.end()))
    return fail(ErrorCode::kCorrupt, "the model has {} items, but {} rows of {} neighbours", items_.size(),
                offsets_.size(), neighbours_.size());
  std::vector<Index> seenIn(items_.size(), kNoIndex);
  for (Index item = 0; item < items_.size(); ++item) {
    float previous = std::numeric_limits<float>::infinity();
    for (const Neighbour& neighbour : row(item)) {
      if (neighbour.item >= items_.size() || neighbour.item == item || seenIn[neighbour.item] == item ||
          !std::isfinite(neighbour.score) || neighbour.score > previous)
        return fail(ErrorCode::kCorrupt, "the model's row of item {} holds no list of neighbours, best first",
                    item);
      seenIn[neighbour.item] = item;
      previous = neighbour.score;
    }
  }
  return {};
}

Result<std::unique_ptr<Model>> CoOccurrenceModel::open(const SectionReader& sections) {
  std::unique_ptr<CoOccurrenceModel> model(new CoOccurrenceModel());
  PROFFER_TRY(model->items_, ItemSpace::open(sections));
  PROFFER_TRY(model->popular_, PopularList::open(sections, model->items_.size()));
  PROFFER_TRY(model->offsets_, sections.getArray<uint64_t>("co-occurrence/offsets"));
  PROFFER_TRY(model->neighbours_, sections.getArray<Neighbour>("co-occurrence/neighbours"));
  PROFFER_TRY(const std::string_view detail, sections.get("co-occurrence/detail"));
  model->detail_ = detail;
  PROFFER_CHECK(model->check());
  return std::unique_ptr<Model>(std::move(model));
}

}  // namespace proffer::recipes
