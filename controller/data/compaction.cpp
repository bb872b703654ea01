#include "controller/data/compaction.h"

#include <algorithm>

#include "base/hash.h"
#include "base/log.h"
#include "controller/data/interactions_rewrite.h"
#include "controller/data/report.h"

namespace proffer::data {
namespace {

// Of many INCREMENTAL segments the largest few stay as they are.
constexpr size_t kLeftAlone = 4;

class Compaction {
 public:
  Compaction(GroupState& group, std::string dataset, int64_t job, int attempt, const ImportTuning& tuning,
             io::FileSystem& files, Progress& progress)
      : group_(group),
        dataset_(std::move(dataset)),
        job_(job),
        attempt_(attempt),
        tuning_(tuning),
        files_(files),
        progress_(progress) {}

  Result<CompactionReport> run(std::optional<int64_t> oldest) {
    PROFFER_TRY(auto row, group_.store().dataset(dataset_));
    if (!row || row->type != datasetTypeName(DatasetType::kInteractions)) return report_;
    PROFFER_TRY(auto live, group_.store().segments(store::SegmentState::kLive));
    std::erase_if(live, [&](const auto& segment) { return segment.dataset != dataset_ || segment.log; });
    oldest_ = oldest;
    PROFFER_CHECK(mergeMany(live));
    for (const auto& segment : live) PROFFER_CHECK(dropOld(segment));
    if (doomed_.empty()) return report_;
    PROFFER_CHECK(files_.syncDirectory(group_.segmentDirectory()));
    PROFFER_CHECK(commit(std::move(*row)));
    report_.rewritten = static_cast<int64_t>(doomed_.size());
    report_.written = static_cast<int64_t>(named_.size());
    return report_;
  }

 private:
  Result<RewritePlan::Input> inputOf(const store::SegmentRow& row) {
    PROFFER_TRY(const auto file, group_.segmentFile(row));
    PROFFER_TRY(auto segment, InteractionsSegment::open(file));
    return RewritePlan::Input{std::move(segment), {row.source, row.definition}, hiddenIn(group_, row)};
  }

  Result<void> write(const RewritePlan& plan, store::SegmentRow like, int64_t rows) {
    PROFFER_TRY(auto reserved, group_.store().reserveSegment(dataset_, job_, attempt_));
    reserved.incremental = like.incremental;
    reserved.streamed = like.streamed;
    reserved.source = std::move(like.source);
    reserved.definition = std::move(like.definition);
    PROFFER_TRY(const WrittenSegment written,
                rewriteInteractions(group_, reserved, plan, tuning_, files_, progress_));
    report_.rowsExpired += rows - written.rows - written.duplicates;
    named_.push_back(writtenRow(std::move(reserved), written));
    return {};
  }

  // Takes those it merges out of `live`.
  Result<void> mergeMany(std::vector<store::SegmentRow>& live) {
    std::vector<store::SegmentRow> incremental;
    for (const auto& row : live)
      if (row.incremental) incremental.push_back(row);
    if (incremental.size() < static_cast<size_t>(kManySegments)) return {};
    std::stable_sort(incremental.begin(), incremental.end(),
                     [](const auto& a, const auto& b) { return a.rows < b.rows; });
    incremental.resize(incremental.size() - kLeftAlone);
    std::sort(incremental.begin(), incremental.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    RewritePlan plan;
    plan.oldest = oldest_;
    plan.merged = true;
    int64_t rows = 0;
    for (const auto& row : incremental) {
      PROFFER_TRY(auto input, inputOf(row));
      plan.inputs.push_back(std::move(input));
      rows += row.rows;
      doomed_.push_back(row.id);
      std::erase_if(live, [&](const auto& one) { return one.id == row.id; });
    }
    store::SegmentRow merged;
    merged.incremental = true;
    return write(plan, std::move(merged), rows);
  }

  Result<void> dropOld(const store::SegmentRow& row) {
    if (!oldest_ || row.rows == 0) return {};
    RewritePlan plan;
    PROFFER_TRY(auto input, inputOf(row));
    const Json& about = input.segment->about();
    if (intMember(about, "firstTime") >= *oldest_) return {};
    plan.oldest = oldest_;
    plan.merged = isMerged(row);
    plan.inputs.push_back(std::move(input));
    doomed_.push_back(row.id);
    return write(plan, row, row.rows);
  }

  Result<void> commit(store::DatasetRow dataset) {
    PROFFER_TRY(auto rows, group_.store().segments(store::SegmentState::kLive));
    const std::string content = stringMember(dataset.figures, "content");
    std::string checksums;
    sortForReading(rows);
    for (const auto& row : rows)
      if (row.dataset == dataset_) checksums += row.checksum;
    std::erase_if(rows, [&](const auto& row) {
      return row.dataset != dataset_ || std::find(doomed_.begin(), doomed_.end(), row.id) != doomed_.end();
    });
    rows.insert(rows.end(), named_.begin(), named_.end());
    const auto& names = group_.names();
    PROFFER_TRY(const Figured figured,
                figuresOf(group_, DatasetType::kInteractions, rows, names.users.size(), names.items.size()));
    dataset.figures = toJson(figured.figures);
    dataset.figures["fingerprint"] = dataset.fingerprint;
    dataset.figures["content"] = content.empty() ? hashHex(hash128(checksums)) : content;
    dataset.job = job_;
    dataset.attempt = attempt_;
    store::ImportCommit commit;
    PROFFER_TRY(commit.sources, group_.store().sources(dataset_));
    commit.dataset = std::move(dataset);
    commit.named = named_;
    commit.doomed = doomed_;
    if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the compaction was cancelled");
    PROFFER_TRY([[maybe_unused]] const int64_t version, group_.commit(commit));
    return {};
  }

  GroupState& group_;
  const std::string dataset_;
  const int64_t job_;
  const int attempt_;
  const ImportTuning& tuning_;
  io::FileSystem& files_;
  Progress& progress_;
  std::optional<int64_t> oldest_;
  std::vector<store::SegmentRow> named_;
  std::vector<int64_t> doomed_;
  CompactionReport report_;
};

}  // namespace

int64_t oldestKept(Duration retain, Time now) {
  return std::chrono::duration_cast<std::chrono::seconds>((now - retain).time_since_epoch()).count();
}

Result<Figured> figuresOf(GroupState& group, DatasetType type, const std::vector<store::SegmentRow>& rows,
                          uint32_t userCount, uint32_t itemCount) {
  Figured figured;
  DatasetFigures& figures = figured.figures;
  std::vector<bool> users(userCount), items(itemCount);
  std::string checksums;
  auto sorted = rows;
  sortForReading(sorted);
  for (const auto& row : sorted) {
    figures.bytes += row.bytes;
    if (row.log) continue;
    PROFFER_TRY(const auto file, group.segmentFile(row));
    if (!row.streamed) ++figures.segments;
    checksums += row.checksum;
    if (type != DatasetType::kInteractions) {
      PROFFER_TRY(const auto table, TableSegment::open(file));
      auto& seen = type == DatasetType::kItems ? items : users;
      for (const uint32_t entity : table->entities()) seen[entity] = true;
      continue;
    }
    PROFFER_TRY(const auto segment, InteractionsSegment::open(file));
    segment->addTo(users, items);
    const int64_t first = intMember(file->about(), "firstTime"), last = intMember(file->about(), "lastTime");
    if (row.rows > 0) {
      figures.firstTime = figures.rows == 0 ? first : std::min(figures.firstTime, first);
      figures.lastTime = figures.rows == 0 ? last : std::max(figures.lastTime, last);
    }
    figures.rows += row.rows;
    const Json& perType = member(file->about(), "perType");
    for (const auto& [name, count] : perType.items()) figures.perEventType[name] += count.get<int64_t>();
  }
  figures.users = std::count(users.begin(), users.end(), true);
  figures.items = std::count(items.begin(), items.end(), true);
  if (type == DatasetType::kItems) figures.rows = figures.items;
  if (type == DatasetType::kUsers) figures.rows = figures.users;
  figured.content = hashHex(hash128(checksums));
  return figured;
}

Result<CompactionReport> compact(GroupState& group, const std::string& dataset,
                                 std::optional<Duration> retain, int64_t job, int attempt,
                                 const ImportTuning& tuning, Time now, io::FileSystem& files,
                                 Progress& progress) {
  const auto oldest = retain ? std::optional(oldestKept(*retain, now)) : std::nullopt;
  auto report = Compaction(group, dataset, job, attempt, tuning, files, progress).run(oldest);
  if (!report) {
    if (auto doomed = group.store().doomPending(job, attempt); !doomed) return fail(report.error());
  }
  if (auto collected = group.collect(); !collected)
    logLine(LogLevel::kWarning, "data", "a replaced segment could not be removed",
            {{"error", formatError(collected.error())}});
  return report;
}

}  // namespace proffer::data
