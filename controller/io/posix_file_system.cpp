// Files as POSIX gives them. EINTR is retried, short writes go on, every error names path and operation.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "controller/io/file_error.h"
#include "controller/io/file_system.h"

namespace proffer::io {

namespace {

tl::unexpected<Error> failed(std::string_view doing, const fs::path& path, int number = errno) {
  return fail(fileError(doing, path, number));
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

Result<void> writeAll(const Descriptor& file, const fs::path& path, int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = retried([&] { return ::pwrite(file.get(), bytes.data(), bytes.size(), offset); });
    if (written < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return {};
}

Result<size_t> readUpTo(const Descriptor& file, const fs::path& path, int64_t offset, std::span<char> to) {
  size_t filled = 0;
  while (filled < to.size()) {
    const auto count = retried([&] {
      return ::pread(file.get(), to.data() + filled, to.size() - filled,
                     offset + static_cast<int64_t>(filled));
    });
    if (count < 0) return failed("read", path);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  return filled;
}

Result<void> syncData(const Descriptor& file, const fs::path& path) {
  if (retried([&] { return ::fdatasync(file.get()); }) < 0) return failed("sync", path);
  return {};
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Result<void> append(std::string_view bytes) override { return writeAt(size_, bytes); }

  Result<void> writeAt(int64_t offset, std::string_view bytes) override {
    PROFFER_CHECK(writeAll(descriptor_, path_, offset, bytes));
    size_ = std::max(size_, offset + static_cast<int64_t>(bytes.size()));
    return {};
  }

  Result<void> sync() override { return syncData(descriptor_, path_); }

  int64_t size() const override { return size_; }

 private:
  const fs::path path_;
  const Descriptor descriptor_;
  int64_t size_ = 0;
};

class PosixUpdatableFile final : public UpdatableFile {
 public:
  PosixUpdatableFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Result<int64_t> size() const override {
    struct stat found {};
    if (::fstat(descriptor_.get(), &found) != 0) return failed("stat", path_);
    return int64_t{found.st_size};
  }
  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    return readUpTo(descriptor_, path_, offset, to);
  }
  Result<void> writeAt(int64_t offset, std::string_view bytes) override {
    return writeAll(descriptor_, path_, offset, bytes);
  }
  Result<void> truncate(int64_t size) override {
    if (retried([&] { return ::ftruncate(descriptor_.get(), size); }) < 0) return failed("truncate", path_);
    return {};
  }
  Result<void> sync() override { return syncData(descriptor_, path_); }

  // The bytes that SQLite locks in a database file. Locks of an open file description exclude other
  // processes' locks, and unlike theirs do not end when this process closes another descriptor of the file.
  Result<void> claim() override {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = 0x40000000;
    range.l_len = 512;
    if (::fcntl(descriptor_.get(), F_OFD_SETLK, &range) == 0) return {};
    if (errno != EAGAIN && errno != EACCES) return failed("lock", path_);
    return fail(makeError(ErrorCode::kUnavailable, "{} is in use by another program", path_.string())
                    .hinting("end the program that has it open, for example an sqlite3 shell"));
  }

 private:
  const fs::path path_;
  const Descriptor descriptor_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(std::unique_ptr<Descriptor> file) : file_(std::move(file)) {}

 private:
  const std::unique_ptr<Descriptor> file_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(fs::path path, std::unique_ptr<Descriptor> descriptor, int64_t size)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), size_(size) {}
  int64_t size() const override { return size_; }

  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    return readUpTo(*descriptor_, path_, offset, to);
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

  Result<std::unique_ptr<UpdatableFile>> update(const fs::path& path, bool mayCreate) override {
    const int flags = O_RDWR | O_CLOEXEC | (mayCreate ? O_CREAT : 0);
    const int descriptor = retried([&] { return ::open(path.c_str(), flags, 0644); });
    if (descriptor < 0) return failed("open", path);
    return std::make_unique<PosixUpdatableFile>(path, descriptor);
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
      const int descriptor = file->get();
      const auto count = retried([&] { return ::read(descriptor, bytes.data() + before, wanted); });
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
    return FileInfo{found.st_size, modifiedTime(found), S_ISDIR(found.st_mode),
                    static_cast<int>(found.st_mode & 07777)};
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
    fs::path made;
    for (const fs::path& part : fs::absolute(path)) {
      const fs::path above = made;
      made /= part;
      if (above.empty() || part.empty()) continue;
      if (::mkdir(made.c_str(), 0777) == 0) {
        PROFFER_CHECK(syncDirectory(above));
        continue;
      }
      const int number = errno;  // without the right to write there, mkdir says so even if it exists
      struct stat found {};
      if (::stat(made.c_str(), &found) != 0) return failed("create the directory", made, number);
      if (!S_ISDIR(found.st_mode)) return failed("create the directory", made, ENOTDIR);
    }
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

  Result<std::unique_ptr<FileLock>> lock(const fs::path& path, std::string_view holder) override {
    auto file = std::make_unique<Descriptor>(
        retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
    if (!file->open()) return failed("open", path);
    if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return failed("lock", path);
      return fail(ErrorCode::kUnavailable, "{} is locked by another process", path.string());
    }
    if (::ftruncate(file->get(), 0) != 0) return failed("truncate", path);
    PROFFER_CHECK(writeAll(*file, path, 0, holder));
    return std::make_unique<PosixFileLock>(std::move(file));
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
