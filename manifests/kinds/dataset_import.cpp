#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(DatasetImportSpec) {
  binding.add("dataset", &DatasetImportSpec::dataset, "The dataset that is filled.")
      .required()
      .refersTo("Dataset");
  binding.add("mode", &DatasetImportSpec::mode,
              "FULL replaces what was imported before; INCREMENTAL adds to it.");
  kinds::sources(binding.add("sources", &DatasetImportSpec::sources,
                             "The files of this run; left out: the dataset's own sources."));
  binding.freeze();
}

KindTable kinds::datasetImport() {
  return {.kind = "DatasetImport",
          .plural = "datasetimports",
          .shortNames = {"import", "imports"},
          .help =
              "One run of an import, made by the controller when a source changes, or by a user. Its status "
              "counts rows and bad rows.",
          .arnPart = "dataset-import-job",
          .fields = bindingOf<DatasetImportSpec>().fields()};
}

}  // namespace proffer
