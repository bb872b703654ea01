// The unfinished jobs of the server, and which objects they work for: the run itself (an import, a version)
// and what owns it (a dataset, a recommender).
//
// One thread at a time; refresh() asks the server.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/cli/command.h"

namespace proffer::cli {

class JobBoard {
 public:
  /// Asks again. Owners of runs are asked once for each run.
  Result<void> refresh(client::Client& client);
  const std::vector<client::JobInfo>& jobs() const { return jobs_; }
  /// The job that works for this object; nullptr if none does. Running ones go before queued ones.
  const client::JobInfo* of(const ResourceKey& key) const;
  /// What the job serves in the user's words: the owner of the run if there is one, else the run.
  ResourceKey subject(const client::JobInfo& job) const;

 private:
  std::vector<client::JobInfo> jobs_;
  std::map<ResourceKey, std::vector<ResourceKey>> ownersOfRuns_;
};

/// "reading 45 %", "training 3 epochs", "queued".
std::string progressText(const client::JobInfo& job);

}  // namespace proffer::cli
