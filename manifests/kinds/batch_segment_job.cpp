#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(BatchSegmentJobSpec) {
  kinds::addVersionChoice(binding, false);
  binding.add("input", &BatchSegmentJobSpec::input, "The file or directory of JSON lines that are asked.")
      .required()
      .as(ValueType::kPath)
      .example("exports:requests.jsonl");
  binding.add("output", &BatchSegmentJobSpec::output, "The directory that the answers go to.")
      .required()
      .as(ValueType::kPath)
      .example("exports:answers/");
  binding.add("filter", &BatchSegmentJobSpec::filter, "A filter of the group.").refersTo("Filter");
  binding.add("numResults", &BatchSegmentJobSpec::numResults, "How many users a line is answered with.")
      .atLeast(1)
      .atMost(5000000);
  binding.add("schedule", &BatchSegmentJobSpec::schedule, "When it runs again; left out: once.")
      .as(ValueType::kSchedule)
      .example("rate(1 day)");
}

KindTable kinds::batchSegmentJob() {
  return {.kind = "BatchSegmentJob",
          .plural = "batchsegmentjobs",
          .shortNames = {"segmentjob", "segmentjobs"},
          .implemented = false,
          .help = "Answers a file of items or attributes with segments of users, once or by schedule.",
          .arnPart = "batch-segment-job",
          .fields = bindingOf<BatchSegmentJobSpec>().fields()};
}

}  // namespace proffer
