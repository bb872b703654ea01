// Measuring and diagnosing: POST /v1/evaluate and GET /v1/groups/{group}/diagnosis.
#include "base/text.h"
#include "controller/http/documents.h"
#include "controller/http/handlers.h"
#include "controller/http/question.h"

namespace proffer::http {
namespace {

constexpr size_t kMostAgainst = 20;
constexpr int kMostRepeats = 100, kMostResamples = 100'000;

Result<bool> switchMember(const Json& body, const std::string& name) {
  const Json& value = member(body, name);
  if (!value.is_null() && !value.is_boolean())
    return fail(Error{ErrorCode::kInvalidInput, "true or false is expected"}.in(name));
  return boolMember(body, name);
}

Result<int> boundedMember(const Json& body, const std::string& name, int otherwise, int least, int most) {
  PROFFER_TRY(const std::optional<int> value, countMember(body, name));
  if (!value) return otherwise;
  if (*value < least || *value > most)
    return fail(
        makeError(ErrorCode::kInvalidInput, "{} is not between {} and {}", *value, least, most).in(name));
  return *value;
}

Result<EvaluationRequest> evaluationRequest(const Json& body) {
  static const std::vector<std::string> kMembers{"target",    "against", "protocol", "allFolds", "repeats",
                                                 "resamples", "seed",    "ties",     "split"};
  PROFFER_CHECK(checkMembers(body, kMembers));
  EvaluationRequest request;
  PROFFER_TRY(const std::string target, textMember(body, "target", kLongestId));
  serving::RecommendRequest named;
  PROFFER_CHECK(setTarget(named, target, "target"));
  request.group = named.group;
  request.name = named.name;
  PROFFER_TRY(request.against, columnsOf(member(body, "against"), "against"));
  if (request.against.size() > kMostAgainst)
    return fail(makeError(ErrorCode::kInvalidInput, "{} are compared at most", kMostAgainst).in("against"));
  PROFFER_TRY(const std::string protocol, textMember(body, "protocol", kLongestId));
  if (!protocol.empty()) request.protocol = protocol;
  PROFFER_TRY(request.allFolds, switchMember(body, "allFolds"));
  PROFFER_TRY(request.split, switchMember(body, "split"));
  PROFFER_TRY(request.repeats, boundedMember(body, "repeats", 1, 1, kMostRepeats));
  PROFFER_TRY(request.resamples, boundedMember(body, "resamples", 1000, 0, kMostResamples));
  PROFFER_TRY(const std::optional<int> seed, countMember(body, "seed"));
  if (seed) request.seed = static_cast<uint64_t>(*seed);
  PROFFER_TRY(const std::string ties, textMember(body, "ties", kLongestId));
  if (!ties.empty() && ties != "hash" && ties != "item-id")
    return fail(makeError(ErrorCode::kInvalidInput, "{} is neither hash nor item-id", proffer::quoted(ties))
                    .in("ties"));
  request.tiesById = ties == "item-id";
  return request;
}

}  // namespace

Result<Reply> evaluateSolution(Services& services, const Call& call) {
  if (!services.measurements.evaluate)
    return fail(ErrorCode::kNotImplemented, "this server measures nothing");
  PROFFER_TRY(const Json body, parseJson(call.body));
  PROFFER_TRY(const EvaluationRequest request, evaluationRequest(body));
  Reply reply;
  PROFFER_TRY(reply.stream, services.measurements.evaluate(request, call.abandoned));
  reply.contentType = "application/x-ndjson";
  reply.prompt = true;
  return reply;
}

Result<Reply> diagnoseGroup(Services& services, const Call& call) {
  if (!services.measurements.diagnose)
    return fail(ErrorCode::kNotImplemented, "this server diagnoses nothing");
  PROFFER_TRY(Json diagnosis, services.measurements.diagnose(call.part("group")));
  return jsonReply(std::move(diagnosis));
}

}  // namespace proffer::http
