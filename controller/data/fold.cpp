#include "controller/data/fold.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <limits>

#include "base/hash.h"
#include "base/log.h"
#include "base/parallel.h"
#include "controller/data/compaction.h"
#include "controller/data/fold_tables.h"
#include "controller/data/interactions_rewrite.h"
#include "controller/data/live_codec.h"
#include "controller/data/report.h"
#include "controller/data/source_survey.h"

namespace proffer::data {
namespace {

constexpr size_t kFoldRows = 20'000;       // by one transaction, and in memory at once
constexpr size_t kLogRows = 50'000;        // a segment of the log of so many is left as it is
constexpr int64_t kMostWaiting = 200'000;  // events of sessions without a user
constexpr int64_t kKnownAgain = 100'000;   // folded rows that stay in the log, to know what is sent again
constexpr int64_t kTrimRows = 2'000;       // by one transaction, which others wait for
constexpr size_t kStreamedSegments = 6;    // of a dataset; more are merged
constexpr size_t kLogSegments = 8;         // small ones

// What an event becomes in a segment of interactions.
struct Folding {
  const store::LogRow* row = nullptr;
  LiveEvent event;
  std::string owner;
};

class Fold {
 public:
  Fold(GroupState& group, const ImportTuning& tuning, io::FileSystem& files, Progress& progress)
      : group_(group),
        tuning_(tuning),
        files_(files),
        progress_(progress),
        users_(&group.names().users),
        items_(&group.names().items) {}

  // Whether there is more.
  Result<bool> run() {
    PROFFER_TRY(const bool any, read());
    if (!any) return false;
    PROFFER_TRY(auto datasets, group_.store().datasets());
    for (auto& dataset : datasets) PROFFER_CHECK(foldDataset(std::move(dataset)));
    PROFFER_CHECK(finish());
    return commit_.upTo < target_;
  }

 private:
  Result<bool> read() {
    const int64_t from = group_.live().foldedUpTo();
    target_ = group_.live().last();
    if (target_ <= from) return false;
    PROFFER_TRY(rows_, group_.store().log().waiting(from));
    size_t taken = 0;
    for (int64_t after = from; after < target_ && taken < kFoldRows;) {
      PROFFER_TRY(auto rows, group_.store().log().read(after, kFoldRows - taken));
      if (rows.empty()) break;
      for (auto& row : rows) {
        if (row.sequence > target_) break;
        rows_.push_back(std::move(row));
        ++taken;
      }
      after = rows_.back().sequence;
    }
    commit_.upTo = taken < kFoldRows ? target_ : rows_.back().sequence;
    return true;
  }

  Result<void> foldDataset(store::DatasetRow dataset) {
    std::vector<store::LogRow*> rows;
    for (auto& row : rows_)
      if (row.dataset == dataset.uid) rows.push_back(&row);
    if (rows.empty()) return {};
    const auto type = datasetTypeFromName(dataset.type);
    if (!type) return {};
    if (*type == DatasetType::kInteractions || *type == DatasetType::kActionInteractions)
      return foldEvents(std::move(dataset), *type, rows);
    return foldRows(std::move(dataset), *type, rows);
  }

  // Finds out whose events they are; leaves out those of deleted users and of known ids.
  Result<std::vector<Folding>> settle(const std::string& uid, const std::vector<store::LogRow*>& rows) {
    std::vector<Folding> all;
    all.reserve(rows.size());
    std::map<std::string, std::vector<size_t>> sessions;  // that wait
    for (const store::LogRow* row : rows) {
      auto decoded = decodeEvent(row->body, row->time);
      if (!decoded) return fail(group_.unreadableRow(row->sequence));
      Folding& one = all.emplace_back();
      one.row = row;
      one.event = std::move(decoded->event);
      one.owner = one.event.userId;
      if (!row->waiting && !one.event.eventId.empty()) ids_.push_back(contentHash(uid, one.event.eventId));
      if (one.owner.empty()) {
        sessions[one.event.sessionId].push_back(all.size() - 1);
        continue;
      }
      const auto waiting = sessions.find(one.event.sessionId);
      if (waiting == sessions.end()) continue;
      for (const size_t earlier : waiting->second) all[earlier].owner = one.owner;
      sessions.erase(waiting);
    }
    giveUp(all, sessions);
    PROFFER_TRY(const std::vector<bool> known, knownIds(uid, all));
    std::vector<Folding> folding;
    for (size_t i = 0; i < all.size(); ++i) {
      Folding& one = all[i];
      if (one.owner.empty() && !givesUp_.contains(one.row->sequence)) continue;  // waits on
      if (one.row->waiting) commit_.settled.push_back(one.row->sequence);
      ++moved_;
      if (group_.deleted().forgets(one.owner.empty() ? one.event.sessionId : one.owner, one.row->sequence))
        continue;
      if (known[i]) continue;
      folding.push_back(std::move(one));
    }
    return folding;
  }

  void giveUp(const std::vector<Folding>& all, const std::map<std::string, std::vector<size_t>>& sessions) {
    std::vector<int64_t> waiting;
    for (const auto& [session, events] : sessions)
      for (const size_t event : events) waiting.push_back(all[event].row->sequence);
    if (static_cast<int64_t>(waiting.size()) <= kMostWaiting) return;
    std::sort(waiting.begin(), waiting.end());
    waiting.resize(waiting.size() - static_cast<size_t>(kMostWaiting));
    givesUp_.insert(waiting.begin(), waiting.end());
  }

  // Of which events the id was folded before.
  Result<std::vector<bool>> knownIds(const std::string& uid, const std::vector<Folding>& events) {
    std::vector<std::pair<Hash128, size_t>> places;
    for (size_t i = 0; i < events.size(); ++i)
      if (!events[i].event.eventId.empty()) places.emplace_back(contentHash(uid, events[i].event.eventId), i);
    std::vector<bool> known(events.size());
    if (places.empty()) return known;
    std::sort(places.begin(), places.end());
    std::vector<Hash128> ids;
    for (const auto& [id, place] : places) ids.push_back(id);
    std::vector<bool> marked(ids.size());
    PROFFER_TRY(const LogPieces pieces, group_.logPieces(uid));
    for (const auto& segment : pieces.segments) segment->markIds(ids, marked);
    for (size_t i = 0; i < places.size(); ++i) known[places[i].second] = marked[i];
    return known;
  }

  Result<void> foldEvents(store::DatasetRow dataset, DatasetType type,
                          const std::vector<store::LogRow*>& rows) {
    PROFFER_TRY(const std::vector<Folding> folding, settle(dataset.uid, rows));
    if (folding.empty()) return {};
    std::vector<store::LogRow> log;
    std::vector<Hash128> ids;
    for (const auto& one : folding) {
      store::LogRow& row = log.emplace_back(*one.row);
      if (one.event.userId.empty() && !one.owner.empty()) appendOwner(row.body, one.owner);
      if (!one.event.eventId.empty()) ids.push_back(contentHash(dataset.uid, one.event.eventId));
    }
    std::sort(log.begin(), log.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    PROFFER_CHECK(addLog(dataset.uid, log, std::move(ids)));
    if (type != DatasetType::kInteractions) return {};
    PROFFER_CHECK(addInteractions(dataset, folding));
    return addFigures(std::move(dataset), type);
  }

  Result<store::SegmentRow> reserve(const std::string& dataset) {
    PROFFER_TRY(auto row, group_.store().reserveSegment(dataset, 0, 0));
    row.streamed = true;
    return row;
  }

  Result<void> addLog(const std::string& uid, std::span<const store::LogRow> rows, std::vector<Hash128> ids) {
    PROFFER_TRY(auto row, reserve(uid));
    row.streamed = false;
    row.log = true;
    PROFFER_TRY(const auto written, writeLog(group_.segmentPath(row.file), rows, std::move(ids), files_));
    row.rows = static_cast<int64_t>(rows.size());
    row.bytes = written.size;
    row.checksum = written.checksum;
    commit_.named.push_back(std::move(row));
    return {};
  }

  Result<void> addInteractions(const store::DatasetRow& dataset, const std::vector<Folding>& folding) {
    InteractionNames names;
    RowLayout layout;
    for (const auto& rule : cellRules(schemaFromJson(dataset.fields))) {
      if (rule.column == "EVENT_TYPE")
        layout.types = true;
      else if (rule.column == "EVENT_VALUE")
        layout.values = true;
      else if (rule.column != "USER_ID" && rule.column != "ITEM_ID" && rule.column != "TIMESTAMP")
        names.extras.push_back({rule.column, {}});
    }
    layout.extras = static_cast<uint32_t>(names.extras.size());
    std::deque<NameSpace> spaces;
    for (size_t i = 0; i < 1 + names.extras.size(); ++i) spaces.emplace_back(nullptr);
    std::vector<uint32_t> words;
    InteractionsInput input;
    for (const auto& one : folding) {
      if (one.owner.empty()) continue;  // E16
      const LiveEvent& event = one.event;
      const size_t at = words.size();
      words.resize(at + layout.words());
      words[at] = users_.adopt(one.owner, hash64(one.owner));
      words[at + 1] = items_.adopt(event.itemId, hash64(event.itemId));
      uint16_t type = kNullType;
      if (layout.types && !event.eventType.empty())
        type = static_cast<uint16_t>(
            std::min<uint32_t>(spaces[0].adopt(event.eventType, hash64(event.eventType)), kNullType));
      packTime(words.data() + at, event.time, type);
      if (layout.values)
        words[at + 4] = std::bit_cast<uint32_t>(event.value ? static_cast<float>(*event.value)
                                                            : std::numeric_limits<float>::quiet_NaN());
      for (size_t i = 0; i < names.extras.size(); ++i) {
        const auto text = textOf(event, names.extras[i].column);
        words[at + layout.firstExtra() + i] = text ? spaces[1 + i].adopt(*text, hash64(*text)) : kNullCode;
      }
      input.firstTime = at == 0 ? event.time : std::min(input.firstTime, event.time);
      input.lastTime = at == 0 ? event.time : std::max(input.lastTime, event.time);
    }
    if (words.empty()) return {};
    const auto textsOf = [](const NameSpace& space) {
      std::vector<std::string> texts;
      for (uint32_t i = 0; i < space.size(); ++i) texts.emplace_back(space.at(i));
      return texts;
    };
    if (layout.types) names.types = textsOf(spaces[0]);
    for (size_t i = 0; i < names.extras.size(); ++i) names.extras[i].values = textsOf(spaces[1 + i]);

    PROFFER_TRY(auto row, reserve(dataset.uid));
    const auto path = group_.segmentPath(row.file);
    RowStore store(layout, tuning_.rowBudget, path.string() + ".rows", files_);
    PROFFER_CHECK(store.add(groupRows(words.data(), words.size() / layout.words(), layout, 0)));
    PROFFER_CHECK(store.seal());
    input.rows = &store;
    input.names = &names;
    input.userCount = users_.size();
    input.itemCount = items_.size();
    PROFFER_TRY(const WrittenSegment written, writeInteractions(path, input, 1, files_, progress_));
    commit_.named.push_back(writtenRow(std::move(row), written));
    return {};
  }

  Result<void> foldRows(store::DatasetRow dataset, DatasetType type,
                        const std::vector<store::LogRow*>& rows) {
    std::vector<store::LogRow> log;
    TableRows table(cellRules(schemaFromJson(dataset.fields)),
                    type == DatasetType::kItems ? "ITEM_ID" : "USER_ID");
    for (const store::LogRow* row : rows) {
      ++moved_;
      const auto decoded = decodeRow(row->body);
      if (!decoded) return fail(group_.unreadableRow(row->sequence));
      if (type == DatasetType::kUsers && group_.deleted().forgets(decoded->id, row->sequence)) continue;
      log.push_back(*row);
      NameSpace& space = type == DatasetType::kItems ? items_ : users_;
      if (type != DatasetType::kActions) table.put(space.adopt(decoded->id, hash64(decoded->id)), *decoded);
    }
    if (log.empty()) return {};
    PROFFER_CHECK(addLog(dataset.uid, log, {}));
    if (type == DatasetType::kActions) return {};
    PROFFER_CHECK(takeOlder(dataset.uid, table));
    PROFFER_TRY(auto row, reserve(dataset.uid));
    PROFFER_TRY(const auto written, table.write(group_.segmentPath(row.file), files_));
    row.rows = table.size();
    row.bytes = written.size;
    row.checksum = written.checksum;
    commit_.named.push_back(std::move(row));
    return addFigures(std::move(dataset), type);
  }

  // Small segments of put rows become one with the new.
  Result<void> takeOlder(const std::string& uid, TableRows& table) {
    PROFFER_TRY(auto live, group_.store().segments(store::SegmentState::kLive));
    std::erase_if(live, [&](const auto& row) { return row.dataset != uid || !row.streamed; });
    // From the newest on: what is older must not come before what is newer.
    for (auto row = live.rbegin(); row != live.rend() && row->rows <= 4 * table.size(); ++row) {
      PROFFER_TRY(const auto file, group_.segmentFile(*row));
      PROFFER_TRY(const auto segment, TableSegment::open(file));
      PROFFER_CHECK(table.addOlder(*segment, hiddenIn(group_, *row)));
      commit_.doomed.push_back(row->id);
    }
    return {};
  }

  Result<void> addFigures(store::DatasetRow dataset, DatasetType type) {
    PROFFER_TRY(auto rows, group_.store().segments(store::SegmentState::kLive));
    const auto isDoomed = [&](const auto& row) {
      return std::find(commit_.doomed.begin(), commit_.doomed.end(), row.id) != commit_.doomed.end();
    };
    std::erase_if(rows, [&](const auto& row) { return row.dataset != dataset.uid || isDoomed(row); });
    std::string added;
    for (const auto& row : commit_.named) {
      if (row.dataset != dataset.uid) continue;
      rows.push_back(row);
      if (!row.log) added += row.checksum;
    }
    PROFFER_TRY(const Figured figured, figuresOf(group_, type, rows, users_.size(), items_.size()));
    Json json = toJson(figured.figures);
    const std::string fingerprint = stringMember(dataset.figures, "fingerprint");
    json["fingerprint"] = fingerprint.empty() ? "streamed" : fingerprint;
    json["content"] = hashHex(hash128(stringMember(dataset.figures, "content") + added));
    if (added.empty()) json["content"] = stringMember(dataset.figures, "content");
    dataset.figures = std::move(json);
    commit_.datasets.push_back(std::move(dataset));
    return {};
  }

  Result<void> finish() {
    if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "folding was cancelled");
    const auto added = [](store::DictionaryKind kind, const Dictionary& before, const NameSpace& space) {
      return store::NewNames{
          .kind = kind, .first = before.size(), .count = space.added().size(), .at = [&space](uint32_t i) {
            return space.added().at(i);
          }};
    };
    commit_.names.push_back(added(store::DictionaryKind::kUsers, group_.names().users, users_));
    commit_.names.push_back(added(store::DictionaryKind::kItems, group_.names().items, items_));
    PROFFER_CHECK(files_.syncDirectory(group_.segmentDirectory()));
    PROFFER_CHECK(group_.commitFold(commit_, moved_, {givesUp_.begin(), givesUp_.end()}));
    for (const auto& id : ids_) group_.live().removeId(id);
    return {};
  }

  GroupState& group_;
  const ImportTuning& tuning_;
  io::FileSystem& files_;
  Progress& progress_;
  NameSpace users_, items_;
  std::vector<store::LogRow> rows_;  // what waited before, then what is new
  int64_t target_ = 0;
  int64_t moved_ = 0;
  std::set<int64_t> givesUp_;
  std::vector<Hash128> ids_;
  store::FoldCommit commit_;
};

// Of many small segments of a log, some become one.
Result<void> mergeLogs(GroupState& group, const std::string& dataset, io::FileSystem& files) {
  PROFFER_TRY(auto rows, group.store().segments(store::SegmentState::kLive));
  std::erase_if(rows, [&](const auto& row) {
    return row.dataset != dataset || !row.log || row.rows >= static_cast<int64_t>(kLogRows);
  });
  if (rows.size() <= kLogSegments) return {};
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.rows < b.rows; });
  store::FoldCommit commit;
  std::vector<store::LogRow> merged;
  std::vector<Hash128> ids;
  for (const auto& row : rows) {
    if (merged.size() >= 2 * kLogRows) break;
    PROFFER_TRY(auto file, group.segmentFile(row));
    PROFFER_TRY(const auto segment, LogSegment::open(std::move(file)));
    for (size_t i = 0; i < segment->size(); ++i) {
      PROFFER_TRY(const std::string_view body, segment->body(i));
      store::LogRow& one = merged.emplace_back();
      one.sequence = segment->sequence(i);
      one.time = segment->time(i);
      one.body = body;
    }
    ids.insert(ids.end(), segment->ids().begin(), segment->ids().end());
    commit.doomed.push_back(row.id);
  }
  std::sort(merged.begin(), merged.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  PROFFER_TRY(auto row, group.store().reserveSegment(dataset, 0, 0));
  row.log = true;
  PROFFER_TRY(const auto written, writeLog(group.segmentPath(row.file), merged, std::move(ids), files));
  row.rows = static_cast<int64_t>(merged.size());
  row.bytes = written.size;
  row.checksum = written.checksum;
  commit.named.push_back(std::move(row));
  commit.upTo = group.live().foldedUpTo();
  PROFFER_CHECK(files.syncDirectory(group.segmentDirectory()));
  return group.commitFold(commit, 0, {});
}

// Of many segments of streamed interactions, the small ones become one.
Result<void> mergeStreamed(GroupState& group, const ImportTuning& tuning, io::FileSystem& files,
                           Progress& progress) {
  PROFFER_TRY(const auto datasets, group.store().datasets());
  for (const auto& dataset : datasets) {
    PROFFER_CHECK(mergeLogs(group, dataset.uid, files));
    if (dataset.type != datasetTypeName(DatasetType::kInteractions)) continue;
    PROFFER_TRY(auto rows, group.store().segments(store::SegmentState::kLive));
    std::erase_if(rows, [&](const auto& row) { return row.dataset != dataset.uid || !row.streamed; });
    if (rows.size() <= kStreamedSegments) continue;
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.rows < b.rows; });
    RewritePlan plan;
    store::FoldCommit commit;
    int64_t sum = 0;
    for (const auto& row : rows) {
      if (plan.inputs.size() >= 2 && row.rows > 2 * sum) break;
      PROFFER_TRY(const auto file, group.segmentFile(row));
      PROFFER_TRY(auto segment, InteractionsSegment::open(file));
      plan.inputs.push_back({std::move(segment), {}, hiddenIn(group, row)});
      commit.doomed.push_back(row.id);
      sum += row.rows;
    }
    PROFFER_TRY(auto reserved, group.store().reserveSegment(dataset.uid, 0, 0));
    reserved.streamed = true;
    PROFFER_TRY(const WrittenSegment written,
                rewriteInteractions(group, reserved, plan, tuning, files, progress));
    commit.named.push_back(writtenRow(std::move(reserved), written));
    commit.upTo = group.live().foldedUpTo();
    PROFFER_CHECK(files.syncDirectory(group.segmentDirectory()));
    PROFFER_CHECK(group.commitFold(commit, 0, {}));
  }
  return {};
}

// Forgets what was folded long ago.
Result<void> trimLog(GroupState& group) {
  const int64_t upTo = group.live().foldedUpTo() - kKnownAgain;
  if (upTo <= 0) return {};
  store::GroupLog& log = group.store().log();
  for (int64_t trimmed = 1; trimmed > 0;) {
    PROFFER_TRY(trimmed, log.trim(upTo, kTrimRows));
  }
  PROFFER_TRY(const auto waiting, log.waitingSequences());
  group.live().known().forget(upTo, waiting);
  return {};
}

}  // namespace

Result<void> fold(GroupState& group, const ImportTuning& tuning, io::FileSystem& files, Progress& progress) {
  std::lock_guard turn(group.folding);
  const auto fold = [&]() -> Result<void> {
    for (bool more = true; more;) {
      PROFFER_TRY(more, Fold(group, tuning, files, progress).run());
    }
    return mergeStreamed(group, tuning, files, progress);
  };
  auto done = fold();
  if (!done) (void)group.store().doomPending(0, 0);
  if (auto collected = group.collect(); !collected)
    logLine(LogLevel::kWarning, "data", "a replaced segment could not be removed",
            {{"error", formatError(collected.error())}});
  if (done) done = trimLog(group);
  return done;
}

}  // namespace proffer::data
