#include "controller/data/interaction_rows.h"

#include <algorithm>

namespace proffer::data {

RowBlock groupRows(const uint32_t* words, size_t rows, const RowLayout& layout, int64_t number) {
  RowBlock block;
  block.number = number;
  const size_t width = layout.words();
  uint32_t last = 0;
  for (size_t i = 0; i < rows; ++i) last = std::max(last, words[i * width] >> kBucketBits);
  const size_t buckets = rows == 0 ? 0 : last + 1;
  block.starts.assign(buckets + 1, 0);
  for (size_t i = 0; i < rows; ++i) ++block.starts[(words[i * width] >> kBucketBits) + 1];
  for (size_t b = 0; b < buckets; ++b) block.starts[b + 1] += block.starts[b];

  block.words = std::unique_ptr<uint32_t[]>(new uint32_t[rows * width]);
  std::vector<uint32_t> next(block.starts.begin(), block.starts.end());
  for (size_t i = 0; i < rows; ++i) {
    const uint32_t* from = words + i * width;
    std::memcpy(block.words.get() + next[*from >> kBucketBits]++ * width, from, width * sizeof(uint32_t));
  }
  return block;
}

RowStore::RowStore(RowLayout layout, size_t budget, std::filesystem::path overflow, io::FileSystem& files)
    : layout_(layout), budget_(budget), overflow_(std::move(overflow)), files_(files) {}

RowStore::~RowStore() {
  spilled_ = nullptr;
  file_ = nullptr;
  if (!runs_.empty()) (void)files_.remove(overflow_);  // the sweep at start takes what stays
}

Result<void> RowStore::add(RowBlock block) {
  const size_t rows = block.rows();
  if (rows == 0) return {};
  std::lock_guard guard(mutex_);
  rows_ += static_cast<int64_t>(rows);
  buckets_ = std::max(buckets_, block.starts.size() - 1);
  held_ += rows * layout_.words() * sizeof(uint32_t);
  blocks_.push_back(std::move(block));
  return held_ > budget_ ? spill() : Result<void>();
}

Result<void> RowStore::seal() {
  std::sort(blocks_.begin(), blocks_.end(),
            [](const RowBlock& a, const RowBlock& b) { return a.number < b.number; });
  if (!runs_.empty()) {
    PROFFER_TRY(spilled_, files_.open(overflow_));
  }
  return {};
}

// Writes all blocks as one run, bucket after bucket: a bucket is then one read.
Result<void> RowStore::spill() {
  if (!file_) {
    PROFFER_TRY(file_, files_.create(overflow_));
  }
  std::sort(blocks_.begin(), blocks_.end(),
            [](const RowBlock& a, const RowBlock& b) { return a.number < b.number; });
  Run run;
  run.offset = file_->size();
  run.starts.push_back(0);
  const size_t width = layout_.words() * sizeof(uint32_t);
  std::string buffer;
  for (size_t bucket = 0; bucket < buckets_; ++bucket) {
    uint64_t rows = run.starts.back();
    for (const auto& block : blocks_) {
      if (bucket + 1 >= block.starts.size()) continue;
      const size_t from = block.starts[bucket], to = block.starts[bucket + 1];
      buffer.append(reinterpret_cast<const char*>(block.words.get()) + from * width, (to - from) * width);
      rows += to - from;
    }
    run.starts.push_back(rows);
    if (buffer.size() < (1 << 20) && bucket + 1 < buckets_) continue;
    PROFFER_CHECK(file_->append(buffer));
    buffer.clear();
  }
  runs_.push_back(std::move(run));
  blocks_.clear();
  held_ = 0;
  return {};
}

size_t RowStore::rowsOf(size_t bucket) const {
  size_t rows = 0;
  for (const auto& run : runs_) {
    if (bucket + 1 < run.starts.size()) rows += run.starts[bucket + 1] - run.starts[bucket];
  }
  for (const auto& block : blocks_) {
    if (bucket + 1 < block.starts.size()) rows += block.starts[bucket + 1] - block.starts[bucket];
  }
  return rows;
}

Result<void> RowStore::collect(size_t bucket, uint32_t* to) const {
  const size_t width = layout_.words();
  for (const auto& run : runs_) {
    if (bucket + 1 >= run.starts.size()) continue;
    const uint64_t from = run.starts[bucket];
    const size_t bytes = (run.starts[bucket + 1] - from) * width * sizeof(uint32_t);
    const int64_t offset = run.offset + static_cast<int64_t>(from * width * sizeof(uint32_t));
    PROFFER_TRY(const size_t count,
                spilled_->readAt(offset, std::span<char>(reinterpret_cast<char*>(to), bytes)));
    if (count != bytes)
      return fail(ErrorCode::kIo, "{} is shorter than what was written to it", overflow_.string());
    to += bytes / sizeof(uint32_t);
  }
  for (const auto& block : blocks_) {
    if (bucket + 1 >= block.starts.size()) continue;
    const size_t count = (block.starts[bucket + 1] - block.starts[bucket]) * width;
    std::memcpy(to, block.words.get() + block.starts[bucket] * width, count * sizeof(uint32_t));
    to += count;
  }
  return {};
}

}  // namespace proffer::data
