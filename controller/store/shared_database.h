// What the connections of one database file share: the open file, SQLite's locks on it, and the index of its
// WAL that they keep in common memory. SQLite's documentation calls the parts xLock, xShmLock and xShmMap.
//
// Any thread; a Holder belongs to its connection's.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "controller/io/file_system.h"

namespace proffer::store {

class SharedDatabase {
 public:
  static constexpr int kIndexLocks = 8;  ///< SQLITE_SHM_NLOCK

  /// One connection's part in the locks.
  struct Holder {
    int level = 0;             ///< SQLITE_LOCK_NONE ... SQLITE_LOCK_EXCLUSIVE
    unsigned sharedIndex = 0;  ///< bits of the index locks held
    unsigned exclusiveIndex = 0;
    bool mapped = false;
  };

  explicit SharedDatabase(std::unique_ptr<io::UpdatableFile> file) : file_(std::move(file)) {}
  io::UpdatableFile& file() { return *file_; }

  /// False: busy.
  bool lock(Holder& holder, int level);
  void unlock(Holder& holder, int level);
  bool reserved() const;

  /// Null if it does not exist and may not be made. The memory stays until the last holder unmaps.
  volatile void* mapIndex(Holder& holder, int region, int size, bool mayExtend);
  bool lockIndex(Holder& holder, int first, int count, bool exclusive);
  void unlockIndex(Holder& holder, int first, int count);
  void unmapIndex(Holder& holder);

 private:
  const std::unique_ptr<io::UpdatableFile> file_;
  mutable std::mutex mutex_;
  int readers_ = 0;                       ///< holders of SHARED or more
  const Holder* writer_ = nullptr;        ///< of RESERVED or more
  bool pending_ = false;                  ///< the writer waits for the readers to leave: no new ones
  std::array<int, kIndexLocks> index_{};  ///< how many share it; -1: one has it alone
  int mapped_ = 0;
  std::vector<std::unique_ptr<char[]>> regions_;
};

}  // namespace proffer::store
