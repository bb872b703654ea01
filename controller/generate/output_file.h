// One file being written: under a name with ".part" at its end until it is whole. writeAt() may be called
// from several threads at once; the rest belongs to one thread. If finish() is not reached, the part file is
// removed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace proffer::generate {

class OutputFile {
 public:
  static Result<OutputFile> create(const std::filesystem::path& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  /// Sets the next `bytes` of the file aside and says where they begin.
  int64_t reserve(size_t bytes);
  Result<void> writeAt(int64_t offset, std::string_view bytes) const;
  /// reserve() and writeAt() in one.
  Result<void> append(std::string_view bytes);
  /// Closes the file and gives it its final name.
  Result<void> finish();
  int64_t size() const { return size_; }

 private:
  OutputFile(std::filesystem::path path, std::filesystem::path part, int descriptor)
      : path_(std::move(path)), part_(std::move(part)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  std::filesystem::path part_;
  int descriptor_;
  int64_t size_ = 0;
};

}  // namespace proffer::generate
