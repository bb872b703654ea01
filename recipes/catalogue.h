// The recipe catalogue: what every recipe of the service is called, needs, takes and gives (control-plane 4).
// This is the one place for names, defaults and ranges (users complained that they differ among texts).
//
// Immutable; any thread. Knows nothing of the algorithms: a recipe that is listed need not be built yet.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer::recipes {

enum class RecipeType {
  kUserPersonalization,
  kPopularItems,
  kPersonalizedRanking,
  kRelatedItems,
  kPersonalizedActions,
  kUserSegmentation
};
std::string_view recipeTypeName(RecipeType type);  ///< "USER_PERSONALIZATION", ... (RC-2)

/// Where a parameter is set: the first two with the solution, the last with each campaign or batch job, so
/// that its value changes without training.
enum class ParameterScope { kAlgorithm, kFeatureTransformation, kCampaign };

struct Hyperparameter {
  std::string name;
  std::vector<std::string> aliases;  ///< accepted on input (SM-3); never shown
  ParameterScope scope = ParameterScope::kAlgorithm;
  enum class Type { kInteger, kFloat, kBoolean, kString } type = Type::kFloat;
  Json defaultValue;
  std::optional<double> minimum, maximum;  ///< inclusive, but see aboveMinimum
  bool aboveMinimum = false;               ///< the minimum itself is not allowed ("positive")
  std::vector<std::string> allowed;        ///< kString: the words
  bool tunable = false;                    ///< HPO column of the reference
  bool onlyTuned = false;  ///< the service's own protocol takes it as a range to tune in, never as a value
  std::string help;
};

struct RecipeInfo {
  std::string name;    ///< "aws-popularity-count"
  std::string family;  ///< which trainer: "popularity", "trending", "co-occurrence", "content", "sequence",
                       ///< "segments", "actions"
  RecipeType type = RecipeType::kUserPersonalization;
  std::string description;
  bool needsUser = true;          ///< userId required (data-plane 2.3)
  bool needsItem = false;         ///< itemId required: the item that others are related to
  bool needsInteractions = true;  ///< the Interactions dataset; false: optional
  bool needsItemsDataset = false;
  bool realTime = false;         ///< RT: answers change after an event without training
  bool automaticUpdate = false;  ///< U2
  bool usesContext = false;
  bool usesImpressions = false;
  bool scores = false;    ///< answers carry scores (data-plane 2.4)
  bool explores = false;  ///< exploration settings are accepted
  bool tunable = false;   ///< hyperparameter optimization can be asked for
  bool batch = true;
  bool metadataAlways = false;        ///< CA-6
  std::string featureTransformation;  ///< ARN's last part; empty if not documented
  std::vector<Hyperparameter> hyperparameters;
};

/// Every recipe of control-plane 4, in its order.
std::span<const RecipeInfo> allRecipes();
/// "aws-sims", "sims", "arn:aws:personalize:::recipe/aws-sims", any case; nullptr if unknown.
const RecipeInfo* findRecipe(std::string_view name);
std::vector<std::string> recipeNames();

/// The hyperparameters of a solution (not those of campaigns) with defaults filled in, in the catalogue's
/// order and types, checked against type and range. Values may be numbers, booleans or the strings that
/// travel on the wire
/// ("0.3", "true"); names may be aliases or carry the prefixes of DescribeSolution (TO-45). Every error goes
/// to `errors`, with its field path below `path`; the first is returned as well.
Result<Json> completeHyperparameters(const RecipeInfo& recipe, const Json& given, std::string_view path,
                                     std::vector<Error>& errors);

}  // namespace proffer::recipes
