// The runtime API in the service's shapes (spec data-plane 2). Where an ARN stands, plain GROUP/NAME is
// accepted too.
#include "base/text.h"
#include "controller/http/arns.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"
#include "controller/http/promotions.h"
#include "controller/http/question.h"
#include "controller/serving/shown_answers.h"
#include "controller/store/resource_store.h"
#include "controller/wire/input_check.h"

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
void appendItem(std::string& out, const serving::RecommendedItem& item, std::string_view promotion = "") {
  out += R"({"itemId":)";
  appendText(out, item.itemId);
  if (item.score) out += R"(,"score":)" + dumpJson(Json(roundedScore(*item.score)));
  if (!promotion.empty()) {
    out += R"(,"promotionName":)";
    appendText(out, promotion);
  }
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

Result<serving::Answer> answerTo(Services& services, const Json& body, const Target& target,
                                 serving::RecommendRequest& request, bool ranks = false) {
  PROFFER_CHECK(pairsMember(body, "filterValues", kMostFilterValues, kLongestFilterKey, kLongestFilterValue));
  PROFFER_TRY(request, sharedMembers(body));
  if (ranks) {
    PROFFER_TRY(request.inputList, listMember(body, "inputList"));
    request.itemId.clear();
    request.numResults.reset();
  }
  PROFFER_TRY(request.metadataColumns, metadataColumnsOf(body));
  PROFFER_CHECK(nameTarget(services, target, request));
  PROFFER_TRY(const std::string filter, filterMember(body, "filterArn", kLongestArn));
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

// The best of those items that the promotion's filter lets through: it alone governs them (R16).
Result<serving::Answer> promotedOf(Services& services, const Promotion& promotion,
                                   serving::RecommendRequest request, size_t results) {
  PROFFER_TRY(request.filter,
              filterName(services, promotion.filter, request.group, "promotions[0].filterArn"));
  request.filterValues = promotion.filterValues;
  request.numResults = static_cast<int>(promotedCount(promotion.percent, results));
  auto answer = services.engine.recommend(request);
  if (answer) return answer;
  Error& error = answer.error();
  if (error.field == "filter") error.field = "filterArn";
  if (error.field.starts_with("filter")) error.field = "promotions[0]." + error.field;
  return answer;
}

// The items with the promoted ones among them; all of them are what the answer showed.
Result<std::string> itemsText(Services& services, const std::optional<Promotion>& promotion,
                              const serving::Answer& answer, const serving::RecommendRequest& request) {
  constexpr int kDefaultResults = 25;
  std::string text;
  std::vector<std::string_view> shown;
  const auto add = [&](const serving::RecommendedItem& item, std::string_view name) {
    if (!text.empty()) text += ',';
    appendItem(text, item, name);
    shown.push_back(item.itemId);
  };
  const auto remember = [&] {
    if (services.shown != nullptr) services.shown->note(request.group, answer.recommendationId, shown);
  };
  if (!promotion) {
    text.reserve(32 * answer.items.size());
    shown.reserve(answer.items.size());
    for (const auto& item : answer.items) add(item, "");
    remember();
    return text;
  }
  const int asked = request.numResults.value_or(0);
  const auto results = static_cast<size_t>(asked == 0 ? kDefaultResults : asked);
  PROFFER_TRY(const serving::Answer promoted, promotedOf(services, *promotion, request, results));
  const std::vector<MergedItem> merged = mergePromoted(answer, promoted, results);
  for (const MergedItem& each : merged)
    add(each.item, each.promoted ? std::string_view(promotion->name) : std::string_view());
  remember();
  return text;
}

Result<Json> serviceBody(const Call& call) {
  return parseJson(trim(call.body).empty() ? "{}" : call.body);
}

}  // namespace

Result<Reply> getRecommendations(Services& services, const Call& call) {
  auto body = serviceBody(call);
  if (!body) return serviceReply("SerializationException", formatError(body.error()), 400);
  if (!body->is_object()) return serviceReply("SerializationException", "the body is a JSON object", 400);
  PROFFER_TRY(const Target target, targetOf(*body));
  PROFFER_TRY(const auto promotion, promotionOf(*body));
  serving::RecommendRequest request;
  PROFFER_TRY(const serving::Answer answer, answerTo(services, *body, target, request));
  PROFFER_TRY(const std::string items, itemsText(services, promotion, answer, request));
  Reply reply;
  reply.text.reserve(96 + items.size());
  reply.text = R"({"itemList":[)";
  reply.text += items;
  reply.text += R"(],"recommendationId":)";
  appendText(reply.text, answer.recommendationId);
  reply.text += "}\n";
  return reply;
}

// The whole list comes back, so what a caller forgot (all three members) is said by the rules of the
// service's model.
Result<Reply> getPersonalizedRanking(Services& services, const Call& call) {
  auto body = serviceBody(call);
  if (!body) return serviceReply("SerializationException", formatError(body.error()), 400);
  const wire::ModelOperation* operation = wire::ServiceModel::get().operationAt(call.path);
  if (operation == nullptr) return fail(ErrorCode::kInternal, "{} is not in the model", call.path);
  const wire::InputProblems problems = wire::checkInput(*operation->input, *body);
  if (!problems.wrongType.empty()) return serviceReply("SerializationException", problems.wrongType, 400);
  if (!problems.violations.empty())
    return fail(ErrorCode::kInvalidInput, "{}", wire::violationText(problems.violations));
  const std::string campaign = stringMember(*body, "campaignArn");
  if (campaign.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a campaign is needed").in("campaignArn"));
  serving::RecommendRequest request;
  PROFFER_TRY(const serving::Answer answer,
              answerTo(services, *body, {"Campaign", campaign, "campaignArn"}, request, true));
  PROFFER_TRY(const std::string items, itemsText(services, std::nullopt, answer, request));
  Reply reply;
  reply.text = R"({"personalizedRanking":[)" + items + R"(],"recommendationId":)";
  appendText(reply.text, answer.recommendationId);
  reply.text += "}\n";
  return reply;
}

// Actions: everything about the request is checked, but no recipe that is built can answer it.
Result<Reply> operationNotBuilt(Services& services, const Call& call) {
  const wire::ModelOperation* operation = wire::ServiceModel::get().operationAt(call.path);
  if (operation == nullptr) return fail(ErrorCode::kInternal, "{} is not in the model", call.path);
  auto body = serviceBody(call);
  if (!body) return serviceReply("SerializationException", formatError(body.error()), 400);
  const wire::InputProblems problems = wire::checkInput(*operation->input, *body);
  if (!problems.wrongType.empty()) return serviceReply("SerializationException", problems.wrongType, 400);
  if (!problems.violations.empty())
    return fail(ErrorCode::kInvalidInput, "{}", wire::violationText(problems.violations));
  constexpr int64_t kMostActions = 100;
  if (intMember(*body, "numResults") > kMostActions)
    return fail(
        makeError(ErrorCode::kInvalidInput, "at most {} can be asked for", kMostActions).in("numResults"));
  const std::string arn = stringMember(*body, "campaignArn");
  if (arn.empty()) return fail(makeError(ErrorCode::kInvalidInput, "a campaign is needed").in("campaignArn"));
  PROFFER_TRY(const ResourceKey key, services.arns.resolve("Campaign", arn));
  PROFFER_TRY(const Resource campaign, services.store.resources().get(key));
  return fail(ErrorCode::kNotImplemented, "{} serves recipe {}, which answers no {} requests", arn,
              stringMember(campaign.status, "recipe", "(none yet)"), operation->name);
}

}  // namespace proffer::http
