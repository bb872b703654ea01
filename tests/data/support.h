// What the tests of a group's data share: files, definitions and a store in a directory of their own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/data/group_data.h"
#include "controller/data/open.h"
#include "tests/io/temporary_directory.h"

namespace proffer::data {

inline SchemaField field(std::string name, std::vector<FieldType> types, bool categorical = false,
                         bool textual = false) {
  SchemaField made;
  made.name = std::move(name);
  made.types = std::move(types);
  made.categorical = categorical;
  made.textual = textual;
  return made;
}

inline std::vector<SchemaField> interactionFields() {
  return {field("USER_ID", {FieldType::kString}),
          field("ITEM_ID", {FieldType::kString}),
          field("TIMESTAMP", {FieldType::kLong}),
          field("EVENT_TYPE", {FieldType::kString, FieldType::kNull}),
          field("EVENT_VALUE", {FieldType::kFloat, FieldType::kNull}),
          field("DEVICE", {FieldType::kString, FieldType::kNull}, true)};
}

inline std::vector<SchemaField> itemFields() {
  return {field("ITEM_ID", {FieldType::kString}),
          field("GENRES", {FieldType::kString, FieldType::kNull}, true),
          field("PRICE", {FieldType::kFloat, FieldType::kNull}),
          field("CREATION_TIMESTAMP", {FieldType::kLong, FieldType::kNull}),
          field("DESCRIPTION", {FieldType::kString, FieldType::kNull}, false, true)};
}

inline DataSource source(std::string csv, ImportMode mode = ImportMode::kFull) {
  DataSource made;
  made.csv = std::move(csv);
  made.mode = mode;
  return made;
}

inline DatasetDefinition dataset(DatasetType type, std::vector<SchemaField> fields,
                                 std::vector<DataSource> sources) {
  DatasetDefinition made;
  made.name = type == DatasetType::kItems ? "items" : type == DatasetType::kUsers ? "users" : "interactions";
  made.uid = made.name + "-uid";
  made.type = type;
  made.fields = std::move(fields);
  made.sources = std::move(sources);
  return made;
}

/// A data directory, a source root and a clock.
class Place {
 public:
  explicit Place(io::FileSystem& files = io::posixFileSystem(), ImportTuning tuning = {})
      : files_(files), tuning_(tuning) {
    std::filesystem::create_directories(directory_ / "sources");
    reopen();
  }

  /// As after a restart.
  void reopen() {
    store_ = nullptr;
    store_ = openGroupDataStore(directory_ / "data", clock_, files_, tuning_);
  }
  GroupDataStore& store() { return *store_; }
  SourceRoots roots() {
    return SourceRoots::of({{"default", directory_ / "sources"}}, io::posixFileSystem()).value();
  }
  std::filesystem::path path(const std::string& name) const { return directory_ / "sources" / name; }
  std::filesystem::path dataPath() const { return directory_ / "data"; }

  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
    file << text;
  }
  /// Makes the file look older, so that its time alone tells that it was not changed.
  void age(const std::string& name, int seconds = 60) {
    std::filesystem::last_write_time(
        path(name), std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }

  Result<ImportReport> import(const DatasetDefinition& definition) {
    Progress progress;
    report = {};
    const auto done = store_->importDataset("group", definition, roots(), ++job_, 1, progress, report);
    if (!done) return fail(done.error());
    return report;
  }
  Result<SourceCheck> check(const DatasetDefinition& definition) {
    return store_->checkSources("group", definition, roots());
  }
  std::shared_ptr<const Snapshot> snapshot() { return store_->snapshot("group").value(); }

  ImportReport report;  ///< of the last import, failed or not

 private:
  TemporaryDirectory directory_;
  SystemClock clock_;
  io::FileSystem& files_;
  ImportTuning tuning_;
  std::unique_ptr<GroupDataStore> store_;
  int64_t job_ = 0;
};

/// All interactions as text, "user item time type value device", sorted: what is there, whatever the order.
std::vector<std::string> allInteractions(const Snapshot& snapshot);
/// One user's in their order.
std::vector<std::string> interactionsOf(const Snapshot& snapshot, std::string_view user);

}  // namespace proffer::data
