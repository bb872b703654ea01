#include "controller/wire/operations.h"

#include <array>

#include "controller/wire/kinds.h"

namespace proffer::wire {
namespace {

// In the order of their names.
constexpr std::array kOperations{
    Operation{"CreateBatchInferenceJob", notBuilt, "", "batch jobs are not built"},
    Operation{"CreateBatchSegmentJob", notBuilt, "", "batch jobs are not built"},
    Operation{"CreateCampaign", createCampaign, "minProvisionedTPS",
              "minProvisionedTPS is kept and shown; the server always uses what it has"},
    Operation{"CreateDataDeletionJob", createDataDeletionJob, "roleArn", "only s3:// locations"},
    Operation{"CreateDataset", createDataset, "", ""},
    Operation{"CreateDatasetExportJob", createDatasetExportJob,
              "roleArn jobOutput.s3DataDestination.kmsKeyArn", "only s3:// locations"},
    Operation{"CreateDatasetGroup", createDatasetGroup, "roleArn kmsKeyArn",
              "keys are kept and shown; nothing is encrypted with them"},
    Operation{"CreateDatasetImportJob", createDatasetImportJob, "roleArn publishAttributionMetricsToS3",
              "only s3:// locations"},
    Operation{"CreateEventTracker", createEventTracker, "", ""},
    Operation{"CreateFilter", createFilter, "", ""},
    Operation{"CreateMetricAttribution", notBuilt, "", "metric attributions are not built"},
    Operation{"CreateRecommender", createRecommender, "recommenderConfig.minRecommendationRequestsPerSecond",
              "CREATE FAILED, with the reason, for a use case that is not built"},
    Operation{"CreateSchema", createSchema, "", ""},
    Operation{"CreateSolution", createSolution,
              "solutionConfig.autoMLConfig solutionConfig.hpoConfig.hpoObjective",
              "performAutoML is refused; CREATE FAILED, with the reason, for a recipe that is not built"},
    Operation{"CreateSolutionVersion", createSolutionVersion, "",
              "trainingMode AUTOTRAIN is refused"},
    Operation{"DeleteCampaign", removeResource, "", ""},
    Operation{"DeleteDataset", removeResource, "", ""},
    Operation{"DeleteDatasetGroup", removeResource, "", ""},
    Operation{"DeleteEventTracker", removeResource, "", ""},
    Operation{"DeleteFilter", removeResource, "", ""},
    Operation{"DeleteMetricAttribution", removeResource, "", "those of manifests"},
    Operation{"DeleteRecommender", removeResource, "", ""},
    Operation{"DeleteSchema", removeResource, "", ""},
    Operation{"DeleteSolution", removeResource, "", ""},
    Operation{"DescribeAlgorithm", describeAlgorithm, "", ""},
    Operation{"DescribeBatchInferenceJob", describeResource, "", "those of manifests"},
    Operation{"DescribeBatchSegmentJob", describeResource, "", "those of manifests"},
    Operation{"DescribeCampaign", describeResource, "", ""},
    Operation{"DescribeDataDeletionJob", describeResource, "", ""},
    Operation{"DescribeDataset", describeResource, "", ""},
    Operation{"DescribeDatasetExportJob", describeResource, "", ""},
    Operation{"DescribeDatasetGroup", describeResource, "", ""},
    Operation{"DescribeDatasetImportJob", describeResource, "", ""},
    Operation{"DescribeEventTracker", describeResource, "", ""},
    Operation{"DescribeFeatureTransformation", describeFeatureTransformation, "", ""},
    Operation{"DescribeFilter", describeResource, "", ""},
    Operation{"DescribeMetricAttribution", describeResource, "", "those of manifests"},
    Operation{"DescribeRecipe", describeRecipe, "", ""},
    Operation{"DescribeRecommender", describeResource, "", ""},
    Operation{"DescribeSchema", describeSchemaOf, "", ""},
    Operation{"DescribeSolution", describeResource, "", ""},
    Operation{"DescribeSolutionVersion", describeResource, "", ""},
    Operation{"GetSolutionMetrics", getSolutionMetrics, "", ""},
    Operation{"ListBatchInferenceJobs", listResources, "", "those of manifests"},
    Operation{"ListBatchSegmentJobs", listResources, "", "those of manifests"},
    Operation{"ListCampaigns", listResources, "", ""},
    Operation{"ListDataDeletionJobs", listResources, "", ""},
    Operation{"ListDatasetExportJobs", listResources, "", ""},
    Operation{"ListDatasetGroups", listResources, "", ""},
    Operation{"ListDatasetImportJobs", listResources, "", ""},
    Operation{"ListDatasets", listResources, "", ""},
    Operation{"ListEventTrackers", listResources, "", ""},
    Operation{"ListFilters", listResources, "", ""},
    Operation{"ListMetricAttributionMetrics", listMetricAttributionMetrics, "", "those of manifests"},
    Operation{"ListMetricAttributions", listResources, "", "those of manifests"},
    Operation{"ListRecipes", listRecipes, "recipeProvider", ""},
    Operation{"ListRecommenders", listResources, "", ""},
    Operation{"ListSchemas", listResources, "", ""},
    Operation{"ListSolutionVersions", listResources, "", ""},
    Operation{"ListSolutions", listResources, "", ""},
    Operation{"ListTagsForResource", listTagsForResource, "", "tags are the labels of resources"},
    Operation{"StartRecommender", startRecommender, "", ""},
    Operation{"StopRecommender", stopRecommender, "", ""},
    Operation{"StopSolutionVersionCreation", stopSolutionVersionCreation, "", ""},
    Operation{"TagResource", tagResource, "", ""},
    Operation{"UntagResource", untagResource, "", ""},
    Operation{"UpdateCampaign", updateCampaign, "minProvisionedTPS", ""},
    Operation{"UpdateDataset", updateDataset, "", ""},
    Operation{"UpdateMetricAttribution", notBuilt, "", "metric attributions are not built"},
    Operation{"UpdateRecommender", updateRecommender, "recommenderConfig.minRecommendationRequestsPerSecond",
              ""},
    Operation{"UpdateSolution", updateSolution, "", ""},
};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* findOperation(std::string_view name) {
  for (const Operation& operation : kOperations)
    if (operation.name == name) return &operation;
  return nullptr;
}

}  // namespace proffer::wire
