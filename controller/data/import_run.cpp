#include "controller/data/import_run.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/data/compaction.h"
#include "controller/data/interactions_import.h"
#include "controller/data/interactions_rewrite.h"
#include "controller/data/report.h"

namespace proffer::data {
namespace {

store::NewNames newNames(store::DictionaryKind kind, const Dictionary& before, const NameSpace& space) {
  return {.kind = kind, .first = before.size(), .count = space.added().size(), .at = [&space](uint32_t i) {
            return space.added().at(i);
          }};
}

}  // namespace

ImportRun::ImportRun(GroupState& group, const DatasetDefinition& dataset, int64_t job, int attempt,
                     const ImportTuning& tuning, Clock& clock, io::FileSystem& files, Progress& progress,
                     ImportReport& report)
    : group_(group),
      dataset_(dataset),
      job_(job),
      attempt_(attempt),
      tuning_(tuning),
      clock_(clock),
      files_(files),
      progress_(progress),
      report_(report),
      rules_(cellRules(dataset)),
      users_(&group.names().users),
      items_(&group.names().items) {}

Result<void> ImportRun::run(const SourceSurvey& survey, const Imported& imported) {
  if (dataset_.type == DatasetType::kActions || dataset_.type == DatasetType::kActionInteractions) {
    return fail(ErrorCode::kNotImplemented, "{} cannot be imported yet", datasetTypeName(dataset_.type));
  }
  began_ = clock_.now();
  auto done = importAll(survey, imported);
  if (done) {
    if (auto collected = group_.collect(); !collected) {
      // The data is in; the sweep at the next start removes what is left.
      logLine(LogLevel::kWarning, "data", "a replaced segment could not be removed",
              {{"error", formatError(collected.error())}});
    }
    return {};
  }
  if (auto doomed = group_.store().doomPending(job_, attempt_); doomed) (void)group_.collect();
  return done;
}

std::vector<ImportRun::Unit> ImportRun::unitsOf(const SourceSurvey& survey) const {
  std::vector<Unit> units;
  Unit full;
  for (const auto& file : survey.files) {
    if (!file.incremental && survey.fullChanged) full.files.push_back(&file);
  }
  if (!full.files.empty()) units.push_back(std::move(full));
  for (const auto& file : survey.files) {
    if (file.incremental && file.changed) units.push_back({.files = {&file}, .incremental = true});
  }
  return units;
}

Result<void> ImportRun::importAll(const SourceSurvey& survey, const Imported& imported) {
  for (const auto& unit : unitsOf(survey)) PROFFER_CHECK(importUnit(unit));
  PROFFER_CHECK(checkRows());
  PROFFER_CHECK(checkEnough());
  PROFFER_CHECK(files_.syncDirectory(group_.segmentDirectory()));
  PROFFER_TRY(auto doomed, replaced(survey));
  report_.newUsers = users_.added().size();
  report_.newItems = items_.added().size();
  report_.fingerprint = survey.fingerprint;
  PROFFER_TRY(const int64_t version, group_.dataVersion());
  report_.dataVersion = version + 1;

  store::ImportCommit commit;
  PROFFER_TRY(commit.dataset.figures, figuresAfter(doomed, survey.fingerprint));
  commit.dataset.uid = dataset_.uid;
  commit.dataset.name = dataset_.name;
  commit.dataset.type = datasetTypeName(dataset_.type);
  commit.dataset.fields = schemaToJson(dataset_);
  commit.dataset.fingerprint = survey.fingerprint;
  commit.dataset.definition = survey.definition;
  commit.dataset.report = toJson(report_);
  commit.dataset.job = job_;
  commit.dataset.attempt = attempt_;
  commit.named = named_;
  commit.doomed = std::move(doomed);
  commit.sources = sourceRows(survey, imported);
  commit.names.push_back(newNames(store::DictionaryKind::kUsers, group_.names().users, users_));
  commit.names.push_back(newNames(store::DictionaryKind::kItems, group_.names().items, items_));
  if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the import was cancelled");
  PROFFER_TRY(report_.dataVersion, group_.commit(commit));
  return {};
}

Result<void> ImportRun::importUnit(const Unit& unit) {
  std::vector<SourceToRead> sources;
  for (const auto* file : unit.files)
    sources.push_back({file->source, file->file.name, file->file, file->file.size});
  PROFFER_TRY(auto row, group_.store().reserveSegment(dataset_.uid, job_, attempt_));
  row.incremental = unit.incremental;
  if (unit.incremental) {
    row.source = unit.files.front()->file.name;
    row.definition = unit.files.front()->definition;
  }
  ReadTotals totals;
  PROFFER_TRY(row, dataset_.type == DatasetType::kInteractions ? importInteractions(sources, row, totals)
                                                               : importTable(sources, row, totals));
  for (size_t i = 0; i < unit.files.size(); ++i) {
    const SourceSurvey::File& file = *unit.files[i];
    PROFFER_CHECK(checkStill(file));
    read_.push_back({.dataset = dataset_.uid,
                     .file = file.file.name,
                     .incremental = file.incremental,
                     .size = file.file.size,
                     .modified = file.file.modified,
                     .looked = began_,
                     .hash = file.file.isObject() ? contentMark(file.file) : totals.hashes[i],
                     .definition = file.definition});
  }
  named_.push_back(std::move(row));
  return {};
}

Result<store::SegmentRow> ImportRun::importInteractions(const std::vector<SourceToRead>& sources,
                                                        store::SegmentRow row, ReadTotals& totals) {
  const auto path = group_.segmentPath(row.file);
  PROFFER_TRY(const auto import,
              InteractionsImport::create(rules_, users_, items_, tuning_,
                                         std::filesystem::path(path.string() + ".rows"), files_));
  if (dataset_.retain) import->keepFrom(oldestKept(*dataset_.retain, began_));
  PROFFER_TRY(totals, readSources(sources, rules_, *import, files_, tuning_, progress_, report_));
  report_.rowsExpired += import->expiredRows();
  PROFFER_CHECK(checkRows());
  PROFFER_TRY(const WrittenSegment written, import->write(path, progress_));
  const bool first = report_.rowsKept == 0;
  if (written.rows > 0) {
    report_.firstTime = first ? written.firstTime : std::min(report_.firstTime, written.firstTime);
    report_.lastTime = first ? written.lastTime : std::max(report_.lastTime, written.lastTime);
  }
  report_.rowsKept += written.rows;
  report_.duplicates += written.duplicates;
  for (const auto& [type, count] : written.perType) report_.perEventType[type] += count;
  goodRows_ += import->goodRows();
  row.rows = written.rows;
  row.bytes = written.file.size;
  row.checksum = written.file.checksum;
  return row;
}

Result<store::SegmentRow> ImportRun::importTable(const std::vector<SourceToRead>& sources,
                                                 store::SegmentRow row, ReadTotals& totals) {
  const bool items = dataset_.type == DatasetType::kItems;
  PROFFER_TRY(const auto import,
              TableImport::create(rules_, items ? "ITEM_ID" : "USER_ID", items ? items_ : users_,
                                  group_.segmentPath(row.file), files_));
  PROFFER_TRY(totals, readSources(sources, rules_, *import, files_, tuning_, progress_, report_));
  PROFFER_CHECK(checkRows());
  PROFFER_TRY(const TableImport::Written written, import->write());
  report_.rowsKept += written.rows;
  report_.duplicates += written.duplicates;
  goodRows_ += import->goodRows();
  row.rows = written.rows;
  row.bytes = written.file.size;
  row.checksum = written.file.checksum;
  return row;
}

Result<void> ImportRun::checkRows() const {
  if (report_.rowsBad <= dataset_.maxBadRows) return {};
  const BadRow& first = report_.badRows.front();
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : report_.badPerKind)
    kinds.push_back(fmt::format("{} {}", withThousands(count), kind));
  Error error = makeError(
      ErrorCode::kInvalidInput, "{} of {} rows are bad ({}), maxBadRows allows {}; the first: {}{}",
      withThousands(report_.rowsBad), withThousands(report_.rowsRead), join(kinds, ", "), dataset_.maxBadRows,
      first.column.empty() ? "" : first.column + " \"" + first.value + "\": ", first.reason);
  error.position = {first.file,
                    static_cast<int>(std::min<int64_t>(first.line, std::numeric_limits<int>::max())), 0};
  error.hint = "correct the rows, or let some pass with maxBadRows";
  return fail(std::move(error));
}

Result<void> ImportRun::checkEnough() const {
  if (goodRows_ >= dataset_.minimumRows) return {};
  return fail(
      makeError(ErrorCode::kInvalidInput,
                "an import of {} needs at least {} rows, there are {} ({} read, {} filtered out, {} bad)",
                dataset_.name, withThousands(dataset_.minimumRows), withThousands(goodRows_),
                withThousands(report_.rowsRead), withThousands(report_.rowsFiltered),
                withThousands(report_.rowsBad))
          .hinting("the quota profile aws demands it; the profile generous does not"));
}

// Whoever writes a file while it is read gets neither the old nor the new content in.
Result<void> ImportRun::checkStill(const SourceSurvey::File& file) const {
  PROFFER_TRY(const auto now, file.file.lookAgain(files_));
  const bool same = now.size == file.file.size && now.etag == file.file.etag &&
                    (now.isObject() || now.modified == file.file.modified);
  if (same) return {};
  return fail(makeError(ErrorCode::kUnavailable, "{} was changed while it was being read", file.file.name)
                  .hinting("write to another name and rename the file when it is whole"));
}

// The segments whose rows are gone after this import.
Result<std::vector<int64_t>> ImportRun::replaced(const SourceSurvey& survey) {
  std::set<std::string> declared;
  std::set<std::pair<std::string, std::string>> wanted, changed;
  for (const auto& file : survey.files) {
    if (!file.incremental) continue;
    declared.insert(file.file.name);
    wanted.insert({file.file.name, file.definition});
    if (file.changed) changed.insert({file.file.name, file.definition});
  }
  const auto isGone = [&](const std::string& source, const std::string& definition) {
    const std::pair key(source, definition);
    return changed.contains(key) || (declared.contains(source) && !wanted.contains(key)) ||
           (survey.fullChanged && !declared.contains(source));
  };
  PROFFER_TRY(const auto live, group_.store().segments(store::SegmentState::kLive));
  std::vector<int64_t> doomed;
  for (const auto& row : live) {
    if (row.dataset != dataset_.uid || row.streamed || row.log) continue;  // B24
    if (isMerged(row)) {
      PROFFER_CHECK(takeOut(row, isGone, doomed));
    } else if (!row.incremental ? survey.fullChanged : isGone(row.source, row.definition)) {
      doomed.push_back(row.id);
    }
  }
  return doomed;
}

// A segment that was made of several: what is left of it when the rows of some sources go.
Result<void> ImportRun::takeOut(const store::SegmentRow& row,
                                const std::function<bool(const std::string&, const std::string&)>& isGone,
                                std::vector<int64_t>& doomed) {
  PROFFER_TRY(const auto file, group_.segmentFile(row));
  PROFFER_TRY(const auto segment, InteractionsSegment::open(file));
  RewritePlan plan;
  size_t left = 0;
  for (const SourceKey& source : sourcesOf(*segment)) {
    if (isGone(source.source, source.definition))
      plan.without.insert(source);
    else
      ++left;
  }
  if (plan.without.empty()) return {};
  doomed.push_back(row.id);
  if (left == 0) return {};
  PROFFER_TRY(auto reserved, group_.store().reserveSegment(dataset_.uid, job_, attempt_));
  reserved.incremental = true;
  plan.inputs.push_back({segment, {}});
  plan.merged = true;
  PROFFER_TRY(const WrittenSegment written,
              rewriteInteractions(group_, reserved, plan, tuning_, files_, progress_));
  named_.push_back(writtenRow(std::move(reserved), written));
  return {};
}

// What was read now, what is unchanged, and INCREMENTAL files that are no longer there but whose rows stay.
std::vector<store::SourceRow> ImportRun::sourceRows(const SourceSurvey& survey,
                                                    const Imported& imported) const {
  std::vector<store::SourceRow> rows = read_;
  std::set<std::string> declared;
  for (const auto& file : survey.files) {
    if (file.incremental) declared.insert(file.file.name);
    const bool kept = file.incremental ? !file.changed : !survey.fullChanged;
    if (kept) rows.push_back(file.row);
  }
  for (const auto& row : imported.sources) {
    if (row.incremental && !survey.fullChanged && !declared.contains(row.file)) rows.push_back(row);
  }
  return rows;
}

Result<Json> ImportRun::figuresAfter(const std::vector<int64_t>& doomed, const std::string& fingerprint) {
  PROFFER_TRY(auto rows, group_.store().segments(store::SegmentState::kLive));
  std::erase_if(rows, [&](const auto& row) {
    return row.dataset != dataset_.uid || std::find(doomed.begin(), doomed.end(), row.id) != doomed.end();
  });
  rows.insert(rows.end(), named_.begin(), named_.end());
  PROFFER_TRY(const Figured figured, figuresOf(group_, dataset_.type, rows, users_.size(), items_.size()));
  Json json = toJson(figured.figures);
  json["fingerprint"] = fingerprint;
  json["content"] = figured.content;
  return json;
}

}  // namespace proffer::data
