// Model files: written once, named by a row, verified, mapped.
//
// Any thread. Writing keeps an order in which a crash loses nothing: row, file, sync, directory sync, then
// publish (the row goes live together with the end of the job). A mapped artifact stays valid after its file
// was collected. Format: docs/formats.md.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "controller/io/file_system.h"
#include "controller/store/control_store.h"
#include "controller/store/files.h"
#include "recipes/sections.h"

namespace proffer::artifacts {

/// A model file under construction: sections are streamed to disk as they are put. One thread. put() cannot
/// fail; its first error comes out of finish().
class ArtifactWriter : public recipes::SectionWriter {
 public:
  /// Writes the footer (section table, checksums), syncs file and directory. Nothing may be put afterwards.
  virtual Result<void> finish() = 0;
  virtual const store::FileRow& row() const = 0;
  virtual int64_t size() const = 0;
  virtual const std::string& checksum() const = 0;  ///< of the whole content, after finish()
};

/// Below the data directory; what no row names there is removed.
inline constexpr const char* kModelsDirectory = "models";
inline constexpr const char* kCheckpointsDirectory = "checkpoints";

class ArtifactStore {
 public:
  /// `directory`: the data directory, if it is not the store's own (whose rows name files relative to it).
  ArtifactStore(store::ControlStore& store, io::FileSystem& files, io::fs::path directory = {})
      : store_(store),
        files_(files),
        directory_(directory.empty() ? store.directory() : std::move(directory)) {}

  /// Reserves a row and opens its file in models/. What a failed or abandoned writer leaves is collected with
  /// its attempt.
  Result<std::unique_ptr<ArtifactWriter>> create(int64_t job, int attempt, const std::string& groupUid);
  /// As create(), for what a job goes on from after a crash: in checkpoints/, to be named by Files::keep().
  Result<std::unique_ptr<ArtifactWriter>> createCheckpoint(int64_t job, int attempt,
                                                           const std::string& groupUid);
  /// Maps the file; size, footer and section table are checked now, each section's checksum at its first
  /// get(). `path` is relative to the data directory. kCorrupt names file and section.
  Result<std::shared_ptr<const recipes::SectionReader>> open(const std::string& path) const;

 private:
  Result<std::unique_ptr<ArtifactWriter>> createIn(std::string_view directory, std::string_view suffix,
                                                   int64_t job, int attempt, const std::string& groupUid);

  store::ControlStore& store_;
  io::FileSystem& files_;
  io::fs::path directory_;
};

/// Reads a whole model file and compares every checksum. kCorrupt names file and section.
Result<void> verifyModelFile(const io::fs::path& path, io::FileSystem& files);

}  // namespace proffer::artifacts
