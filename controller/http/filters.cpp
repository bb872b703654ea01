// Filters outside of recommendations: POST /v1/filters/check and /v1/filters/eval.
#include "base/error_json.h"
#include "controller/http/documents.h"
#include "controller/http/handlers.h"
#include "controller/http/question.h"
#include "dsl/syntax.h"
#include "manifests/filter_fields.h"

namespace proffer::http {
namespace {

constexpr size_t kLongestName = 256;
constexpr int kMostSampled = 1000, kSampled = 20;

Json findingJson(const dsl::Finding& finding) {
  Json json{{"text", finding.text}, {"passes", finding.passes}};
  if (!finding.found.empty()) json["found"] = finding.found;
  for (const dsl::Finding& part : finding.parts) json["parts"].push_back(findingJson(part));
  return json;
}

Json clauseJson(const dsl::ClauseFinding& clause) {
  Json json{{"action", clause.action == dsl::Action::kInclude ? "INCLUDE" : "EXCLUDE"},
            {"text", clause.text},
            {"applies", clause.applies}};
  if (clause.condition) json["if"] = findingJson(*clause.condition);
  if (!clause.applies) {
    json["whyNot"] = clause.whyNot;
    return json;
  }
  json["matches"] = clause.matches;
  json["where"] = findingJson(clause.where);
  return json;
}

Json explanationJson(const dsl::Explanation& explanation) {
  Json json{{"passes", explanation.passes}, {"reason", explanation.reason}, {"clauses", Json::array()}};
  for (const dsl::ClauseFinding& clause : explanation.clauses) json["clauses"].push_back(clauseJson(clause));
  return json;
}

Result<std::string> needed(const Json& body, const std::string& name, size_t limit) {
  PROFFER_TRY(std::string text, textMember(body, name, limit));
  if (text.empty()) return fail(Error{ErrorCode::kInvalidInput, "is required"}.in(name));
  return text;
}

Result<std::string> dialectMember(const Json& body) {
  PROFFER_TRY(std::string dialect, textMember(body, "dialect", kLongestName));
  return dialect.empty() ? "extended" : dialect;
}

Result<serving::FilterTrial> trialOf(Services& services, const Json& body) {
  serving::FilterTrial trial;
  PROFFER_TRY(trial.group, needed(body, "group", kLongestName));
  PROFFER_TRY(const std::string filter, textMember(body, "filter", kLongestName));
  PROFFER_TRY(trial.filter, filterName(services, filter, trial.group, "filter"));
  PROFFER_TRY(trial.expression, textMember(body, "expression", dsl::kLongest));
  PROFFER_TRY(trial.dialect, dialectMember(body));
  if (trial.filter.empty() == trial.expression.empty())
    return fail(ErrorCode::kInvalidInput, "either \"filter\" or \"expression\" says what is tried");
  PROFFER_TRY(const serving::RecommendRequest shared, sharedMembers(body));
  trial.userId = shared.userId;
  trial.itemId = shared.itemId;
  trial.filterValues = shared.filterValues;
  PROFFER_TRY(const std::optional<int> sample, countMember(body, "sample"));
  if (sample.value_or(0) > kMostSampled)
    return fail(makeError(ErrorCode::kInvalidInput, "at most {} are allowed", kMostSampled).in("sample"));
  trial.sample = static_cast<size_t>(sample.value_or(kSampled));
  PROFFER_TRY(trial.explainItem, textMember(body, "explainItem", kLongestId));
  return trial;
}

}  // namespace

Result<Reply> checkFilter(Services& services, const Call& call) {
  static const std::vector<std::string> kMembers{"group", "expression", "dialect"};
  PROFFER_TRY(const Json body, parseJson(call.body));
  PROFFER_CHECK(checkMembers(body, kMembers));
  PROFFER_TRY(const std::string group, needed(body, "group", kLongestName));
  PROFFER_TRY(const std::string expression, needed(body, "expression", 2 * dsl::kLongest));
  PROFFER_TRY(const std::string dialect, dialectMember(body));
  PROFFER_TRY(const serving::FilterCheck check, services.engine.checkFilter(group, expression, dialect));
  Json reply{{"ok", check.errors.empty()}};
  if (check.errors.empty()) {
    reply["canonical"] = check.canonical;
    reply["uses"] = proffer::toJson(check.uses);
  }
  for (const Error& error : check.errors) reply["errors"].push_back(proffer::toJson(error));
  return jsonReply(std::move(reply));
}

Result<Reply> evaluateFilter(Services& services, const Call& call) {
  static const std::vector<std::string> kMembers{"group",        "filter", "expression",
                                                 "dialect",      "userId", "itemId",
                                                 "filterValues", "sample", "explainItem"};
  PROFFER_TRY(const Json body, parseJson(call.body));
  PROFFER_CHECK(checkMembers(body, kMembers));
  PROFFER_TRY(const serving::FilterTrial trial, trialOf(services, body));
  PROFFER_TRY(const serving::FilterOutcome outcome, services.engine.tryFilter(trial));
  Json reply{{"canonical", outcome.canonical}, {"passing", outcome.passing}, {"items", outcome.items}};
  Json& sample = reply["sample"] = Json::array();
  for (const serving::RecommendedItem& item : outcome.sample) {
    Json shown{{"itemId", item.itemId}};
    if (!item.title.empty()) shown["title"] = item.title;
    sample.push_back(std::move(shown));
  }
  if (outcome.explanation) reply["explanation"] = explanationJson(*outcome.explanation);
  return jsonReply(std::move(reply));
}

}  // namespace proffer::http
