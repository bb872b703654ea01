#include "controller/data/dictionary.h"

#include <algorithm>

namespace proffer::data {
namespace {

constexpr int kFirstBits = 8;
constexpr size_t kTextBlock = 64 << 10;

}  // namespace

Dictionary::Dictionary() {
  tables_.push_back(std::make_unique<Table>(kFirstBits));
  table_.store(tables_.back().get(), std::memory_order_release);
}

Dictionary::~Dictionary() = default;

const char* Dictionary::keep(std::string_view text) {
  if (text.size() > textLeft_) {
    const size_t size = std::max(kTextBlock, text.size());
    texts_.push_back(std::make_unique<char[]>(size));
    textNext_ = texts_.back().get();
    textLeft_ = size;
  }
  char* place = textNext_;
  std::memcpy(place, text.data(), text.size());
  textNext_ += text.size();
  textLeft_ -= text.size();
  return place;
}

void Dictionary::place(Table& table, uint32_t tag, uint32_t index) {
  size_t i = tag >> table.shift;
  while (table.slots[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & table.mask;
  table.slots[i].store(static_cast<uint64_t>(tag) << 32 | (index + 1), std::memory_order_release);
}

void Dictionary::grow() {
  const Table& old = *tables_.back();
  auto bigger = std::make_unique<Table>(32 - old.shift + 1);
  // In the order of the old slots: entries of equal tag keep no order, they need none.
  for (size_t i = 0; i <= old.mask; ++i) {
    const uint64_t slot = old.slots[i].load(std::memory_order_relaxed);
    if (slot != 0) place(*bigger, static_cast<uint32_t>(slot >> 32), static_cast<uint32_t>(slot) - 1);
  }
  table_.store(bigger.get(), std::memory_order_release);
  tables_.push_back(std::move(bigger));
}

uint32_t Dictionary::findOrAppend(std::string_view text, uint64_t hash) {
  if (const uint32_t known = find(text, hash); known != kUnknown) return known;
  const uint32_t index = size_.load(std::memory_order_relaxed);
  if (index >= kLimit) return kUnknown;

  const auto chunk = static_cast<size_t>(chunkOf(index));
  if (chunk >= entries_.size()) {
    entries_.push_back(std::unique_ptr<Entry[]>(new Entry[size_t{kFirstChunk} << chunk]));
    chunks_[chunk].store(entries_.back().get(), std::memory_order_release);
  }
  Entry& entry = entries_[chunk][index - chunkStart(static_cast<int>(chunk))];
  entry.length = static_cast<uint32_t>(text.size());
  if (text.size() <= kInline) {
    std::memcpy(entry.text, text.data(), text.size());
  } else {
    const char* kept = keep(text);
    std::memcpy(entry.text, &kept, sizeof kept);
  }

  // At most half full: probes stay short, and there is always an empty slot that ends them.
  if (size_t{index} * 2 > tables_.back()->mask) grow();
  place(*tables_.back(), tagOf(hash), index);
  size_.store(index + 1, std::memory_order_release);
  return index;
}

}  // namespace proffer::data
