#include "controller/wire/compatibility.h"

#include <algorithm>

#include "base/text.h"
#include "controller/wire/operations.h"
#include "controller/wire/service_model.h"

namespace proffer::wire {
namespace {

constexpr std::string_view kIntroduction = R"md(# Compatibility with Amazon Personalize

Written from the table in `controller/wire/operations.cpp` and the service's model `controller/wire/service.model`; a
test holds this page against them. Every operation of the three services is here, as the newest SDKs know them.

A program written for the service runs against this server when its endpoint is changed: in code (`endpoint_url` of
boto3, `endpoint` of the SDK for JavaScript), or by `AWS_ENDPOINT_URL_PERSONALIZE`, `AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME`
and `AWS_ENDPOINT_URL_PERSONALIZE_EVENTS`, all three with the same URL. Where that URL has a path, `serve --path-prefix` names it.

- *works*: answered as the service does, as far as this page says. *refused*: every check of the input is made, then the
  answer is `InvalidInputException` with a sentence that says it is not built.
- Every member is checked: type, length, range, pattern, words. Members that no model knows are ignored.
- *no effect*: members that are accepted, kept and shown again, but change nothing. All others are honoured.
- What the protocol makes is an ordinary object: `proffer get` shows it, and a manifest can take it over. A manifest's object is shown by Describe and List; one that belongs to a set of manifests refuses to be changed or
  deleted with `ResourceInUseException`, which names the set.
- ARNs are `arn:aws:personalize:local:000000000000:TYPE/NAME`. Names are unique in the server, as clients expect; an object
  made by a manifest has `TYPE/GROUP.NAME`, so that nothing collides.
- Deletions never take others along: what is in use, or holds something, is refused.
- A solution trains by itself only an hour after it was made, if nobody has made a version before.

)md";

// What stands for it: the real SDKs' flow, the case files, the C++ tests.
std::string proofOf(std::string_view name) {
  static constexpr std::string_view kFlow =
      "CreateDatasetGroup CreateSchema CreateDataset CreateDatasetImportJob CreateSolution "
      "CreateSolutionVersion "
      "GetSolutionMetrics CreateCampaign UpdateCampaign CreateEventTracker CreateFilter "
      "CreateDatasetExportJob "
      "DescribeDatasetGroup DescribeDataset DescribeDatasetImportJob DescribeSolution "
      "DescribeSolutionVersion "
      "DescribeCampaign DescribeEventTracker DescribeFilter DescribeDatasetExportJob ListDatasetImportJobs "
      "ListSolutionVersions ListDatasetGroups DeleteCampaign DeleteSolution DeleteEventTracker DeleteFilter "
      "DeleteDataset DeleteDatasetGroup DeleteSchema GetRecommendations PutEvents PutItems PutUsers";
  const auto flow = split(kFlow, ' ');
  if (std::find(flow.begin(), flow.end(), name) != flow.end())
    return "`tests/conformance/flow.py`, `flow.mjs`";
  if (name.starts_with("Put")) return "`tests/http/`";
  if (name.starts_with("GetPersonalized") || name.starts_with("GetAction"))
    return "`tests/http/cases/runtime.http`";
  return "`tests/wire/`";
}

std::string words(const std::vector<std::string>& list) {
  return list.empty() ? "" : "`" + join(list, "` `") + "`";
}

// Members that the table names, of the input; a parent is honoured if anything below it is.
std::string honoured(const Shape& input, const std::vector<std::string>& ignored) {
  std::vector<std::string> names;
  for (const Member& member : input.members)
    if (std::find(ignored.begin(), ignored.end(), member.name) == ignored.end()) names.push_back(member.name);
  return words(names);
}

std::string controlPlaneRow(const ModelOperation& operation) {
  const Operation* known = findOperation(operation.name);
  const bool works = known != nullptr && known->handler != notBuilt;
  const auto ignored = known == nullptr ? std::vector<std::string>() : split(known->ignored, ' ');
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", operation.name, works ? "works" : "refused",
                     works ? honoured(*operation.input, ignored) : "", words(ignored),
                     known == nullptr ? "" : known->remark, proofOf(operation.name));
}

std::string dataPlaneRow(const ModelOperation& operation) {
  const bool refused = operation.name == "GetActionRecommendations";
  return fmt::format("| {} | `{}` | {} | {} | {} |\n", operation.name, operation.path,
                     refused ? "refused" : "works", refused ? "" : honoured(*operation.input, {}),
                     proofOf(operation.name));
}

}  // namespace

std::string compatibilityDocument() {
  std::string text(kIntroduction);
  text +=
      "## Personalize: the control plane, `POST /`\n\n| operation | state | honoured | no effect | differs | "
      "test |\n"
      "|---|---|---|---|---|---|\n";
  for (const ModelOperation& operation : ServiceModel::get().operations())
    if (operation.service == "personalize") text += controlPlaneRow(operation);
  for (const auto& [service, title] : {std::pair("personalize-runtime", "Personalize Runtime"),
                                       {"personalize-events", "Personalize Events"}}) {
    text += fmt::format("\n## {}\n\n| operation | path | state | honoured | test |\n|---|---|---|---|---|\n",
                        title);
    for (const ModelOperation& operation : ServiceModel::get().operations())
      if (operation.service == service) text += dataPlaneRow(operation);
  }
  return text;
}

}  // namespace proffer::wire
