#include "controller/wire/tags.h"

#include <set>

#include "base/text.h"
#include "controller/wire/operations.h"
#include "controller/wire/request.h"

namespace proffer::wire {
namespace {

constexpr const char* kTaggable[] = {
    "DatasetGroup",    "Dataset",         "DatasetImport", "DatasetExport", "BatchInferenceJob",
    "BatchSegmentJob", "DataDeletion",    "EventTracker",  "Filter",        "Recommender",
    "Solution",        "SolutionVersion", "Campaign"};

Result<const Resource*> taggable(Request& request) {
  const std::string arn = request.text("resourceArn");
  for (const char* kind : kTaggable)
    if (const Resource* found = request.world.byArn(kind, arn)) return found;
  for (const char* kind : {"Schema", "MetricAttribution"})
    if (request.world.byArn(kind, arn) != nullptr)
      return fail(ErrorCode::kInvalidInput, "{} is of a type that has no tags", arn);
  return noSuchArn(arn);
}

}  // namespace

Result<void> setTags(std::map<std::string, std::string>& labels, const Json& tags) {
  std::set<std::string> seen;
  for (const Json& tag : tags) {
    const std::string key = stringMember(tag, "tagKey");
    if (lower(key).starts_with("aws:"))
      return fail(ErrorCode::kInvalidInput, "tag key {} begins with aws:, which is reserved", quoted(key));
    if (!seen.insert(key).second)
      return fail(ErrorCode::kInvalidInput, "tag key {} is given twice", quoted(key));
    labels[key] = stringMember(tag, "tagValue");
  }
  if (labels.size() > kMostTags && !seen.empty())
    return fail(makeError(ErrorCode::kLimitExceeded, "a resource has at most {} tags, these would be {}",
                          kMostTags, labels.size())
                    .in("tags"));
  return {};
}

Json tagList(const std::map<std::string, std::string>& labels) {
  Json list = Json::array();
  for (const auto& [key, value] : labels) list.push_back({{"tagKey", key}, {"tagValue", value}});
  return list;
}

Result<Json> listTagsForResource(Request& request) {
  PROFFER_TRY(const Resource* resource, taggable(request));
  return Json{{"tags", tagList(resource->metadata.labels)}};
}

Result<Json> tagResource(Request& request) {
  PROFFER_TRY(const Resource* found, taggable(request));
  Resource resource = *found;
  PROFFER_CHECK(setTags(resource.metadata.labels, member(request.input, "tags")));
  PROFFER_CHECK(change(request, std::move(resource), false));
  return Json::object();
}

Result<Json> untagResource(Request& request) {
  PROFFER_TRY(const Resource* found, taggable(request));
  const Json& keys = member(request.input, "tagKeys");
  if (keys.size() > kMostTags)
    return fail(makeError(ErrorCode::kLimitExceeded, "{} keys are given, a resource has at most {} tags",
                          keys.size(), kMostTags)
                    .in("tagKeys"));
  Resource resource = *found;
  for (const Json& key : keys) resource.metadata.labels.erase(key.get<std::string>());
  PROFFER_CHECK(change(request, std::move(resource), false));
  return Json::object();
}

}  // namespace proffer::wire
