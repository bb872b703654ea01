#include "base/text.h"
#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(ExperimentArm) {
  binding.add("name", &ExperimentArm::name, "The arm's name in reports.").required().as(ValueType::kName);
  binding.add("target", &ExperimentArm::target, "The campaign or recommender that answers.")
      .required()
      .refersTo("Campaign|Recommender");
  binding.add("weight", &ExperimentArm::weight, "Its share of the requests, relative to the others.")
      .atLeast(0);
}

PROFFER_BINDING(ExperimentSpec) {
  binding.add("arms", &ExperimentSpec::arms, "What is compared.")
      .required()
      .atLeast(2)
      .atMost(20)
      .example("[{name: a, target: old}, {name: b, target: new}]");
  binding.add("splitBy", &ExperimentSpec::splitBy, "What keeps its arm from request to request.")
      .oneOf({"user", "session"});
  binding.add("successMetric", &ExperimentSpec::successMetric, "The event type that counts as success.")
      .required()
      .atLeast(1)
      .atMost(256)
      .example("Purchase");
  binding.add("stopAfter", &ExperimentSpec::stopAfter, "When it ends; left out: it runs on.")
      .atLeast(1)
      .example("14d");
}

static void refineExperiment(Json& spec, std::vector<Error>& errors) {
  std::map<std::string, size_t> seen;
  double sum = 0;
  const Json& arms = member(spec, "arms");
  for (size_t i = 0; i < arms.size(); ++i) {
    sum += member(arms[i], "weight").is_number() ? arms[i]["weight"].get<double>() : 0;
    if (!seen.emplace(stringMember(arms[i], "name"), i).second)
      errors.push_back(
          kinds::wrong(fmt::format("arms[{}].name", i),
                       fmt::format("two arms are called {}", quoted(stringMember(arms[i], "name")))));
  }
  if (sum <= 0) errors.push_back(kinds::wrong("arms", "all weights are 0, so no arm would be asked"));
}

KindTable kinds::experiment() {
  return {
      .kind = "Experiment",
      .plural = "experiments",
      .shortNames = {"exp"},
      .implemented = false,
      .help =
          "Splits the requests for one name over several campaigns or recommenders and counts what follows.",
      .arnPart = "experiment",
      .fields = bindingOf<ExperimentSpec>().fields(),
      .refine = refineExperiment};
}

}  // namespace proffer
