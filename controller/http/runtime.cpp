// The runtime API in the service's shapes (spec data-plane 2): POST /recommendations. Where an ARN stands,
// plain GROUP/NAME is accepted too.
#include "base/text.h"
#include "controller/http/arns.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"
#include "controller/http/question.h"

namespace proffer::http {
namespace {

constexpr size_t kLongestArn = 256;

// A text as JSON. Most need no escape, and then no tree either.
void appendText(std::string& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (!plain) {
    out += dumpJson(Json(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// The answer's text is written as it goes: a tree of 25 objects would take a third of the request's time.
void appendItem(std::string& out, const serving::RecommendedItem& item) {
  out += R"({"itemId":)";
  appendText(out, item.itemId);
  if (item.score) out += R"(,"score":)" + dumpJson(Json(roundedScore(*item.score)));
  if (!item.metadata.empty()) {
    Json metadata = Json::object();
    for (const auto& [name, value] : item.metadata) metadata[lower(name)] = value;
    out += R"(,"metadata":)" + dumpJson(metadata);
  }
  if (!item.reason.empty()) out += R"(,"reason":)" + dumpJson(Json(item.reason));
  out += '}';
}

// metadataColumns: {"ITEMS": ["TITLE"]}, nothing else (2.1, R23).
Result<std::vector<std::string>> metadataColumnsOf(const Json& body) {
  const Json& columns = member(body, "metadataColumns");
  if (columns.is_null()) return std::vector<std::string>{};
  if (!columns.is_object() || columns.size() > 1 || (columns.size() == 1 && !columns.contains("ITEMS")))
    return fail(makeError(ErrorCode::kInvalidInput, "the only form is {{\"ITEMS\": [COLUMN, ...]}}")
                    .in("metadataColumns"));
  return columnsOf(member(columns, "ITEMS"), "metadataColumns.ITEMS");
}

struct Target {
  std::string kind;
  std::string text;  ///< an ARN or GROUP/NAME
  std::string field;
};

// R1: exactly one of the two.
Result<Target> targetOf(const Json& body) {
  PROFFER_TRY(const std::string campaign, textMember(body, "campaignArn", kLongestArn));
  PROFFER_TRY(const std::string recommender, textMember(body, "recommenderArn", kLongestArn));
  if (campaign.empty() == recommender.empty())
    return fail(ErrorCode::kInvalidInput, "exactly one of campaignArn and recommenderArn is needed, {} given",
                campaign.empty() ? "none is" : "both are");
  if (campaign.empty()) return Target{"Recommender", recommender, "recommenderArn"};
  return Target{"Campaign", campaign, "campaignArn"};
}

Result<void> nameTarget(Services& services, const Target& target, serving::RecommendRequest& request) {
  if (!looksLikeArn(target.text)) return setTarget(request, target.text, target.field);
  PROFFER_TRY(const ResourceKey key, services.arns.resolve(target.kind, target.text));
  request.group = key.group;
  request.name = key.name;
  return {};
}

Result<serving::Answer> answerTo(Services& services, const Json& body, const Target& target) {
  PROFFER_TRY(serving::RecommendRequest request, sharedMembers(body));
  PROFFER_TRY(request.metadataColumns, metadataColumnsOf(body));
  if (const Json& promotions = member(body, "promotions"); !promotions.is_null() && !promotions.empty())
    return fail(makeError(ErrorCode::kNotImplemented, "promotions are not built yet").in("promotions"));
  PROFFER_CHECK(nameTarget(services, target, request));
  PROFFER_TRY(const std::string filter, textMember(body, "filterArn", kLongestArn));
  PROFFER_TRY(request.filter, filterName(services, filter, request.group, "filterArn"));
  auto answer = services.engine.recommend(request);
  if (!answer && answer.error().code == ErrorCode::kNotFound &&
      (looksLikeArn(target.text) || looksLikeArn(filter))) {
    // The ARNs may belong to other objects by now.
    services.arns.forget(target.text);
    services.arns.forget(filter);
    PROFFER_CHECK(nameTarget(services, target, request));
    PROFFER_TRY(request.filter, filterName(services, filter, request.group, "filterArn"));
    answer = services.engine.recommend(request);
  }
  if (!answer && answer.error().field == "filter") answer.error().field = "filterArn";
  return answer;
}

}  // namespace

Result<Reply> getRecommendations(Services& services, const Call& call) {
  auto body = parseJson(trim(call.body).empty() ? "{}" : call.body);
  if (!body) return serviceReply("SerializationException", formatError(body.error()), 400);
  if (!body->is_object()) return serviceReply("SerializationException", "the body is a JSON object", 400);
  PROFFER_TRY(const Target target, targetOf(*body));
  PROFFER_TRY(const serving::Answer answer, answerTo(services, *body, target));
  Reply reply;
  reply.text.reserve(64 + 32 * answer.items.size());
  reply.text = R"({"itemList":[)";
  for (const serving::RecommendedItem& item : answer.items) {
    if (reply.text.back() == '}') reply.text += ',';
    appendItem(reply.text, item);
  }
  reply.text += R"(],"recommendationId":)";
  appendText(reply.text, answer.recommendationId);
  reply.text += "}\n";
  return reply;
}

Result<Reply> operationNotBuilt(Services&, const Call& call) {
  return fail(ErrorCode::kNotImplemented, "{} is part of the service and not built here yet", call.path);
}

}  // namespace proffer::http
