// The newest changes of the resources, in memory: what a watch reads.
//
// Not synchronized: the owner's mutex guards it.
#pragma once

#include <deque>
#include <vector>

#include "controller/store/resource_map.h"

namespace proffer::store {

/// A change before its resource is copied out.
struct FoundChange {
  ChangeType type = ChangeType::kModified;
  ResourcePointer resource;
  int64_t version = 0;
};
Change toChange(const FoundChange& found);

class ChangeLog {
 public:
  /// What happened up to `version` is not known.
  ChangeLog(int64_t version, size_t capacity) : floor_(version), capacity_(capacity) {}
  void add(const ResourceWrite& write);
  /// Changes after it can be told.
  bool knows(int64_t since) const { return since >= floor_; }
  /// See ChangeBatch. Needs knows(since).
  std::vector<FoundChange> since(int64_t since, const ListOptions& options) const;

 private:
  std::deque<ResourceWrite> writes_;
  int64_t floor_ = 0;
  size_t capacity_;
};

}  // namespace proffer::store
