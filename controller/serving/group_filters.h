// A group's filters for one version of its items: compiled against the columns of its datasets, with
// everything that depends on the items alone evaluated once.
//
// Immutable; any thread; held by shared_ptr. Only the columns that some filter reads are indexed, so a group
// without filters pays nothing.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/data/group_data.h"
#include "controller/store/route_settings.h"
#include "dsl/check.h"
#include "dsl/evaluate.h"

namespace proffer::serving {

struct GroupFilter {
  FilterDefinition definition;
  dsl::Dialect dialect = dsl::Dialect::kExtended;
  std::shared_ptr<const dsl::Program> program;  ///< null if it does not compile
  Result<dsl::PreparedFilter> prepared;         ///< or why it cannot be used
};

class GroupFilters {
 public:
  /// `before`: of the version served until now, null if there is none; what still holds is taken over from
  /// it. kCorrupt if the settings' fields cannot be read.
  static Result<std::shared_ptr<const GroupFilters>> make(const data::Snapshot& snapshot,
                                                          const CatalogueSettings& settings,
                                                          const GroupFilters* before);

  /// For a newer version of the same items: `rows` were replaced, `changed` says which they are.
  std::shared_ptr<const GroupFilters> withRows(std::span<const dsl::ItemRow> rows,
                                               std::span<const recipes::Index> changed) const;

  const dsl::Fields& fields() const { return fields_; }
  const GroupFilter* find(const std::string& name) const;  ///< null if there is none
  std::vector<std::string> names() const;
  /// An expression that is no filter of the group, checked, compiled and evaluated for its items.
  GroupFilter adHoc(const data::Snapshot& snapshot, const FilterDefinition& definition) const;
  int64_t bytes() const;

 private:
  using Columns = std::set<std::string>;
  bool index(const data::Snapshot& snapshot, Columns columns,
             const GroupFilters* before);  // whether it grew of before's

  dsl::Fields fields_;
  Json fieldsJson_;
  std::string itemsFingerprint_;
  Columns columns_;                              // of the index
  std::shared_ptr<const dsl::ItemIndex> index_;  // null: no filter reads the items
  std::map<std::string, GroupFilter> filters_;
};

}  // namespace proffer::serving
