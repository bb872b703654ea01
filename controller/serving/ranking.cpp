#include "controller/serving/ranking.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace proffer::serving {
namespace {

using recipes::Index;
using recipes::kNoIndex;

// The list without what stands in it twice and what the filter keeps out. The filter is asked about all items
// at once: asking about each of 500 by itself would cost more. Only an item that nobody has seen is asked
// about alone.
Result<std::vector<RankedItem>> passing(const Catalogue* catalogue, std::span<const std::string> ids,
                                        const dsl::PreparedFilter* filter, const dsl::Situation* situation) {
  std::vector<uint64_t> words;
  if (filter) PROFFER_CHECK(filter->resolveWords(*situation, words));
  std::optional<bool> unseenPass;
  std::vector<RankedItem> list;
  std::unordered_set<std::string_view> seen;
  for (const std::string& id : ids) {
    if (!seen.insert(id).second) continue;
    RankedItem item{id, catalogue ? catalogue->snapshot().findItem(id) : kNoIndex, {}};
    if (filter && item.group / 64 < words.size()) {
      if ((words[item.group / 64] >> (item.group % 64) & 1) == 0) continue;
    } else if (filter) {
      if (!unseenPass) {
        PROFFER_TRY(const dsl::Explanation explained, filter->explain(kNoIndex, *situation));
        unseenPass = explained.passes;
      }
      if (!*unseenPass) continue;
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

Result<std::vector<RankedItem>> rankItems(const recipes::Model& model, recipes::Question question,
                                          const Catalogue* catalogue, std::span<const std::string> ids,
                                          const dsl::PreparedFilter* filter,
                                          const dsl::Situation* situation) {
  PROFFER_TRY(const std::vector<RankedItem> list, passing(catalogue, ids, filter, situation));
  std::vector<Index> known;
  std::unordered_map<Index, const RankedItem*> byModel;
  for (const RankedItem& item : list) {
    const Index inModel = item.group == kNoIndex ? kNoIndex : model.items().fromGroup(item.group);
    if (inModel == kNoIndex) continue;
    known.push_back(item.group);
    byModel.emplace(inModel, &item);
  }
  question.admission = {};
  question.limit = known.size();
  PROFFER_TRY(const std::vector<recipes::ScoredItem> ranked, model.rank(question, known));
  std::vector<RankedItem> answer;
  answer.reserve(list.size());
  for (const recipes::ScoredItem& found : ranked) {
    const auto given = byModel.find(found.item);
    if (given == byModel.end() || !found.scored) continue;
    RankedItem& item = answer.emplace_back(*given->second);
    item.found = found;
    byModel.erase(given);
  }
  for (const RankedItem& item : list) {
    const Index inModel = item.group == kNoIndex ? kNoIndex : model.items().fromGroup(item.group);
    if (inModel != kNoIndex && !byModel.contains(inModel)) continue;  // it has its place above
    answer.push_back(item);
    answer.back().found = {inModel, 0, false, {}};
  }
  return answer;
}

}  // namespace proffer::serving
