#include "controller/reconcile/job_places.h"

#include <unistd.h>

#include <algorithm>

namespace proffer::reconcile {

namespace {

int64_t halfOfTheMachine() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && size > 0 ? pages / 2 * size : int64_t{1} << 30;
}

int64_t memoryOf(const store::Job& job) {
  return intMember(job.input, std::string(kJobMemory));
}

}  // namespace

JobPlaces::JobPlaces(Limits limits) : limits_(limits) {
  limits_.trainings = std::max(1, limits_.trainings);
  if (limits_.memory <= 0) limits_.memory = halfOfTheMachine();
}

bool JobPlaces::isTraining(const store::Job& job) {
  return job.type == "train" || job.type == "update";
}

bool JobPlaces::fits(int64_t memory) const {
  if (taken_.empty()) return true;
  if (static_cast<int>(taken_.size()) >= limits_.trainings) return false;
  for (const auto& [id, bytes] : taken_) memory += bytes;
  return memory <= limits_.memory;
}

std::optional<size_t> JobPlaces::choose(const std::vector<store::Job>& ready) {
  std::lock_guard guard(mutex_);
  bool blocked = false;
  for (size_t i = 0; i < ready.size(); ++i) {
    if (!isTraining(ready[i])) return i;
    blocked = blocked || !fits(memoryOf(ready[i]));
    if (blocked) continue;
    taken_[ready[i].id] = memoryOf(ready[i]);
    return i;
  }
  return std::nullopt;
}

int64_t JobPlaces::takeFor(int64_t memory) {
  std::lock_guard guard(mutex_);
  if (!fits(memory)) return 0;
  taken_[--last_] = memory;
  return last_;
}

void JobPlaces::leave(int64_t job) {
  std::lock_guard guard(mutex_);
  taken_.erase(job);
}

// It names the one directly before it, not its place: so the words change only when the job begins.
Result<std::string> waitsFor(store::Jobs& jobs, const store::Job& job) {
  PROFFER_TRY(const auto unfinished, jobs.list(true));
  const store::Job* before = nullptr;
  for (const store::Job& other : unfinished)
    if (JobPlaces::isTraining(other) && other.id < job.id) before = &other;
  if (before == nullptr) return std::string("waits for a free place");
  return fmt::format("waits for {}, which is {} before it", before->owner.toString(),
                     before->type == "update" ? "updated" : "trained");
}

}  // namespace proffer::reconcile
