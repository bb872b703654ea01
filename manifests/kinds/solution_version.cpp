#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(SolutionVersionSpec) {
  binding.add("solution", &SolutionVersionSpec::solution, "The solution it is a version of.")
      .refersTo("Solution");
  binding.add("recommender", &SolutionVersionSpec::recommender, "Or the recommender whose model it is.")
      .refersTo("Recommender");
  binding.add("mode", &SolutionVersionSpec::mode,
              "FULL: a new model from all data. UPDATE: the newest good version's model takes in new items and "
              "interactions, without learning; nothing updates such a version by itself.");
  binding.add("recipe", &SolutionVersionSpec::recipe, "What is trained; written by the controller.");
  Field configuration = fieldFor<Json>();
  binding.add("configuration", std::move(configuration),
              "The spec of the solution or recommender as of then; written by the controller.",
              [](const Json& value, SolutionVersionSpec& spec) {
                return spec.configuration = value, value.is_object();
              });
  binding.freeze();
}

static void refineSolutionVersion(Json& spec, std::vector<Error>& errors) {
  if (spec.contains("solution") == spec.contains("recommender"))
    errors.push_back(
        spec.contains("solution")
            ? kinds::wrong("recommender", "both solution and recommender are given", "keep one of them")
            : kinds::wrong("", "neither solution nor recommender is given",
                           "name the one that it is a version of"));
}

KindTable kinds::solutionVersion() {
  return {.kind = "SolutionVersion",
          .plural = "solutionversions",
          .shortNames = {"version", "versions", "sv"},
          .help =
              "One trained model. Its status holds the metrics, the data it saw and the artifact; its spec "
              "never changes.",
          .arnPart = "solution",
          .fields = bindingOf<SolutionVersionSpec>().fields(),
          .refine = refineSolutionVersion};
}

}  // namespace proffer
