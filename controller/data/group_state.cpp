#include "controller/data/group_state.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/log.h"
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
    return a.incremental != b.incremental ? b.incremental : a.id < b.id;
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
  return state;
}

Result<std::shared_ptr<const SegmentFile>> GroupState::segmentFile(const store::SegmentRow& row) {
  std::lock_guard guard(openMutex_);
  if (auto known = open_[row.id].lock()) return known;
  PROFFER_TRY(auto file, SegmentFile::open(segmentPath(row.file), files_));
  open_[row.id] = file;
  return file;
}

Result<std::shared_ptr<const Snapshot>> GroupState::snapshot() {
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const int64_t version, store_->dataVersion());
  if (!snapshot_ || snapshot_->dataVersion() != version) {
    PROFFER_TRY(snapshot_, makeSnapshot(version));
  }
  return snapshot_;
}

Result<std::shared_ptr<const Snapshot>> GroupState::makeSnapshot(int64_t version) {
  SegmentSnapshot::Parts parts;
  parts.dataVersion = version;
  parts.names = names_;
  const uint32_t users = names_->users.size(), items = names_->items.size();
  PROFFER_TRY(auto rows, store_->segments(store::SegmentState::kLive));
  sortForReading(rows);
  PROFFER_TRY(const auto datasets, store_->datasets());
  std::vector<std::shared_ptr<const InteractionsSegment>> interactions;
  std::vector<recipes::ColumnInfo> columns;
  std::string content, checksums, itemsContent = "items";
  for (const auto& dataset : datasets) {
    const auto rules = cellRules(schemaFromJson(dataset.fields));
    std::vector<std::shared_ptr<const TableSegment>> tables;
    for (const auto& row : rows) {
      if (row.dataset != dataset.uid) continue;
      PROFFER_TRY(auto file, segmentFile(row));
      parts.files.push_back(file);
      if (dataset.type == "INTERACTIONS") {
        PROFFER_TRY(auto segment, InteractionsSegment::open(file));
        interactions.push_back(std::move(segment));
        // Compaction changes segments, not what they say.
        content = stringMember(dataset.figures, "content");
        checksums += row.checksum;
      } else {
        PROFFER_TRY(auto segment, TableSegment::open(file));
        tables.push_back(std::move(segment));
        if (dataset.type == "ITEMS") itemsContent += row.checksum;
      }
    }
    if (dataset.type == "INTERACTIONS") columns = interactionColumns(rules);
    if (dataset.type == "ITEMS") itemsContent += dumpJson(dataset.fields);
    if (dataset.type == "ITEMS")
      parts.items =
          std::make_unique<SegmentTable>(std::move(tables), metadataColumns(rules, "ITEM_ID"), items);
    if (dataset.type == "USERS")
      parts.users =
          std::make_unique<SegmentTable>(std::move(tables), metadataColumns(rules, "USER_ID"), users);
  }
  parts.interactions = std::make_unique<SegmentInteractions>(std::move(interactions), std::move(columns),
                                                             names_, users, items);
  parts.interactionsFingerprint = content.empty() ? hashHex(hash128(checksums)) : content;
  parts.itemsFingerprint = hashHex(hash128(itemsContent));
  return std::make_shared<const SegmentSnapshot>(std::move(parts));
}

Result<int64_t> GroupState::commit(const store::ImportCommit& commit) {
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const int64_t version, store_->commitImport(commit));
  for (const auto& names : commit.names) {
    Dictionary& dictionary = names.kind == store::DictionaryKind::kUsers ? names_->users : names_->items;
    for (uint32_t i = 0; i < names.count; ++i) dictionary.findOrAppend(names.at(i));
  }
  return version;
}

Result<void> GroupState::dropDataset(const std::string& uid) {
  PROFFER_CHECK(store_->dropDataset(uid));
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
    parts.interactions =
        std::make_unique<SegmentInteractions>(std::vector<std::shared_ptr<const InteractionsSegment>>(),
                                              std::vector<recipes::ColumnInfo>(), names, 0, 0);
    parts.interactionsFingerprint = hashHex(hash128(""));
    parts.itemsFingerprint = hashHex(hash128("items"));
    return std::make_shared<const SegmentSnapshot>(std::move(parts));
  }();
  return empty;
}

}  // namespace proffer::data
