// Files in memory that crash and fail as tests want: power cuts that lose what was not synced, full and
// failing disks, short reads, flipped bits. Under the databases too: the whole controller runs on it.
//
// Any thread. Paths are made absolute below "/"; there are no links. Operations are counted, so that a test
// can say where the power fails; after that every operation fails until crash() brings the disk back. Files,
// locks and databases that were open at a crash belong to the dead process: they fail for ever.
#pragma once

#include <atomic>
#include <limits>
#include <mutex>
#include <optional>
#include <set>

#include "base/clock.h"
#include "controller/io/file_system.h"
#include "controller/io/simulated_tree.h"

namespace proffer::io {

enum class Fault {
  kDiskFull,    ///< whatever needs room fails, a write halfway (ENOSPC)
  kReadOnly,    ///< every change fails (EROFS)
  kReadError,   ///< reads fail (EIO)
  kWriteError,  ///< changes fail, a write halfway; a failed sync loses for ever what it should have written
                ///< (EIO)
  kShortRead,   ///< a read gives half of the bytes
  kFlippedBit   ///< one bit of what was read is another
};

struct FaultPlan {
  Fault fault = Fault::kWriteError;
  std::string where;                                    ///< part of the paths that it befalls; empty: all
  int64_t after = 0;                                    ///< so many operations of its kind pass first
  int64_t count = std::numeric_limits<int64_t>::max();  ///< then so many fail
};

class SimulatedFileSystem : public FileSystem {
 public:
  /// The clock gives the files' times; it must outlive the file system.
  explicit SimulatedFileSystem(Clock& clock) : clock_(clock) {}

  Result<std::unique_ptr<WritableFile>> create(const fs::path& path) override;
  Result<std::unique_ptr<UpdatableFile>> update(const fs::path& path, bool mayCreate) override;
  Result<std::unique_ptr<ReadableFile>> open(const fs::path& path) override;
  Result<std::unique_ptr<MappedFile>> map(const fs::path& path) override;
  Result<std::string> read(const fs::path& path, int64_t limit) override;
  Result<FileInfo> stat(const fs::path& path) override;
  Result<std::vector<fs::path>> list(const fs::path& directory) override;
  Result<fs::path> resolve(const fs::path& path) override;
  Result<void> createDirectories(const fs::path& path) override;
  Result<void> rename(const fs::path& from, const fs::path& to) override;
  Result<void> remove(const fs::path& path) override;
  Result<void> removeTree(const fs::path& path) override;
  Result<void> syncDirectory(const fs::path& path) override;
  Result<std::unique_ptr<FileLock>> lock(const fs::path& path, std::string_view holder) override;

  // ---- What tests do to it

  /// Changes (of bytes or names, and syncs) since the beginning.
  int64_t changes() const { return changes_; }
  /// After so many more changes the power is off; the next write still gets its first half out.
  void cutPowerAfter(int64_t changes);
  bool powerIsOff() const;
  /// Ends the process that used the files, and brings the disk back as the crash left it.
  void crash(Survival survival, uint64_t seed);

  void inject(const FaultPlan& plan);
  void heal();
  int64_t faultsMet() const;  ///< since inject()

  /// Writes a file as somebody else would: durable at once, whatever is injected.
  void put(const fs::path& path, std::string_view bytes, std::optional<Time> modified = {});
  /// Flips a bit at rest; `bit` counts from the file's beginning, modulo its length. False: no bytes there.
  bool damage(const fs::path& path, uint64_t bit);
  /// Every file below, in byte order.
  std::vector<fs::path> filesBelow(const fs::path& directory) const;

 private:
  friend class SimulatedFile;
  friend class SimulatedLock;
  enum class Access { kLook, kRead, kName, kGrow, kRemove, kSync };

  static std::string normal(const fs::path& path);
  /// Counts the operation and says whether it may happen; the mutex is held.
  Result<void> begin(Access access, std::string_view doing, const std::string& path);
  Result<SimulatedNodePointer> fileAt(std::string_view doing, const std::string& path) const;
  Result<std::string> bytesFor(const std::string& path, std::string_view doing, int64_t offset,
                               int64_t length, const SimulatedNode& node);
  bool befalls(Access access, const std::string& path);

  Clock& clock_;
  mutable std::mutex mutex_;
  SimulatedTree tree_;
  std::set<std::string> locks_;
  uint64_t process_ = 0;  ///< counts crashes
  std::atomic<int64_t> changes_{0};
  int64_t changesLeft_ = std::numeric_limits<int64_t>::max();
  std::optional<FaultPlan> plan_;
  int64_t matched_ = 0;
  int64_t met_ = 0;
};

}  // namespace proffer::io
