#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(BatchInferenceJobSpec) {
  kinds::addVersionChoice(binding, false);
  binding.add("input", &BatchInferenceJobSpec::input, "The file or directory of JSON lines that are asked.")
      .required()
      .as(ValueType::kPath)
      .example("exports:requests.jsonl");
  binding.add("output", &BatchInferenceJobSpec::output, "The directory that the answers go to.")
      .required()
      .as(ValueType::kPath)
      .example("exports:answers/");
  binding.add("filter", &BatchInferenceJobSpec::filter, "A filter of the group.").refersTo("Filter");
  binding
      .add("numResults", &BatchInferenceJobSpec::numResults,
           "How many recommendations a line is answered with.")
      .atLeast(1)
      .atMost(10000);
  binding.add("schedule", &BatchInferenceJobSpec::schedule, "When it runs again; left out: once.")
      .as(ValueType::kSchedule)
      .example("rate(1 day)");
  binding.add("exploration", &BatchInferenceJobSpec::exploration,
              "How new items get their chance; only for recipes that explore.");
}

KindTable kinds::batchInferenceJob() {
  return {.kind = "BatchInferenceJob",
          .plural = "batchinferencejobs",
          .shortNames = {"inferencejob", "inferencejobs"},
          .implemented = false,
          .help = "Answers a file of requests with recommendations, once or by schedule.",
          .arnPart = "batch-inference-job",
          .fields = bindingOf<BatchInferenceJobSpec>().fields()};
}

}  // namespace proffer
