// Files as POSIX gives them. EINTR is retried, short writes go on, every error names path and operation.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "controller/io/file_system.h"

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

tl::unexpected<Error> failed(std::string_view doing, const fs::path& path, int number = errno) {
  return fail(codeOf(number), "cannot {} {}: {}", doing, path.string(),
              std::generic_category().message(number));
}

template <class Call>
auto retried(Call call) {
  decltype(call()) result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  const int number_;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Result<void> append(std::string_view bytes) override { return writeAt(size_, bytes); }

  Result<void> writeAt(int64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written =
          retried([&] { return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), offset); });
      if (written < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += written;
      size_ = std::max(size_, offset);
    }
    return {};
  }

  Result<void> sync() override {
    if (retried([&] { return ::fdatasync(descriptor_.get()); }) < 0) return failed("sync", path_);
    return {};
  }

  int64_t size() const override { return size_; }

 private:
  const fs::path path_;
  const Descriptor descriptor_;
  int64_t size_ = 0;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(fs::path path, std::unique_ptr<Descriptor> descriptor, int64_t size)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), size_(size) {}
  int64_t size() const override { return size_; }

  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    size_t filled = 0;
    while (filled < to.size()) {
      const auto count = retried([&] {
        return ::pread(descriptor_->get(), to.data() + filled, to.size() - filled,
                       offset + static_cast<int64_t>(filled));
      });
      if (count < 0) return failed("read", path_);
      if (count == 0) break;
      filled += static_cast<size_t>(count);
    }
    return filled;
  }

 private:
  const fs::path path_;
  const std::unique_ptr<Descriptor> descriptor_;
  const int64_t size_;
};

class PosixMappedFile final : public MappedFile {
 public:
  PosixMappedFile(void* address, size_t length) : address_(address), length_(length) {}
  ~PosixMappedFile() override {
    if (length_ > 0) ::munmap(address_, length_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(address_), length_}; }

  // Only whole pages inside the range: what its neighbours may still be reading stays. Advice; failing is
  // harmless.
  void forget(int64_t offset, int64_t length) const override {
    const auto page = static_cast<int64_t>(::sysconf(_SC_PAGESIZE));
    const int64_t end = std::min(offset + std::max<int64_t>(length, 0), static_cast<int64_t>(length_));
    const int64_t from = (std::max<int64_t>(offset, 0) + page - 1) / page * page;
    // The file's last page may be partial, but nothing follows it.
    const int64_t to = end == static_cast<int64_t>(length_) ? end : end / page * page;
    if (from < to)
      ::madvise(static_cast<char*>(address_) + from, static_cast<size_t>(to - from), MADV_DONTNEED);
  }

 private:
  void* const address_;
  const size_t length_;
};

Time modifiedTime(const struct stat& found) {
  return fromMicros(int64_t{found.st_mtim.tv_sec} * 1'000'000 + found.st_mtim.tv_nsec / 1000);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const fs::path& path) override {
    const int descriptor =
        retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); });
    if (descriptor < 0) return failed("create", path);
    return std::make_unique<PosixWritableFile>(path, descriptor);
  }

  Result<std::unique_ptr<ReadableFile>> open(const fs::path& path) override {
    PROFFER_TRY(auto opened, openRegular(path));
    return std::make_unique<PosixReadableFile>(path, std::move(opened.first), opened.second);
  }

  Result<std::unique_ptr<MappedFile>> map(const fs::path& path) override {
    PROFFER_TRY(const auto opened, openRegular(path));
    const auto& [file, length] = opened;
    if (length == 0) return std::make_unique<PosixMappedFile>(nullptr, 0);
    void* address = ::mmap(nullptr, static_cast<size_t>(length), PROT_READ, MAP_SHARED, file->get(), 0);
    if (address == MAP_FAILED) return failed("map", path);
    return std::make_unique<PosixMappedFile>(address, static_cast<size_t>(length));
  }

  Result<std::string> read(const fs::path& path, int64_t limit) override {
    PROFFER_TRY(const auto opened, openRegular(path));
    const auto& [file, length] = opened;
    std::string bytes;
    // The size may lie (files of /proc say 0) or change: read until the end, one byte past the limit to
    // notice.
    size_t wanted = static_cast<size_t>(std::min(length, limit)) + 1;
    for (;;) {
      const size_t before = bytes.size();
      bytes.resize(before + wanted);
      const auto count = retried([&] { return ::read(file->get(), bytes.data() + before, wanted); });
      if (count < 0) return failed("read", path);
      bytes.resize(before + static_cast<size_t>(count));
      if (count == 0) return bytes;
      if (static_cast<int64_t>(bytes.size()) > limit)
        return fail(ErrorCode::kLimitExceeded, "cannot read {}: it is larger than {} bytes", path.string(),
                    limit);
      wanted = std::min<size_t>(64 * 1024, static_cast<size_t>(limit) + 1 - bytes.size());
    }
  }

  Result<FileInfo> stat(const fs::path& path) override {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return failed("stat", path);
    return FileInfo{found.st_size, modifiedTime(found), S_ISDIR(found.st_mode)};
  }

  Result<std::vector<fs::path>> list(const fs::path& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(directory.c_str()), ::closedir);
    if (!handle) return failed("list", directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(handle.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) return failed("list", directory);
    std::sort(names.begin(), names.end());
    return std::vector<fs::path>(names.begin(), names.end());
  }

  Result<fs::path> resolve(const fs::path& path) override {
    const std::unique_ptr<char, void (*)(void*)> found(::realpath(path.c_str(), nullptr), std::free);
    if (!found) return failed("resolve", path);
    return fs::path(found.get());
  }

  Result<void> createDirectories(const fs::path& path) override {
    std::error_code problem;
    fs::create_directories(path, problem);
    if (problem) return failed("create the directory", path, problem.value());
    return {};
  }

  Result<void> rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename to " + to.string(), from);
    return {};
  }

  Result<void> remove(const fs::path& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove", path);
    return {};
  }

  Result<void> removeTree(const fs::path& path) override {
    std::error_code problem;
    fs::remove_all(path, problem);
    if (problem) return failed("remove", path, problem.value());
    return {};
  }

  Result<void> syncDirectory(const fs::path& path) override {
    const Descriptor directory(
        retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!directory.open()) return failed("open the directory", path);
    if (retried([&] { return ::fsync(directory.get()); }) < 0) return failed("sync the directory", path);
    return {};
  }

 private:
  static Result<std::pair<std::unique_ptr<Descriptor>, int64_t>> openRegular(const fs::path& path) {
    auto file = std::make_unique<Descriptor>(
        retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
    if (!file->open()) return failed("open", path);
    struct stat found {};
    if (::fstat(file->get(), &found) != 0) return failed("stat", path);
    // A pipe or a device named as a source would block or never end; /dev/null and friends are no data.
    if (!S_ISREG(found.st_mode))
      return fail(ErrorCode::kInvalidInput, "cannot open {}: it is {}", path.string(),
                  S_ISDIR(found.st_mode) ? "a directory" : "not a regular file");
    return std::pair(std::move(file), int64_t{found.st_size});
  }
};

}  // namespace

FileSystem& posixFileSystem() {
  static PosixFileSystem* const instance =
      new PosixFileSystem;  // never destroyed: threads may outlive main's statics
  return *instance;
}

}  // namespace proffer::io
