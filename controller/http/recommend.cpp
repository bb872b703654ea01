// Recommendations in plain names: POST /v1/recommend.
#include "controller/http/documents.h"
#include "controller/http/handlers.h"
#include "controller/http/question.h"
#include "controller/serving/shown_answers.h"

namespace proffer::http {
namespace {

Json evidenceJson(const serving::ItemEvidence& evidence) {
  Json json{{"kind", evidence.kind}};
  if (!evidence.itemId.empty()) json["itemId"] = evidence.itemId;
  if (!evidence.title.empty()) json["title"] = evidence.title;
  json["value"] = evidence.value;
  if (evidence.count != 0) json["count"] = evidence.count;
  if (!evidence.detail.empty()) json["detail"] = evidence.detail;
  return json;
}

Json filteredJson(const serving::FilterEffect& effect) {
  Json json{{"items", effect.items}};
  if (!effect.filter.empty()) json["filter"] = {{"name", effect.filter}, {"passing", effect.passing}};
  if (!effect.automaticTypes.empty())
    json["automaticFilter"] = {{"eventTypes", effect.automaticTypes}, {"removed", effect.automatic}};
  return json;
}

Json itemJson(const serving::RecommendedItem& item) {
  Json json{{"itemId", item.itemId}};
  if (!item.title.empty()) json["title"] = item.title;
  if (item.score) json["score"] = roundedScore(*item.score);
  if (!item.metadata.empty()) {
    Json metadata = Json::object();
    for (const auto& [name, value] : item.metadata) metadata[name] = value;
    json["metadata"] = std::move(metadata);
  }
  if (!item.reason.empty()) json["reason"] = item.reason;
  for (const serving::ItemEvidence& evidence : item.evidence)
    json["evidence"].push_back(evidenceJson(evidence));
  return json;
}

// "target": "group/name", or "group" and "name".
Result<void> readTarget(serving::RecommendRequest& request, const Json& body) {
  constexpr size_t kLongestTarget = 256;
  PROFFER_TRY(const std::string target, textMember(body, "target", kLongestTarget));
  PROFFER_TRY(request.group, textMember(body, "group", kLongestTarget));
  PROFFER_TRY(request.name, textMember(body, "name", kLongestTarget));
  const bool plain = !request.group.empty() && !request.name.empty();
  if (target.empty() && plain) return {};
  if (target.empty() || !request.group.empty() || !request.name.empty())
    return fail(ErrorCode::kInvalidInput,
                "say who recommends: either \"target\": \"GROUP/NAME\", or \"group\" and \"name\"");
  return setTarget(request, target, "target");
}

}  // namespace

Result<Reply> recommend(Services& services, const Call& call) {
  static const std::vector<std::string> kMembers{
      "target",     "group",   "name",   "userId",       "itemId",          "inputList",
      "numResults", "context", "filter", "filterValues", "metadataColumns", "explain"};
  PROFFER_TRY(const Json body, parseJson(call.body));
  PROFFER_CHECK(checkMembers(body, kMembers));
  PROFFER_TRY(serving::RecommendRequest request, sharedMembers(body));
  PROFFER_CHECK(readTarget(request, body));
  PROFFER_TRY(request.inputList, listMember(body, "inputList"));
  PROFFER_TRY(const std::string filter, filterMember(body, "filter", kLongestId));
  PROFFER_TRY(request.filter, filterName(services, filter, request.group, "filter"));
  if (filter.empty() && !request.filterValues.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "are values for a filter, and no filter is named")
                    .in("filterValues")
                    .hinting("\"filter\" names it"));
  PROFFER_TRY(request.metadataColumns, columnsOf(member(body, "metadataColumns"), "metadataColumns"));
  if (const Json& explain = member(body, "explain"); !explain.is_null() && !explain.is_boolean())
    return fail(makeError(ErrorCode::kInvalidInput, "true or false is expected").in("explain"));
  request.explain = boolMember(body, "explain");
  request.titles = true;
  PROFFER_TRY(const serving::Answer answer, services.engine.recommend(request));
  Json items = Json::array();
  std::vector<std::string_view> ids;
  for (const serving::RecommendedItem& item : answer.items) {
    items.push_back(itemJson(item));
    ids.push_back(item.itemId);
  }
  if (services.shown != nullptr) services.shown->note(request.group, answer.recommendationId, ids);
  Json reply{{"recommendationId", answer.recommendationId}};
  if (!answer.version.empty()) reply["version"] = answer.version;
  reply["servedBy"] = answer.servedBy;
  if (answer.filtered) reply["filtered"] = filteredJson(*answer.filtered);
  reply["items"] = std::move(items);
  return jsonReply(std::move(reply));
}

}  // namespace proffer::http
