#include "controller/serving/request_check.h"

#include <algorithm>

#include "base/text.h"
#include "recipes/catalogue.h"

namespace proffer::serving {
namespace {

constexpr size_t kMostContext = 150;
constexpr size_t kLongestContextKey = 150;
constexpr size_t kLongestContextValue = 1000;

// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

tl::unexpected<Error> refused(std::string field, std::string message, std::string hint = {}) {
  Error error{ErrorCode::kInvalidInput, std::move(message)};
  return fail(std::move(error).in(std::move(field)).hinting(std::move(hint)));
}

// "most-popular", or "aws-sims" for campaigns.
const std::string& nameOf(const RouteSettings& settings) {
  return settings.useCase.empty() ? settings.recipe : settings.useCase;
}

Result<void> checkId(std::string_view field, std::string_view id, bool needed,
                     const RouteSettings& settings) {
  if (id.empty() && needed)
    return refused(std::string(field), fmt::format("is required by {}", nameOf(settings)));
  if (const size_t length = characters(id); length > kLongestId)
    return refused(std::string(field),
                   fmt::format("has {} characters, at most {} are allowed", length, kLongestId));
  return {};
}

Result<void> checkContext(const std::map<std::string, std::string>& context) {
  if (context.size() > kMostContext)
    return refused("context", fmt::format("context has {} entries, at most {} are allowed", context.size(),
                                          kMostContext));
  for (const auto& [key, value] : context) {
    const bool word = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!word || key.size() > kLongestContextKey)
      return refused(
          "context",
          fmt::format("{} is no name of a context field: letters, digits and underscores, at most {}",
                      proffer::quoted(key), kLongestContextKey));
    if (characters(value) > kLongestContextValue)
      return refused("context." + key, fmt::format("the value has {} characters, at most {} are allowed",
                                                   characters(value), kLongestContextValue));
  }
  return {};
}

Result<void> checkMetadata(const RecommendRequest& request, const RouteSettings& settings) {
  if (request.metadataColumns.empty()) return {};
  if (!settings.metadata)
    return refused("metadataColumns",
                   fmt::format("metadata is not enabled for {}/{}", request.group, request.name),
                   "set metadata: true in its spec");
  if (request.metadataColumns.size() > kMostMetadataColumns)
    return refused("metadataColumns", fmt::format("{} columns are asked for, at most {} are allowed",
                                                  request.metadataColumns.size(), kMostMetadataColumns));
  return {};
}

// Those that rank take lists, the others do not (R6).
Result<void> checkList(const RecommendRequest& request, const RouteSettings& settings, size_t most) {
  const recipes::RecipeInfo* recipe = recipes::findRecipe(settings.recipe);
  const bool ranks = recipe != nullptr && recipe->type == recipes::RecipeType::kPersonalizedRanking;
  const std::string called = request.group + "/" + request.name;
  if (!ranks && request.inputList.empty()) return {};
  if (!ranks)
    return refused("inputList", fmt::format("{} serves {}, which recommends and ranks no lists", called,
                                            nameOf(settings)));
  if (request.inputList.empty())
    return refused("inputList", fmt::format("{} serves {}, which ranks a list of items, and there is none",
                                            called, nameOf(settings)));
  if (request.inputList.size() > most)
    return refused("inputList",
                   fmt::format("{} items are given, from 1 to {} can be ranked{}", request.inputList.size(),
                               most, request.metadataColumns.empty() ? "" : " with metadata"));
  for (size_t i = 0; i < request.inputList.size(); ++i)
    if (const size_t length = characters(request.inputList[i]); length == 0 || length > kLongestId)
      return refused(fmt::format("inputList[{}]", i),
                     fmt::format("an id has 1 to {} characters, this has {}", kLongestId, length));
  return {};
}

}  // namespace

Result<size_t> checkRequest(const RecommendRequest& request, const RouteSettings& settings) {
  PROFFER_CHECK(checkId("userId", request.userId, settings.needsUser, settings));
  PROFFER_CHECK(checkId("itemId", request.itemId, settings.needsItem, settings));
  PROFFER_CHECK(checkContext(request.context));
  PROFFER_CHECK(checkMetadata(request, settings));
  const int most = request.metadataColumns.empty() ? kMostResults : kMostResultsWithMetadata;
  PROFFER_CHECK(checkList(request, settings, static_cast<size_t>(most)));
  if (!request.inputList.empty()) return request.inputList.size();
  const int wanted = request.numResults.value_or(0);
  if (wanted < 0 || wanted > most)
    return refused("numResults", fmt::format("{} is not allowed: 0 (the default number) to {}{}", wanted,
                                             most, request.metadataColumns.empty() ? "" : " with metadata"));
  return static_cast<size_t>(wanted == 0 ? kDefaultResults : wanted);  // R2
}

}  // namespace proffer::serving
