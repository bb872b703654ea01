#include "controller/serving/unserved.h"

#include "base/text.h"
#include "controller/store/resource_store.h"
#include "manifests/resource.h"

namespace proffer::serving {
namespace {

Error whyNot(const Resource& object) {
  const std::string called =
      fmt::format("{} {}/{}", lower(object.kind), object.metadata.group, object.metadata.name);
  if (object.deleting()) return makeError(ErrorCode::kUnavailable, "{} is being deleted", called);
  const auto ready = findCondition(object, kReady);
  if (!ready || ready->observedGeneration < object.metadata.generation)
    return makeError(ErrorCode::kUnavailable, "{} is there, but was not looked at yet", called)
        .hinting("ask again in a moment");
  const bool unbuilt = ready->reason == "NotImplemented";
  Error error = makeError(unbuilt ? ErrorCode::kNotImplemented : ErrorCode::kUnavailable,
                          "{} is there, but cannot answer: {}{}{}", called, ready->reason,
                          ready->message.empty() ? "" : ": ", ready->message);
  const bool declaredWrongly = ready->reason == "InvalidSpec" || ready->reason == "InvalidInput";
  return std::move(error).hinting(declaredWrongly ? "correct its manifest and apply it again"
                                  : unbuilt       ? ""
                                                  : fmt::format("`proffer describe {} {}/{}` says more",
                                                                lower(object.kind), object.metadata.group,
                                                                object.metadata.name));
}

}  // namespace

Error whyUnserved(store::ControlStore& store, const std::string& group, const std::string& name,
                  Error otherwise) {
  for (const char* kind : {"Recommender", "Campaign", "Experiment"})
    if (const auto object = store.resources().get({kind, group, name})) return whyNot(*object);
  return otherwise;
}

}  // namespace proffer::serving
