#include "recipes/evaluation_split.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "base/hash.h"
#include "base/text.h"

namespace proffer::recipes {
namespace {

constexpr size_t kRollingEvents = 10;
constexpr size_t kFollowingEvents = 10;

struct NamedProtocol {
  Protocol protocol;
  std::string_view name;
};
constexpr std::array<NamedProtocol, 4> kProtocols = {{{Protocol::kUsers, "users"},
                                                      {Protocol::kLeaveLast, "leave-last"},
                                                      {Protocol::kRolling, "rolling"},
                                                      {Protocol::kFollowing, "following"}}};

// Orders each run of equal times; the history is sorted by time already.
class TieBreaker {
 public:
  TieBreaker(const Interactions& interactions, uint64_t seed, TieOrder ties)
      : interactions_(interactions), seed_(seed), ties_(ties) {}

  void order(Index user, const History& history, std::vector<uint32_t>& order) {
    order.resize(history.size());
    std::iota(order.begin(), order.end(), 0U);
    for (size_t first = 0, last = 0; first < history.size(); first = last) {
      for (last = first + 1; last < history.size() && history.times[last] == history.times[first];) ++last;
      if (last - first > 1) sortRun(user, history, std::span(order).subspan(first, last - first));
    }
  }

 private:
  void sortRun(Index user, const History& history, std::span<uint32_t> run) {
    if (ties_ == TieOrder::kItemId) {
      std::stable_sort(run.begin(), run.end(), [&](uint32_t a, uint32_t b) {
        return idBefore(interactions_.itemId(history.items[a]), interactions_.itemId(history.items[b]));
      });
      return;
    }
    keys_.assign(history.size(), 0);
    std::string key(interactions_.userId(user));
    key += '\0';
    const size_t prefix = key.size();
    for (const uint32_t row : run) {
      key.resize(prefix);
      key += interactions_.itemId(history.items[row]);
      keys_[row] = hash64(key, seed_);
    }
    std::stable_sort(run.begin(), run.end(), [&](uint32_t a, uint32_t b) { return keys_[a] < keys_[b]; });
  }

  const Interactions& interactions_;
  uint64_t seed_;
  TieOrder ties_;
  std::vector<uint64_t> keys_;
};

}  // namespace

bool idBefore(std::string_view a, std::string_view b) {
  const auto isNumber = [](std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (a.size() != b.size() && isNumber(a) && isNumber(b)) return a.size() < b.size();
  return a < b;
}

std::string_view protocolName(Protocol protocol) {
  for (const NamedProtocol& one : kProtocols)
    if (one.protocol == protocol) return one.name;
  return "";
}

std::optional<Protocol> protocolNamed(std::string_view name) {
  for (const NamedProtocol& one : kProtocols)
    if (one.name == name) return one.protocol;
  return std::nullopt;
}

std::vector<std::string> protocolNames() {
  std::vector<std::string> names;
  for (const NamedProtocol& one : kProtocols) names.emplace_back(one.name);
  return names;
}

History firstRowsOf(const History& history, size_t count) {
  return {history.items.first(count), history.times.first(count),
          history.types.empty() ? history.types : history.types.first(count),
          history.values.empty() ? history.values : history.values.first(count)};
}

Result<std::unique_ptr<OrderedInteractions>> OrderedInteractions::of(const Interactions& all, uint64_t seed,
                                                                     TieOrder ties, Progress& progress) {
  if (all.rowCount() > kMostRows)
    return fail(ErrorCode::kLimitExceeded, "there are {} interactions; at most {} are measured at once",
                withThousands(all.rowCount()), withThousands(kMostRows));
  std::unique_ptr<OrderedInteractions> made(new OrderedInteractions(all));
  progress.begin("reading", "users", all.userCount());
  const auto rows = static_cast<size_t>(std::max<int64_t>(all.rowCount(), 0));
  made->order_.reserve(rows);
  made->items_.reserve(rows);
  made->times_.reserve(rows);
  TieBreaker breaker(all, seed, ties);
  Scratch scratch;
  std::vector<uint32_t> order;
  for (Index user = 0; user < all.userCount(); ++user) {
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
    const History history = all.history(user, scratch);
    breaker.order(user, history, order);
    made->append(history, order);
    progress.add(1);
  }
  return made;
}

void OrderedInteractions::append(const History& history, const std::vector<uint32_t>& order) {
  for (const uint32_t row : order) {
    items_.push_back(history.items[row]);
    times_.push_back(history.times[row]);
    // A history may lack a column that another one has: what came before it was null.
    if (!history.types.empty()) {
      types_.resize(items_.size() - 1, kNoType);
      types_.push_back(history.types[row]);
    }
    if (!history.values.empty()) {
      values_.resize(items_.size() - 1, kNoValue);
      values_.push_back(history.values[row]);
    }
  }
  if (!types_.empty()) types_.resize(items_.size(), kNoType);
  if (!values_.empty()) values_.resize(items_.size(), kNoValue);
  order_.insert(order_.end(), order.begin(), order.end());
  offsets_.push_back(items_.size());
}

History OrderedInteractions::history(Index user) const {
  const size_t first = offsets_[user], count = offsets_[user + 1] - first;
  History history;
  history.items = std::span(items_).subspan(first, count);
  history.times = std::span(times_).subspan(first, count);
  if (!types_.empty()) history.types = std::span(types_).subspan(first, count);
  if (!values_.empty()) history.values = std::span(values_).subspan(first, count);
  return history;
}

std::span<const uint32_t> OrderedInteractions::codes(Index user, size_t column, Scratch& scratch) const {
  thread_local Scratch inner;  // what is read may lie in it until it is copied
  const std::span<const uint32_t> codes = all_.codes(user, column, inner);
  if (codes.empty()) return codes;
  scratch.codes.clear();
  for (size_t row = offsets_[user]; row < offsets_[user + 1]; ++row)
    scratch.codes.push_back(codes[order_[row]]);
  return scratch.codes;
}

TrainingPrefix::TrainingPrefix(const OrderedInteractions& all, const std::vector<uint32_t>& kept)
    : all_(all), kept_(kept) {
  for (Index user = 0; user < all.userCount(); ++user) {
    rows_ += kept[user];
    if (kept[user] > 0) latest_ = std::max(latest_, all.history(user).times[kept[user] - 1]);
  }
}

History TrainingPrefix::history(Index user, Scratch&) const {
  return firstRowsOf(all_.history(user), kept_[user]);
}

std::span<const uint32_t> TrainingPrefix::codes(Index user, size_t column, Scratch& scratch) const {
  const std::span<const uint32_t> codes = all_.codes(user, column, scratch);
  return codes.empty() ? codes : codes.first(kept_[user]);
}

namespace {

// One user's history while it is cut.
class Cut {
 public:
  Cut(HeldOut& heldOut, Index user, const History& history, const EventSelector& selector)
      : heldOut_(heldOut), user_(user), history_(history) {
    for (uint32_t row = 0; row < history.size(); ++row)
      if (selector.weight(history, row) > 0) selected_.push_back(row);
  }

  size_t selected() const { return selected_.size(); }

  /// Asks for `count` selected rows from the `first`-th on, all rows before them being input.
  void ask(size_t first, size_t count) {
    HeldOutCase one;
    one.user = user_;
    one.input = selected_[first];
    one.turn = ++turns_;
    one.queryRow = selected_[first - 1];
    one.query = history_.items[one.queryRow];
    const size_t end = std::min(first + count, selected_.size());
    for (size_t i = first; i < end; ++i) one.truth.push_back(history_.items[selected_[i]]);
    std::sort(one.truth.begin(), one.truth.end());
    one.truth.erase(std::unique(one.truth.begin(), one.truth.end()), one.truth.end());
    heldOut_.cases.push_back(std::move(one));
  }

  /// Each selected row but the last as a query; of equal items of a user only the last one.
  void askFollowing() {
    std::map<Index, size_t> last;
    for (size_t i = 0; i + 1 < selected_.size(); ++i) last[history_.items[selected_[i]]] = i;
    for (size_t i = 0; i + 1 < selected_.size(); ++i)
      if (last.at(history_.items[selected_[i]]) == i) ask(i + 1, kFollowingEvents);
  }

  void keep(size_t rows) {
    heldOut_.kept[user_] = static_cast<uint32_t>(rows);
    heldOut_.trainingUsers += !selected_.empty() && selected_.front() < rows;
  }
  void keepBefore(size_t selectedRow) { keep(selected_[selectedRow]); }

 private:
  HeldOut& heldOut_;
  Index user_;
  const History& history_;
  std::vector<uint32_t> selected_;
  uint32_t turns_ = 0;
};

void cutUser(Cut& cut, bool tested, size_t rows, Protocol protocol) {
  const size_t count = cut.selected();
  const bool byUser = protocol == Protocol::kUsers || protocol == Protocol::kFollowing;
  if (count < 2 || (byUser && !tested)) return cut.keep(rows);
  if (protocol == Protocol::kUsers) {
    const size_t held = std::max<size_t>(1, count / 10);
    cut.ask(count - held, held);
  } else if (protocol == Protocol::kFollowing) {
    cut.askFollowing();
  } else {
    const size_t turns = protocol == Protocol::kRolling ? std::min(kRollingEvents, count - 1) : 1;
    for (size_t first = count - turns; first < count; ++first) cut.ask(first, 1);
    cut.keepBefore(count - turns);
  }
}

}  // namespace

HeldOut holdOut(const OrderedInteractions& interactions, const MetadataTable* items,
                const EventSelector& selector, const SplitOptions& options) {
  HeldOut heldOut;
  heldOut.kept.assign(interactions.userCount(), 0);
  heldOut.catalogue.assign(interactions.itemCount(), 0);
  if (items && items->size() > heldOut.catalogue.size()) heldOut.catalogue.resize(items->size());
  for (Index item = 0; items && item < items->size(); ++item)
    heldOut.catalogue[item] = items->has(item) ? 1 : 0;
  for (Index user = 0; user < interactions.userCount(); ++user) {
    const History history = interactions.history(user);
    for (const Index item : history.items) heldOut.catalogue[item] = 1;
    const uint64_t part =
        hash64(interactions.userId(user), options.seed) % static_cast<uint64_t>(options.folds);
    Cut cut(heldOut, user, history, selector);
    cutUser(cut, part == static_cast<uint64_t>(options.fold), history.size(), options.protocol);
  }
  heldOut.catalogueSize =
      static_cast<size_t>(std::count(heldOut.catalogue.begin(), heldOut.catalogue.end(), 1));
  return heldOut;
}

}  // namespace proffer::recipes
