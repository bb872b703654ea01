#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(GitSourceSpec) {
  binding.add("repository", &GitSourceSpec::repository, "Where the repository is: a URL or a path.")
      .required()
      .atLeast(1)
      .atMost(2048)
      .example("https://git.example.org/shop.git");
  binding.add("branch", &GitSourceSpec::branch, "The branch that is followed.").atLeast(1).atMost(255);
  binding.add("path", &GitSourceSpec::path, "The directory of manifests in it.").as(ValueType::kPath);
  binding.add("interval", &GitSourceSpec::interval, "How often it is looked at.").atLeast(10);
  binding.add("prune", &GitSourceSpec::prune, "Whether what its manifests no longer declare is deleted.");
}

KindTable kinds::gitSource() {
  return {.kind = "GitSource",
          .plural = "gitsources",
          .shortNames = {"git"},
          .grouped = false,
          .implemented = false,
          .help = "Keeps the server as the manifests of a Git repository say.",
          .arnPart = "",
          .fields = bindingOf<GitSourceSpec>().fields()};
}

}  // namespace proffer
