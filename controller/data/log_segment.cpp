#include "controller/data/log_segment.h"

#include <algorithm>

namespace proffer::data {
namespace {

template <class T>
std::string_view logBytes(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

}  // namespace

Result<SegmentWriter::Finished> writeLog(const std::filesystem::path& path,
                                         std::span<const store::LogRow> rows, std::vector<Hash128> ids,
                                         io::FileSystem& files) {
  PROFFER_TRY(const auto writer, SegmentWriter::create(path, files));
  const size_t heap = writer->addSection("heap");
  std::vector<int64_t> sequences, times;
  std::vector<uint64_t> starts{0};
  for (const auto& row : rows) {
    sequences.push_back(row.sequence);
    times.push_back(row.time);
    PROFFER_CHECK(writer->append(heap, row.body));
    starts.push_back(starts.back() + row.body.size());
  }
  std::sort(ids.begin(), ids.end());
  const auto add = [&](const char* name, std::string_view bytes) {
    return writer->append(writer->addSection(name, static_cast<int64_t>(bytes.size())), bytes);
  };
  PROFFER_CHECK(add("sequences", logBytes(sequences)));
  PROFFER_CHECK(add("times", logBytes(times)));
  PROFFER_CHECK(add("starts", logBytes(starts)));
  PROFFER_CHECK(add("ids", logBytes(ids)));
  return writer->finish("log", {{"rows", rows.size()},
                                {"first", rows.empty() ? 0 : rows.front().sequence},
                                {"last", rows.empty() ? 0 : rows.back().sequence}});
}

Result<std::shared_ptr<const LogSegment>> LogSegment::open(std::shared_ptr<const SegmentFile> file) {
  const auto corrupt = [&](std::string_view what) { return fail(damagedSegment(file->path(), what)); };
  if (file->kind() != "log") return corrupt("it holds no log");
  auto segment = std::make_shared<LogSegment>();
  segment->heap_ = file->find("heap");
  const auto* sequences = file->find("sequences");
  const auto* times = file->find("times");
  const auto* starts = file->find("starts");
  const auto* ids = file->find("ids");
  const auto rows = static_cast<size_t>(std::max<int64_t>(0, intMember(file->about(), "rows")));
  if (!segment->heap_ || !sequences || !times || !starts || !ids || sequences->bytes.size() != rows * 8 ||
      times->bytes.size() != rows * 8 || starts->bytes.size() != (rows + 1) * 8)
    return corrupt("its columns have not the length of its rows");
  for (const auto* section : {sequences, times, starts, ids})
    if (!file->verify(*section, 0, section->bytes.size())) return corrupt("its columns");
  segment->sequences_ = file->numbers<int64_t>(sequences);
  segment->times_ = file->numbers<int64_t>(times);
  segment->starts_ = file->numbers<uint64_t>(starts);
  segment->ids_ = file->numbers<Hash128>(ids);
  segment->file_ = std::move(file);
  return std::shared_ptr<const LogSegment>(std::move(segment));
}

Result<std::string_view> LogSegment::body(size_t row) const {
  const uint64_t begin = starts_[row], end = starts_[row + 1];
  if (begin > end || end > heap_->bytes.size() || !file_->verify(*heap_, begin, end - begin))
    return fail(damagedSegment(file_->path(), "a row of the log"));
  return heap_->bytes.substr(begin, end - begin);
}

size_t LogSegment::firstAfter(int64_t sequence) const {
  return static_cast<size_t>(std::upper_bound(sequences_.begin(), sequences_.end(), sequence) -
                             sequences_.begin());
}

void LogSegment::markIds(std::span<const Hash128> ids, std::vector<bool>& known) const {
  // Both rise: each search goes on where the last one ended, in steps that double.
  size_t from = 0;
  for (size_t i = 0; i < ids.size() && from < ids_.size(); ++i) {
    size_t step = 1;
    while (from + step < ids_.size() && ids_[from + step] < ids[i]) step *= 2;
    const auto begin = ids_.begin() + static_cast<std::ptrdiff_t>(from + step / 2);
    const auto end = ids_.begin() + static_cast<std::ptrdiff_t>(std::min(from + step + 1, ids_.size()));
    const auto found = std::lower_bound(begin, end, ids[i]);
    from = static_cast<size_t>(found - ids_.begin());
    if (found != ids_.end() && *found == ids[i]) known[i] = true;
  }
}

}  // namespace proffer::data
