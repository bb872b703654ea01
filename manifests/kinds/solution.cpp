#include "base/text.h"
#include "manifests/domains.h"
#include "manifests/kinds/kinds.h"
#include "recipes/catalogue.h"

namespace proffer {

// Recipes are stored by the service's name without the ARN around it.
static void refineRecipe(Json& value, std::vector<Error>& errors) {
  const auto given = value.get<std::string>();
  if (const recipes::RecipeInfo* recipe = recipes::findRecipe(given)) {
    value = recipe->name;
    return;
  }
  if (const UseCase* useCase = findUseCase(given, Domain::kCustom)) {
    errors.push_back(kinds::wrong("", fmt::format("{} is a use case, not a recipe", quoted(given)),
                                  fmt::format("declare a Recommender with useCase: {}", useCase->name)));
    return;
  }
  const auto names = recipes::recipeNames();
  const auto hint = didYouMean(std::string_view(given).substr(given.find_last_of('/') + 1), names);
  errors.push_back(kinds::wrong("", fmt::format("unknown recipe {}", quoted(given)),
                                hint.empty() ? fmt::format("allowed: {}", join(names, ", ")) : hint));
}

static void addEvents(Binding<SolutionSpec>& binding) {
  binding
      .add("events", &SolutionSpec::events,
           "The event types that are trained on, with thresholds and weights; others are left out.")
      .atMost(10)
      .example("[{eventType: Purchase, weight: 1.0}]");
  Field weights;
  weights.type = ValueType::kMap;
  weights.element = std::make_shared<Field>(fieldFor<double>());
  binding
      .add("eventWeights", std::move(weights), "The same in short: event type to weight.",
           [](const Json&, SolutionSpec&) { return true; })
      .atLeast(1)
      .atMost(10)
      .each([](FieldEditor& weight) { weight.atLeast(0).atMost(1); })
      .example("{Purchase: 1.0, View: 0.2}");
}

static void addObjective(Binding<SolutionSpec>& binding) {
  Field attribute, sensitivity;
  attribute.name = "itemAttribute";
  attribute.help = "A numeric column of the items, never empty.";
  FieldEditor(attribute).required().column().example("PRICE");
  sensitivity.name = "objectiveSensitivity";
  sensitivity.help = "How much the objective counts against relevance.";
  sensitivity.defaultValue = "OFF";
  FieldEditor(sensitivity).oneOf({"OFF", "LOW", "MEDIUM", "HIGH"});
  Field objective;
  objective.type = ValueType::kObject;
  objective.fields = {attribute, sensitivity};
  binding.add("optimizationObjective", std::move(objective), "What to raise besides relevance.",
              [](const Json& value, SolutionSpec& spec) {
                spec.objectiveSensitivity = stringMember(value, "objectiveSensitivity", "OFF");
                return readValue(member(value, "itemAttribute"), spec.objectiveColumn);
              });
}

static void addHpo(Binding<SolutionSpec>& binding) {
  const auto number = [](std::string name, std::string help, double most, Json byDefault) {
    Field field;
    field.name = std::move(name);
    field.help = std::move(help);
    field.type = ValueType::kInteger;
    field.minimum = 1;
    field.maximum = most;
    field.defaultValue = std::move(byDefault);
    return field;
  };
  Field minimum, maximum, values;
  minimum.name = "minimum", minimum.type = ValueType::kNumber, minimum.help = "The smallest value tried.";
  maximum.name = "maximum", maximum.type = ValueType::kNumber, maximum.help = "The largest value tried.";
  values.name = "values", values.type = ValueType::kList, values.maximum = 100,
  values.help = "The values tried.";
  values.element = std::make_shared<Field>(fieldFor<Json>());
  auto range = std::make_shared<Field>();
  range->type = ValueType::kObject;
  range->fields = {minimum, maximum, values};
  Field ranges;
  ranges.name = "ranges", ranges.type = ValueType::kMap, ranges.element = range;
  ranges.help = "Hyperparameter to the range searched; left out: the recipe's own ranges.";
  Field hpo = fieldFor<Json>();
  hpo.type = ValueType::kObject;
  hpo.fields = {number("maxTrainingJobs", "How many settings are tried.", 40, 10),
                number("maxParallelTrainingJobs", "How many at the same time.", 10, 1), ranges};
  binding.add("hpo", std::move(hpo), "Searches for the best hyperparameters at every full training.",
              [](const Json& value, SolutionSpec& spec) { return spec.hpo = value, true; });
}

PROFFER_BINDING(SolutionSpec) {
  binding.add("recipe", &SolutionSpec::recipe, "What is trained, with or without the ARN around the name.")
      .required()
      .refine(refineRecipe)
      .example("aws-popularity-count");
  binding
      .add("hyperparameters", &SolutionSpec::hyperparameters,
           "The recipe's settings by name; left out: its defaults.")
      .atMost(100)
      .example("{hidden_dimension: 149}");
  binding.add("eventType", &SolutionSpec::eventType, "Train on events of this type only.")
      .atLeast(1)
      .atMost(256);
  binding.add("eventValueThreshold", &SolutionSpec::eventValueThreshold,
              "Train on events of at least this EVENT_VALUE only.");
  addEvents(binding);
  kinds::datasetColumns(
      binding
          .add("excludedColumns", &SolutionSpec::excludedColumns, "Dataset type to columns not trained on.")
          .example("{ITEMS: [STOCK]}"));
  kinds::datasetColumns(binding.add("includedColumns", &SolutionSpec::includedColumns,
                                    "Dataset type to the only columns trained on."));
  addObjective(binding);
  addHpo(binding);
  binding.add("autoTraining", &SolutionSpec::autoTraining,
              "Train again by schedule, whenever there is new data.");
  binding.add("incrementalUpdate", &SolutionSpec::incrementalUpdate,
              "Take in new items within minutes; only for aws-semantic-similarity.");
  binding.add("schedules", &SolutionSpec::schedules, "When it is trained and updated.")
      .example("{train: rate(7 days)}");
  binding
      .add("keepVersions", &SolutionSpec::keepVersions,
           "How many finished versions are kept besides those in use.")
      .atLeast(1)
      .atMost(1000);
  binding.add("seed", &SolutionSpec::seed, "Training is repeatable for a seed.").atLeast(0).atMost(9e15);
}

// eventWeights is folded into events, which is what everybody else reads.
static void refineEvents(Json& spec, std::vector<Error>& errors) {
  const bool inShort = spec.contains("eventWeights");
  if (inShort) {
    if (spec.contains("events"))
      errors.push_back(
          kinds::wrong("eventWeights", "both events and eventWeights are given", "keep one of them"));
    Json events = Json::array();
    for (const auto& [type, weight] : spec["eventWeights"].items())
      events.push_back({{"eventType", type}, {"weight", weight}});
    if (!spec.contains("events")) spec["events"] = std::move(events);
    spec.erase("eventWeights");
  }
  if (!spec.contains("events")) return;
  if (spec.contains("eventType"))
    errors.push_back(
        kinds::wrong("eventType", "both eventType and a choice of events are given", "keep one of them"));
  std::map<std::string, size_t> seen;
  double sum = 0;
  for (size_t i = 0; i < spec["events"].size(); ++i) {
    const Json& event = spec["events"][i];
    sum += member(event, "weight").is_number() ? event["weight"].get<double>() : 0;
    if (!seen.emplace(lower(stringMember(event, "eventType")), i).second)
      errors.push_back(
          kinds::wrong(fmt::format("events[{}].eventType", i),
                       fmt::format("{} stands here twice", quoted(stringMember(event, "eventType")))));
  }
  if (sum <= 0)
    errors.push_back(kinds::wrong(inShort ? "eventWeights" : "events",
                                  "all weights are 0, so nothing would be trained on"));
}

// Every setting is written into the spec, with the recipe's default where the manifest says nothing.
static void refineHyperparameters(Json& spec, const recipes::RecipeInfo& recipe, std::vector<Error>& errors) {
  auto complete =
      recipes::completeHyperparameters(recipe, member(spec, "hyperparameters"), "hyperparameters", errors);
  if (complete && !complete->empty()) spec["hyperparameters"] = std::move(*complete);
}

// The search may only touch what the recipe lets be searched (TO-42, TO-47).
static void refineHpo(const Json& spec, const recipes::RecipeInfo& recipe, std::vector<Error>& errors) {
  if (!spec.contains("hpo")) return;
  std::vector<std::string> tunable;
  for (const auto& parameter : recipe.hyperparameters)
    if (parameter.tunable) tunable.push_back(parameter.name);
  if (tunable.empty()) {
    errors.push_back(
        kinds::wrong("hpo", fmt::format("{} has no hyperparameters to search", recipe.name), "remove it"));
    return;
  }
  for (const auto& [name, range] : member(spec["hpo"], "ranges").items()) {
    const auto path = "hpo.ranges." + name;
    if (std::find(tunable.begin(), tunable.end(), name) == tunable.end()) {
      const auto hint = didYouMean(name, tunable);
      errors.push_back(kinds::wrong(path,
                                    fmt::format("{} cannot be searched in {}", quoted(name), recipe.name),
                                    hint.empty() ? fmt::format("allowed: {}", join(tunable, ", ")) : hint));
    } else if (range.contains("values") == (range.contains("minimum") && range.contains("maximum"))) {
      errors.push_back(kinds::wrong(path, "needs minimum and maximum, or values"));
    } else if (range.contains("minimum") && range["minimum"] > range["maximum"]) {
      errors.push_back(kinds::wrong(path, "the minimum is above the maximum"));
    }
  }
}

// Trends are looked for as often as the solution says, and at least every two hours (TN-2).
static std::string ownUpdates(const Json& spec) {
  const std::string frequency = stringMember(member(spec, "hyperparameters"), "trend_discovery_frequency");
  return frequency == "30 minutes" || frequency == "1 hour" ? "rate(" + frequency + ")" : "rate(2 hours)";
}

static void refineTraining(Json& spec, const recipes::RecipeInfo& recipe, std::vector<Error>& errors) {
  const bool scheduled = member(spec, "schedules").contains("train");
  if (boolMember(spec, "autoTraining", true)) {
    if (!scheduled) spec["schedules"]["train"] = "rate(7 days)";
  } else if (scheduled && spec["schedules"]["train"] != "never") {
    errors.push_back(kinds::wrong(
        "schedules.train", "there is a training schedule, but autoTraining is false", "change one of them"));
  }
  if (recipe.automaticUpdate && !member(spec, "schedules").contains("update"))
    spec["schedules"]["update"] = ownUpdates(spec);
}

static void refineSolution(Json& spec, std::vector<Error>& errors) {
  refineEvents(spec, errors);
  kinds::refineTrainingColumns(spec, errors);
  const recipes::RecipeInfo* recipe = recipes::findRecipe(stringMember(spec, "recipe"));
  if (recipe == nullptr) return;
  refineHyperparameters(spec, *recipe, errors);
  refineHpo(spec, *recipe, errors);
  refineTraining(spec, *recipe, errors);
  const auto& name = recipe->name;
  if (spec.contains("optimizationObjective") && name != "aws-user-personalization" &&
      name != "aws-personalized-ranking")
    errors.push_back(kinds::wrong("optimizationObjective", fmt::format("{} takes no objective", name),
                                  "aws-user-personalization and aws-personalized-ranking do"));
  if (boolMember(spec, "incrementalUpdate") && name != "aws-semantic-similarity")
    errors.push_back(kinds::wrong("incrementalUpdate", fmt::format("{} has no incremental update", name),
                                  "remove it, or set it to false"));
}

KindTable kinds::solution() {
  return {.kind = "Solution",
          .plural = "solutions",
          .shortNames = {"sol"},
          .help = "A recipe with its configuration; each training makes a SolutionVersion of it.",
          .arnPart = "solution",
          .fields = bindingOf<SolutionSpec>().fields(),
          .refine = refineSolution};
}

PROFFER_BINDING(EventSelection) {
  binding.add("eventType", &EventSelection::eventType, "The event type.")
      .required()
      .atLeast(1)
      .atMost(256)
      .example("Purchase");
  binding.add("valueThreshold", &EventSelection::valueThreshold, "Only events of at least this EVENT_VALUE.");
  binding.add("weight", &EventSelection::weight, "How much it counts beside the others; only ratios matter.")
      .atLeast(0)
      .atMost(1);
}

}  // namespace proffer
