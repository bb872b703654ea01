// The real file system, in which the n-th change fails, and all after it: as when the disk fills up or the
// process dies.
#pragma once

#include <atomic>

#include "controller/io/file_system.h"

namespace proffer::data {

class FailingFileSystem final : public io::FileSystem {
 public:
  /// Changes that still succeed.
  std::atomic<int64_t> changesLeft{1'000'000'000};

  Result<std::unique_ptr<io::WritableFile>> create(const io::fs::path& path) override {
    PROFFER_CHECK(change());
    PROFFER_TRY(auto file, real_.create(path));
    return std::make_unique<File>(*this, std::move(file));
  }
  Result<std::unique_ptr<io::UpdatableFile>> update(const io::fs::path& path, bool mayCreate) override {
    return real_.update(path, mayCreate);
  }
  Result<std::unique_ptr<io::FileLock>> lock(const io::fs::path& path, std::string_view holder) override {
    return real_.lock(path, holder);
  }
  Result<std::unique_ptr<io::ReadableFile>> open(const io::fs::path& path) override {
    return real_.open(path);
  }
  Result<std::unique_ptr<io::MappedFile>> map(const io::fs::path& path) override { return real_.map(path); }
  Result<std::string> read(const io::fs::path& path, int64_t limit) override {
    return real_.read(path, limit);
  }
  Result<io::FileInfo> stat(const io::fs::path& path) override { return real_.stat(path); }
  Result<std::vector<io::fs::path>> list(const io::fs::path& directory) override {
    return real_.list(directory);
  }
  Result<io::fs::path> resolve(const io::fs::path& path) override { return real_.resolve(path); }
  Result<void> createDirectories(const io::fs::path& path) override {
    return doing([&] { return real_.createDirectories(path); });
  }
  Result<void> rename(const io::fs::path& from, const io::fs::path& to) override {
    return doing([&] { return real_.rename(from, to); });
  }
  Result<void> remove(const io::fs::path& path) override {
    return doing([&] { return real_.remove(path); });
  }
  Result<void> removeTree(const io::fs::path& path) override {
    return doing([&] { return real_.removeTree(path); });
  }
  Result<void> syncDirectory(const io::fs::path& path) override {
    return doing([&] { return real_.syncDirectory(path); });
  }

 private:
  class File final : public io::WritableFile {
   public:
    File(FailingFileSystem& files, std::unique_ptr<io::WritableFile> file)
        : files_(files), file_(std::move(file)) {}
    Result<void> append(std::string_view bytes) override {
      return files_.doing([&] { return file_->append(bytes); });
    }
    Result<void> writeAt(int64_t offset, std::string_view bytes) override {
      return files_.doing([&] { return file_->writeAt(offset, bytes); });
    }
    Result<void> sync() override {
      return files_.doing([&] { return file_->sync(); });
    }
    int64_t size() const override { return file_->size(); }

   private:
    FailingFileSystem& files_;
    std::unique_ptr<io::WritableFile> file_;
  };

  Result<void> change() {
    if (changesLeft-- > 0) return {};
    return fail(ErrorCode::kIo, "no space left on device");
  }
  template <class Call>
  Result<void> doing(Call call) {
    PROFFER_CHECK(change());
    return call();
  }

  io::FileSystem& real_ = io::posixFileSystem();
};

}  // namespace proffer::data
