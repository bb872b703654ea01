#include "dsl/chunk_bits.h"

#include <roaring/containers/containers.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace proffer::dsl::detail {
namespace {

constexpr Index kMostInArray = 4096;  // CRoaring's own border between its two forms

Chunk make(Roaring&& bits) {
  return std::make_shared<const ChunkBits>(ChunkBits{std::move(bits)});
}

}  // namespace

Chunk chunkOf(Roaring bits) {
  return bits.isEmpty() ? nullptr : make(std::move(bits));
}

Chunk chunkOfSorted(std::span<const uint16_t> bits) {
  if (bits.empty()) return nullptr;
  if (bits.size() > kMostInArray) {
    std::vector<uint64_t> words(kChunkWords);
    for (const uint16_t bit : bits) words[bit >> 6] |= uint64_t{1} << (bit & 63);
    return chunkOfWords(words.data());
  }
  const std::vector<uint32_t> wide(bits.begin(), bits.end());
  return make(Roaring(wide.size(), wide.data()));
}

Chunk chunkOfWords(const uint64_t* words) {
  Index count = 0;
  for (size_t i = 0; i < kChunkWords; ++i) count += static_cast<Index>(std::popcount(words[i]));
  if (count == 0) return nullptr;
  if (count <= kMostInArray) {
    std::vector<uint16_t> bits;
    bits.reserve(count);
    for (size_t i = 0; i < kChunkWords; ++i)
      for (uint64_t rest = words[i]; rest; rest &= rest - 1)
        bits.push_back(static_cast<uint16_t>(i * 64 + static_cast<size_t>(std::countr_zero(rest))));
    return chunkOfSorted(bits);
  }
  // The public way to hand CRoaring a ready bitset is its portable format: a header, then the words.
  constexpr uint32_t kNoRunCookie = 12346, kHeader = 16;
  std::array<char, kHeader + kChunkWords * sizeof(uint64_t)> bytes;
  const uint32_t head[4]{kNoRunCookie, 1, (count - 1) << 16, kHeader};
  std::memcpy(bytes.data(), head, sizeof head);
  std::memcpy(bytes.data() + kHeader, words, kChunkWords * sizeof(uint64_t));
  return make(Roaring::readSafe(bytes.data(), bytes.size()));
}

Chunk fullChunk(Index count) {
  if (count == 0) return nullptr;
  const auto build = [](Index bits) {
    std::array<uint64_t, kChunkWords> words{};
    std::fill_n(words.begin(), bits / 64, ~uint64_t{0});
    if (bits % 64) words[bits / 64] = (uint64_t{1} << (bits % 64)) - 1;
    return chunkOfWords(words.data());
  };
  static const Chunk whole = build(kChunkItems);
  return count >= kChunkItems ? whole : build(count);
}

Chunk anyOf(std::span<const Chunk> chunks) {
  Index atMost = 0;
  for (const Chunk& chunk : chunks) atMost += countOf(chunk);
  if (atMost <= kMostInArray) {
    Chunk any;
    for (const Chunk& chunk : chunks) any = either(any, chunk);
    return any;
  }
  const Chunk* only = nullptr;
  size_t used = 0;
  for (const Chunk& chunk : chunks)
    if (chunk) {
      only = &chunk;
      ++used;
    }
  if (used == 1) return *only;
  std::array<uint64_t, kChunkWords> words{};
  for (const Chunk& chunk : chunks) orInto(chunk, words.data());
  return chunkOfWords(words.data());
}

Chunk chunkWith(const Chunk& chunk, uint16_t bit, bool member) {
  if (hasBit(chunk, bit) == member) return chunk;
  Roaring bits = chunk ? chunk->bits : Roaring();
  if (member) {
    bits.add(bit);
  } else {
    bits.remove(bit);
  }
  return chunkOf(std::move(bits));
}

Chunk both(const Chunk& a, const Chunk& b) {
  if (!a || !b) return nullptr;
  const Chunk whole = fullChunk(kChunkItems);
  if (a == b || a == whole) return b;
  if (b == whole) return a;
  return chunkOf(a->bits & b->bits);
}

Chunk either(const Chunk& a, const Chunk& b) {
  if (!a || a == b) return b;
  if (!b) return a;
  const Chunk whole = fullChunk(kChunkItems);
  if (a == whole || b == whole) return whole;
  return chunkOf(a->bits | b->bits);
}

Chunk without(const Chunk& a, const Chunk& b) {
  if (!a || !b) return a;
  if (a == b) return nullptr;
  return chunkOf(a->bits - b->bits);
}

bool hasBit(const Chunk& chunk, uint16_t bit) {
  return chunk && chunk->bits.contains(bit);
}

Index countOf(const Chunk& chunk) {
  return chunk ? static_cast<Index>(chunk->bits.cardinality()) : 0;
}

namespace {

// Calls whole(words) for a bitset, else one(bit) for each bit.
template <class Whole, class One>
void eachOf(const Chunk& chunk, const Whole& whole, const One& one) {
  if (!chunk) return;
  const roaring_array_t& held = chunk->bits.roaring.high_low_container;
  if (held.size == 1 && held.typecodes[0] == BITSET_CONTAINER_TYPE_CODE)
    return whole(static_cast<const bitset_container_t*>(held.containers[0])->array);
  if (held.size == 1 && held.typecodes[0] == ARRAY_CONTAINER_TYPE_CODE) {
    const auto* from = static_cast<const array_container_t*>(held.containers[0]);
    for (int32_t i = 0; i < from->cardinality; ++i) one(from->array[i]);
    return;
  }
  std::vector<uint32_t> bits(countOf(chunk));
  chunk->bits.toUint32Array(bits.data());
  for (const uint32_t bit : bits) one(bit);
}

}  // namespace

void orInto(const Chunk& chunk, uint64_t* words) {
  eachOf(
      chunk,
      [&](const uint64_t* from) {
        for (size_t i = 0; i < kChunkWords; ++i) words[i] |= from[i];
      },
      [&](uint32_t bit) { words[bit >> 6] |= uint64_t{1} << (bit & 63); });
}

void clearFrom(const Chunk& chunk, uint64_t* words) {
  eachOf(
      chunk,
      [&](const uint64_t* from) {
        for (size_t i = 0; i < kChunkWords; ++i) words[i] &= ~from[i];
      },
      [&](uint32_t bit) { words[bit >> 6] &= ~(uint64_t{1} << (bit & 63)); });
}

}  // namespace proffer::dsl::detail
