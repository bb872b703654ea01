#include "recipes/co_occurrence_recipe.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/co_occurrence.h"
#include "recipes/co_occurrence_model.h"
#include "recipes/histories.h"

namespace proffer::recipes {
namespace {

// From P(b | a) at discount 0 over the cosine at 0.5 to P(a | b) at 1 (SI-1, SI-2).
Result<RelatedProfile> simsProfile(const TrainingConfiguration& configuration) {
  std::vector<Error> errors;
  PROFFER_TRY(const Json settings,
              completeHyperparameters(*findRecipe("aws-sims"), configuration.hyperparameters,
                                      "hyperparameters", errors));
  RelatedProfile profile;
  profile.discount = settings.at("popularity_discount_factor").get<double>();
  profile.rowPower = 1 - profile.discount;
  profile.counting.leastPeople = settings.at("min_cointeraction_count").get<uint32_t>();
  profile.cut.leastOfPerson = settings.at("min_user_history_length_percentile").get<double>();
  profile.cut.mostOfPerson = settings.at("max_user_history_length_percentile").get<double>();
  profile.cut.leastOfItem = settings.at("min_item_interaction_count_percentile").get<double>();
  profile.cut.mostPeopleShare = settings.at("max_item_interaction_count_percentile").get<double>();
  profile.detail = "people with both";
  return profile;
}

// Chosen on films that were watched one after the other (docs/recipes.md).
RelatedProfile oneSoonAfterTheOther(std::string detail) {
  RelatedProfile profile;
  profile.counting.window = 10;
  profile.discount = 0;
  profile.shrink = 10;
  profile.detail = std::move(detail);
  return profile;
}

// Chosen on a wholesaler's orders (docs/recipes.md).
RelatedProfile boughtTogether(const TrainingConfiguration& configuration) {
  RelatedProfile profile;
  profile.cut.baskets = true;
  profile.cut.orderColumn = configuration.orderColumn;
  profile.counting.lifetimeWeight = 0.1;
  profile.discount = 0.45;
  profile.damping = 0.5;
  profile.detail = "people bought both, most of them in one order";
  return profile;
}

// 1 / (people + shrink)^power; 0 for items without people.
std::vector<double> factorsOf(const Places& places, double shrink, double power) {
  std::vector<double> factors;
  factors.reserve(places.people.size());
  for (const uint32_t people : places.people)
    factors.push_back(people > 0 ? std::pow(people + shrink, -power) : 0);
  return factors;
}

// The mean number of people of an item, over all choices.
double typicalPeople(const Places& places) {
  double choices = 0, sum = 0;
  for (const double people : places.people) choices += people, sum += people * people;
  return choices > 0 ? sum / choices : 0;
}

std::vector<uint32_t> countsOf(const ItemSpace& items, const std::vector<uint32_t>& people) {
  std::vector<uint32_t> counts(items.size());
  for (Index item = 0; item < items.size(); ++item)
    if (items.groupIndex(item) < people.size()) counts[item] = people[items.groupIndex(item)];
  return counts;
}

}  // namespace

Result<RelatedProfile> relatedProfile(const TrainingConfiguration& configuration) {
  if (configuration.recipe == "aws-sims") return simsProfile(configuration);
  if (configuration.recipe == "aws-vod-because-you-watched-x")
    return oneSoonAfterTheOther("people watched both, one soon after the other");
  if (configuration.recipe == "aws-ecomm-customers-who-viewed-x-also-viewed")
    return oneSoonAfterTheOther("people viewed both, one soon after the other");
  if (configuration.recipe == "aws-ecomm-frequently-bought-together") return boughtTogether(configuration);
  return fail(ErrorCode::kInvalidInput, "{} is no recipe of the co-occurrence family",
              proffer::quoted(configuration.recipe));
}

Result<std::unique_ptr<Model>> CoOccurrenceRecipe::train(const TrainingInput& input,
                                                         const TrainingConfiguration& configuration,
                                                         Progress& progress, Checkpoints*) const {
  PROFFER_TRY(RelatedProfile profile, relatedProfile(configuration));
  return trainRelated(input, configuration, std::move(profile), progress);
}

Result<std::unique_ptr<Model>> trainRelated(const TrainingInput& input,
                                            const TrainingConfiguration& configuration,
                                            RelatedProfile profile, Progress& progress) {
  if (!input.interactions) return fail(ErrorCode::kInvalidInput, "there are no interactions to count");
  PROFFER_TRY(CutHistories histories,
              CutHistories::read(*input.interactions, configuration, profile.cut, progress));
  ItemSpace items = histories.items(input, configuration);
  if (items.size() == 0)
    return fail(ErrorCode::kInvalidInput, "there are no interactions to count and no items to list");
  PopularList popular = PopularList::of(countsOf(items, histories.people()));
  const Places places = std::move(histories).place(items);
  profile.counting.keep = affordableNeighbours(items.size());
  profile.counting.columnFactor =
      factorsOf(places, profile.damping * typicalPeople(places), profile.discount);
  profile.counting.rowFactor = factorsOf(places, profile.shrink, profile.rowPower);
  PROFFER_TRY(CoOccurrence rows, countCoOccurrence(places, profile.counting, progress));
  return std::make_unique<CoOccurrenceModel>(std::move(items), std::move(rows), std::move(popular),
                                             std::move(profile.detail));
}

int64_t CoOccurrenceRecipe::memoryNeeded(int64_t interactions, int64_t users, int64_t items) const {
  const int64_t kept = items * int64_t{affordableNeighbours(static_cast<size_t>(items))};
  return interactions * 16 + users * 8 + items * (64 + 24 * parallelism()) +
         2 * kept * static_cast<int64_t>(sizeof(Neighbour));
}

Result<std::unique_ptr<Model>> CoOccurrenceRecipe::open(const SectionReader& sections) const {
  return CoOccurrenceModel::open(sections);
}

}  // namespace proffer::recipes
