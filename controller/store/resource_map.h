// The rows of one table in memory: what is committed, and above it what the running group of writes has
// staged.
//
// Not synchronized by itself. find(), forEach(), stage() and undo() belong to whoever holds the database's
// writer. A reader of committed() and publish() hold the owner's mutex; only the writer publishes, so it may
// read without it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/store/resource_store.h"

namespace proffer::store {

/// Where an object stands in a list: kinds in the order of the tables, then group, then name.
struct ResourceOrder {
  size_t kindIndex = 0;
  ResourceKey key;
  auto operator<=>(const ResourceOrder&) const = default;
};
ResourceOrder orderOf(const ResourceKey& key);

struct ResourceWrite {
  ResourceOrder order;
  ResourcePointer before;  ///< nullptr: created
  ResourcePointer after;   ///< nullptr: removed
  int64_t version = 0;
};

bool matches(const Resource& resource, const ListOptions& options);

class ResourceMap {
 public:
  using Rows = std::map<ResourceOrder, ResourcePointer>;

  const Rows& committed() const { return committed_; }
  ResourcePointer find(const ResourceKey& key) const;
  /// Calls visit for every row that matches, in order, staged writes included.
  void forEach(const ListOptions& options, const std::function<void(const ResourcePointer&)>& visit) const;
  /// Returns the write: what was there before and what is there now (nullptr: removed).
  ResourceWrite stage(const ResourceKey& key, ResourcePointer after);
  void undo(const ResourceWrite& write) { staged_[write.order] = write.before; }
  void publish(const ResourceWrite& write);
  void forgetStaged() { staged_.clear(); }

 private:
  Rows committed_;
  Rows staged_;  ///< nullptr: removed
};

/// Calls visit for the rows of `rows` that match, looking only where the kind can stand.
void forEachMatching(const ResourceMap::Rows& rows, const ListOptions& options,
                     const std::function<void(const ResourceOrder&, const ResourcePointer&)>& visit);

}  // namespace proffer::store
