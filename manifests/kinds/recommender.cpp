#include "base/text.h"
#include "manifests/domains.h"
#include "manifests/kinds/kinds.h"

namespace proffer {

// Use cases are stored by their short names, whatever name the manifest used.
static void refineUseCase(Json& value, std::vector<Error>& errors) {
  const auto& name = value.get_ref<const std::string&>();
  if (const UseCase* useCase = findUseCase(name, Domain::kCustom)) {
    value = useCase->name;
    return;
  }
  std::vector<std::string> names;
  for (const auto& useCase : allUseCases()) names.push_back(useCase.name);
  auto hint = didYouMean(name, names);
  errors.push_back(kinds::wrong("", fmt::format("unknown use case {}", quoted(name)),
                                hint.empty() ? fmt::format("allowed: {}", join(names, ", ")) : hint));
}

PROFFER_BINDING(RecommenderSpec) {
  binding
      .add("useCase", &RecommenderSpec::useCase,
           "What is recommended; the service's recipe names are taken too.")
      .required()
      .refine(refineUseCase)
      .example("most-popular");
  binding
      .add("eventTypes", &RecommenderSpec::eventTypes,
           "An event type of the use case to what the group calls it; for custom groups.")
      .each([](FieldEditor& type) { type.atLeast(1).atMost(256); })
      .example("{Watch: play}");
  binding.add("exploration", &RecommenderSpec::exploration,
              "How new items get their chance; only for use cases that explore.");
  kinds::datasetColumns(binding
                            .add("excludedColumns", &RecommenderSpec::excludedColumns,
                                 "Dataset type to columns not trained on.")
                            .example("{ITEMS: [STOCK]}"));
  kinds::datasetColumns(binding.add("includedColumns", &RecommenderSpec::includedColumns,
                                    "Dataset type to the only columns trained on."));
  binding
      .add("minRecommendationRequestsPerSecond", &RecommenderSpec::minRecommendationRequestsPerSecond,
           "Kept for the service's API; this server always uses what it has.")
      .atLeast(1)
      .atMost(1e6);
  binding.add("metadata", &RecommenderSpec::metadata, "Whether answers may carry item columns.");
  binding.add("schedules", &RecommenderSpec::schedules,
              "When it is trained and updated; left out: the rhythm of the use case.");
  binding.add("fallback", &RecommenderSpec::fallback, "What is served until there is enough data.")
      .oneOf({"popularity", "none"});
  binding.add("state", &RecommenderSpec::state, "stopped: keeps its model, serves nothing, is not trained.")
      .oneOf({"running", "stopped"});
  binding.add("seed", &RecommenderSpec::seed, "Training is repeatable for a seed.").atLeast(0).atMost(9e15);
}

static void refineEventTypes(const Json& spec, const UseCase& useCase, std::vector<Error>& errors) {
  std::vector<std::string> known;
  for (const auto* types : {&useCase.countedEvents, &useCase.requiredEvents, &useCase.recommendedEvents,
                            &useCase.automaticFilter})
    for (const auto& type : *types)
      if (std::find(known.begin(), known.end(), type) == known.end()) known.push_back(type);
  for (const auto& [type, name] : member(spec, "eventTypes").items()) {
    if (std::find(known.begin(), known.end(), type) != known.end()) continue;
    const auto hint = didYouMean(type, known);
    errors.push_back(kinds::wrong("eventTypes." + type,
                                  fmt::format("{} is no event type of {}", quoted(type), useCase.name),
                                  !hint.empty()   ? hint
                                  : known.empty() ? "this use case counts every event; remove it"
                                                  : fmt::format("allowed: {}", join(known, ", "))));
  }
}

// What the use case says about itself is written into the spec, so that it can be read there.
static void refineRecommender(Json& spec, std::vector<Error>& errors) {
  kinds::refineTrainingColumns(spec, errors);
  const UseCase* useCase = findUseCase(stringMember(spec, "useCase"), Domain::kCustom);
  if (useCase == nullptr) return;
  if (spec.contains("eventTypes")) refineEventTypes(spec, *useCase, errors);
  if (spec.contains("exploration") && !useCase->explores)
    errors.push_back(
        kinds::wrong("exploration", fmt::format("{} does not explore", useCase->name), "remove it"));
  if (!spec.contains("exploration") && useCase->explores) spec["exploration"] = defaultFrom(Exploration{});
  Json& schedules = spec["schedules"];
  if (!schedules.is_object()) schedules = Json::object();
  const Json given = std::exchange(schedules, Json::object());
  const auto rhythm = [&](std::string_view name, const std::string& own) {
    if (given.contains(name))
      schedules[std::string(name)] = given[std::string(name)];
    else if (!own.empty())
      schedules[std::string(name)] = own;
  };
  rhythm("train", useCase->train);
  rhythm("update", useCase->update);
}

KindTable kinds::recommender() {
  return {
      .kind = "Recommender",
      .plural = "recommenders",
      .shortNames = {"rec"},
      .help =
          "A use case of a domain, trained and served as one: the shortest way from data to recommendations.",
      .arnPart = "recommender",
      .fields = bindingOf<RecommenderSpec>().fields(),
      .refine = refineRecommender};
}

}  // namespace proffer
