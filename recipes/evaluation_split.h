// What is held out, and what is trained on: the ways to cut interactions into training, input and truth.
//
// Immutable once made; any thread. A user's events are taken in an order of their own: oldest first, ties in
// time by hash(seed, user, item). Ids are often given in order of popularity, so an order by id would tell a
// method what comes next.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/recipe.h"
#include "recipes/view.h"

namespace proffer::recipes {

enum class Protocol {
  kUsers,  ///< "users": 90 % of the users are trained on; of the others the newest 10 % is asked for (6.1)
  kLeaveLast,  ///< "leave-last": everybody's last event is asked for, the rest is trained on
  kRolling,  ///< "rolling": everybody's last 10 events in turn, each with all before it as input; the events
             ///< before the ten are trained on
  kFollowing,  ///< "following": as kUsers, but each event of a test user is a query, its truth the next 10
};
std::string_view protocolName(Protocol protocol);
std::optional<Protocol> protocolNamed(std::string_view name);
std::vector<std::string> protocolNames();

enum class TieOrder {
  kHash,
  kItemId,  ///< numbers by value, else bytes: how published figures are often made; flatters every method
};

/// The order of kItemId.
bool idBefore(std::string_view a, std::string_view b);

/// All interactions in memory, in that order.
class OrderedInteractions final : public Interactions {
 public:
  /// kLimitExceeded beyond kMostRows; kCancelled. `all` must outlive it.
  static Result<std::unique_ptr<OrderedInteractions>> of(const Interactions& all, uint64_t seed,
                                                         TieOrder ties, Progress& progress);
  static constexpr int64_t kMostRows = 200'000'000;

  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return static_cast<int64_t>(items_.size()); }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return all_.columns(); }
  int64_t latestTime() const override { return all_.latestTime(); }
  History history(Index user, Scratch&) const override { return history(user); }
  History history(Index user) const;
  std::span<const uint32_t> codes(Index user, size_t column, Scratch& scratch) const override;
  std::span<const std::string> columnValues(size_t column) const override {
    return all_.columnValues(column);
  }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  explicit OrderedInteractions(const Interactions& all) : all_(all) {}
  void append(const History& history, const std::vector<uint32_t>& order);

  const Interactions& all_;
  std::vector<size_t> offsets_ = {0};  // per user and one more
  std::vector<uint32_t> order_;        // where each row stands in the history it came from
  std::vector<Index> items_;
  std::vector<int64_t> times_;
  std::vector<uint16_t> types_;  // both empty if there is no such column
  std::vector<float> values_;
};

/// The first rows of each user's history.
class TrainingPrefix final : public Interactions {
 public:
  /// `kept`: how many rows of each user. Both must outlive it.
  TrainingPrefix(const OrderedInteractions& all, const std::vector<uint32_t>& kept);

  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return rows_; }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return all_.columns(); }
  int64_t latestTime() const override { return latest_; }
  History history(Index user, Scratch& scratch) const override;
  std::span<const uint32_t> codes(Index user, size_t column, Scratch& scratch) const override;
  std::span<const std::string> columnValues(size_t column) const override {
    return all_.columnValues(column);
  }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  const OrderedInteractions& all_;
  const std::vector<uint32_t>& kept_;
  int64_t rows_ = 0;
  int64_t latest_ = 0;
};

/// The first `count` rows.
History firstRowsOf(const History& history, size_t count);

struct HeldOutCase {
  Index user = kNoIndex;
  uint32_t input = 0;        ///< so many rows of the user's history come before what is asked for
  uint32_t turn = 1;         ///< counts the cases of a user
  Index query = kNoIndex;    ///< the last selected item of the input
  uint32_t queryRow = 0;     ///< and where it stands
  std::vector<Index> truth;  ///< sorted, distinct
};

struct HeldOut {
  std::vector<uint32_t> kept;  ///< per user: the first rows, which are trained on
  std::vector<HeldOutCase> cases;
  int64_t trainingUsers = 0;       ///< with at least one selected row that is trained on
  std::vector<uint8_t> catalogue;  ///< per item: whether any row or the items dataset has it
  size_t catalogueSize = 0;
};

struct SplitOptions {
  Protocol protocol = Protocol::kUsers;
  int folds = 10;
  int fold = 0;
  uint64_t seed = 1;
};

/// Only rows that `selector` selects are asked for; what lies between them is input all the same. Users with
/// fewer than two selected rows are trained on and not asked for.
HeldOut holdOut(const OrderedInteractions& interactions, const MetadataTable* items,
                const EventSelector& selector, const SplitOptions& options);

}  // namespace proffer::recipes
