// The claim of one server on a data directory: DIR/lock, held by flock, so that it ends with the process
// however it ends. The file says who holds it.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"

namespace proffer::store {

class DirectoryLock {
 public:
  /// kUnavailable, naming the holder's process id if it is known, when another server has it.
  static Result<std::unique_ptr<DirectoryLock>> take(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace proffer::store
