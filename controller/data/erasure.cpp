#include "controller/data/erasure.h"

#include <algorithm>

#include "base/hash.h"
#include "base/log.h"
#include "controller/data/compaction.h"
#include "controller/data/fold_tables.h"
#include "controller/data/interactions_rewrite.h"
#include "controller/data/live_codec.h"
#include "controller/data/report.h"
#include "controller/data/source_survey.h"

namespace proffer::data {
namespace {

constexpr int64_t kEmptiedAtOnce = 2'000;  // rows by one transaction, which others wait for

class Erasure {
 public:
  Erasure(GroupState& group, const ImportTuning& tuning, io::FileSystem& files, Progress& progress)
      : group_(group), tuning_(tuning), files_(files), progress_(progress) {}

  Result<void> run() {
    PROFFER_TRY(live_, group_.store().segments(store::SegmentState::kLive));
    sortForReading(live_);
    PROFFER_TRY(auto datasets, group_.store().datasets());
    for (auto& dataset : datasets) PROFFER_CHECK(eraseDataset(std::move(dataset)));
    PROFFER_CHECK(giveUpWaiting());
    if (!commit_.named.empty() || !commit_.settled.empty()) {
      if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "erasing was cancelled");
      PROFFER_CHECK(files_.syncDirectory(group_.segmentDirectory()));
      commit_.upTo = group_.live().foldedUpTo();
      PROFFER_CHECK(group_.commitFold(commit_, 0, commit_.settled));
      group_.live().countErasure();
    }
    return emptyLog();
  }

 private:
  Result<void> eraseDataset(store::DatasetRow dataset) {
    const auto type = datasetTypeFromName(dataset.type);
    if (!type || *type == DatasetType::kItems || *type == DatasetType::kActions) return {};
    bool rewritten = false;
    // Of rows of one user the later segment's win, and what is rewritten comes last: so all later ones of its
    // sort are rewritten too.
    bool laterOnes = false;
    const store::SegmentRow* before = nullptr;
    for (const auto& row : live_) {
      if (row.dataset != dataset.uid) continue;
      if (row.log) {
        PROFFER_CHECK(eraseLog(row, *type));
        continue;
      }
      if (before && (before->streamed != row.streamed || before->incremental != row.incremental))
        laterOnes = false;
      before = &row;
      if (*type == DatasetType::kUsers) {
        PROFFER_TRY(const bool changed, eraseTable(dataset, row, laterOnes));
        laterOnes = laterOnes || changed;
        rewritten = rewritten || changed;
      } else if (*type == DatasetType::kInteractions) {
        PROFFER_TRY(const bool changed, eraseInteractions(row));
        rewritten = rewritten || changed;
      }
    }
    return rewritten ? addFigures(std::move(dataset), *type) : Result<void>();
  }

  Result<store::SegmentRow> reserveLike(const store::SegmentRow& row) {
    PROFFER_TRY(auto reserved, group_.store().reserveSegment(row.dataset, 0, 0));
    reserved.incremental = row.incremental;
    reserved.streamed = row.streamed;
    reserved.log = row.log;
    reserved.source = row.source;
    reserved.definition = row.definition;
    return reserved;
  }

  void replace(const store::SegmentRow& row, store::SegmentRow by) {
    commit_.doomed.push_back(row.id);
    commit_.named.push_back(std::move(by));
  }

  Result<bool> eraseInteractions(const store::SegmentRow& row) {
    const auto hidden = hiddenIn(group_, row);
    if (!hidden) return false;
    PROFFER_TRY(const auto file, group_.segmentFile(row));
    PROFFER_TRY(auto segment, InteractionsSegment::open(file));
    bool holds = false;
    for (uint32_t user = 0; user < group_.names().users.size() && !holds; ++user)
      holds = hidden(user) && segment->rowsOf(user).size() > 0;
    if (!holds) return false;
    RewritePlan plan;
    plan.merged = isMerged(row);
    plan.inputs.push_back({std::move(segment), {row.source, row.definition}, hidden});
    PROFFER_TRY(auto reserved, reserveLike(row));
    PROFFER_TRY(const WrittenSegment written,
                rewriteInteractions(group_, reserved, plan, tuning_, files_, progress_));
    replace(row, writtenRow(std::move(reserved), written));
    return true;
  }

  Result<bool> eraseTable(const store::DatasetRow& dataset, const store::SegmentRow& row, bool anyway) {
    const auto hidden = hiddenIn(group_, row);
    if (!hidden) return false;
    PROFFER_TRY(const auto file, group_.segmentFile(row));
    PROFFER_TRY(const auto segment, TableSegment::open(file));
    const auto entities = segment->entities();
    if (!anyway && std::none_of(entities.begin(), entities.end(), hidden)) return false;
    TableRows table(cellRules(schemaFromJson(dataset.fields)), "USER_ID");
    PROFFER_CHECK(table.addOlder(*segment, hidden));
    PROFFER_TRY(auto reserved, reserveLike(row));
    PROFFER_TRY(const auto written, table.write(group_.segmentPath(reserved.file), files_));
    reserved.rows = table.size();
    reserved.bytes = written.size;
    reserved.checksum = written.checksum;
    replace(row, std::move(reserved));
    return true;
  }

  Result<bool> isForgotten(const store::LogRow& row, DatasetType type) const {
    if (type == DatasetType::kUsers) {
      const auto decoded = decodeRow(row.body);
      if (!decoded) return fail(group_.unreadableRow(row.sequence));
      return group_.deleted().forgets(decoded->id, row.sequence);
    }
    const auto decoded = decodeEvent(row.body, row.time);
    if (!decoded) return fail(group_.unreadableRow(row.sequence));
    return group_.deleted().forgets(decoded->owner.empty() ? decoded->event.sessionId : decoded->owner,
                                    row.sequence);
  }

  Result<void> eraseLog(const store::SegmentRow& row, DatasetType type) {
    PROFFER_TRY(auto file, group_.segmentFile(row));
    PROFFER_TRY(const auto segment, LogSegment::open(std::move(file)));
    std::vector<store::LogRow> kept;
    for (size_t i = 0; i < segment->size(); ++i) {
      PROFFER_TRY(const std::string_view body, segment->body(i));
      store::LogRow& one = kept.emplace_back();
      one.sequence = segment->sequence(i);
      one.time = segment->time(i);
      one.body = body;
      PROFFER_TRY(const bool forgotten, isForgotten(one, type));
      if (forgotten) kept.pop_back();
    }
    if (kept.size() == segment->size()) return {};
    PROFFER_TRY(auto reserved, reserveLike(row));
    // Event ids stay, as hashes: what is sent again must not come back.
    PROFFER_TRY(const auto written, writeLog(group_.segmentPath(reserved.file), kept,
                                             {segment->ids().begin(), segment->ids().end()}, files_));
    reserved.rows = static_cast<int64_t>(kept.size());
    reserved.bytes = written.size;
    reserved.checksum = written.checksum;
    replace(row, std::move(reserved));
    return {};
  }

  // Events of a session whose id is the deleted user's: nobody will claim them.
  Result<void> giveUpWaiting() {
    PROFFER_TRY(const auto rows, group_.store().log().waiting(group_.live().foldedUpTo()));
    for (const auto& row : rows) {
      PROFFER_TRY(const bool forgotten, isForgotten(row, DatasetType::kInteractions));
      if (forgotten) commit_.settled.push_back(row.sequence);
    }
    return {};
  }

  Result<void> addFigures(store::DatasetRow dataset, DatasetType type) {
    std::vector<store::SegmentRow> rows;
    const auto add = [&](const store::SegmentRow& row) {
      if (row.dataset == dataset.uid) rows.push_back(row);
    };
    for (const auto& row : live_)
      if (std::find(commit_.doomed.begin(), commit_.doomed.end(), row.id) == commit_.doomed.end()) add(row);
    for (const auto& row : commit_.named) add(row);
    const auto& names = group_.names();
    PROFFER_TRY(const Figured figured, figuresOf(group_, type, rows, names.users.size(), names.items.size()));
    Json json = toJson(figured.figures);
    json["fingerprint"] = stringMember(dataset.figures, "fingerprint");
    // New data: what is trained next learns without them.
    json["content"] = hashHex(hash128(stringMember(dataset.figures, "content") + "erased" + figured.content));
    dataset.figures = std::move(json);
    commit_.datasets.push_back(std::move(dataset));
    return {};
  }

  // Folded rows that stay in the log are there to be known again, by their hash.
  Result<void> emptyLog() {
    const int64_t upTo = group_.live().foldedUpTo();
    int64_t all = 0;
    for (int64_t emptied = 1; emptied > 0; all += emptied) {
      if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "erasing was cancelled");
      PROFFER_TRY(emptied, group_.store().log().empty(upTo, kEmptiedAtOnce));
    }
    return all == 0 ? Result<void>() : group_.store().checkpoint();
  }

  GroupState& group_;
  const ImportTuning& tuning_;
  io::FileSystem& files_;
  Progress& progress_;
  std::vector<store::SegmentRow> live_;
  store::FoldCommit commit_;
};

}  // namespace

Result<void> eraseDeleted(GroupState& group, const ImportTuning& tuning, io::FileSystem& files,
                          Progress& progress) {
  auto done = Erasure(group, tuning, files, progress).run();
  if (!done) (void)group.store().doomPending(0, 0);
  if (auto collected = group.collect(); !collected) {
    if (done) return collected;
    logLine(LogLevel::kWarning, "data", "a replaced segment could not be removed",
            {{"error", formatError(collected.error())}});
  }
  return done;
}

}  // namespace proffer::data
