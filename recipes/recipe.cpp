#include "recipes/recipe.h"

#include <array>

#include "base/text.h"
#include "recipes/co_occurrence_recipe.h"
#include "recipes/content.h"
#include "recipes/popularity.h"
#include "recipes/sequence/sequence_recipe.h"
#include "recipes/trending.h"

namespace proffer::recipes {

Result<std::unique_ptr<Model>> Recipe::update(const Model&, const TrainingInput&,
                                              const TrainingConfiguration& configuration, Progress&) const {
  return fail(ErrorCode::kNotImplemented, "{} has no update; train a new version with all data",
              configuration.recipe);
}

Result<const Recipe*> recipeOfFamily(std::string_view family) {
  static const PopularityRecipe popularity;
  static const CoOccurrenceRecipe coOccurrence;
  static const TrendingRecipe trending;
  static const ContentRecipe content;
  static const SequenceRecipe sequence;
  static const std::array<const Recipe*, 5> built = {&popularity, &coOccurrence, &trending, &content,
                                                     &sequence};
  for (const Recipe* recipe : built)
    if (recipe->family() == family) return recipe;
  return fail(ErrorCode::kNotImplemented, "recipes of the family {} are not built yet",
              proffer::quoted(family));
}

EventSelector::EventSelector(const std::vector<EventRule>& rules, std::span<const std::string> eventTypes)
    : byType_(eventTypes.size() + 1) {
  for (size_t type = 0; type < byType_.size(); ++type) {
    if (rules.empty()) byType_[type].push_back({1.0F, 0, false});
    for (const EventRule& rule : rules) {
      const bool named = type < eventTypes.size() && equalsIgnoreCase(rule.eventType, eventTypes[type]);
      if (!rule.eventType.empty() && !named) continue;
      byType_[type].push_back({static_cast<float>(rule.weight),
                               static_cast<float>(rule.valueThreshold.value_or(0)),
                               rule.valueThreshold.has_value()});
    }
  }
}

float EventSelector::weight(uint16_t type, float value) const {
  const auto& rules = byType_[std::min<size_t>(type, byType_.size() - 1)];
  for (const Rule& rule : rules)
    if (!rule.needsValue || value >= rule.threshold) return rule.weight;
  return 0;
}

}  // namespace proffer::recipes
