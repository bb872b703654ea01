// Solution versions: one training each, and their offline metrics.
#include <algorithm>
#include <array>

#include "base/ids.h"
#include "base/text.h"
#include "controller/store/jobs.h"
#include "controller/wire/configuration.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"

namespace proffer::wire {
namespace {

constexpr size_t kLongestName = 63;
constexpr int kIdDigits = 8;
/// Of the versions that the controller makes.
constexpr const char* kTrainingKey = "proffer/training-key";
constexpr const char* kStop = "proffer/stop";
constexpr const char* kShownName = "proffer/version-name";

const Resource* solutionOf(Request& request, const Resource& version) {
  return request.world.find("Solution", version.metadata.group, stringMember(version.spec, "solution"));
}

// As of when it was made; of one that waits still, as it will be.
Json configurationOf(Request& request, const Resource& version) {
  for (const Json* half : {&version.status, &version.spec})
    if (const Json& found = member(*half, "configuration"); found.is_object() && !found.empty()) return found;
  const Resource* solution = solutionOf(request, version);
  return solution == nullptr ? Json::object() : solution->spec;
}

// What was sent for the solution, if the version was made of that; {} if nothing was.
Json shownConfig(Request& request, const Resource& version, const Json& configuration) {
  const Resource* solution = solutionOf(request, version);
  if (solution != nullptr && solution->spec == configuration && !asSent(*solution, "recipeArn").is_null()) {
    const Json sent = asSent(*solution, "solutionConfig");
    return sent.is_null() ? Json::object() : sent;
  }
  return solutionConfig(configuration);
}

std::string shownName(const Resource& version, const std::string& arn) {
  const auto given = version.metadata.annotations.find(kShownName);
  if (given != version.metadata.annotations.end()) return given->second;
  const auto parts = split(arn, '/');
  return parts.size() < 3 ? version.metadata.name : parts[1] + "/" + parts[2];
}

// TO-60.
constexpr std::array<std::string_view, 2> kUpdated{"aws-user-personalization", "aws-hrnn-coldstart"};

Result<void> checkMode(Request& request, const Resource& solution, const std::string& mode) {
  if (mode == "FULL") return {};
  if (mode != "UPDATE")
    return fail(ErrorCode::kNotImplemented, "training mode {} is not built here; use FULL or UPDATE", mode);
  const std::string recipe = stringMember(solution.spec, "recipe");
  if (std::find(kUpdated.begin(), kUpdated.end(), recipe) == kUpdated.end())
    return fail(ErrorCode::kInvalidInput,
                "Training mode UPDATE is for solutions of the recipes {}, and {} is of {}. Use FULL.",
                fmt::join(kUpdated, " and "), solution.metadata.arn, recipe);
  for (const Resource& version : request.world.of("SolutionVersion"))
    if (version.metadata.group == solution.metadata.group &&
        stringMember(version.spec, "solution") == solution.metadata.name &&
        stringMember(version.spec, "mode", "FULL") == "FULL" && runStateOf(version) == "Succeeded")
      return {};
  return fail(
      ErrorCode::kInvalidInput,
      "Training mode UPDATE needs an ACTIVE solution version of {} made with FULL, and there is none.",
      solution.metadata.arn);
}

}  // namespace

Json describeSolutionVersion(Request& request, const Resource& resource) {
  const Resource* solution = solutionOf(request, resource);
  const Json configuration = configurationOf(request, resource);
  const bool automatic = resource.metadata.annotations.count(kTrainingKey) != 0;
  Json json{{"name", shownName(resource, resource.metadata.arn)},
            {"solutionVersionArn", resource.metadata.arn},
            {"performHPO", configuration.contains("hpo")},
            {"performAutoML", false},
            {"recipeArn", "arn:aws:personalize:::recipe/" + stringMember(configuration, "recipe")},
            {"eventType", stringMember(configuration, "eventType")},
            {"datasetGroupArn", request.world.groupArn(resource)},
            {"solutionConfig", shownConfig(request, resource, configuration)},
            {"trainingMode", stringMember(resource.spec, "mode", "FULL")},
            {"trainingType", automatic ? "AUTOMATIC" : "MANUAL"}};
  if (solution != nullptr) json["solutionArn"] = solution->metadata.arn;
  if (runStateOf(resource) == "Succeeded") {
    const auto began = parseTime(stringMember(member(resource.status, "run"), "started"));
    const auto ended = parseTime(stringMember(member(resource.status, "run"), "finished"));
    if (began && ended) json["trainingHours"] = static_cast<double>((*ended - *began).count()) / 3.6e9;
  }
  return joined(std::move(json), lifeOf(request, resource));
}

Result<Json> createSolutionVersion(Request& request) {
  PROFFER_TRY(const Resource* solution, named(request, "Solution", "solutionArn"));
  const std::string mode = request.has("trainingMode") ? request.text("trainingMode") : "FULL";
  PROFFER_CHECK(checkMode(request, *solution, mode));
  const std::string given = request.text("name");
  if (!given.empty())
    for (const Resource& other : request.world.of("SolutionVersion"))
      if (shownName(other, other.metadata.arn) == given)
        return fail(ErrorCode::kAlreadyExists, "Another solution version with the name {} already exists.",
                    quoted(given));
  PROFFER_CHECK(requireActive(request, *solution));
  const std::string id = newHex(kIdDigits);
  Json spec{{"solution", solution->metadata.name},
            {"mode", mode},
            {"recipe", stringMember(solution->spec, "recipe")},
            {"configuration", solution->spec}};
  const std::string stem = solution->metadata.name.substr(0, kLongestName - kIdDigits - 1);
  Resource version = fresh("SolutionVersion", solution, stem + "-" + id, std::move(spec));
  if (!given.empty()) version.metadata.annotations[kShownName] = given;
  const std::string& owner = solution->metadata.arn;
  PROFFER_TRY(const Resource made,
              create(request, std::move(version), owner.substr(owner.rfind(':') + 1) + "/" + id));
  return Json{{"solutionVersionArn", made.metadata.arn}};
}

Result<Json> stopSolutionVersionCreation(Request& request) {
  PROFFER_TRY(const Resource* version, named(request, "SolutionVersion", "solutionVersionArn"));
  const std::string status = stateOf(request.world, *version).status;
  if (status != kCreatePending && status != kCreateInProgress)
    return fail(ErrorCode::kInUse,
                "{} is {}; only what is CREATE PENDING or CREATE IN_PROGRESS can be stopped",
                version->metadata.arn, status);
  PROFFER_TRY(const auto job, request.store.jobs().latest(version->metadata.uid, "train"));
  if (!job || job->finished)
    return fail(ErrorCode::kInUse, "{} has not begun yet; try again in a moment", version->metadata.arn);
  Resource marked = *version;
  marked.metadata.annotations[kStop] = formatTime(request.now);
  PROFFER_CHECK(change(request, std::move(marked), false));
  PROFFER_CHECK(request.store.jobs().requestCancel(version->metadata.uid));
  return Json::object();
}

Result<Json> getSolutionMetrics(Request& request) {
  PROFFER_TRY(const Resource* version, named(request, "SolutionVersion", "solutionVersionArn"));
  const std::string status = stateOf(request.world, *version).status;
  if (status != kActive)
    return fail(ErrorCode::kInUse, "{} has no metrics: it is {}", version->metadata.arn, status);
  Json metrics = Json::object();
  for (const auto& [name, value] : member(version->status, "metrics").items())
    if (value.is_number()) metrics[name] = value;
  return Json{{"solutionVersionArn", version->metadata.arn}, {"metrics", std::move(metrics)}};
}

}  // namespace proffer::wire
