#include "controller/cli/keys_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "controller/auth/key_file.h"

namespace proffer::cli {
namespace {

Error cannotWriteKeys(const std::string& path) {
  return makeError(ErrorCode::kIo, "cannot write {}: {}", proffer::quoted(path), std::strerror(errno))
      .hinting("may you write in its directory?");
}

// Owner and rights of the file that is replaced: the server's user must go on reading it.
bool inherit(int file, const std::string& path) {
  struct stat before {};
  if (::stat(path.c_str(), &before) != 0) return errno == ENOENT;
  const bool ours = before.st_uid == ::geteuid() && before.st_gid == ::getegid();
  return (ours || ::fchown(file, before.st_uid, before.st_gid) == 0) &&
         ::fchmod(file, before.st_mode & 0770) == 0;
}

bool writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

Option keysFileOption(std::string help) {
  return {.name = "keys-file",
          .value = "FILE",
          .help = std::move(help),
          .kind = ValueKind::kFile,
          .setting = true};
}

Result<std::string> keysFileOf(const Context& context) {
  std::string path = context.arguments.text("keys-file");
  if (!path.empty()) return path;
  return fail(makeError(ErrorCode::kInvalidInput, "which keys file?")
                  .hinting("--keys-file FILE or PROFFER_KEYS_FILE names the one that the server was given"));
}

Result<auth::KeyRing> loadKeys(const std::string& path, bool mayBeNew) {
  auto ring = auth::readKeyFile(path, io::posixFileSystem());
  if (!ring && mayBeNew && ring.error().code == ErrorCode::kNotFound) return auth::KeyRing();
  if (!ring) return fail(namedFileError(std::move(ring).error()));
  return ring;
}

Result<void> saveKeys(const std::string& path, const auth::KeyRing& ring) {
  const std::string partial = path + ".partial";
  ::unlink(partial.c_str());
  const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return fail(cannotWriteKeys(partial));
  const bool written = inherit(file, path) && writeAll(file, auth::formatKeyRing(ring));
  const bool moved = written && ::rename(partial.c_str(), path.c_str()) == 0;
  const int problem = errno;
  ::close(file);
  if (moved) return {};
  ::unlink(partial.c_str());
  errno = problem;
  return fail(cannotWriteKeys(path));
}

}  // namespace proffer::cli
