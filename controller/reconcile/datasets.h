// What reconcilers need to know of a group's datasets: their resolved definitions, and whether their data is
// there. Pure look-ups in the controller's copy and the group's data; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/reconcile/environment.h"
#include "manifests/filter_fields.h"
#include "manifests/specs.h"

namespace proffer::reconcile {

/// A group as its members see it.
struct Group {
  std::string name;
  std::string uid;
  Domain domain = Domain::kCustom;
  QuotaProfile quotas = QuotaProfile::kGenerous;
};

/// What stands in the way: an object that must come or change first.
struct Blocked {
  std::string blocker;  ///< "Schema/views", or in words: "a Dataset of type INTERACTIONS"
  std::string why;
};

/// Blocked while it is missing or terminating.
Result<std::variant<Group, Blocked>> findGroup(const Environment& environment, const std::string& name);

struct ResolvedDataset {
  Group group;
  data::DatasetDefinition definition;
  DatasetSpec spec;
};

/// The dataset with its schema: named, inline or the domain's own. kInvalidInput if it breaks the rules for
/// its type.
Result<std::variant<ResolvedDataset, Blocked>> resolveDataset(const Environment& environment,
                                                              const Resource& dataset);

/// The dataset of a type in the group, if there is one: of several the oldest, which is the one that counts.
Handle datasetOfType(const Environment& environment, const std::string& group, DatasetType type);

/// What the group's interactions say makes one order, as a column of the data; empty: nothing.
Result<std::string> orderColumnOf(const Environment& environment, const std::string& group);

/// Whether an import was ever committed.
bool hasData(const Resource& dataset);

/// The data to train on, once every dataset of the group that is fed by sources was imported or cannot be.
struct TrainingData {
  std::shared_ptr<const data::Snapshot> snapshot;
  std::string shape;  ///< which types of data take part: "INTERACTIONS,ITEMS"; a new one is worth a training
  std::string missing;  ///< a dataset that is declared but cannot be used, and why; empty: none
  bool settled = true;  ///< false: more is about to come, so no schedule decides yet
};
/// A dataset that training needs blocks it; another one only as long as its first import is still to end.
Result<std::variant<TrainingData, Blocked>> trainingData(const Environment& environment, const Group& group,
                                                         bool needsItems, bool needsInteractions = true);

/// What filters may name of the group's datasets, and what keeps the others from being named.
struct GroupFields {
  dsl::Fields fields;
  std::map<DatasetType, Blocked> missing;
};
Result<GroupFields> groupFields(const Environment& environment, const std::string& group);

/// Tells serving the group's data version and how its catalogue is shown, used and filtered.
Result<void> publishCatalogue(const Environment& environment, const Group& group);

}  // namespace proffer::reconcile
