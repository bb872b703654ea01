// One chunk of an ItemSet: up to 64K bits, held by CRoaring as an array or a bitset. Null stands for no bits.
// Immutable once made; any thread (CRoaring's own copy on write counts references without atomics and stays
// off).
#pragma once

#include <cstdint>
#include <memory>
#include <roaring/roaring.hh>
#include <span>

#include "dsl/item_set.h"

namespace proffer::dsl::detail {

struct ChunkBits {
  Roaring bits;
};

using Chunk = ItemSet::Chunk;
inline constexpr size_t kChunkWords = kChunkItems / 64;

Chunk chunkOf(Roaring bits);                          ///< null if there are none
Chunk chunkOfSorted(std::span<const uint16_t> bits);  ///< ascending, distinct
Chunk chunkOfWords(const uint64_t* words);            ///< kChunkWords of them
Chunk fullChunk(Index count);                         ///< bits 0 .. count-1; shared for whole chunks
Chunk chunkWith(const Chunk& chunk, uint16_t bit, bool member);

Chunk both(const Chunk& a, const Chunk& b);
Chunk either(const Chunk& a, const Chunk& b);
Chunk without(const Chunk& a, const Chunk& b);
Chunk anyOf(std::span<const Chunk> chunks);

bool hasBit(const Chunk& chunk, uint16_t bit);
Index countOf(const Chunk& chunk);
/// Sets the chunk's bits in kChunkWords words.
void orInto(const Chunk& chunk, uint64_t* words);
/// Clears them.
void clearFrom(const Chunk& chunk, uint64_t* words);

}  // namespace proffer::dsl::detail
