// The job "import": brings the rows of a dataset's sources in. The definition is fixed when the job is
// queued.
#pragma once

#include <memory>
#include <string>

#include "controller/reconcile/environment.h"
#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

struct ImportRequest {
  std::string group;
  std::string groupUid;
  data::DatasetDefinition definition;
};
/// `spec` is the dataset's, with the sources of this run.
Json importRequestJson(const ImportRequest& request, const Json& spec);
Result<ImportRequest> importRequestFromJson(const Json& json);

std::unique_ptr<Executor> makeImportExecutor(const Environment& environment);

}  // namespace proffer::reconcile
