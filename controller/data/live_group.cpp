#include "controller/data/live_group.h"

#include <algorithm>

namespace proffer::data {
namespace {

// absl's own type, which its maps look texts up by.
absl::string_view key(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

void LiveGroup::publish(TailEvent event, const std::string& session, const std::string& user,
                        int64_t forgotten) {
  std::lock_guard guard(mutex_);
  const int64_t sequence = event.sequence;
  last_.store(sequence, std::memory_order_release);
  tail_.fetch_add(1, std::memory_order_relaxed);
  events_.fetch_add(1, std::memory_order_release);
  if (user.empty()) {
    ++waiting_;
    sessions_[session].push_back(std::move(event));
    return;
  }
  Events& own = users_[user];
  if (const auto found = sessions_.find(session); found != sessions_.end()) {
    waiting_ -= static_cast<int64_t>(found->second.size());
    for (TailEvent& earlier : found->second) {
      earlier.settled = sequence;
      owners_[earlier.sequence] = {sequence, user};
      if (earlier.sequence > forgotten)
        own.push_back(std::move(earlier));
      else
        events_.fetch_sub(1, std::memory_order_release);
    }
    sessions_.erase(found);
  }
  event.settled = sequence;
  own.push_back(std::move(event));
}

void LiveGroup::publishForgotten(int64_t sequence, const std::string& session, const std::string& user) {
  publishOther(sequence);
  std::lock_guard guard(mutex_);
  const auto found = user.empty() ? sessions_.end() : sessions_.find(session);
  if (found == sessions_.end()) return;
  const auto gone = static_cast<int64_t>(found->second.size());
  for (const TailEvent& earlier : found->second) owners_[earlier.sequence] = {sequence, user};
  waiting_ -= gone;
  events_.fetch_sub(gone, std::memory_order_release);
  sessions_.erase(found);
}

void LiveGroup::publish(DatasetType type, TailRow row) {
  std::lock_guard guard(mutex_);
  last_.store(row.sequence, std::memory_order_release);
  tail_.fetch_add(1, std::memory_order_relaxed);
  Rows& rows = rows_[type];
  TailRow& known = rows.byId[row.row->id];
  if (known.row) rows.bySequence.erase(known.sequence);
  rows.bySequence[row.sequence] = row.row->id;
  known = std::move(row);
  if (type == DatasetType::kItems) rowsVersion_.fetch_add(1, std::memory_order_release);
}

void LiveGroup::publishOther(int64_t sequence) {
  std::lock_guard guard(mutex_);
  last_.store(sequence, std::memory_order_release);
  tail_.fetch_add(1, std::memory_order_relaxed);
}

const std::string* LiveGroup::typeNamed(const std::string& name) {
  {
    std::shared_lock guard(mutex_);
    if (const auto found = types_.find(name); found != types_.end()) return &*found;
  }
  std::lock_guard guard(mutex_);
  return &*types_.insert(name).first;
}

void LiveGroup::eventsOf(std::string_view user, int64_t foldedUpTo, std::vector<TailEvent>& to) const {
  to.clear();
  std::shared_lock guard(mutex_);
  if (const auto found = users_.find(key(user)); found != users_.end())
    for (const TailEvent& event : found->second)
      if (event.settled > foldedUpTo) to.push_back(event);
  if (const auto found = sessions_.find(key(user)); found != sessions_.end())
    to.insert(to.end(), found->second.begin(), found->second.end());
}

std::string LiveGroup::ownerOf(int64_t sequence) const {
  std::shared_lock guard(mutex_);
  const auto found = owners_.find(sequence);
  return found == owners_.end() ? std::string() : found->second.second;
}

std::shared_ptr<const LiveRow> LiveGroup::row(DatasetType type, std::string_view id,
                                              int64_t foldedUpTo) const {
  std::shared_lock guard(mutex_);
  const auto rows = rows_.find(type);
  if (rows == rows_.end()) return nullptr;
  const auto found = rows->second.byId.find(key(id));
  return found == rows->second.byId.end() || found->second.sequence <= foldedUpTo ? nullptr
                                                                                  : found->second.row;
}

std::vector<TailRow> LiveGroup::rowsAfter(DatasetType type, int64_t sequence) const {
  std::vector<TailRow> found;
  std::shared_lock guard(mutex_);
  const auto rows = rows_.find(type);
  if (rows == rows_.end()) return found;
  const auto& ordered = rows->second.bySequence;
  for (auto at = ordered.upper_bound(sequence); at != ordered.end(); ++at)
    found.push_back(rows->second.byId.find(at->second)->second);
  return found;
}

int64_t LiveGroup::needed() const {
  return pins_.empty() ? foldedUpTo() : std::min(foldedUpTo(), *pins_.begin());
}

void LiveGroup::trim() {
  const int64_t upTo = needed();
  if (upTo <= trimmedTo_) return;
  trimmedTo_ = upTo;
  absl::erase_if(owners_, [&](const auto& one) { return one.second.first <= upTo; });
  int64_t gone = 0;
  for (auto at = users_.begin(); at != users_.end();) {
    Events& events = at->second;
    gone += static_cast<int64_t>(std::erase_if(events, [&](const auto& one) { return one.settled <= upTo; }));
    if (events.empty())
      users_.erase(at++);
    else
      ++at;
  }
  events_.fetch_sub(gone, std::memory_order_release);
  for (auto& [type, rows] : rows_) {
    while (!rows.bySequence.empty() && rows.bySequence.begin()->first <= upTo) {
      rows.byId.erase(rows.bySequence.begin()->second);
      rows.bySequence.erase(rows.bySequence.begin());
    }
  }
}

void LiveGroup::folded(int64_t upTo, int64_t moved) {
  std::lock_guard guard(mutex_);
  foldedUpTo_.store(upTo, std::memory_order_release);
  tail_.fetch_sub(moved, std::memory_order_relaxed);
  if (upTo >= last()) newItem_.store(false, std::memory_order_release);
  if (upTo >= last()) tail_.store(waiting_, std::memory_order_relaxed);  // datasets may have gone meanwhile
  trim();
}

void LiveGroup::giveUp(const std::vector<int64_t>& sequences) {
  if (sequences.empty()) return;
  const absl::flat_hash_set<int64_t> given(sequences.begin(), sequences.end());
  std::lock_guard guard(mutex_);
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const auto gone = static_cast<int64_t>(
        std::erase_if(at->second, [&](const auto& one) { return given.contains(one.sequence); }));
    waiting_ -= gone;
    events_.fetch_sub(gone, std::memory_order_release);
    if (at->second.empty())
      sessions_.erase(at++);
    else
      ++at;
  }
}

void LiveGroup::forgetUser(std::string_view user, int64_t upTo) {
  std::lock_guard guard(mutex_);
  if (const auto found = users_.find(key(user)); found != users_.end()) {
    events_.fetch_sub(static_cast<int64_t>(std::erase_if(
                          found->second, [&](const auto& one) { return one.sequence <= upTo; })),
                      std::memory_order_release);
    if (found->second.empty()) users_.erase(found);
  }
  if (const auto found = sessions_.find(key(user)); found != sessions_.end()) {
    waiting_ -= static_cast<int64_t>(found->second.size());
    events_.fetch_sub(static_cast<int64_t>(found->second.size()), std::memory_order_release);
    sessions_.erase(found);
  }
  if (const auto rows = rows_.find(DatasetType::kUsers); rows != rows_.end()) {
    if (const auto found = rows->second.byId.find(key(user)); found != rows->second.byId.end()) {
      rows->second.bySequence.erase(found->second.sequence);
      rows->second.byId.erase(found);
    }
  }
}

void LiveGroup::forgetDataset(DatasetType type) {
  std::lock_guard guard(mutex_);
  if (type == DatasetType::kInteractions) {
    users_.clear();
    sessions_.clear();
    owners_.clear();
    waiting_ = 0;
    events_.store(0, std::memory_order_release);
  } else {
    rows_.erase(type);
    rowsVersion_.fetch_add(1, std::memory_order_release);
  }
}

void LiveGroup::pin(int64_t foldedUpTo) {
  std::lock_guard guard(mutex_);
  pins_.insert(foldedUpTo);
}

void LiveGroup::unpin(int64_t foldedUpTo) {
  std::lock_guard guard(mutex_);
  if (const auto found = pins_.find(foldedUpTo); found != pins_.end()) pins_.erase(found);
  trim();
}

void LiveGroup::startAt(int64_t foldedUpTo, int64_t last, int64_t given) {
  foldedUpTo_ = foldedUpTo;
  trimmedTo_ = foldedUpTo;
  last_ = last;
  given_ = std::max(last, given);
}

bool LiveGroup::addId(const Hash128& id) {
  std::lock_guard guard(idsMutex_);
  return ids_.emplace(id.high, id.low).second;
}

void LiveGroup::removeId(const Hash128& id) {
  std::lock_guard guard(idsMutex_);
  ids_.erase({id.high, id.low});
}

int64_t LiveGroup::waiting() const {
  std::shared_lock guard(mutex_);
  return waiting_;
}

}  // namespace proffer::data
