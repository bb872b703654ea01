#include "controller/store/shared_database.h"

#include <sqlite3.h>

namespace proffer::store {

bool SharedDatabase::lock(Holder& holder, int level) {
  std::lock_guard guard(mutex_);
  if (holder.level >= level) return true;
  if (level == SQLITE_LOCK_SHARED) {
    if (pending_) return false;
    ++readers_;
    holder.level = level;
    return true;
  }
  if (writer_ != nullptr && writer_ != &holder) return false;
  writer_ = &holder;
  if (level == SQLITE_LOCK_RESERVED) {
    holder.level = level;
    return true;
  }
  pending_ = true;
  holder.level = SQLITE_LOCK_PENDING;
  if (readers_ > 1) return false;
  holder.level = SQLITE_LOCK_EXCLUSIVE;
  return true;
}

void SharedDatabase::unlock(Holder& holder, int level) {
  std::lock_guard guard(mutex_);
  if (holder.level <= level) return;
  if (holder.level > SQLITE_LOCK_SHARED) {
    writer_ = nullptr;
    pending_ = false;
  }
  if (level == SQLITE_LOCK_NONE) --readers_;
  holder.level = level;
}

bool SharedDatabase::reserved() const {
  std::lock_guard guard(mutex_);
  return writer_ != nullptr;
}

volatile void* SharedDatabase::mapIndex(Holder& holder, int region, int size, bool mayExtend) {
  std::lock_guard guard(mutex_);
  if (!holder.mapped) {
    holder.mapped = true;
    ++mapped_;
  }
  while (mayExtend && regions_.size() <= static_cast<size_t>(region))
    regions_.push_back(std::make_unique<char[]>(static_cast<size_t>(size)));
  return static_cast<size_t>(region) < regions_.size() ? regions_[static_cast<size_t>(region)].get()
                                                       : nullptr;
}

bool SharedDatabase::lockIndex(Holder& holder, int first, int count, bool exclusive) {
  std::lock_guard guard(mutex_);
  const unsigned mask = ((1U << count) - 1) << first;
  if (((exclusive ? holder.exclusiveIndex : holder.sharedIndex) & mask) == mask) return true;
  for (int i = first; i < first + count; ++i) {
    const int now = index_[static_cast<size_t>(i)];
    if (exclusive ? now != 0 : now < 0) return false;
  }
  for (int i = first; i < first + count; ++i) {
    if (exclusive)
      index_[static_cast<size_t>(i)] = -1;
    else
      ++index_[static_cast<size_t>(i)];
  }
  (exclusive ? holder.exclusiveIndex : holder.sharedIndex) |= mask;
  return true;
}

void SharedDatabase::unlockIndex(Holder& holder, int first, int count) {
  std::lock_guard guard(mutex_);
  for (int i = first; i < first + count; ++i) {
    const unsigned bit = 1U << i;
    if (holder.exclusiveIndex & bit) index_[static_cast<size_t>(i)] = 0;
    if (holder.sharedIndex & bit) --index_[static_cast<size_t>(i)];
    holder.exclusiveIndex &= ~bit;
    holder.sharedIndex &= ~bit;
  }
}

void SharedDatabase::unmapIndex(Holder& holder) {
  unlockIndex(holder, 0, kIndexLocks);
  std::lock_guard guard(mutex_);
  if (!holder.mapped) return;
  holder.mapped = false;
  if (--mapped_ == 0) regions_.clear();
}

}  // namespace proffer::store
