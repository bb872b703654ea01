#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(DatasetGroupSpec) {
  binding
      .add("domain", &DatasetGroupSpec::domain,
           "What the group is about, which brings schemas and use cases; left out: a custom group.")
      .immutable();
  binding.add("quotas", &DatasetGroupSpec::quotas,
              "generous: bounds of this server only; aws: the limits and minimums of Amazon Personalize.");
}

KindTable kinds::datasetGroup() {
  return {.kind = "DatasetGroup",
          .plural = "datasetgroups",
          .shortNames = {"group", "groups", "dsg"},
          .grouped = false,
          .help = "One body of data and everything made from it. Deleting it deletes all that belongs to it.",
          .arnPart = "dataset-group",
          .fields = bindingOf<DatasetGroupSpec>().fields()};
}

}  // namespace proffer
