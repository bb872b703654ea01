#include "controller/reconcile/conditions.h"

namespace proffer::reconcile {

Report& Report::ready(std::string_view why, std::string message) {
  ready_ = ConditionStatus::kTrue;
  readyWords_ = {std::string(why), std::move(message)};
  return *this;
}

Report& Report::notReady(std::string_view why, std::string message) {
  ready_ = ConditionStatus::kFalse;
  readyWords_ = {std::string(why), std::move(message)};
  return *this;
}

Report& Report::keepReady(const Resource& object, std::string_view why, std::string message) {
  const auto current = findCondition(object, kReady);
  if (!current || current->status != ConditionStatus::kTrue) return notReady(why, std::move(message));
  return ready(current->reason, current->message);
}

Report& Report::progressing(std::string_view why, std::string message) {
  progressing_ = Words{std::string(why), std::move(message)};
  return *this;
}

Report& Report::degraded(std::string_view why, std::string message) {
  degraded_ = Words{std::string(why), std::move(message)};
  return *this;
}

Report& Report::waitingFor(const std::string& blocker, const std::string& why) {
  const std::string message =
      why.empty() ? "waiting for " + blocker : fmt::format("waiting for {}: {}", blocker, why);
  waiting_ = Words{std::string(reason::kWaiting), message};
  return notReady(reason::kWaiting, message);
}

void Report::write(Resource& object, Time now) const {
  setCondition(object, kReady, ready_, readyWords_.reason, readyWords_.message, now);
  if (progressing_) {
    setCondition(object, kProgressing, ConditionStatus::kTrue, progressing_->reason, progressing_->message,
                 now);
  } else {
    setCondition(object, kProgressing, ConditionStatus::kFalse, readyWords_.reason, "", now);
  }
  const auto writeIfTrue = [&](std::string_view type, const std::optional<Words>& words) {
    if (words)
      setCondition(object, type, ConditionStatus::kTrue, words->reason, words->message, now);
    else
      removeCondition(object, type);
  };
  writeIfTrue(kDegraded, degraded_);
  writeIfTrue(kWaitingFor, waiting_);
}

bool wasReady(const Resource& object) {
  const auto current = findCondition(object, kReady);
  return current && current->status == ConditionStatus::kTrue;
}

std::string whyNotReady(const Resource& object) {
  const auto current = findCondition(object, kReady);
  if (!current) return "it was not looked at yet";
  return current->message;
}

void describeFailure(Resource& object, const Error& error, bool willRetry, Time now) {
  const auto& why = errorCodeName(error.code);
  const std::string message = formatError(error);
  if (wasReady(object))
    setCondition(object, kDegraded, ConditionStatus::kTrue, why, message, now);
  else
    setCondition(object, kReady, ConditionStatus::kFalse, why, message, now);
  setCondition(object, kProgressing, ConditionStatus::kFalse, willRetry ? reason::kRetrying : why, "", now);
}

}  // namespace proffer::reconcile
