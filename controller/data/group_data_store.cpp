#include <malloc.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "controller/data/compaction.h"
#include "controller/data/erasure.h"
#include "controller/data/fold.h"
#include "controller/data/group_data.h"
#include "controller/data/group_state.h"
#include "controller/data/import_run.h"
#include "controller/data/live_puts.h"
#include "controller/data/open.h"
#include "controller/data/report.h"
#include "controller/data/source_survey.h"

namespace proffer::data {
namespace {

constexpr std::string_view kDropped = ".dropped";

class Store final : public GroupDataStore, public LiveData {
 public:
  Store(std::filesystem::path directory, Clock& clock, io::FileSystem& files, ImportTuning tuning)
      : directory_(std::move(directory) / "groups"), clock_(clock), files_(files), tuning_(tuning) {}

  ~Store() override {
    {
      std::lock_guard guard(foldingMutex_);
      stopping_ = true;
    }
    foldingProgress_.cancel();
    stopped_.notify_all();
    if (folding_.joinable()) folding_.join();
  }

  Result<SourceCheck> checkSources(const std::string& groupUid, const DatasetDefinition& given,
                                   const SourceRoots& roots) override {
    const DatasetDefinition dataset = normalisedSources(given);
    PROFFER_TRY(const auto group, find(groupUid));
    Imported imported;
    if (group) {
      PROFFER_TRY(imported, importedOf(*group, dataset.uid));
    }
    PROFFER_TRY(const SourceSurvey survey, surveySources(dataset, imported, roots, clock_.now(), files_));
    if (group && !survey.changed) PROFFER_CHECK(group->store().touchSources(survey.touched));
    SourceCheck check{.changed = survey.changed, .fingerprint = survey.fingerprint, .files = {}, .bytes = 0};
    for (const auto& file : survey.files) {
      check.files.push_back(file.file.name);
      check.bytes += file.file.size;
    }
    return check;
  }

  Result<void> importDataset(const std::string& groupUid, const DatasetDefinition& given,
                             const SourceRoots& roots, int64_t job, int attempt, Progress& progress,
                             ImportReport& report) override {
    report = {};
    const DatasetDefinition dataset = normalisedSources(given);
    PROFFER_TRY(const auto group, open(groupUid));
    // Another import of the group may be running; both would want all cores anyway.
    std::unique_lock turn(group->importing, std::defer_lock);
    progress.begin("waiting", "rows", 0);
    while (!turn.try_lock_for(std::chrono::milliseconds(50))) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the import was cancelled");
    }
    PROFFER_TRY(const Imported imported, importedOf(*group, dataset.uid));
    PROFFER_TRY(const SourceSurvey survey, surveySources(dataset, imported, roots, clock_.now(), files_));
    if (!survey.changed) {
      // Nothing to do, or an earlier attempt of the job did it and could not say so.
      PROFFER_CHECK(group->store().touchSources(survey.touched));
      if (imported.dataset) report = reportFromJson(imported.dataset->report);
      return {};
    }
    ImportReport made;
    auto done = ImportRun(*group, dataset, job, attempt, tuning_, clock_, files_, progress, made)
                    .run(survey, imported);
    if (!done) made.dataVersion = 0;
    report = std::move(made);
    return done;
  }

  Result<CompactionReport> compactDataset(const std::string& groupUid, const std::string& datasetUid,
                                          std::optional<Duration> retain, int64_t job, int attempt,
                                          Progress& progress) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (!group) return CompactionReport{};
    std::unique_lock turn(group->importing, std::defer_lock);
    progress.begin("waiting", "rows", 0);
    while (!turn.try_lock_for(std::chrono::milliseconds(50))) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the compaction was cancelled");
    }
    std::lock_guard moving(group->folding);
    return compact(*group, datasetUid, retain, job, attempt, tuning_, clock_.now(), files_, progress);
  }

  Result<DatasetFigures> figures(const std::string& groupUid, const std::string& datasetUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (!group) return DatasetFigures{};
    PROFFER_TRY(const auto dataset, group->store().dataset(datasetUid));
    return dataset ? figuresFromJson(dataset->figures) : DatasetFigures{};
  }

  Result<std::shared_ptr<const Snapshot>> snapshot(const std::string& groupUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? group->snapshot() : emptySnapshot();
  }

  Result<int64_t> dataVersion(const std::string& groupUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? group->dataVersion() : 0;
  }

  Result<void> dropDataset(const std::string& groupUid, const std::string& datasetUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (!group) return {};
    std::lock_guard turn(group->importing);
    return group->dropDataset(datasetUid);
  }

  Result<void> dropGroup(const std::string& groupUid) override {
    std::lock_guard guard(mutex_);
    const auto known = groups_.find(groupUid);
    std::shared_ptr<GroupState> state = known == groups_.end() ? nullptr : known->second;
    std::unique_lock<TimedMutex> turn;
    if (state) turn = std::unique_lock(state->importing);
    const auto path = directory_ / groupUid, dropped = directory_ / (groupUid + std::string(kDropped));
    if (files_.stat(path)) {
      // Under another name first: a crash halfway leaves nothing that looks like a group.
      PROFFER_CHECK(files_.removeTree(dropped));
      PROFFER_CHECK(files_.rename(path, dropped));
      PROFFER_CHECK(files_.syncDirectory(directory_));
    }
    groups_.erase(groupUid);
    if (turn) turn.unlock();
    state = nullptr;
    return files_.removeTree(dropped);
  }

  Result<std::optional<GroupCopy>> copyTo(const std::string& groupUid,
                                          const std::filesystem::path& to) override {
    constexpr int kTries =
        10;  // an import may end, and its predecessor's segments go, between copy and opening
    for (int tried = 1;; ++tried) {
      PROFFER_TRY(const auto group, find(groupUid));
      if (!group) return std::optional<GroupCopy>();
      PROFFER_TRY(const auto rows, group->store().copyTo(to));
      auto copy = openSegments(*group, rows);
      if (copy) return std::optional(std::move(*copy));
      if (copy.error().code != ErrorCode::kNotFound || tried == kTries) return fail(copy.error());
      PROFFER_CHECK(files_.remove(to));
    }
  }

  LiveData* live() override { return this; }

  Result<PutResult> putEvents(const std::string& groupUid, const LiveDataset& dataset,
                              std::span<const LiveEvent> events) override {
    PROFFER_TRY(const auto group, open(groupUid));
    return data::putEvents(*group, dataset, events);
  }
  Result<PutResult> putRows(const std::string& groupUid, const LiveDataset& dataset,
                            std::span<const LiveRow> rows) override {
    PROFFER_TRY(const auto group, open(groupUid));
    return data::putRows(*group, dataset, rows);
  }
  Result<EventBatch> readEvents(const std::string& groupUid, const std::string& datasetUid, int64_t after,
                                size_t limit) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? data::readEvents(*group, datasetUid, after, limit) : EventBatch{{}, after, false};
  }
  Result<RowBatch> readRows(const std::string& groupUid, const std::string& datasetUid, int64_t after,
                            size_t limit) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? data::readRows(*group, datasetUid, after, limit) : RowBatch{{}, after, false};
  }
  Result<std::shared_ptr<const Snapshot>> imported(const std::string& groupUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? group->importedSnapshot() : emptySnapshot();
  }
  Result<std::shared_ptr<const LiveView>> view(const std::string& groupUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (group) return group->view();
    auto nothing = std::make_shared<LiveGroup>();
    nothing->pin(0);
    return std::make_shared<const LiveView>(emptySnapshot(), std::move(nothing), 0);
  }
  Result<UserDeletion> deleteUsers(const std::string& groupUid,
                                   std::span<const std::string> userIds) override {
    PROFFER_TRY(const auto group, open(groupUid));
    return data::deleteUsers(*group, userIds);
  }
  Result<void> fold(const std::string& groupUid, Progress& progress) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (!group || group->live().last() <= group->live().foldedUpTo()) return {};
    std::unique_lock turn(group->importing, std::defer_lock);
    progress.begin("waiting", "rows", 0);
    while (!turn.try_lock_for(std::chrono::milliseconds(50))) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "folding was cancelled");
    }
    return data::fold(*group, tuning_, files_, progress);
  }
  Result<void> erase(const std::string& groupUid, Progress& progress) override {
    PROFFER_TRY(const auto group, find(groupUid));
    if (!group || !group->eraseDue) return {};
    std::unique_lock turn(group->importing, std::defer_lock);
    progress.begin("waiting", "rows", 0);
    while (!turn.try_lock_for(std::chrono::milliseconds(50))) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "erasing was cancelled");
    }
    group->eraseDue = false;  // a deletion that comes between is for the next time
    auto done = data::fold(*group, tuning_, files_, progress);
    if (done) {
      std::lock_guard moving(group->folding);
      done = eraseDeleted(*group, tuning_, files_, progress);
    }
    if (!done) group->eraseDue = true;
    return done;
  }
  void keepFolding() override {
    std::lock_guard guard(foldingMutex_);
    if (!folding_.joinable()) folding_ = std::thread([this] { keepFoldingHere(); });
  }
  Result<LiveFigures> figures(const std::string& groupUid) override {
    PROFFER_TRY(const auto group, find(groupUid));
    return group ? data::liveFigures(*group) : LiveFigures{};
  }

  Result<void> sweep() override {
    auto there = files_.list(directory_);
    if (!there) return there.error().code == ErrorCode::kNotFound ? Result<void>() : fail(there.error());
    for (const auto& entry : *there) {
      const std::string name = entry.string();
      if (name.ends_with(kDropped)) {
        PROFFER_CHECK(files_.removeTree(directory_ / name));
        continue;
      }
      if (const auto swept = sweepGroup(name); !swept)
        logLine(LogLevel::kError, "data", "cannot sweep a group's files; the other groups are served",
                {{"group", name}, {"error", formatError(swept.error())}});
    }
    return {};
  }

 private:
  // Much is folded at once, little every few minutes: each fold makes files. Real time, for it changes
  // nothing that anybody could see.
  void keepFoldingHere() {
    using Clock = std::chrono::steady_clock;
    std::map<std::string, Clock::time_point> lastTimes, lastErasures;
    Clock::time_point trimmed = Clock::now();
    for (;;) {
      {
        std::unique_lock lock(foldingMutex_);
        if (stopped_.wait_for(lock, kFoldingLook, [&] { return stopping_; })) return;
      }
      std::map<std::string, std::shared_ptr<GroupState>> groups;
      {
        std::lock_guard guard(mutex_);
        groups = groups_;
      }
      for (const auto& [uid, group] : groups) {
        const auto now = Clock::now();
        if (const auto [last, first] = lastErasures.try_emplace(uid, now - kErasingPause);
            group->eraseDue && now - last->second >= kErasingPause) {
          last->second = now;
          eraseHere(uid);
        }
        const auto [last, first] = lastTimes.try_emplace(uid, Clock::time_point::min());
        const LiveGroup& live = group->live();
        const bool any = live.last() > live.foldedUpTo();
        const bool due = last->second == Clock::time_point::min() || now - last->second >= kFoldingPause;
        const bool soon = !due && live.hasNewItem() && now - last->second >= kFoldingSoon;
        if (!any || (!due && !soon && live.tail() < kMuch)) continue;
        last->second = now;
        if (const auto done = fold(uid, foldingProgress_); !done && !foldingProgress_.cancelled())
          logLine(LogLevel::kError, "data",
                  "what was put cannot be moved into segments; it is kept and served",
                  {{"group", uid}, {"error", formatError(done.error())}});
        // What each event took was allocated by many threads and freed by this one: the allocator keeps it.
        if (Clock::now() - trimmed >= kTrimPause) {
          ::malloc_trim(0);
          trimmed = Clock::now();
        }
      }
    }
  }

  void eraseHere(const std::string& uid) {
    const auto done = erase(uid, foldingProgress_);
    if (done || foldingProgress_.cancelled()) return;
    logLine(
        LogLevel::kError, "data",
        "rows of deleted users are still in files; they are in no answer, and it is tried again in an hour",
        {{"group", uid}, {"error", formatError(done.error())}});
  }

  Result<void> sweepGroup(const std::string& uid) {
    PROFFER_TRY(const auto group, open(uid));
    return group->sweep();
  }

  Result<GroupCopy> openSegments(GroupState& group, const std::vector<store::SegmentRow>& rows) {
    GroupCopy copy;
    for (const auto& row : rows) {
      PROFFER_TRY(auto file, files_.open(group.segmentPath(row.file)));
      copy.segments.push_back({row.file, std::move(file)});
    }
    return copy;
  }

  // Null if there is no data of the group.
  Result<std::shared_ptr<GroupState>> find(const std::string& uid) {
    std::lock_guard guard(mutex_);
    if (const auto known = groups_.find(uid); known != groups_.end()) return known->second;
    if (!files_.stat(directory_ / uid / "data.db")) return std::shared_ptr<GroupState>();
    return openLocked(uid);
  }

  Result<std::shared_ptr<GroupState>> open(const std::string& uid) {
    std::lock_guard guard(mutex_);
    if (const auto known = groups_.find(uid); known != groups_.end()) return known->second;
    return openLocked(uid);
  }

  Result<std::shared_ptr<GroupState>> openLocked(const std::string& uid) {
    if (uid.empty() || uid.find('/') != std::string::npos || uid.starts_with('.')) {
      return fail(ErrorCode::kInternal, "\"{}\" is no uid of a group", uid);
    }
    PROFFER_CHECK(files_.createDirectories(directory_ / uid));
    PROFFER_CHECK(files_.syncDirectory(directory_));
    PROFFER_TRY(auto state, GroupState::open(directory_ / uid, files_));
    groups_[uid] = state;
    return state;
  }

  static Result<Imported> importedOf(GroupState& group, const std::string& dataset) {
    Imported imported;
    PROFFER_TRY(imported.dataset, group.store().dataset(dataset));
    PROFFER_TRY(imported.sources, group.store().sources(dataset));
    return imported;
  }

  const std::filesystem::path directory_;
  Clock& clock_;
  io::FileSystem& files_;
  const ImportTuning tuning_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<GroupState>> groups_;

  static constexpr auto kFoldingLook = std::chrono::milliseconds(500);
  static constexpr auto kFoldingPause = std::chrono::minutes(5);
  static constexpr auto kFoldingSoon = std::chrono::seconds(2);
  static constexpr auto kTrimPause = std::chrono::seconds(5);
  static constexpr int64_t kMuch = 20'000;                      // rows
  static constexpr auto kErasingPause = std::chrono::hours(1);  // each may rewrite much
  std::mutex foldingMutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  Progress foldingProgress_;
  std::thread folding_;
};

}  // namespace

std::unique_ptr<GroupDataStore> openGroupDataStore(const std::filesystem::path& directory, Clock& clock,
                                                   io::FileSystem& files) {
  return openGroupDataStore(directory, clock, files, ImportTuning{});
}

std::unique_ptr<GroupDataStore> openGroupDataStore(const std::filesystem::path& directory, Clock& clock,
                                                   io::FileSystem& files, const ImportTuning& tuning) {
  return std::make_unique<Store>(directory, clock, files, tuning);
}

}  // namespace proffer::data
