#include "controller/data/live_puts.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>
#include <thread>

#include "base/log.h"
#include "controller/data/live_codec.h"
#include "controller/data/log_segment.h"
#include "controller/data/source_survey.h"

namespace proffer::data {
namespace {

constexpr size_t kMostIdBytes = 256;
// Rows that are not folded yet are held in memory. Beyond the first number each call waits, a millisecond
// longer for each step, so that folding gets its turn; beyond the last nothing more is taken.
constexpr int64_t kSlowTail = 200'000, kTailStep = 40'000, kLongestWait = 5;
constexpr int64_t kMostTail = 2'000'000;
constexpr size_t kReadAtOnce = 10'000;

tl::unexpected<Error> wrong(std::string_view list, size_t at, std::string_view field, std::string message) {
  Error error{ErrorCode::kInvalidInput, std::move(message)};
  return fail(std::move(error).in(fmt::format("{}[{}].{}", list, at, field)));
}

Result<void> waitForRoom(const GroupState& group) {
  const int64_t tail = group.live().tail();
  if (tail >= kMostTail)
    return fail(makeError(ErrorCode::kUnavailable,
                          "{} rows that were put are not folded into segments yet, and no more are taken", tail)
                    .hinting("an import may be running, or the disk is full: see the log"));
  if (tail > kSlowTail)
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::min(kLongestWait, 1 + (tail - kSlowTail) / kTailStep)));
  return {};
}

Result<void> checkId(std::string_view list, size_t at, std::string_view field, const std::string& id) {
  if (id.empty()) return wrong(list, at, field, "is required");
  if (id.size() > kMostIdBytes * 4) return wrong(list, at, field, "is longer than 256 characters");
  return {};
}

Result<void> check(std::span<const LiveEvent> events) {
  for (size_t i = 0; i < events.size(); ++i) {
    PROFFER_CHECK(checkId("events", i, "sessionId", events[i].sessionId));
    PROFFER_CHECK(checkId("events", i, "itemId", events[i].itemId));
    if (std::abs(events[i].time) >= kTimeLimit)
      return wrong("events", i, "sentAt", "is no time in seconds since 1970");
  }
  return {};
}

Hash128 idHash(const std::string& dataset, const std::string& eventId) {
  return contentHash(dataset, eventId);
}

bool isEvents(DatasetType type) {
  return type == DatasetType::kInteractions || type == DatasetType::kActionInteractions;
}

// Which of an event's members the schema has.
struct Shape {
  bool types = false, values = false;
  std::vector<std::string> columns;
};

Shape shapeOf(const std::vector<SchemaField>& fields) {
  Shape shape;
  for (const auto& field : fields) {
    if (field.name == "EVENT_TYPE")
      shape.types = true;
    else if (field.name == "EVENT_VALUE")
      shape.values = true;
    else if (field.name != "USER_ID" && field.name != "ITEM_ID" && field.name != "TIMESTAMP")
      shape.columns.push_back(field.name);
  }
  return shape;
}

TailEvent tailOf(LiveGroup& live, const Shape& shape, const LiveEvent& event, int64_t sequence) {
  TailEvent tail;
  tail.sequence = tail.settled = sequence;
  tail.time = event.time;
  tail.item = event.itemId;
  if (shape.types && !event.eventType.empty()) tail.type = live.typeNamed(event.eventType);
  tail.value = shape.values && event.value ? static_cast<float>(*event.value)
                                           : std::numeric_limits<float>::quiet_NaN();
  LiveColumns columns;
  for (const auto& column : shape.columns)
    if (auto text = textOf(event, column)) columns.emplace_back(column, std::move(text));
  if (!columns.empty()) tail.columns = std::make_shared<const LiveColumns>(std::move(columns));
  return tail;
}

int64_t forgottenUpTo(const GroupState& group, const std::string& user) {
  const auto row = user.empty() ? std::nullopt : group.deleted().find(user);
  return row ? row->sequence : 0;
}

// One call: what is being written, and what is to be published once it is durable.
class EventPut {
 public:
  EventPut(GroupState& group, const LiveDataset& dataset, std::span<const LiveEvent> events)
      : group_(group), live_(group.live()), dataset_(dataset), events_(events) {
    entries_.reserve(events.size());
    origins_.reserve(events.size());
    ids_.reserve(events.size());
    for (const auto& event : events) {
      store::LogEntry& entry = entries_.emplace_back();
      entry.time = event.time;
      entry.body = encode(event);
      entry.hash = contentHash(dataset.uid, entry.body);
      // Who sends it again may find the answer forgotten: it is the same event all the same.
      if (event.impression.empty()) appendImpression(entry.body, event.shown);
      entry.waiting = event.userId.empty();
    }
    if (dataset.type != DatasetType::kInteractions) return;
    const Shape shape = shapeOf(dataset.fields);
    tails_.reserve(events.size());
    for (const auto& event : events) tails_.push_back(tailOf(live_, shape, event, 0));
  }

  Result<PutResult> run() {
    const auto written = group_.store().log().append(
        [this](store::GroupLog::Writer& writer) -> Result<void> {
          try {
            auto done = write(writer);
            if (!done) takeBack();
            return done;
          } catch (...) {
            takeBack();
            throw;
          }
        },
        [this](bool committed) { committed ? publish() : takeBack(); });
    if (!written) return fail(written.error());
    group_.live().countDuplicates(result_.duplicates);
    return result_;
  }

 private:
  // What is new moves to the front of `entries_`, in order.
  Result<void> write(store::GroupLog::Writer& writer) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const int64_t sequence = live_.given() + 1;
      if (!isNew(i, sequence)) {
        ++result_.duplicates;
        continue;
      }
      entries_[i].sequence = live_.nextSequence();
      if (i != origins_.size()) std::swap(entries_[i], entries_[origins_.size()]);
      origins_.push_back(i);
    }
    result_.stored = static_cast<int64_t>(origins_.size());
    return writer.add(dataset_.uid, std::span(entries_).first(origins_.size()));
  }

  bool isNew(size_t at, int64_t sequence) {
    const store::LogEntry& entry = entries_[at];
    if (!live_.known().add(entry.time, entry.hash, sequence)) return false;
    const std::string& id = events_[at].eventId;
    if (id.empty()) return true;
    const Hash128 hash = idHash(dataset_.uid, id);
    if (live_.addId(hash)) {
      ids_.push_back(hash);
      return true;
    }
    live_.known().remove(entry.time, entry.hash);
    return false;
  }

  void takeBack() {
    for (const auto& id : ids_) live_.removeId(id);
    ids_.clear();
    for (size_t i = 0; i < origins_.size(); ++i) live_.known().remove(entries_[i].time, entries_[i].hash);
    origins_.clear();
  }

  void publish() {
    for (size_t i = 0; i < origins_.size(); ++i) {
      const LiveEvent& event = events_[origins_[i]];
      const int64_t sequence = entries_[i].sequence;
      if (tails_.empty()) {
        live_.publishOther(sequence);
        continue;
      }
      TailEvent& tail = tails_[origins_[i]];
      tail.sequence = tail.settled = sequence;
      live_.publish(std::move(tail), event.sessionId, event.userId, forgottenUpTo(group_, event.userId));
    }
  }

  GroupState& group_;
  LiveGroup& live_;
  const LiveDataset& dataset_;
  std::span<const LiveEvent> events_;
  std::vector<store::LogEntry> entries_;
  std::vector<TailEvent> tails_;  // of all events of interactions
  std::vector<size_t> origins_;   // of the new entries: which events they are
  std::vector<Hash128> ids_;
  PutResult result_;
};

// The rows of a dataset after a sequence number: of the log's segments and of the log, in order.
Result<std::vector<store::LogRow>> readLog(GroupState& group, const std::string& dataset, int64_t after,
                                           size_t limit, bool& more) {
  limit = std::clamp<size_t>(limit, 1, kReadAtOnce);
  PROFFER_TRY(const LogPieces pieces, group.logPieces(dataset));
  std::vector<store::LogRow> rows;
  for (const auto& segment : pieces.segments) {
    size_t at = segment->firstAfter(after);
    for (const size_t end = std::min(segment->size(), at + limit + 1); at < end; ++at) {
      PROFFER_TRY(const std::string_view body, segment->body(at));
      store::LogRow& row = rows.emplace_back();
      row.sequence = segment->sequence(at);
      row.time = segment->time(at);
      row.body = body;
    }
  }
  const auto take = [&](std::vector<store::LogRow> found, bool waiting) {
    for (auto& row : found)
      if (row.sequence > after && row.dataset == dataset && (!waiting || row.sequence <= pieces.foldedUpTo))
        rows.push_back(std::move(row));
  };
  PROFFER_TRY(auto waiting, group.store().log().waiting(pieces.foldedUpTo));
  take(std::move(waiting), true);
  PROFFER_TRY(auto tail, group.store().log().read(std::max(after, pieces.foldedUpTo), limit + 1, dataset));
  if (group.live().foldedUpTo() != pieces.foldedUpTo)  // rows have moved meanwhile
    return readLog(group, dataset, after, limit, more);
  const bool cut = !tail.empty() && tail.size() <= limit;
  const int64_t tailEnd = tail.empty() ? 0 : tail.back().sequence;
  take(std::move(tail), false);
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  more = rows.size() > limit;
  if (more) rows.resize(limit);
  if (cut && !more) more = tailEnd < group.live().last();
  return rows;
}

}  // namespace

Result<PutResult> putEvents(GroupState& group, const LiveDataset& dataset,
                            std::span<const LiveEvent> events) {
  if (!isEvents(dataset.type))
    return fail(ErrorCode::kInvalidInput, "dataset {} holds no events", dataset.name);
  PROFFER_CHECK(check(events));
  PROFFER_CHECK(waitForRoom(group));
  PROFFER_CHECK(group.declare(dataset));
  return EventPut(group, dataset, events).run();
}

Result<PutResult> putRows(GroupState& group, const LiveDataset& dataset, std::span<const LiveRow> rows) {
  if (isEvents(dataset.type)) return fail(ErrorCode::kInvalidInput, "dataset {} holds events", dataset.name);
  for (size_t i = 0; i < rows.size(); ++i) PROFFER_CHECK(checkId("rows", i, "id", rows[i].id));
  PROFFER_CHECK(waitForRoom(group));
  PROFFER_CHECK(group.declare(dataset));
  LiveGroup& live = group.live();
  std::vector<TailRow> put;
  for (const auto& row : rows) put.push_back({0, std::make_shared<const LiveRow>(row)});
  PutResult result;
  const auto written = group.store().log().append(
      [&](store::GroupLog::Writer& writer) -> Result<void> {
        // A version that was there before may come again: they have no hash, each is a row of its own.
        std::vector<store::LogEntry> entries;
        for (auto& row : put) {
          row.sequence = live.nextSequence();
          entries.emplace_back().sequence = row.sequence;
          entries.back().body = encode(*row.row);
        }
        return writer.add(dataset.uid, entries);
      },
      [&](bool committed) {
        if (!committed) return;
        for (auto& row : put) {
          const bool isNew = dataset.type == DatasetType::kItems &&
                             group.names().items.find(row.row->id) == Dictionary::kUnknown;
          live.publish(dataset.type, std::move(row));
          if (isNew) live.noteNewItem();
        }
      });
  if (!written) return fail(written.error());
  result.stored = static_cast<int64_t>(rows.size());
  return result;
}

Result<EventBatch> readEvents(GroupState& group, const std::string& datasetUid, int64_t after, size_t limit) {
  EventBatch batch;
  PROFFER_TRY(const auto rows, readLog(group, datasetUid, after, limit, batch.more));
  batch.sequence = rows.empty() ? after : rows.back().sequence;
  for (const auto& row : rows) {
    auto decoded = decodeEvent(row.body, row.time);
    if (!decoded) return fail(group.unreadableRow(row.sequence));
    std::string owner = std::move(decoded->owner);
    if (owner.empty()) owner = group.live().ownerOf(row.sequence);
    if (owner.empty()) owner = decoded->event.sessionId;
    if (group.deleted().forgets(owner, row.sequence)) continue;
    batch.events.push_back({row.sequence, std::move(decoded->event), std::move(owner)});
  }
  return batch;
}

Result<RowBatch> readRows(GroupState& group, const std::string& datasetUid, int64_t after, size_t limit) {
  RowBatch batch;
  PROFFER_TRY(const auto rows, readLog(group, datasetUid, after, limit, batch.more));
  PROFFER_TRY(const auto dataset, group.store().dataset(datasetUid));
  const bool users = dataset && dataset->type == datasetTypeName(DatasetType::kUsers);
  batch.sequence = rows.empty() ? after : rows.back().sequence;
  for (const auto& row : rows) {
    auto decoded = decodeRow(row.body);
    if (!decoded) return fail(group.unreadableRow(row.sequence));
    if (users && group.deleted().forgets(decoded->id, row.sequence)) continue;
    batch.rows.push_back({row.sequence, std::move(*decoded)});
  }
  return batch;
}

Result<UserDeletion> deleteUsers(GroupState& group, std::span<const std::string> userIds) {
  // What is being folded would come back in a segment that is newer than the deletion.
  std::lock_guard turn(group.folding);
  int64_t salt = group.deleted().salt();
  if (salt == 0) {
    std::random_device random;
    salt = static_cast<int64_t>(uint64_t{random()} << 31 | random() >> 1 | 1);
  }
  UserDeletion deletion;
  std::vector<store::DeletedUserRow> rows;
  const auto written = group.store().log().append(
      [&](store::GroupLog::Writer& writer) -> Result<void> {
        rows.clear();
        PROFFER_CHECK(writer.setMark("salt", salt));
        PROFFER_TRY(const int64_t segment, writer.lastSegment());
        const int64_t sequence = group.live().given();
        for (const auto& id : userIds) {
          rows.push_back({DeletedUsers::hashOf(salt, id), sequence, segment});
          PROFFER_CHECK(writer.remember(rows.back()));
        }
        return {};
      },
      [&](bool committed) {
        if (!committed) return;
        group.deleted().setSalt(salt);
        group.eraseDue = true;
        for (size_t i = 0; i < rows.size(); ++i) {
          if (group.isKnownUser(userIds[i])) ++deletion.users;
          group.deleted().add(rows[i]);
          group.live().forgetUser(userIds[i], rows[i].sequence);
          group.hide(userIds[i], rows[i].segment);
        }
      });
  if (!written) return fail(written.error());
  return deletion;
}

Result<LiveFigures> liveFigures(GroupState& group) {
  LiveFigures figures;
  figures.tail = group.live().tail();
  figures.waiting = group.live().waiting();
  figures.foldedUpTo = group.live().foldedUpTo();
  figures.lastSequence = group.live().last();
  figures.duplicates = group.live().duplicates();
  figures.deletedUsers = group.deleted().size();
  figures.eraseDue = group.eraseDue;
  return figures;
}

Result<void> loadLive(GroupState& group) {
  store::GroupLog& log = group.store().log();
  PROFFER_TRY(const store::LogMarks marks, log.marks());
  LiveGroup& live = group.live();
  group.deleted().setSalt(marks.salt);
  PROFFER_TRY(const auto deleted, log.deletedUsers());
  // Retries use up numbers that no row has: a deletion may know a higher one than the rows, and what comes
  // after it must not look as if it had come before.
  int64_t given = marks.last;
  for (const auto& row : deleted) {
    group.deleted().add(row);
    given = std::max(given, row.sequence);
  }
  live.startAt(marks.foldedUpTo, marks.last, given);
  PROFFER_TRY(const int64_t damaged,
              log.forEachHash([&](int64_t sequence, int64_t time, const Hash128& hash) {
                live.known().add(time, hash, sequence);
              }));
  if (damaged > 0)
    logLine(LogLevel::kWarning, "data", "some of what was put cannot be told: sent again, it is stored again",
            {{"rows", std::to_string(damaged)}});
  PROFFER_TRY(const auto datasets, group.store().datasets());
  std::map<std::string, std::pair<DatasetType, Shape>> known;
  for (const auto& dataset : datasets)
    if (const auto type = datasetTypeFromName(dataset.type))
      known[dataset.uid] = {*type, shapeOf(schemaFromJson(dataset.fields).fields)};
  const auto take = [&](const store::LogRow& row) -> Result<void> {
    const auto found = known.find(row.dataset);
    if (found == known.end()) return {};
    const auto& [type, shape] = found->second;
    if (!isEvents(type)) {
      auto decoded = decodeRow(row.body);
      if (!decoded) return fail(group.unreadableRow(row.sequence));
      if (type == DatasetType::kUsers && group.deleted().forgets(decoded->id, row.sequence)) return {};
      live.publish(type, {row.sequence, std::make_shared<const LiveRow>(std::move(*decoded))});
      return {};
    }
    const auto decoded = decodeEvent(row.body, row.time);
    if (!decoded) return fail(group.unreadableRow(row.sequence));
    const LiveEvent& event = decoded->event;
    if (!event.eventId.empty()) live.addId(idHash(row.dataset, event.eventId));
    const std::string& owner = event.userId.empty() ? event.sessionId : event.userId;
    if (type != DatasetType::kInteractions)
      live.publishOther(row.sequence);
    else if (group.deleted().forgets(owner, row.sequence))
      live.publishForgotten(row.sequence, event.sessionId, event.userId);
    else
      live.publish(tailOf(live, shape, event, row.sequence), event.sessionId, event.userId,
                   forgottenUpTo(group, event.userId));
    return {};
  };
  PROFFER_TRY(const auto waiting, log.waiting(marks.foldedUpTo));
  for (const auto& row : waiting) PROFFER_CHECK(take(row));
  for (int64_t after = marks.foldedUpTo;;) {
    PROFFER_TRY(const auto rows, log.read(after, kReadAtOnce));
    if (rows.empty()) break;
    for (const auto& row : rows) PROFFER_CHECK(take(row));
    after = rows.back().sequence;
  }
  live.startAt(marks.foldedUpTo, marks.last, given);
  return {};
}

}  // namespace proffer::data
