#include "controller/io/file_error.h"

#include <cerrno>

namespace proffer::io {

namespace {

ErrorCode codeOf(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorCode::kForbidden;
    default:
      return ErrorCode::kIo;
  }
}

std::string_view remedyOf(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "free space on the disk of this file";
    case EROFS:
      return "make the file system writable again; Linux makes it read-only after errors of the disk";
    case EIO:
      return "check the disk (the kernel's log says more) and put a failing one out of service";
    case EACCES:
    case EPERM:
      return "give the user that Proffer runs as the right to this path";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n, or LimitNOFILE= of the systemd unit)";
    default:
      return "";
  }
}

}  // namespace

Error fileError(std::string_view doing, const std::filesystem::path& path, int number) {
  return makeError(codeOf(number), "cannot {} {}: {}", doing, path.string(),
                   std::generic_category().message(number))
      .hinting(std::string(remedyOf(number)));
}

}  // namespace proffer::io
