#include "controller/store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace proffer::store {

namespace {

std::string holderOf(int descriptor) {
  char text[32];
  const auto length = ::pread(descriptor, text, sizeof(text), 0);
  return length <= 0 ? "" : std::string(trim(std::string_view(text, static_cast<size_t>(length))));
}

Error failed(std::string_view doing, const std::filesystem::path& path) {
  return makeError(ErrorCode::kIo, "cannot {} {}: {}", doing, path.string(),
                   std::generic_category().message(errno));
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const std::filesystem::path& directory) {
  const auto path = directory / "lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail(failed("open", path));
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(failed("lock", path));
    const std::string holder = holderOf(descriptor);
    return fail(makeError(ErrorCode::kUnavailable, "the data directory {} is in use by another server{}",
                          directory.string(), holder.empty() ? "" : " (process " + holder + ")")
                    .hinting("stop that server, or choose another directory with --data"));
  }
  const std::string mine = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, mine.data(), mine.size(), 0) != static_cast<ssize_t>(mine.size()))
    return fail(failed("write", path));
  return lock;
}

DirectoryLock::~DirectoryLock() {
  ::close(descriptor_);
}

}  // namespace proffer::store
