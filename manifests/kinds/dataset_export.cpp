#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(DatasetExportSpec) {
  binding.add("dataset", &DatasetExportSpec::dataset, "The dataset that is written out.")
      .required()
      .refersTo("Dataset");
  binding
      .add("ingestionMode", &DatasetExportSpec::ingestionMode,
           "PUT: rows put one by one; BULK: imported rows; ALL: both.")
      .oneOf({"PUT", "BULK", "ALL"});
  binding
      .add("output", &DatasetExportSpec::output,
           "The directory, or s3://bucket/prefix, that the files go to.")
      .required()
      .as(ValueType::kPath)
      .example("exports:out/");
  binding.freeze();
}

KindTable kinds::datasetExport() {
  return {.kind = "DatasetExport",
          .plural = "datasetexports",
          .shortNames = {"export", "exports"},
          .help = "One run that writes a dataset's rows as CSV.",
          .arnPart = "dataset-export-job",
          .fields = bindingOf<DatasetExportSpec>().fields()};
}

}  // namespace proffer
