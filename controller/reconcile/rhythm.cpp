#include "controller/reconcile/rhythm.h"

#include <algorithm>

#include "base/hash.h"
#include "controller/reconcile/schedule.h"

namespace proffer::reconcile {

namespace {
constexpr const char* kSchedules = "schedules";
constexpr uint64_t kSeedBits = 0x7FFFFFFF;  // short enough for people to copy
}  // namespace

Rhythm::Rhythm(Run& run) : run_(run) {}

Rhythm::Slot Rhythm::look(const std::string& name, const std::string& schedule, Time last) {
  const Json& before = member(member(run_.object.status, kSchedules), name);
  return write(name, schedule, last, parseTime(stringMember(before, "skipped")));
}

Rhythm::Slot Rhythm::skip(const std::string& name, const std::string& schedule, Time last) {
  return write(name, schedule, last, run_.now);
}

void Rhythm::forget(const std::string& name) {
  Json& status = run_.object.status;
  if (!status.is_object() || !status.contains(kSchedules)) return;
  status[kSchedules].erase(name);
}

Rhythm::Slot Rhythm::write(const std::string& name, const std::string& schedule, Time last,
                           std::optional<Time> skipped) {
  Json& schedules = run_.object.status[kSchedules];
  if (!schedules.is_object()) schedules = Json::object();
  if (!schedules.contains("seed"))
    schedules["seed"] = static_cast<int64_t>(hash64(run_.key.toString()) & kSeedBits);
  const Time base = skipped ? std::max(*skipped, last) : last;
  Slot slot;
  const auto next = nextRun(schedule, base, static_cast<uint64_t>(intMember(schedules, "seed")));
  if (next) {
    slot.next = *next;
    slot.due = slot.next && *slot.next <= run_.now;
    if (!slot.next && schedule != kNever)
      slot.problem = fmt::format("schedule {} never comes again", schedule);
  } else {
    slot.problem = fmt::format("spec.schedules.{}: {}", name, formatError(next.error()));
  }
  const auto text = [](Time time) { return formatTime(std::chrono::floor<std::chrono::seconds>(time)); };
  Json entry{{"schedule", schedule}, {"last", text(last)}};
  if (skipped && *skipped > last) entry["skipped"] = text(*skipped);
  if (slot.next) entry["next"] = text(*slot.next);
  schedules[name] = std::move(entry);
  return slot;
}

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace proffer::reconcile
