// Where live rows go: the dataset that a tracking id, an ARN or a group's name stands for, with its columns.
//
// Any thread. The table is kept in memory and made anew only when a group, dataset, schema or tracker was
// made, changed or deleted: a request costs one look at the store's version and one into a map.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "controller/data/live_data.h"
#include "controller/http/put_columns.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"

namespace proffer::http {

struct PutTarget {
  ResourceKey dataset;
  std::string groupUid;
  data::LiveDataset live;
  PutColumns columns;
  std::string schemaMissing;  ///< why its columns are not known; empty: they are
  bool limited = false;       ///< its group has the service's quotas
};
using PutTargetPointer = std::shared_ptr<const PutTarget>;

class PutTargets {
 public:
  explicit PutTargets(store::ControlStore& store) : store_(store) {}

  /// The dataset that events under this id go to: INTERACTIONS for the id of an EventTracker,
  /// ACTION_INTERACTIONS for that dataset's own. kInvalidInput, as the service has no other error here.
  Result<PutTargetPointer> ofTrackingId(const std::string& trackingId, DatasetType type);
  /// By ARN, or as GROUP/NAME. kNotFound; kInUse while it is being deleted; kInvalidInput for another type.
  Result<PutTargetPointer> ofDataset(const std::string& arn, DatasetType type);
  /// The dataset of this type in a group. kNotFound.
  Result<PutTargetPointer> ofGroup(const std::string& group, DatasetType type);

 private:
  struct Table {
    int64_t version = 0;
    std::map<std::string, int64_t> generations;  ///< uid -> generation; what the table was made of
    std::map<std::string, PutTargetPointer> byTrackingId;
    std::map<std::string, std::string> withoutDataset;  ///< tracking id -> group
    std::map<std::string, PutTargetPointer> byArn;
    std::map<std::string, PutTargetPointer> byName;  ///< GROUP/NAME
    std::map<std::string, std::string> deleting;     ///< ARN or GROUP/NAME -> what is being deleted
    std::map<std::pair<std::string, DatasetType>, PutTargetPointer> byGroup;
    std::map<std::string, std::string> groups;  ///< name -> uid
  };

  Result<std::shared_ptr<const Table>> table();
  /// Whether the table of `before` still holds after what changed since.
  Result<bool> unchanged(const Table& before, int64_t& version);
  Result<std::shared_ptr<Table>> make();

  store::ControlStore& store_;
  std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  std::mutex making_;
};

}  // namespace proffer::http
