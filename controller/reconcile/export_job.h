// The job "export": writes a dataset's rows to a file below an output directory, whose place and name follow
// from the job, so that a second attempt replaces the file of the first.
#pragma once

#include <memory>
#include <string>

#include "controller/data/export.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

inline constexpr std::string_view kExportJob = "export";

struct ExportJob {
  data::ExportRequest request;
  std::string output;    ///< as declared
  std::string groupArn;  ///< these three are part of the file's path (B29)
  std::string datasetArn;
  std::string name;
};
Json inputOf(const ExportJob& job);
Result<ExportJob> exportJobFromJson(const Json& json);

/// "AMZN_Personalize/GROUP-ARN/DATASET-ARN/NAME/2026-01-31/part-00000-UUID-c000.csv".
std::string exportPath(const ExportJob& job, Time day, const std::string& uuid);

std::unique_ptr<Executor> makeExportExecutor(const Environment& environment);

}  // namespace proffer::reconcile
