#include "controller/http/promotions.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "controller/http/question.h"
#include "manifests/names.h"

namespace proffer::http {
namespace {

constexpr size_t kLongestFilterArn = 256;

Error wrongIn(std::string_view member, std::string_view text) {
  return makeError(ErrorCode::kInvalidInput, "{}", text).in(fmt::format("promotions[0]{}", member));
}

}  // namespace

Result<std::optional<Promotion>> promotionOf(const Json& body) {
  const Json& list = member(body, "promotions");
  if (list.is_null() || (list.is_array() && list.empty())) return std::optional<Promotion>();
  if (!list.is_array())
    return fail(makeError(ErrorCode::kInvalidInput, "a list is expected").in("promotions"));
  if (list.size() > 1)
    return fail(makeError(ErrorCode::kInvalidInput, "{} promotions are given, one is allowed", list.size())
                    .in("promotions"));
  const Json& given = list[0];
  if (!given.is_object()) return fail(wrongIn("", "an object is expected"));
  const auto within = [](Error error) {
    error.field = "promotions[0]." + error.field;
    return fail(std::move(error));
  };
  Promotion promotion;
  auto name = textMember(given, "name", proffer::kLongestName);
  if (!name) return within(name.error());
  promotion.name = std::move(*name);
  if (!promotion.name.empty() && !isResourceName(promotion.name))
    return fail(wrongIn(".name", "letters, digits, - and _ are allowed, beginning with a letter or digit"));
  const Json& percent = member(given, "percentPromotedItems");
  if (!percent.is_number_integer() || percent < 1 || percent > 100)
    return fail(wrongIn(".percentPromotedItems", "a whole number from 1 to 100 is needed"));
  promotion.percent = percent.get<int>();
  auto filter = textMember(given, "filterArn", kLongestFilterArn);
  if (!filter) return within(filter.error());
  if (filter->empty())
    return fail(wrongIn(".filterArn", "a promotion needs the filter that chooses its items"));
  promotion.filter = std::move(*filter);
  auto values = pairsMember(given, "filterValues", kMostFilterValues, kLongestFilterKey, kLongestFilterValue);
  if (!values) return within(values.error());
  promotion.filterValues = std::move(*values);
  return std::optional(std::move(promotion));
}

size_t promotedCount(int percent, size_t results) {
  return std::max<size_t>(1, (results * static_cast<size_t>(percent) + 50) / 100);
}

std::vector<MergedItem> mergePromoted(const serving::Answer& answer, const serving::Answer& promoted,
                                      size_t results) {
  std::set<std::string_view> chosen;
  for (const auto& item : promoted.items) chosen.insert(item.itemId);
  std::vector<const serving::RecommendedItem*> others;
  for (const auto& item : answer.items)
    if (chosen.count(item.itemId) == 0 && others.size() + promoted.items.size() < results)
      others.push_back(&item);
  const size_t total = others.size() + promoted.items.size();
  std::vector<size_t> places(total);
  std::iota(places.begin(), places.end(), size_t{0});
  std::mt19937_64 dice(hash64(answer.recommendationId));
  std::shuffle(places.begin(), places.end(), dice);
  std::vector<bool> isPromoted(total);
  for (size_t i = 0; i < promoted.items.size(); ++i) isPromoted[places[i]] = true;
  std::vector<MergedItem> merged;
  size_t nextPromoted = 0, nextOther = 0;
  for (size_t i = 0; i < total; ++i) {
    if (isPromoted[i])
      merged.push_back({promoted.items[nextPromoted++], true});
    else
      merged.push_back({*others[nextOther++], false});
  }
  return merged;
}

}  // namespace proffer::http
