// A group's data as the rest of the program sees it: immutable snapshots of its datasets, made from segments.
//
// GroupDataStore: any thread. A Snapshot is immutable, may be read from any thread, and keeps the segments
// that it is made of mapped as long as it lives; files collected meanwhile stay readable through it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/progress.h"
#include "controller/data/live_data.h"
#include "controller/io/file_system.h"
#include "manifests/specs.h"
#include "recipes/view.h"

namespace proffer::data {

class ObjectStore;

/// Where manifests' paths may point: `root:path`, a bare path below the default root, or s3://bucket/key.
/// Nothing outside the roots is ever opened, symbolic links leading out included.
class SourceRoots {
 public:
  struct Root {
    std::string name;
    std::filesystem::path directory;
  };
  /// The first root is the default one. kInvalidInput for a name given twice or a directory that is not
  /// there.
  static Result<SourceRoots> of(std::vector<Root> roots, io::FileSystem& files);

  struct SourceFile {
    std::string name;            ///< as shown: "exports:orders/a.csv.gz", "s3://bucket/orders/a.csv.gz"
    std::filesystem::path path;  ///< real, absolute; of an object: empty
    int64_t size = 0;
    Time modified{};
    std::string etag = {};                      ///< of an object
    std::shared_ptr<ObjectStore> objects = {};  ///< that has it; null: a file

    bool isObject() const { return objects != nullptr; }
    Result<std::unique_ptr<io::ReadableFile>> open(io::FileSystem& files) const;
    /// The same place as it is now.
    Result<SourceFile> lookAgain(io::FileSystem& files) const;
  };
  /// Where s3:// addresses lead; null (as it is at first): nowhere.
  void setObjects(std::shared_ptr<ObjectStore> objects) { objects_ = std::move(objects); }
  const std::shared_ptr<ObjectStore>& objects() const { return objects_; }
  /// The files a source names: one file or object; all files of a directory's (of a prefix's) first level
  /// (B20); what a glob matches (files only). In byte order of their names. kNotFound, or kForbidden if it
  /// leads out of the roots.
  Result<std::vector<SourceFile>> find(const std::string& csv, io::FileSystem& files) const;
  const std::vector<Root>& roots() const { return roots_; }

 private:
  Result<std::vector<SourceFile>> findObjects(const std::string& url) const;

  std::vector<Root> roots_;
  std::shared_ptr<ObjectStore> objects_;
};

/// What an import needs to know of a dataset.
struct DatasetDefinition {
  std::string name;
  std::string uid;
  DatasetType type = DatasetType::kInteractions;
  std::vector<SchemaField> fields;
  std::vector<DataSource> sources;
  std::optional<std::string> orderColumn;
  int64_t maxBadRows = 0;
  std::optional<Duration> retain;  ///< interactions that are older are neither imported nor kept
  int64_t minimumRows = 0;         ///< 0: none; profile aws: 1000 for interactions (IM-3)
  /// The sources are those of one run that somebody asked for: FULL ones replace what runs brought before,
  /// INCREMENTAL ones are added to it (IM-1, IM-2). Otherwise they are all that the dataset has.
  bool ownRun = false;
};

/// What is there at the sources now, compared with what was imported.
struct SourceCheck {
  bool changed = false;            ///< an import would do something
  std::string fingerprint;         ///< of definition and files: equal means nothing to do
  std::vector<std::string> files;  ///< as shown
  int64_t bytes = 0;
};

struct BadRow {
  std::string file;
  int64_t line = 0;  ///< of the row's first line in the file, from 1
  std::string column;
  std::string value;   ///< cut to 80 characters
  std::string reason;  ///< a sentence: what is wrong and what is allowed
  std::string kind;    ///< CamelCase: "MissingValue", "NotANumber", ... : counted per kind
};

struct ImportReport {
  int64_t rowsRead = 0;
  int64_t rowsKept = 0;
  int64_t rowsFiltered = 0;  ///< left out by `where`
  int64_t duplicates = 0;
  int64_t rowsExpired = 0;  ///< left out, as they are older than what is retained
  int64_t rowsBad = 0;
  std::vector<BadRow> badRows;  ///< the first 100, by file and line
  std::map<std::string, int64_t> badPerKind;
  std::map<std::string, int64_t> perEventType;
  std::vector<std::string> ignoredColumns;  ///< of the files, not in the schema (CS-7)
  int64_t bytes = 0;
  int64_t newUsers = 0, newItems = 0;
  int64_t firstTime = 0, lastTime = 0;  ///< epoch seconds of the interactions
  std::string fingerprint;
  int64_t dataVersion = 0;  ///< after the commit; 0 if the import failed
};
Json toJson(const ImportReport& report);

/// How many INCREMENTAL segments a dataset may have before compaction makes one of the smaller ones.
inline constexpr int64_t kManySegments = 16;

struct CompactionReport {
  int64_t rewritten = 0;  ///< segments that were replaced
  int64_t written = 0;    ///< by so many
  int64_t rowsExpired = 0;
};

struct DatasetFigures {
  int64_t rows = 0;
  int64_t users = 0, items = 0;  ///< distinct in this dataset
  std::map<std::string, int64_t> perEventType;
  int64_t firstTime = 0, lastTime = 0;
  int64_t segments = 0, bytes = 0;
  std::string fingerprint;  ///< of the last committed import; empty: never imported
};

/// Interactions, items and users of one group at one data version.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual int64_t dataVersion() const = 0;
  virtual const recipes::Interactions& interactions() const = 0;  ///< empty if there is no such dataset
  virtual const recipes::MetadataTable* items() const = 0;  ///< null: no such dataset, or nothing imported
  virtual const recipes::MetadataTable* users() const = 0;
  virtual recipes::Index findUser(std::string_view id) const = 0;  ///< kNoIndex if unknown
  virtual recipes::Index findItem(std::string_view id) const = 0;
  /// Changes whenever the interactions' content does: what trained on an equal one need not train again.
  virtual std::string interactionsFingerprint() const = 0;
  /// Changes whenever the items' rows or columns do; empty if that is not known.
  virtual std::string itemsFingerprint() const { return {}; }
  /// Reads everything against its checksums; kCorrupt names the file. Without it, rows of damaged blocks are
  /// left out (and logged): what must not miss any, such as training, asks first.
  virtual Result<void> verify() const { return {}; }
};

/// A group's database as it was at one moment, and its segments, open: they can be read also when an import
/// has replaced them meanwhile.
struct GroupCopy {
  struct Segment {
    std::string name;  ///< below the group's directory of segments
    std::unique_ptr<io::ReadableFile> file;
  };
  std::vector<Segment> segments;
};

class GroupDataStore {
 public:
  virtual ~GroupDataStore() = default;
  /// Looks at the files (size and time first, content hash when those moved). An import whose fingerprint is
  /// unchanged never runs.
  virtual Result<SourceCheck> checkSources(const std::string& groupUid, const DatasetDefinition& dataset,
                                           const SourceRoots& roots) = 0;
  /// Imports what changed: streams, validates, writes segments, and swaps them in with one transaction. When
  /// it fails, what was there stays; the report is filled either way. kInvalidInput: bad rows above
  /// maxBadRows, missing columns, too few rows (the error says which and what to do); kCancelled.
  virtual Result<void> importDataset(const std::string& groupUid, const DatasetDefinition& dataset,
                                     const SourceRoots& roots, int64_t job, int attempt, Progress& progress,
                                     ImportReport& report) = 0;
  virtual Result<DatasetFigures> figures(const std::string& groupUid, const std::string& datasetUid) = 0;
  /// Rewrites segments of interactions: without what is older than `retain`, and many INCREMENTAL ones into
  /// one. What is known of the sources stays; no new data (interactionsFingerprint) comes of it. kCorrupt if
  /// a segment is damaged: it stays as it is.
  virtual Result<CompactionReport> compactDataset(const std::string& groupUid, const std::string& datasetUid,
                                                  std::optional<Duration> retain, int64_t job, int attempt,
                                                  Progress& progress) = 0;
  /// The newest snapshot; cheap when nothing changed since the last call.
  virtual Result<std::shared_ptr<const Snapshot>> snapshot(const std::string& groupUid) = 0;
  virtual Result<int64_t> dataVersion(const std::string& groupUid) = 0;
  /// Forgets a dataset's rows in one transaction; its segments are collected.
  virtual Result<void> dropDataset(const std::string& groupUid, const std::string& datasetUid) = 0;
  /// Writes the group's database as one file, which must not be there, and opens the segments it names.
  /// Nothing for a group without data.
  virtual Result<std::optional<GroupCopy>> copyTo(const std::string& groupUid,
                                                  const std::filesystem::path& to) = 0;
  /// Deletes the group's database and files. Idempotent.
  virtual Result<void> dropGroup(const std::string& groupUid) = 0;
  /// Removes files of a crash that no row names. Called once at start, before anything else.
  virtual Result<void> sweep() = 0;
  /// What is streamed and put; lives as long as this. Null if this store takes none.
  virtual LiveData* live() { return nullptr; }
};

/// `directory`/groups/<uid>/data.db and segments/ beside it.
std::unique_ptr<GroupDataStore> openGroupDataStore(const std::filesystem::path& directory, Clock& clock,
                                                   io::FileSystem& files);

}  // namespace proffer::data
