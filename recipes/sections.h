// How a model becomes bytes and back without knowing files: named sections, each a flat array.
//
// A SectionWriter belongs to one thread. A SectionReader is immutable and may be read from any thread; its
// bytes outlive every model opened from it (the artifact stays mapped as long as the model lives).
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace proffer::recipes {

class SectionWriter {
 public:
  virtual ~SectionWriter() = default;
  virtual void put(std::string_view name, std::string_view bytes) = 0;  ///< copied; names are unique

  template <class T>
  void putArray(std::string_view name, std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put(name, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }
};

class SectionReader {
 public:
  virtual ~SectionReader() = default;
  virtual Result<std::string_view> get(std::string_view name) const = 0;  ///< kCorrupt if it is missing

  /// The section as an array, 64-byte aligned. kCorrupt if its size is no multiple of sizeof(T).
  template <class T>
  Result<std::span<const T>> getArray(std::string_view name) const {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64);
    PROFFER_TRY(const std::string_view bytes, get(name));
    if (bytes.size() % sizeof(T) != 0)
      return fail(ErrorCode::kCorrupt, "section {} of the model has {} bytes", name, bytes.size());
    return std::span<const T>(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  }
};

/// Both in memory: for tests and for models that are measured and thrown away. Sections read before a later
/// put() stay where they are.
class MemorySections final : public SectionWriter, public SectionReader {
 public:
  void put(std::string_view name, std::string_view bytes) override;
  Result<std::string_view> get(std::string_view name) const override;
  std::vector<std::string> names() const;

 private:
  struct Section {
    std::vector<std::byte> storage;  // 64 bytes longer than needed, so that the content can begin aligned
    size_t size = 0;
    const char* begin() const;
  };
  std::map<std::string, Section, std::less<>> sections_;
};

}  // namespace proffer::recipes
