// Names and their numbers: an append-only map from text to a dense index, and back.
//
// One thread at a time may append; any number of others may look up and read meanwhile, without locks. An
// index, once given, never changes, and the text of an index stays at its address as long as the dictionary
// lives. What a reader may see of a growing dictionary is for its owner to say (a snapshot keeps the size it
// was made at).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace proffer::data {

class Dictionary {
 public:
  static constexpr uint32_t kUnknown = 0xFFFFFFFF;
  static constexpr uint32_t kLimit = 0x7FFFFFFF;  ///< at most so many names

  Dictionary();
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  uint32_t size() const { return size_.load(std::memory_order_acquire); }
  uint32_t find(std::string_view text) const { return find(text, hash64(text)); }
  /// `hash` is hash64(text).
  uint32_t find(std::string_view text, uint64_t hash) const;
  /// index < size().
  std::string_view at(uint32_t index) const;

  /// The writer only. kUnknown if there are kLimit names already.
  uint32_t findOrAppend(std::string_view text, uint64_t hash);
  uint32_t findOrAppend(std::string_view text) { return findOrAppend(text, hash64(text)); }
  /// The cache line that find() will touch first.
  void prefetch(uint64_t hash) const;
  /// The one it will touch then, if the first slot is the right one.
  void prefetchEntry(uint64_t hash) const;

 private:
  static constexpr uint32_t kInline = 20;
  static constexpr uint32_t kFirstChunk = 1024;
  // A short text lies in the entry itself: comparing costs one cache line, not two.
  struct Entry {
    uint32_t length;
    char text[kInline];
  };
  struct Table {
    explicit Table(int bits)
        : shift(32 - bits), mask((size_t{1} << bits) - 1), slots(new std::atomic<uint64_t>[mask + 1]()) {}
    int shift;
    size_t mask;
    std::unique_ptr<std::atomic<uint64_t>[]> slots;  ///< tag << 32 | index + 1; 0: empty
  };

  static uint32_t tagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static int chunkOf(uint32_t index) { return std::bit_width((index + kFirstChunk) / kFirstChunk) - 1; }
  static uint32_t chunkStart(int chunk) { return (kFirstChunk << chunk) - kFirstChunk; }
  const Entry& entry(uint32_t index) const {
    const int chunk = chunkOf(index);
    return chunks_[static_cast<size_t>(chunk)].load(std::memory_order_acquire)[index - chunkStart(chunk)];
  }
  static std::string_view textOf(const Entry& entry);
  const char* keep(std::string_view text);
  static void place(Table& table, uint32_t tag, uint32_t index);
  void grow();

  std::atomic<uint32_t> size_{0};
  std::atomic<Table*> table_;
  std::array<std::atomic<Entry*>, 22> chunks_{};
  // Of the writer. Old tables are kept: a reader may still be probing one.
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<Entry[]>> entries_;
  std::vector<std::unique_ptr<char[]>> texts_;
  size_t textLeft_ = 0;
  char* textNext_ = nullptr;
};

inline std::string_view Dictionary::textOf(const Entry& entry) {
  if (entry.length <= kInline) return {entry.text, entry.length};
  const char* text = nullptr;
  std::memcpy(&text, entry.text, sizeof text);
  return {text, entry.length};
}

inline std::string_view Dictionary::at(uint32_t index) const {
  return textOf(entry(index));
}

inline uint32_t Dictionary::find(std::string_view text, uint64_t hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  const uint32_t tag = tagOf(hash);
  for (size_t i = tag >> table.shift;; i = (i + 1) & table.mask) {
    const uint64_t slot = table.slots[i].load(std::memory_order_acquire);
    if (slot == 0) return kUnknown;
    if (static_cast<uint32_t>(slot >> 32) != tag) continue;
    const uint32_t index = static_cast<uint32_t>(slot) - 1;
    if (textOf(entry(index)) == text) return index;
  }
}

inline void Dictionary::prefetch(uint64_t hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  __builtin_prefetch(&table.slots[tagOf(hash) >> table.shift]);
}

inline void Dictionary::prefetchEntry(uint64_t hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  const uint64_t slot = table.slots[tagOf(hash) >> table.shift].load(std::memory_order_acquire);
  if (slot != 0) __builtin_prefetch(&entry(static_cast<uint32_t>(slot) - 1));
}

}  // namespace proffer::data
