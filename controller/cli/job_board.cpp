#include "controller/cli/job_board.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::cli {

Result<void> JobBoard::refresh(client::Client& client) {
  PROFFER_TRY(jobs_, client.jobs(true));
  // Trainings begin in the order in which they were queued (reconcile/job_places.h).
  int before = 0;
  for (client::JobInfo& job : jobs_) {
    if (job.type != "train" && job.type != "update") continue;
    if (job.state == "queued" && before > 0) job.phase = fmt::format("queued behind {}", before);
    ++before;
  }
  for (const client::JobInfo& job : jobs_) {
    if (ownersOfRuns_.contains(job.owner)) continue;
    std::vector<ResourceKey>& owners = ownersOfRuns_[job.owner];
    const auto run = client.get(job.owner);
    if (!run) continue;  // it may have ended and gone meanwhile
    for (const OwnerReference& owner : run->metadata.ownerReferences) {
      const KindTable* kind = findKind(owner.kind);
      if (kind != nullptr && kind->kind != "DatasetGroup")
        owners.push_back({kind->kind, kind->grouped ? job.owner.group : "", owner.name});
    }
  }
  return {};
}

const client::JobInfo* JobBoard::of(const ResourceKey& key) const {
  const client::JobInfo* best = nullptr;
  for (const client::JobInfo& job : jobs_) {
    const auto owners = ownersOfRuns_.find(job.owner);
    const bool mine = job.owner == key ||
                      (owners != ownersOfRuns_.end() &&
                       std::find(owners->second.begin(), owners->second.end(), key) != owners->second.end());
    if (mine && (best == nullptr || (best->state != "running" && job.state == "running"))) best = &job;
  }
  return best;
}

ResourceKey JobBoard::subject(const client::JobInfo& job) const {
  const auto owners = ownersOfRuns_.find(job.owner);
  return owners == ownersOfRuns_.end() || owners->second.empty() ? job.owner : owners->second.front();
}

std::string progressText(const client::JobInfo& job) {
  if (job.state != "running") return job.state == "queued" && !job.phase.empty() ? job.phase : job.state;
  const std::string phase = job.phase.empty() ? job.type : job.phase;
  if (job.total > 0) return fmt::format("{} {} %", phase, std::min<int64_t>(100, job.done * 100 / job.total));
  if (job.done > 0) return fmt::format("{} {} {}", phase, withThousands(job.done), job.unit);
  return phase;
}

}  // namespace proffer::cli
