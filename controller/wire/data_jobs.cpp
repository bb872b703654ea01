// Import, export and deletion jobs: runs that end once and cannot be deleted.
#include "base/text.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "manifests/specs.h"

namespace proffer::wire {
namespace {

const Resource* datasetOf(Request& request, const Resource& job) {
  return request.world.find("Dataset", job.metadata.group, stringMember(job.spec, "dataset"));
}

std::string datasetArnOf(Request& request, const Resource& job) {
  const Resource* dataset = datasetOf(request, job);
  return dataset == nullptr ? "" : dataset->metadata.arn;
}

// "s3://bucket/path": what is not named at all is a place of the manifest's.
std::string locationOf(const Json& sources) {
  return sources.empty() ? "" : stringMember(sources[0], "csv");
}

bool hasImported(Request& request, const Resource& dataset) {
  for (const Resource& job : request.world.of("DatasetImport"))
    if (job.metadata.group == dataset.metadata.group &&
        stringMember(job.spec, "dataset") == dataset.metadata.name && runStateOf(job) == "Succeeded")
      return true;
  return !stringMember(member(dataset.status, "data"), "fingerprint").empty();
}

Result<void> requireS3(const std::string& location, std::string_view path) {
  if (location.starts_with("s3://")) return {};
  return fail(ErrorCode::kInvalidInput, "{} is {}; only s3:// locations are read and written here", path,
              quoted(location));
}

}  // namespace

Json describeImport(Request& request, const Resource& resource) {
  Json source = kept(resource, "dataSource");
  if (source.is_null()) source = {{"dataLocation", locationOf(member(resource.spec, "sources"))}};
  return joined({{"jobName", resource.metadata.name},
                 {"datasetImportJobArn", resource.metadata.arn},
                 {"datasetArn", datasetArnOf(request, resource)},
                 {"dataSource", std::move(source)},
                 {"roleArn", kept(resource, "roleArn")},
                 {"importMode", stringMember(resource.spec, "mode", "FULL")},
                 {"publishAttributionMetricsToS3", kept(resource, "publishAttributionMetricsToS3")}},
                lifeOf(request, resource));
}

Result<Json> createDatasetImportJob(Request& request) {
  PROFFER_TRY(const Resource* dataset, named(request, "Dataset", "datasetArn"));
  const std::string name = request.text("jobName");
  const std::string location = stringMember(member(request.input, "dataSource"), "dataLocation");
  if (location.empty()) return fail(ErrorCode::kInvalidInput, "dataSource.dataLocation is missing");
  PROFFER_CHECK(requireS3(location, "dataSource.dataLocation"));
  const std::string mode = request.has("importMode") ? request.text("importMode") : "FULL";
  const std::string suffix = "dataset-import-job/" + name;
  if (request.world.byArn("DatasetImport", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *dataset));
  if (mode == "INCREMENTAL" && !hasImported(request, *dataset))
    return fail(ErrorCode::kInvalidInput, "{} holds no bulk data yet: its first import must be FULL",
                dataset->metadata.arn);
  Json spec{{"dataset", dataset->metadata.name},
            {"mode", mode},
            {"sources", Json::array({{{"csv", location}, {"mode", mode}}})}};
  PROFFER_TRY(const Resource made,
              create(request, fresh("DatasetImport", dataset, name, std::move(spec)), suffix));
  return Json{{"datasetImportJobArn", made.metadata.arn}};
}

Json describeExport(Request& request, const Resource& resource) {
  Json output = kept(resource, "jobOutput");
  if (output.is_null()) output = {{"s3DataDestination", {{"path", stringMember(resource.spec, "output")}}}};
  return joined({{"jobName", resource.metadata.name},
                 {"datasetExportJobArn", resource.metadata.arn},
                 {"datasetArn", datasetArnOf(request, resource)},
                 {"ingestionMode", stringMember(resource.spec, "ingestionMode", "PUT")},
                 {"roleArn", kept(resource, "roleArn")},
                 {"jobOutput", std::move(output)}},
                lifeOf(request, resource));
}

Result<Json> createDatasetExportJob(Request& request) {
  PROFFER_TRY(const Resource* dataset, named(request, "Dataset", "datasetArn"));
  const std::string type = stringMember(dataset->spec, "type");
  if (type == "ACTIONS" || type == "ACTION_INTERACTIONS")
    return fail(ErrorCode::kInvalidInput, "datasets of type {} cannot be exported", type);
  const std::string name = request.text("jobName");
  const std::string path =
      stringMember(member(member(request.input, "jobOutput"), "s3DataDestination"), "path");
  PROFFER_CHECK(requireS3(path, "jobOutput.s3DataDestination.path"));
  const std::string suffix = "dataset-export-job/" + name;
  if (request.world.byArn("DatasetExport", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *dataset));
  Json spec{{"dataset", dataset->metadata.name}, {"output", path}};
  if (request.has("ingestionMode")) spec["ingestionMode"] = request.text("ingestionMode");
  PROFFER_TRY(const Resource made,
              create(request, fresh("DatasetExport", dataset, name, std::move(spec)), suffix));
  return Json{{"datasetExportJobArn", made.metadata.arn}};
}

Json describeDeletion(Request& request, const Resource& resource) {
  Json source = kept(resource, "dataSource");
  if (source.is_null()) source = {{"dataLocation", stringMember(resource.spec, "csv")}};
  Json json{{"jobName", resource.metadata.name},
            {"dataDeletionJobArn", resource.metadata.arn},
            {"datasetGroupArn", request.world.groupArn(resource)},
            {"dataSource", std::move(source)},
            {"roleArn", kept(resource, "roleArn")}};
  for (const char* figure : {"users", "deleted", "numDeleted"})
    if (const Json& count = member(resource.status, figure); count.is_number_integer())
      json["numDeleted"] = count;
  return joined(std::move(json), lifeOf(request, resource));
}

Result<Json> createDataDeletionJob(Request& request) {
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  const std::string name = request.text("jobName");
  const std::string location = stringMember(member(request.input, "dataSource"), "dataLocation");
  if (location.empty()) return fail(ErrorCode::kInvalidInput, "dataSource.dataLocation is missing");
  PROFFER_CHECK(requireS3(location, "dataSource.dataLocation"));
  const std::string suffix = "data-deletion-job/" + name;
  if (request.world.byArn("DataDeletion", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *group));
  PROFFER_TRY(const Resource made,
              create(request, fresh("DataDeletion", group, name, Json{{"csv", location}}), suffix));
  return Json{{"dataDeletionJobArn", made.metadata.arn}};
}

}  // namespace proffer::wire
