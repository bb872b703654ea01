#include "dsl/item_set.h"

#include <algorithm>
#include <cstring>

#include "dsl/chunk_bits.h"

namespace proffer::dsl {
namespace {

size_t chunkCount(Index size) {
  return (size_t{size} + kChunkItems - 1) / kChunkItems;
}

// How many of the chunk's bits are items.
Index chunkSize(Index size, size_t chunk) {
  return static_cast<Index>(std::min<size_t>(size - chunk * kChunkItems, kChunkItems));
}

template <class Operation>
ItemSet combined(const ItemSet& a, const ItemSet& b, Operation operation) {
  std::vector<ItemSet::Chunk> chunks(a.chunks().size());
  for (size_t i = 0; i < chunks.size(); ++i)
    chunks[i] = operation(a.chunks()[i], i < b.chunks().size() ? b.chunks()[i] : nullptr);
  return ItemSet::fromChunks(a.size(), std::move(chunks));
}

}  // namespace

ItemSet ItemSet::none(Index size) {
  return fromChunks(size, std::vector<Chunk>(chunkCount(size)));
}

ItemSet ItemSet::all(Index size) {
  std::vector<Chunk> chunks(chunkCount(size));
  for (size_t i = 0; i < chunks.size(); ++i) chunks[i] = detail::fullChunk(chunkSize(size, i));
  return fromChunks(size, std::move(chunks));
}

ItemSet ItemSet::of(Index size, std::span<const Index> members) {
  ItemSet set = none(size);
  // Counted into chunks first: sorting within them is quicker than sorting all.
  std::vector<Index> begins(set.chunks_.size() + 1);
  for (const Index member : members)
    if (member < size) ++begins[member / kChunkItems + 1];
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<uint16_t> bits(begins.back());
  std::vector<Index> ends(begins.begin(), begins.end() - 1);
  for (const Index member : members)
    if (member < size) bits[ends[member / kChunkItems]++] = static_cast<uint16_t>(member % kChunkItems);
  for (size_t i = 0; i < set.chunks_.size(); ++i) {
    const auto first = bits.begin() + begins[i], last = bits.begin() + begins[i + 1];
    std::sort(first, last);
    set.chunks_[i] = detail::chunkOfSorted({first, std::unique(first, last)});
  }
  return set;
}

ItemSet ItemSet::fromChunks(Index size, std::vector<Chunk> chunks) {
  ItemSet set;
  set.size_ = size;
  set.chunks_ = std::move(chunks);
  set.chunks_.resize(chunkCount(size));
  return set;
}

Index ItemSet::count() const {
  Index count = 0;
  for (const Chunk& chunk : chunks_) count += detail::countOf(chunk);
  return count;
}

bool ItemSet::contains(Index item) const {
  return item < size_ &&
         detail::hasBit(chunks_[item / kChunkItems], static_cast<uint16_t>(item % kChunkItems));
}

ItemSet ItemSet::operator&(const ItemSet& other) const {
  return combined(*this, other, detail::both);
}

ItemSet ItemSet::operator|(const ItemSet& other) const {
  return combined(*this, other, detail::either);
}

ItemSet ItemSet::operator-(const ItemSet& other) const {
  return combined(*this, other, detail::without);
}

ItemSet ItemSet::complement() const {
  return all(size_) - *this;
}

ItemSet ItemSet::with(Index item, bool member) const {
  ItemSet set = *this;
  if (item >= set.size_) {
    set.size_ = item + 1;
    set.chunks_.resize(chunkCount(set.size_));
  }
  Chunk& chunk = set.chunks_[item / kChunkItems];
  chunk = detail::chunkWith(chunk, static_cast<uint16_t>(item % kChunkItems), member);
  return set;
}

ItemSet ItemSet::grown(Index size, bool members) const {
  if (size <= size_) return *this;
  ItemSet set = fromChunks(size, chunks_);
  if (!members) return set;
  for (size_t i = size_ / kChunkItems; i < set.chunks_.size(); ++i) {
    const Index before = i * kChunkItems < size_ ? chunkSize(size_, i) : 0;
    set.chunks_[i] = detail::either(
        set.chunks_[i], detail::without(detail::fullChunk(chunkSize(size, i)), detail::fullChunk(before)));
  }
  return set;
}

void ItemSet::toWords(std::vector<uint64_t>& words) const {
  words.assign(chunks_.size() * detail::kChunkWords, 0);
  for (size_t i = 0; i < chunks_.size(); ++i)
    detail::orInto(chunks_[i], words.data() + i * detail::kChunkWords);
  words.resize((size_t{size_} + 63) / 64);
}

std::vector<Index> ItemSet::members() const {
  std::vector<Index> members(count());
  size_t at = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const Index count = detail::countOf(chunks_[i]);
    if (count == 0) continue;
    chunks_[i]->bits.toUint32Array(members.data() + at);
    for (Index k = 0; k < count; ++k) members[at + k] += static_cast<Index>(i * kChunkItems);
    at += count;
  }
  return members;
}

int64_t ItemSet::bytes() const {
  auto bytes = static_cast<int64_t>(chunks_.size() * sizeof(Chunk));
  for (const Chunk& chunk : chunks_)
    if (chunk) bytes += static_cast<int64_t>(sizeof(detail::ChunkBits) + chunk->bits.getSizeInBytes());
  return bytes;
}

bool ItemSet::operator==(const ItemSet& other) const {
  if (size_ != other.size_) return false;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const Chunk &a = chunks_[i], &b = other.chunks_[i];
    if (a == b) continue;
    if (!a || !b || !(a->bits == b->bits)) return false;
  }
  return true;
}

}  // namespace proffer::dsl
