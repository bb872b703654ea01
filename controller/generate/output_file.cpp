#include "controller/generate/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace proffer::generate {

Result<OutputFile> OutputFile::create(const std::filesystem::path& path) {
  std::filesystem::path part = path;
  part += ".part";
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return fail(ErrorCode::kIo, "cannot create {}: {}", part.string(), std::strerror(errno));
  }
  return OutputFile(path, std::move(part), descriptor);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_(std::move(other.part_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(part_.c_str());
}

int64_t OutputFile::reserve(size_t bytes) {
  return std::exchange(size_, size_ + static_cast<int64_t>(bytes));
}

Result<void> OutputFile::writeAt(int64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kIo, "cannot write {}: {}", part_.string(), std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return {};
}

Result<void> OutputFile::append(std::string_view bytes) {
  return writeAt(reserve(bytes.size()), bytes);
}

Result<void> OutputFile::finish() {
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    ::unlink(part_.c_str());
    return fail(ErrorCode::kIo, "cannot finish {}: {}", path_.string(), std::strerror(reason));
  }
  return {};
}

}  // namespace proffer::generate
