// The database of one group's data: dictionaries, segments, what was imported from where, and the data
// version.
//
// Any thread. Everything that belongs together is committed in one transaction: commitImport() names the
// segments, forgets those they replace, adds the new names of the dictionaries and counts the data version
// up. A segment's row comes before its file (pending); a row that is not live names a file to be removed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "controller/store/database.h"
#include "controller/store/group_log.h"

namespace proffer::store {

enum class DictionaryKind { kUsers = 0, kItems = 1 };

enum class SegmentState { kPending = 0, kLive = 1, kDoomed = 2 };

struct SegmentRow {
  int64_t id = 0;
  std::string dataset;  ///< uid
  std::string file;     ///< name below the group's directory of segments
  SegmentState state = SegmentState::kPending;
  bool incremental = false;
  bool streamed = false;   ///< of folded events or of put rows, as they are read
  bool log = false;        ///< what was put as it was put, in the order of its sequence
  std::string source;      ///< as shown; of an INCREMENTAL file, else empty
  std::string definition;  ///< hash of how it was read
  int64_t job = 0;
  int attempt = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string checksum;
};

/// A file that was imported.
struct SourceRow {
  std::string dataset;
  std::string file;  ///< as shown
  bool incremental = false;
  int64_t size = 0;
  Time modified{};
  Time looked{};  ///< when it was known to have this content
  std::string hash;
  std::string definition;
};

struct DatasetRow {
  std::string uid;
  std::string name;
  std::string type;
  Json fields;  ///< the schema that the newest import had
  std::string fingerprint;
  std::string definition;  ///< hash of schema and FULL sources of the newest import
  Json report;             ///< of the newest import
  Json figures;
  int64_t job = 0;
  int attempt = 0;
};

struct NewNames {
  DictionaryKind kind = DictionaryKind::kUsers;
  uint32_t first = 0;  ///< index of the first new name: the size of the dictionary before
  uint32_t count = 0;
  std::function<std::string_view(uint32_t)> at;  ///< of 0 .. count - 1
};

struct ImportCommit {
  DatasetRow dataset;
  std::vector<SegmentRow> named;  ///< become live
  std::vector<int64_t> doomed;
  std::vector<SourceRow> sources;  ///< all of the dataset from now on
  std::vector<NewNames> names;
};

/// The log up to a sequence number moves into segments.
struct FoldCommit {
  std::vector<DatasetRow> datasets;  ///< with their new figures
  std::vector<SegmentRow> named;
  std::vector<int64_t> doomed;
  std::vector<NewNames> names;
  int64_t upTo = 0;
  std::vector<int64_t> settled;  ///< rows that waited and wait no longer
};

class GroupStore {
 public:
  static Result<std::unique_ptr<GroupStore>> open(const std::filesystem::path& path,
                                                  io::FileSystem& files = io::posixFileSystem());

  Result<int64_t> dataVersion();
  /// Every name in the order of its index.
  Result<void> loadDictionary(DictionaryKind kind, const std::function<Result<void>(std::string_view)>& name);

  /// The pending row of a segment to be written; its file's name holds its id, so it is never used twice.
  Result<SegmentRow> reserveSegment(const std::string& dataset, int64_t job, int attempt);
  /// In the order of their ids.
  Result<std::vector<SegmentRow>> segments(SegmentState state);
  /// Rows whose files are gone.
  Result<void> forgetSegments(const std::vector<int64_t>& ids);
  /// What an attempt left behind.
  Result<void> doomPending(int64_t job, int attempt);

  Result<std::optional<DatasetRow>> dataset(const std::string& uid);
  Result<std::vector<DatasetRow>> datasets();
  Result<std::vector<SourceRow>> sources(const std::string& dataset);
  /// The same content was seen again: new size, time and looked.
  Result<void> touchSources(const std::vector<SourceRow>& sources);

  /// All or nothing; the data version after it. kConflict if a later attempt of the job committed, or if the
  /// dictionaries are not as long as `names` says.
  Result<int64_t> commitImport(const ImportCommit& commit);
  /// As commitImport(); what is folded counts no longer in the log.
  Result<int64_t> commitFold(const FoldCommit& commit);
  /// A dataset that is put into before it was ever imported, or with another schema.
  Result<void> declareDataset(const DatasetRow& dataset);
  GroupLog& log() { return log_; }
  /// Copies the write-ahead log back into the file.
  Result<void> checkpoint() { return database_->checkpoint(); }
  /// Forgets the dataset, dooms its segments.
  Result<void> dropDataset(const std::string& uid);

  /// Writes all of it as one database file, as it is at one moment; `to` must not be there. Returns the live
  /// segments that its rows name.
  Result<std::vector<SegmentRow>> copyTo(const std::filesystem::path& to);

 private:
  explicit GroupStore(std::unique_ptr<Database> database)
      : database_(std::move(database)), log_(*database_) {}
  Result<void> addNames(Connection& connection, const NewNames& names);

  Result<void> nameSegments(Connection& connection, const std::vector<SegmentRow>& named,
                            const std::vector<int64_t>& doomed);

  std::unique_ptr<Database> database_;
  GroupLog log_;
};

}  // namespace proffer::store
