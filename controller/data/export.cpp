#include "controller/data/export.h"

#include <cmath>

#include "base/text.h"
#include "controller/data/csv_text.h"

namespace proffer::data {
namespace {

constexpr size_t kFlushBytes = 1 << 20;
constexpr size_t kBatch = 5000;
constexpr size_t kLookEvery = 1024;  // rows between looks at whether it was cancelled
constexpr std::array<std::string_view, 7> kLeading{"TIMESTAMP", "SESSION_ID", "EVENT_TYPE",       "USER_ID",
                                                   "ITEM_ID",   "IMPRESSION", "RECOMMENDATION_ID"};

class Output {
 public:
  Output(const ExportSink& sink, Progress& progress) : sink_(sink), progress_(progress) {}

  std::string& text() { return text_; }
  Result<void> endRow() {
    text_ += '\n';
    ++report_.rows;
    progress_.add(1);
    if (static_cast<size_t>(report_.rows) % kLookEvery == 0 && progress_.cancelled())
      return fail(ErrorCode::kCancelled, "the export was cancelled");
    return text_.size() < kFlushBytes ? Result<void>() : flush();
  }
  Result<void> flush() {
    report_.bytes += static_cast<int64_t>(text_.size());
    PROFFER_CHECK(sink_(text_));
    text_.clear();
    return {};
  }
  const ExportReport& report() const { return report_; }

 private:
  const ExportSink& sink_;
  Progress& progress_;
  std::string text_;
  ExportReport report_;
};

void append(std::string& out, std::string_view cell, bool first = false) {
  if (!first) out += ',';
  appendCsvCell(out, cell);
}

const std::optional<std::string>* columnOf(const LiveColumns& columns, std::string_view name) {
  for (const auto& [column, text] : columns)
    if (column == name) return &text;
  return nullptr;
}

std::string_view textOr(const std::optional<std::string>* text) {
  return text != nullptr && *text ? std::string_view(**text) : std::string_view();
}

std::string numberText(float value) {
  return std::isnan(value) ? "" : fmt::format("{}", value);
}

// ---- Interactions

class InteractionsExport {
 public:
  InteractionsExport(GroupDataStore& store, const ExportRequest& request, Output& out)
      : store_(store), request_(request), out_(out) {
    for (const SchemaField& field : request.dataset.fields)
      if (std::find(kLeading.begin(), kLeading.end(), field.name) == kLeading.end())
        further_.push_back(field.name);
  }

  // A bulk row has no session, so it is never equal in all fields to one that was put: each kind on its own
  // is free of duplicates already (B28).
  Result<void> run() {
    std::string& text = out_.text();
    for (size_t i = 0; i < kLeading.size(); ++i) append(text, lower(kLeading[i]), i == 0);
    for (const std::string& column : further_) append(text, lower(column));
    text += '\n';
    if (request_.mode != ExportMode::kPut) PROFFER_CHECK(bulk());
    if (request_.mode != ExportMode::kBulk) PROFFER_CHECK(put());
    return out_.flush();
  }

 private:
  struct Extra {
    std::optional<size_t> column;  ///< of the snapshot; nothing: no imported row has it
    std::vector<uint32_t> codes;
  };

  Result<void> bulk() {
    LiveData* live = store_.live();
    std::shared_ptr<const Snapshot> snapshot;
    if (live != nullptr) {
      PROFFER_TRY(snapshot, live->imported(request_.groupUid));
    } else {
      PROFFER_TRY(snapshot, store_.snapshot(request_.groupUid));
    }
    const recipes::Interactions& rows = snapshot->interactions();
    Extra session = extraOf(rows, "SESSION_ID");
    Extra impression = extraOf(rows, "IMPRESSION");
    Extra recommendation = extraOf(rows, "RECOMMENDATION_ID");
    std::vector<Extra> further;
    for (const std::string& column : further_) further.push_back(extraOf(rows, column));
    recipes::Interactions::Scratch scratch, codes;
    for (recipes::Index user = 0; user < rows.userCount(); ++user) {
      const recipes::History history = rows.history(user, scratch);
      if (history.size() == 0) continue;
      for (Extra* extra : {&session, &impression, &recommendation}) load(rows, user, *extra, codes);
      for (Extra& extra : further) load(rows, user, extra, codes);
      for (size_t i = 0; i < history.size(); ++i) {
        std::string& text = out_.text();
        append(text, std::to_string(history.times[i] * 1000), true);
        append(text, cell(rows, session, i));
        const bool typed = !history.types.empty() && history.types[i] != recipes::kNoType;
        append(text, typed ? std::string_view(rows.eventTypes()[history.types[i]]) : std::string_view());
        append(text, rows.userId(user));
        append(text, rows.itemId(history.items[i]));
        append(text, cell(rows, impression, i));
        append(text, cell(rows, recommendation, i));
        for (size_t c = 0; c < further_.size(); ++c) {
          if (further_[c] == "EVENT_VALUE")
            append(text, history.values.empty() ? "" : numberText(history.values[i]));
          else
            append(text, cell(rows, further[c], i));
        }
        PROFFER_CHECK(out_.endRow());
      }
    }
    return {};
  }

  static Extra extraOf(const recipes::Interactions& rows, std::string_view name) {
    Extra extra;
    for (size_t i = 0; i < rows.columns().size(); ++i)
      if (rows.columns()[i].name == name) extra.column = i;
    return extra;
  }
  static void load(const recipes::Interactions& rows, recipes::Index user, Extra& extra,
                   recipes::Interactions::Scratch& scratch) {
    if (!extra.column) return;
    const auto codes = rows.codes(user, *extra.column, scratch);
    extra.codes.assign(codes.begin(), codes.end());
  }
  static std::string_view cell(const recipes::Interactions& rows, const Extra& extra, size_t row) {
    if (!extra.column || row >= extra.codes.size()) return {};
    const auto values = rows.columnValues(*extra.column);
    const uint32_t code = extra.codes[row];
    return code < values.size() ? std::string_view(values[code]) : std::string_view();
  }

  Result<void> put() {
    LiveData* live = store_.live();
    if (live == nullptr) return {};
    int64_t after = 0;
    for (bool more = true; more;) {
      PROFFER_TRY(const EventBatch batch,
                  live->readEvents(request_.groupUid, request_.dataset.uid, after, kBatch));
      for (const EventBatch::Stored& stored : batch.events) PROFFER_CHECK(event(stored.event));
      after = batch.sequence;
      more = batch.more;
    }
    return {};
  }

  Result<void> event(const LiveEvent& event) {
    std::string& text = out_.text();
    append(text, std::to_string(event.time * 1000), true);
    append(text, event.sessionId);
    append(text, event.eventType);
    append(text, event.userId);
    append(text, event.itemId);
    append(text, join(event.impression, "|"));
    append(text, event.recommendationId);
    for (const std::string& column : further_) {
      if (column == "EVENT_VALUE")
        append(text, event.value ? fmt::format("{}", *event.value) : "");
      else
        append(text, textOr(columnOf(event.columns, column)));
    }
    return out_.endRow();
  }

  GroupDataStore& store_;
  const ExportRequest& request_;
  Output& out_;
  std::vector<std::string> further_;
};

// ---- Items and users

class TableExport {
 public:
  TableExport(GroupDataStore& store, const ExportRequest& request, Output& out, Progress& progress)
      : store_(store), request_(request), out_(out), progress_(progress) {}

  Result<void> run() {
    std::string& text = out_.text();
    bool first = true;
    for (const SchemaField& field : request_.dataset.fields) {
      append(text, lower(field.name), first);
      first = false;
    }
    text += '\n';
    switch (request_.mode) {
      case ExportMode::kBulk:
        PROFFER_CHECK(bulk());
        break;
      case ExportMode::kPut:
        PROFFER_CHECK(put());
        break;
      case ExportMode::kAll:
        PROFFER_CHECK(newest());
        break;
    }
    return out_.flush();
  }

 private:
  bool isItems() const { return request_.dataset.type == DatasetType::kItems; }
  std::string_view idColumn() const { return isItems() ? "ITEM_ID" : "USER_ID"; }

  Result<void> bulk() {
    if (store_.live() == nullptr) return newest();
    PROFFER_TRY(const std::shared_ptr<const Snapshot> snapshot, store_.live()->imported(request_.groupUid));
    return rowsOf(*snapshot);
  }

  Result<void> newest() {
    if (store_.live() != nullptr) PROFFER_CHECK(store_.live()->fold(request_.groupUid, progress_));
    PROFFER_TRY(const std::shared_ptr<const Snapshot> snapshot, store_.snapshot(request_.groupUid));
    return rowsOf(*snapshot);
  }

  Result<void> rowsOf(const Snapshot& snapshot) {
    const recipes::MetadataTable* table = isItems() ? snapshot.items() : snapshot.users();
    if (table == nullptr) return {};
    std::vector<std::optional<size_t>> columns;
    for (const SchemaField& field : request_.dataset.fields) {
      auto& column = columns.emplace_back();
      for (size_t i = 0; i < table->columns().size(); ++i)
        if (table->columns()[i].name == field.name) column = i;
    }
    const recipes::Interactions& names = snapshot.interactions();
    for (recipes::Index entity = 0; entity < table->size(); ++entity) {
      if (!table->has(entity)) continue;
      std::string& text = out_.text();
      for (size_t c = 0; c < columns.size(); ++c) {
        std::string_view value;
        if (request_.dataset.fields[c].name == idColumn())
          value = isItems() ? names.itemId(entity) : names.userId(entity);
        else if (columns[c])
          value = table->text(entity, *columns[c]);
        append(text, value, c == 0);
      }
      PROFFER_CHECK(out_.endRow());
    }
    return {};
  }

  Result<void> put() {
    LiveData* live = store_.live();
    if (live == nullptr) return {};
    int64_t after = 0;
    for (bool more = true; more;) {
      PROFFER_TRY(const RowBatch batch,
                  live->readRows(request_.groupUid, request_.dataset.uid, after, kBatch));
      for (const RowBatch::Stored& stored : batch.rows) {
        std::string& text = out_.text();
        bool first = true;
        for (const SchemaField& field : request_.dataset.fields) {
          const bool id = field.name == idColumn();
          append(text,
                 id ? std::string_view(stored.row.id) : textOr(columnOf(stored.row.columns, field.name)),
                 first);
          first = false;
        }
        PROFFER_CHECK(out_.endRow());
      }
      after = batch.sequence;
      more = batch.more;
    }
    return {};
  }

  GroupDataStore& store_;
  const ExportRequest& request_;
  Output& out_;
  Progress& progress_;
};

}  // namespace

Result<ExportReport> exportDataset(GroupDataStore& store, const ExportRequest& request,
                                   const ExportSink& sink, Progress& progress) {
  progress.begin("writing", "rows", 0);
  Output out(sink, progress);
  switch (request.dataset.type) {
    case DatasetType::kInteractions:
      PROFFER_CHECK(InteractionsExport(store, request, out).run());
      break;
    case DatasetType::kItems:
    case DatasetType::kUsers:
      PROFFER_CHECK(TableExport(store, request, out, progress).run());
      break;
    case DatasetType::kActions:
    case DatasetType::kActionInteractions:
      return fail(ErrorCode::kInvalidInput, "datasets of type {} are not exported",
                  datasetTypeName(request.dataset.type));
  }
  return out.report();
}

Result<std::filesystem::path> exportDirectory(const SourceRoots& roots, const std::string& output,
                                              io::FileSystem& files) {
  if (roots.roots().empty())
    return fail(makeError(ErrorCode::kNotFound, "there is no directory that {} could be in", quoted(output))
                    .hinting("start the server with --sources NAME=DIR"));
  const size_t colon = output.find(':');
  const bool named = colon != std::string::npos && output.find('/') > colon;
  const SourceRoots::Root* root = &roots.roots().front();
  std::string path = output;
  if (named) {
    const std::string name = output.substr(0, colon);
    std::vector<std::string> known;
    root = nullptr;
    for (const auto& candidate : roots.roots()) {
      known.push_back(candidate.name);
      if (candidate.name == name) root = &candidate;
    }
    if (root == nullptr)
      return fail(makeError(ErrorCode::kNotFound, "there is no source root {}; there are: {}", quoted(name),
                            join(known, ", "))
                      .hinting(didYouMean(name, known)));
    path = output.substr(colon + 1);
  }
  PROFFER_TRY(const std::filesystem::path base, files.resolve(root->directory));
  std::filesystem::path wanted = std::filesystem::path(path).lexically_normal();
  if (wanted.is_absolute()) wanted = wanted.lexically_relative(base);
  const auto outside = [&] {
    return fail(makeError(ErrorCode::kForbidden, "{} leads out of the directory {}", quoted(output),
                          quoted(root->name))
                    .hinting("exports go below a directory given with --sources NAME=DIR"));
  };
  // What is there already may be a link: it is followed before anything is made.
  std::filesystem::path here = base;
  for (const auto& part : wanted) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return outside();
    const auto real = files.resolve(here / part);
    if (!real && real.error().code != ErrorCode::kNotFound) return fail(real.error());
    here = real ? *real : here / part;
    const auto [rootEnd, pathAt] = std::mismatch(base.begin(), base.end(), here.begin(), here.end());
    if (rootEnd != base.end()) return outside();
  }
  PROFFER_CHECK(files.createDirectories(here));
  return here;
}

}  // namespace proffer::data
