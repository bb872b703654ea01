// A request's filter made into the set of items that pass it: who asks (history, attributes), what about, the
// values of the placeholders, and the time.
//
// A FilterSituation belongs to one thread and one request; it must outlive what it was asked for.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/serving/catalogue.h"
#include "controller/serving/engine.h"
#include "controller/serving/group_filters.h"
#include "controller/serving/user_rows.h"

namespace proffer::serving {

struct Asking {
  std::string_view filter;  ///< as errors call it
  std::string_view userId, itemId;
  const std::map<std::string, std::string>* values = nullptr;
  Time now{};
};

class FilterSituation {
 public:
  FilterSituation() = default;
  FilterSituation(const FilterSituation&) = delete;
  FilterSituation& operator=(const FilterSituation&) = delete;

  /// Looks up what the filter reads, and only that. kInvalidInput: a filter that is of no items, or reads a
  /// user or an item when none is given (2.3, F14, F15), or values that cannot be read (F33..F36).
  Result<void> gather(const GroupFilter& filter, const Catalogue& catalogue, const Asking& asking);
  const dsl::Situation& situation() const { return situation_; }

 private:
  void gatherHistory(const dsl::Uses& uses, const Catalogue& catalogue, std::string_view userId);
  void gatherAttributes(const dsl::Uses& uses, const Catalogue& catalogue, std::string_view userId);

  UserRows rows_;
  std::vector<std::vector<uint32_t>> codes_;
  std::deque<std::vector<std::string>> values_;  // of columns with streamed rows
  std::vector<dsl::EventColumn> columns_;
  dsl::UserHistory history_;
  dsl::Attributes attributes_;
  dsl::Parameters parameters_;
  dsl::Situation situation_;
};

/// The filter of this name; kNotFound (R30) with the nearest name.
Result<const GroupFilter*> filterNamed(const GroupFilters& filters, const std::string& group,
                                       const std::string& name);
/// Its sets; kInvalidInput says why it cannot be used (R30).
Result<const dsl::PreparedFilter*> usable(const GroupFilter& filter, std::string_view called);

/// What the ranking takes: bits by item, and how many are set. Of the items of the catalogue only those that
/// may be recommended.
struct AdmittedItems {
  std::vector<uint64_t> words;
  size_t count = 0;
};
Result<AdmittedItems> admittedItems(const dsl::PreparedFilter& filter, const dsl::Situation& situation,
                                    const recipes::Admission& recommendable);

}  // namespace proffer::serving
