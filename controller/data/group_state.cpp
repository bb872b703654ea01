#include "controller/data/group_state.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/log.h"
#include "controller/data/live_puts.h"
#include "controller/data/report.h"
#include "controller/data/source_survey.h"

namespace proffer::data {
namespace {

Result<void> load(store::GroupStore& store, const std::filesystem::path& path, store::DictionaryKind kind,
                  Dictionary& names) {
  return store.loadDictionary(kind, [&](std::string_view name) -> Result<void> {
    const uint32_t before = names.size();
    if (names.findOrAppend(name) != before)
      return fail(makeError(ErrorCode::kCorrupt, "a dictionary in {} has a name twice", path.string())
                      .hinting("the disk or another program changed the file: restore it from a backup"));
    return {};
  });
}

bool sameFields(const std::vector<SchemaField>& a, const std::vector<SchemaField>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SchemaField& x, const SchemaField& y) {
    return x.name == y.name && x.types == y.types && x.categorical == y.categorical && x.textual == y.textual &&
           x.itemName == y.itemName;
  });
}

std::vector<recipes::ColumnInfo> interactionColumns(const std::vector<CellRule>& rules) {
  auto columns = metadataColumns(rules, "USER_ID");
  std::erase_if(columns, [](const recipes::ColumnInfo& column) {
    return column.name == "ITEM_ID" || column.name == "TIMESTAMP" || column.name == "EVENT_TYPE" ||
           column.name == "EVENT_VALUE";
  });
  return columns;
}

}  // namespace

void sortForReading(std::vector<store::SegmentRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const auto& row) { return row.streamed ? 2 : row.incremental ? 1 : 0; };
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.id < b.id;
  });
}

Result<std::shared_ptr<GroupState>> GroupState::open(const std::filesystem::path& directory,
                                                     io::FileSystem& files) {
  std::shared_ptr<GroupState> state(new GroupState(directory, files));
  PROFFER_CHECK(files.createDirectories(state->segmentDirectory()));
  PROFFER_TRY(state->store_, store::GroupStore::open(directory / "data.db", files));
  PROFFER_CHECK(files.syncDirectory(directory));
  PROFFER_CHECK(
      load(*state->store_, directory / "data.db", store::DictionaryKind::kUsers, state->names_->users));
  PROFFER_CHECK(
      load(*state->store_, directory / "data.db", store::DictionaryKind::kItems, state->names_->items));
  PROFFER_CHECK(loadLive(*state));
  state->eraseDue = state->deleted_.size() > 0;
  if (state->deleted_.size() > 0)
    for (uint32_t user = 0; user < state->names_->users.size(); ++user)
      if (const auto row = state->deleted_.find(state->names_->users.at(user)))
        state->hidden_->add(user, row->segment);
  return state;
}

Result<std::shared_ptr<const SegmentFile>> GroupState::segmentFile(const store::SegmentRow& row) {
  std::lock_guard guard(openMutex_);
  if (auto known = open_[row.id].lock()) return known;
  PROFFER_TRY(auto file, SegmentFile::open(segmentPath(row.file), files_));
  open_[row.id] = file;
  return file;
}

Result<std::shared_ptr<const Snapshot>> GroupState::snapshotLocked() {
  PROFFER_TRY(const int64_t version, store_->dataVersion());
  if (!snapshot_ || snapshot_->dataVersion() != version) {
    PROFFER_TRY(snapshot_, makeSnapshot(version, Content::kAll));
  }
  return snapshot_;
}

Result<std::shared_ptr<const Snapshot>> GroupState::snapshot() {
  std::lock_guard guard(mutex_);
  return snapshotLocked();
}

Result<std::shared_ptr<const Snapshot>> GroupState::importedSnapshot() {
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const int64_t version, store_->dataVersion());
  return makeSnapshot(version, Content::kImported);
}

Result<std::shared_ptr<const LiveView>> GroupState::view() {
  std::lock_guard guard(mutex_);  // folds commit under it
  const int64_t upTo = live_->foldedUpTo();
  PROFFER_TRY(auto snapshot, snapshotLocked());
  live_->pin(upTo);
  return std::make_shared<const LiveView>(std::move(snapshot), live_, upTo);
}

Result<std::shared_ptr<const Snapshot>> GroupState::makeSnapshot(int64_t version, Content wanted) {
  SegmentSnapshot::Parts parts;
  parts.dataVersion = version;
  parts.names = names_;
  const uint32_t users = names_->users.size(), items = names_->items.size();
  PROFFER_TRY(auto rows, store_->segments(store::SegmentState::kLive));
  sortForReading(rows);
  PROFFER_TRY(const auto datasets, store_->datasets());
  std::vector<InteractionsSource> interactions;
  std::vector<recipes::ColumnInfo> columns;
  std::string content, checksums, itemsContent = "items";
  for (const auto& dataset : datasets) {
    const auto rules = cellRules(schemaFromJson(dataset.fields));
    std::vector<TableSource> tables;
    for (const auto& row : rows) {
      if (row.dataset != dataset.uid || row.log || (row.streamed && wanted == Content::kImported)) continue;
      PROFFER_TRY(auto file, segmentFile(row));
      parts.files.push_back(file);
      if (dataset.type == "INTERACTIONS") {
        PROFFER_TRY(auto segment, InteractionsSegment::open(file));
        interactions.push_back({std::move(segment), row.id, row.streamed});
        // Compaction changes segments, not what they say.
        content = stringMember(dataset.figures, "content");
        checksums += row.checksum;
      } else {
        PROFFER_TRY(auto segment, TableSegment::open(file));
        tables.push_back({std::move(segment), row.id, row.streamed});
        if (dataset.type == "ITEMS") itemsContent += row.checksum;
      }
    }
    if (dataset.type == "INTERACTIONS") columns = interactionColumns(rules);
    if (dataset.type == "ITEMS") itemsContent += dumpJson(dataset.fields);
    if (dataset.type == "ITEMS")
      parts.items = std::make_unique<SegmentTable>(std::move(tables), metadataColumns(rules, "ITEM_ID"),
                                                   items, nullptr);
    if (dataset.type == "USERS")
      parts.users = std::make_unique<SegmentTable>(std::move(tables), metadataColumns(rules, "USER_ID"),
                                                   users, hidden_);
  }
  parts.interactions = std::make_unique<SegmentInteractions>(std::move(interactions), std::move(columns),
                                                             names_, users, items, hidden_);
  parts.interactionsFingerprint = content.empty() ? hashHex(hash128(checksums)) : content;
  parts.itemsFingerprint = hashHex(hash128(itemsContent));
  return std::make_shared<const SegmentSnapshot>(std::move(parts));
}

Result<int64_t> GroupState::commit(const store::ImportCommit& commit) {
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const int64_t version, store_->commitImport(commit));
  if (deleted_.size() > 0) eraseDue = true;  // the sources may hold them still
  adopt(commit.names);
  return version;
}

void GroupState::adopt(const std::vector<store::NewNames>& all) {
  for (const auto& names : all) {
    const bool users = names.kind == store::DictionaryKind::kUsers;
    Dictionary& dictionary = users ? names_->users : names_->items;
    for (uint32_t i = 0; i < names.count; ++i) {
      // Hidden before the name can be found.
      if (users && deleted_.size() > 0)
        if (const auto row = deleted_.find(names.at(i))) hidden_->add(dictionary.size(), row->segment);
      dictionary.findOrAppend(names.at(i));
    }
  }
}

Result<void> GroupState::commitFold(const store::FoldCommit& commit, int64_t moved,
                                    const std::vector<int64_t>& givenUp) {
  std::lock_guard guard(mutex_);
  PROFFER_TRY([[maybe_unused]] const int64_t version, store_->commitFold(commit));
  adopt(commit.names);
  live_->giveUp(givenUp);
  live_->folded(commit.upTo, moved);
  return {};
}

Result<void> GroupState::declare(const LiveDataset& dataset) {
  std::lock_guard guard(declaredMutex_);
  const auto known = declared_.find(dataset.uid);
  if (known != declared_.end() && sameFields(known->second, dataset.fields)) return {};
  PROFFER_TRY(auto row, store_->dataset(dataset.uid));
  DatasetDefinition definition = row ? schemaFromJson(row->fields) : DatasetDefinition{};
  if (!row || !sameFields(definition.fields, dataset.fields)) {
    if (!row) {
      row = store::DatasetRow{};
      row->uid = dataset.uid;
      row->name = dataset.name;
      row->type = datasetTypeName(dataset.type);
      row->report = toJson(ImportReport{});
      row->figures = toJson(DatasetFigures{});
    }
    definition.fields = dataset.fields;
    row->fields = schemaToJson(definition);
    PROFFER_CHECK(store_->declareDataset(*row));
  }
  declared_[dataset.uid] = dataset.fields;
  return {};
}

Result<std::shared_ptr<const LogSegment>> GroupState::logSegment(const store::SegmentRow& row) {
  {
    std::lock_guard guard(openMutex_);
    if (const auto known = logs_.find(row.id); known != logs_.end()) return known->second;
  }
  PROFFER_TRY(auto file, segmentFile(row));
  PROFFER_TRY(auto segment, LogSegment::open(std::move(file)));
  std::lock_guard guard(openMutex_);
  logs_[row.id] = segment;
  return segment;
}

Result<LogPieces> GroupState::logPieces(const std::string& datasetUid) {
  std::lock_guard guard(mutex_);
  LogPieces pieces;
  pieces.foldedUpTo = live_->foldedUpTo();
  PROFFER_TRY(const auto rows, store_->segments(store::SegmentState::kLive));
  for (const auto& row : rows) {
    if (!row.log || row.dataset != datasetUid) continue;
    PROFFER_TRY(auto segment, logSegment(row));
    pieces.segments.push_back(std::move(segment));
  }
  return pieces;
}

Error GroupState::unreadableRow(int64_t sequence) const {
  return store::corruptRow(directory_ / "data.db", "log", std::to_string(sequence));
}

void GroupState::hide(const std::string& userId, int64_t segment) {
  if (const uint32_t user = names_->users.find(userId); user != Dictionary::kUnknown)
    hidden_->add(user, segment);
}

bool GroupState::isKnownUser(const std::string& userId) {
  std::vector<TailEvent> events;
  live_->eventsOf(userId, 0, events);
  return !events.empty() || names_->users.find(userId) != Dictionary::kUnknown ||
         live_->row(DatasetType::kUsers, userId, 0) != nullptr;
}

Result<void> GroupState::dropDataset(const std::string& uid) {
  {
    std::lock_guard turn(folding);
    std::scoped_lock guard(declaredMutex_, mutex_);
    PROFFER_TRY(const auto row, store_->dataset(uid));
    PROFFER_CHECK(store_->dropDataset(uid));
    declared_.erase(uid);
    if (row)
      if (const auto type = datasetTypeFromName(row->type)) live_->forgetDataset(*type);
  }
  return collect();
}

Result<void> GroupState::collect() {
  PROFFER_TRY(const auto doomed, store_->segments(store::SegmentState::kDoomed));
  std::vector<int64_t> gone;
  for (const auto& row : doomed) {
    PROFFER_CHECK(files_.remove(segmentPath(row.file)));
    gone.push_back(row.id);
    std::lock_guard guard(openMutex_);
    open_.erase(row.id);
    logs_.erase(row.id);
  }
  return store_->forgetSegments(gone);
}

Result<void> GroupState::sweep() {
  PROFFER_TRY(const auto pending, store_->segments(store::SegmentState::kPending));
  for (const auto& row : pending) PROFFER_CHECK(store_->doomPending(row.job, row.attempt));
  PROFFER_CHECK(collect());
  PROFFER_TRY(const auto live, store_->segments(store::SegmentState::kLive));
  std::set<std::string> known;
  for (const auto& row : live) known.insert(row.file);
  PROFFER_TRY(const auto files, files_.list(segmentDirectory()));
  for (const auto& file : files) {
    if (!known.contains(file.string())) PROFFER_CHECK(files_.remove(segmentDirectory() / file));
  }
  return {};
}

std::shared_ptr<const Snapshot> emptySnapshot() {
  static const std::shared_ptr<const Snapshot> empty = [] {
    SegmentSnapshot::Parts parts;
    const auto names = std::make_shared<GroupNames>();
    parts.names = names;
    parts.interactions = std::make_unique<SegmentInteractions>(
        std::vector<InteractionsSource>(), std::vector<recipes::ColumnInfo>(), names, 0, 0, nullptr);
    parts.interactionsFingerprint = hashHex(hash128(""));
    parts.itemsFingerprint = hashHex(hash128("items"));
    return std::make_shared<const SegmentSnapshot>(std::move(parts));
  }();
  return empty;
}

}  // namespace proffer::data
