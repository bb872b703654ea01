#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(DataDeletionSpec) {
  binding.add("users", &DataDeletionSpec::users, "The users whose data is deleted.")
      .atMost(10000)
      .each([](FieldEditor& user) { user.as(ValueType::kText).atLeast(1).atMost(256); })
      .example("[\"4711\"]");
  binding.add("csv", &DataDeletionSpec::csv, "A file or directory with one column USER_ID.")
      .as(ValueType::kPath)
      .refine(kinds::refineSourceText);
  binding.freeze();
}

static void refineDataDeletion(Json& spec, std::vector<Error>& errors) {
  if (!spec.contains("users") && !spec.contains("csv"))
    errors.push_back(kinds::wrong("", "names no user", "list them under users, or name a file under csv"));
}

KindTable kinds::dataDeletion() {
  return {.kind = "DataDeletion",
          .plural = "datadeletions",
          .shortNames = {"deletion", "deletions"},
          .help = "One run that deletes all data of the users it names, from every dataset of the group.",
          .arnPart = "data-deletion-job",
          .fields = bindingOf<DataDeletionSpec>().fields(),
          .refine = refineDataDeletion};
}

}  // namespace proffer
