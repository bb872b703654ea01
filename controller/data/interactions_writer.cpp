// Sorting and writing a segment of interactions. Buckets are sorted by all cores and written in order.
#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>

#include "base/parallel.h"
#include "controller/data/interactions_segment.h"

namespace proffer::data {
namespace {

int bytesForCodes(size_t names) {
  return names < 0xFF ? 1 : names < 0xFFFF ? 2 : 4;
}

// A bucket's columns, as they will be appended.
struct BucketColumns {
  std::vector<uint32_t> users;   // those with rows
  std::vector<uint32_t> counts;  // and how many each has
  std::vector<uint32_t> items;
  std::string times, types, values;
  std::vector<std::string> extras;
  std::vector<int64_t> perType;
  int64_t duplicates = 0;
};

class InteractionsWriter {
 public:
  InteractionsWriter(const InteractionsInput& input, int threads, Progress& progress)
      : input_(input), rows_(*input.rows), layout_(rows_.layout()), threads_(threads), progress_(progress) {
    wideTimes_ = input.lastTime - input.firstTime > std::numeric_limits<uint32_t>::max();
    typeBytes_ = bytesForCodes(input.names->types.size());
    for (const auto& extra : input.names->extras) extraBytes_.push_back(bytesForCodes(extra.values.size()));
    perType_.resize(input.names->types.size());
    itemSet_.resize(input.itemCount / 8 + 1);
  }

  Result<WrittenSegment> run(const std::filesystem::path& path, io::FileSystem& files) {
    if (rows_.rows() >= std::numeric_limits<uint32_t>::max()) {
      return fail(makeError(ErrorCode::kLimitExceeded,
                            "one import takes at most 4,294,967,294 interactions, these are {}", rows_.rows())
                      .hinting("split the files over several INCREMENTAL sources"));
    }
    PROFFER_TRY(writer_, SegmentWriter::create(path, files));
    addSections();
    progress_.begin("sorting", "rows", rows_.rows());
    parallelFor(static_cast<size_t>(threads_), [this](size_t) { work(); });
    if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the import was cancelled");
    if (failure_) return fail(std::move(*failure_));
    progress_.begin("writing", "rows", 0);
    return finish();
  }

 private:
  void addSections() {
    const int64_t rows = rows_.rows();
    items_ = writer_->addSection("items", rows * 4);
    times_ = writer_->addSection("times", rows * (wideTimes_ ? 8 : 4));
    if (layout_.types) types_ = writer_->addSection("types", rows * typeBytes_);
    if (layout_.values) values_ = writer_->addSection("values", rows * 4);
    for (size_t i = 0; i < extraBytes_.size(); ++i) {
      extras_.push_back(writer_->addSection("x" + std::to_string(i), rows * extraBytes_[i]));
    }
  }

  void work() {
    std::vector<uint32_t> raw;
    for (;;) {
      size_t bucket = 0;
      {
        std::lock_guard guard(mutex_);
        if (failure_ || progress_.cancelled() || next_ == rows_.buckets()) return;
        bucket = next_++;
      }
      BucketColumns columns;
      auto sorted = sortBucket(bucket, raw, columns);
      std::unique_lock lock(mutex_);
      turnCame_.wait(lock, [&] { return failure_ || turn_ == bucket; });
      if (failure_) return;
      if (sorted) sorted = append(columns);
      if (!sorted) failure_ = std::move(sorted).error();
      ++turn_;
      turnCame_.notify_all();
    }
  }

  struct Key {
    int64_t time;
    uint32_t tie;
    uint32_t row;
  };

  Result<void> sortBucket(size_t bucket, std::vector<uint32_t>& raw, BucketColumns& columns) const {
    const size_t count = rows_.rowsOf(bucket), width = layout_.words();
    raw.resize(count * width);
    PROFFER_CHECK(rows_.collect(bucket, raw.data()));
    constexpr size_t kBucketUsers = size_t{1} << kBucketBits;
    std::vector<uint32_t> starts(kBucketUsers + 1);
    const auto first = static_cast<uint32_t>(bucket << kBucketBits);
    for (size_t i = 0; i < count; ++i) ++starts[raw[i * width] - first + 1];
    for (size_t u = 0; u < kBucketUsers; ++u) starts[u + 1] += starts[u];
    std::vector<Key> keys(count);
    std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t* row = raw.data() + i * width;
      keys[next[row[0] - first]++] = {timeOf(packedTime(row)), tieHash(row[0], row[1]),
                                      static_cast<uint32_t>(i)};
    }
    const auto less = [&](const Key& a, const Key& b) {
      if (a.time != b.time) return a.time < b.time;
      if (a.tie != b.tie) return a.tie < b.tie;
      return std::lexicographical_compare(raw.data() + a.row * width, raw.data() + (a.row + 1) * width,
                                          raw.data() + b.row * width, raw.data() + (b.row + 1) * width);
    };
    begin(columns, count);
    for (size_t u = 0; u < kBucketUsers; ++u) {
      const auto from = keys.begin() + starts[u], to = keys.begin() + starts[u + 1];
      if (from == to) continue;
      if (!std::is_sorted(from, to, less)) std::sort(from, to, less);
      const uint32_t* before = nullptr;
      uint32_t kept = 0;
      for (auto key = from; key != to; ++key) {
        const uint32_t* row = raw.data() + key->row * width;
        if (before && std::equal(row, row + width, before)) {
          ++columns.duplicates;
          continue;
        }
        before = row;
        ++kept;
        addRow(row, columns);
      }
      columns.users.push_back(first + static_cast<uint32_t>(u));
      columns.counts.push_back(kept);
    }
    return {};
  }

  void begin(BucketColumns& columns, size_t rows) const {
    columns.items.reserve(rows);
    columns.times.reserve(rows * (wideTimes_ ? 8 : 4));
    if (layout_.types) columns.types.reserve(rows * static_cast<size_t>(typeBytes_));
    if (layout_.values) columns.values.reserve(rows * 4);
    columns.extras.resize(extraBytes_.size());
    for (size_t i = 0; i < extraBytes_.size(); ++i)
      columns.extras[i].reserve(rows * static_cast<size_t>(extraBytes_[i]));
    columns.perType.resize(perType_.size());
  }

  // The low bytes of a number: little-endian, and all ones stay all ones.
  static void put(std::string& to, uint64_t number, int bytes) {
    to.append(reinterpret_cast<const char*>(&number), static_cast<size_t>(bytes));
  }

  void addRow(const uint32_t* row, BucketColumns& columns) const {
    const uint64_t packed = packedTime(row);
    const int64_t time = timeOf(packed);
    columns.items.push_back(row[1]);
    if (wideTimes_) {
      put(columns.times, static_cast<uint64_t>(time), 8);
    } else {
      put(columns.times, static_cast<uint64_t>(time - input_.firstTime), 4);
    }
    if (layout_.types) {
      const uint16_t type = typeOf(packed);
      put(columns.types, type, typeBytes_);
      if (type != kNullType) ++columns.perType[type];
    }
    if (layout_.values) put(columns.values, row[4], 4);
    for (size_t i = 0; i < extraBytes_.size(); ++i)
      put(columns.extras[i], row[layout_.firstExtra() + i], extraBytes_[i]);
  }

  Result<void> append(const BucketColumns& columns) {
    PROFFER_CHECK(writer_->append(items_, bytesOf(columns.items)));
    PROFFER_CHECK(writer_->append(times_, columns.times));
    if (layout_.types) PROFFER_CHECK(writer_->append(types_, columns.types));
    if (layout_.values) PROFFER_CHECK(writer_->append(values_, columns.values));
    for (size_t i = 0; i < extras_.size(); ++i) PROFFER_CHECK(writer_->append(extras_[i], columns.extras[i]));
    users_.insert(users_.end(), columns.users.begin(), columns.users.end());
    for (const uint32_t count : columns.counts) {
      starts_.push_back(written_);
      written_ += count;
    }
    for (const uint32_t item : columns.items)
      itemSet_[item / 8] = static_cast<char>(itemSet_[item / 8] | 1 << item % 8);
    for (size_t i = 0; i < perType_.size(); ++i) perType_[i] += columns.perType[i];
    duplicates_ += columns.duplicates;
    progress_.add(static_cast<int64_t>(columns.items.size()) + columns.duplicates);
    return {};
  }

  Result<void> add(const std::string& name, std::string_view bytes) {
    return writer_->append(writer_->addSection(name, static_cast<int64_t>(bytes.size())), bytes);
  }

  // A list of all users' starts where most users have rows, else one of those that do.
  Result<bool> addStarts() {
    starts_.push_back(written_);
    const size_t limit = users_.empty() ? 0 : users_.back() + size_t{1};
    const bool dense = limit <= users_.size() * 4;
    if (!dense) {
      PROFFER_CHECK(add("users", bytesOf(users_)));
      PROFFER_CHECK(add("starts", bytesOf(starts_)));
      return false;
    }
    std::vector<uint32_t> all(limit + 1);
    size_t at = 0;
    for (size_t user = 0; user <= limit; ++user) {
      all[user] = starts_[at];
      if (at < users_.size() && users_[at] == user) ++at;
    }
    PROFFER_CHECK(add("starts", bytesOf(all)));
    return true;
  }

  Result<WrittenSegment> finish() {
    PROFFER_TRY(const bool dense, addStarts());
    const InteractionNames& names = *input_.names;
    if (layout_.types) PROFFER_CHECK(add("typeNames", encodeNames(names.types)));
    Json extras = Json::array();
    for (size_t i = 0; i < names.extras.size(); ++i) {
      PROFFER_CHECK(add("x" + std::to_string(i) + "Names", encodeNames(names.extras[i].values)));
      extras.push_back({{"name", names.extras[i].column}, {"bytes", extraBytes_[i]}});
    }
    PROFFER_CHECK(add("itemSet", {itemSet_.data(), itemSet_.size()}));
    int64_t items = 0;
    for (const char byte : itemSet_) items += std::popcount(static_cast<unsigned char>(byte));
    WrittenSegment written;
    written.rows = written_;
    written.duplicates = duplicates_;
    written.firstTime = input_.firstTime;
    written.lastTime = input_.lastTime;
    Json perType = Json::object();
    for (size_t i = 0; i < perType_.size(); ++i) {
      perType[names.types[i]] = perType_[i];
      written.perType[names.types[i]] = perType_[i];
    }
    const Json about = {{"rows", written_},
                        {"userCount", users_.size()},
                        {"itemCount", items},
                        {"dense", dense},
                        {"timeBytes", wideTimes_ ? 8 : 4},
                        {"timeBase", input_.firstTime},
                        {"firstTime", input_.firstTime},
                        {"lastTime", input_.lastTime},
                        {"types", layout_.types},
                        {"typeBytes", typeBytes_},
                        {"values", layout_.values},
                        {"perType", std::move(perType)},
                        {"extras", std::move(extras)}};
    PROFFER_TRY(written.file, writer_->finish("interactions", about));
    return written;
  }

  const InteractionsInput& input_;
  RowStore& rows_;
  const RowLayout layout_;
  const int threads_;
  Progress& progress_;
  bool wideTimes_ = false;
  int typeBytes_ = 1;
  std::vector<int> extraBytes_;

  std::mutex mutex_;  // guards all below
  std::condition_variable turnCame_;
  size_t next_ = 0;
  size_t turn_ = 0;
  std::optional<Error> failure_;
  std::unique_ptr<SegmentWriter> writer_;
  size_t items_ = 0, times_ = 0, types_ = 0, values_ = 0;
  std::vector<size_t> extras_;
  std::vector<uint32_t> users_;
  std::vector<uint32_t> starts_;
  uint32_t written_ = 0;
  std::string itemSet_;
  std::vector<int64_t> perType_;
  int64_t duplicates_ = 0;
};

}  // namespace

Result<WrittenSegment> writeInteractions(const std::filesystem::path& path, const InteractionsInput& input,
                                         int threads, io::FileSystem& files, Progress& progress) {
  return InteractionsWriter(input, threads, progress).run(path, files);
}

}  // namespace proffer::data
