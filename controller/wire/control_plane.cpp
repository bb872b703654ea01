#include "controller/wire/control_plane.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "controller/wire/input_check.h"
#include "controller/wire/operations.h"
#include "controller/wire/service_model.h"

namespace proffer::wire {
namespace {

constexpr std::string_view kTargetPrefix = "AmazonPersonalize.";
constexpr int kRefused = 400;
constexpr int kBroken = 500;

Answer refusal(std::string_view type, std::string_view message, int status = kRefused) {
  return {status, std::string(type), {{"__type", type}, {"message", message}}};
}

// What the model calls an error. What is not built and what belongs to a set of manifests have no names of
// their own there: the first is a matter of the input, the second of who uses the object.
std::string_view typeOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidInput:
    case ErrorCode::kNotImplemented:
      return "InvalidInputException";
    case ErrorCode::kNotFound:
      return "ResourceNotFoundException";
    case ErrorCode::kAlreadyExists:
      return "ResourceAlreadyExistsException";
    case ErrorCode::kConflict:
    case ErrorCode::kInUse:
    case ErrorCode::kForbidden:
      return "ResourceInUseException";
    case ErrorCode::kLimitExceeded:
      if (error.field == "tags") return "TooManyTagsException";
      if (error.field == "tagKeys") return "TooManyTagKeysException";
      return "LimitExceededException";
    case ErrorCode::kGone:
      return "InvalidNextTokenException";
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
    case ErrorCode::kTimedOut:
      return "ServiceUnavailable";
    default:
      return "InternalFailure";
  }
}

// An error that the operation's model does not name would miss the clients' typed handlers.
std::string_view modelledType(const ModelOperation& operation, const Error& error) {
  const std::string_view type = typeOf(error);
  const auto named = [&](std::string_view each) {
    return std::find(operation.errors.begin(), operation.errors.end(), each) != operation.errors.end();
  };
  if (named(type) || type == "InternalFailure" || type == "ServiceUnavailable") return type;
  if (type == "ResourceInUseException" && named("LimitExceededException")) return "LimitExceededException";
  return "InvalidInputException";
}

Answer failure(const ModelOperation& operation, const Error& error) {
  const std::string_view type = modelledType(operation, error);
  const bool broken = type == "InternalFailure" || type == "ServiceUnavailable";
  if (broken) logLine(LogLevel::kWarning, "wire", operation.name + ": " + formatError(error), {});
  return refusal(type, formatError(error), !broken ? kRefused : type == "ServiceUnavailable" ? 503 : kBroken);
}

Result<Json> parseBody(std::string_view body) {
  return parseJson(trim(body).empty() ? "{}" : body);
}

}  // namespace

std::string_view operationOf(std::string_view target) {
  return target.starts_with(kTargetPrefix) ? target.substr(kTargetPrefix.size()) : std::string_view();
}

bool readsOnly(std::string_view operation) {
  return operation.starts_with("Describe") || operation.starts_with("List") || operation.starts_with("Get");
}

Answer answer(store::ControlStore& store, std::string_view target, std::string_view body) {
  const std::string_view name = operationOf(target);
  const ModelOperation* model = ServiceModel::get().operation(name);
  const Operation* operation = findOperation(name);
  if (model == nullptr || operation == nullptr)
    return refusal("UnknownOperationException",
                   target.empty() ? "the header X-Amz-Target names the operation, and is missing"
                                  : fmt::format("there is no operation {}", quoted(target)));
  auto input = parseBody(body);
  if (!input) return refusal("SerializationException", formatError(input.error()));
  const InputProblems problems = checkInput(*model->input, *input);
  if (!problems.wrongType.empty()) return refusal("SerializationException", problems.wrongType);
  if (!problems.violations.empty()) {
    const bool token = problems.violations.front().find("' at 'nextToken' failed") != std::string::npos;
    return refusal(token ? "InvalidNextTokenException" : "InvalidInputException",
                   violationText(problems.violations));
  }
  const Json known = knownPart(*model->input, *input);
  World world(store);
  Request request{store, world, *model, known, store.clock().now()};
  auto answered = operation->handler(request);
  if (world.failure()) return failure(*model, *world.failure());
  if (!answered) return failure(*model, answered.error());
  return {200, "", std::move(*answered)};
}

}  // namespace proffer::wire
