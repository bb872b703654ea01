#include "controller/store/directory_lock.h"

#include <unistd.h>

#include "base/text.h"

namespace proffer::store {

Result<std::unique_ptr<io::FileLock>> lockDirectory(const std::filesystem::path& directory,
                                                    io::FileSystem& files) {
  const auto path = directory / "lock";
  auto lock = files.lock(path, std::to_string(::getpid()) + "\n");
  if (lock || lock.error().code != ErrorCode::kUnavailable) return lock;
  const auto content = files.read(path, 32);
  const std::string holder = content ? std::string(trim(*content)) : "";
  return fail(makeError(ErrorCode::kUnavailable, "the data directory {} is in use by another server{}",
                        directory.string(), holder.empty() ? "" : " (process " + holder + ")")
                  .hinting("stop that server, or choose another directory with --data"));
}

}  // namespace proffer::store
