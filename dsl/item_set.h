// A set of items (or users, or actions): what a filter lets through. Indexes 0 .. size()-1 in 64K chunks,
// each a compressed bitmap that copies share.
//
// Immutable once built, cheap to copy; any thread may read. Set operations need operands of equal size().
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace proffer::dsl {

namespace detail {
struct ChunkBits;
}

using Index = uint32_t;
inline constexpr Index kNoIndex = 0xFFFFFFFF;
inline constexpr Index kChunkItems = 65536;

class ItemSet {
 public:
  using Chunk = std::shared_ptr<const detail::ChunkBits>;  ///< of indexes within the chunk; null: none

  ItemSet() = default;  ///< of size 0
  static ItemSet none(Index size);
  static ItemSet all(Index size);
  /// Members in any order, duplicates allowed; those >= size are left out.
  static ItemSet of(Index size, std::span<const Index> members);
  static ItemSet fromChunks(Index size, std::vector<Chunk> chunks);

  Index size() const { return size_; }
  Index count() const;              ///< how many are in it
  bool contains(Index item) const;  ///< false from size() on
  bool empty() const { return count() == 0; }

  ItemSet operator&(const ItemSet& other) const;
  ItemSet operator|(const ItemSet& other) const;
  ItemSet operator-(const ItemSet& other) const;
  ItemSet complement() const;
  /// The same with one item put in or taken out; grows to item + 1 if need be. Copies one chunk.
  ItemSet with(Index item, bool member) const;
  /// With the items from size() to `size` taken as members or not.
  ItemSet grown(Index size, bool members) const;

  /// Bit i of word i / 64, (size() + 63) / 64 words: what recipes::Admission takes.
  void toWords(std::vector<uint64_t>& words) const;
  std::vector<Index> members() const;  ///< ascending
  const std::vector<Chunk>& chunks() const { return chunks_; }
  int64_t bytes() const;  ///< of memory, those shared with others included

  bool operator==(const ItemSet& other) const;

 private:
  Index size_ = 0;
  std::vector<Chunk> chunks_;
};

}  // namespace proffer::dsl
