// What is at a dataset's sources now, held against what was imported from them: which files an import has to
// read, which segments it replaces. Plain functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "controller/data/group_data.h"
#include "controller/store/group_store.h"

namespace proffer::data {

/// A dataset's schema as data.db keeps it, and back.
Json schemaToJson(const DatasetDefinition& dataset);
DatasetDefinition schemaFromJson(const Json& fields);

struct SourceSurvey {
  struct File {
    const DataSource* source = nullptr;
    SourceRoots::SourceFile file;
    bool incremental = false;
    std::string definition;  ///< of an INCREMENTAL source: schema and mapping
    bool changed = false;    ///< or new
    store::SourceRow row;    ///< what to keep if it is unchanged
  };
  std::vector<File> files;   ///< in the order of the sources, then of names
  bool fullChanged = false;  ///< all FULL files are to be read
  bool changed = false;      ///< an import would do something
  std::string definition;    ///< of schema and FULL sources
  std::string fingerprint;
  std::vector<store::SourceRow> touched;  ///< same content, other time
};

struct Imported {
  std::optional<store::DatasetRow> dataset;
  std::vector<store::SourceRow> sources;
};

/// Looks at size and time first, at the content where the time moved. The sources must be normalised (see
/// normalisedSources).
Result<SourceSurvey> surveySources(const DatasetDefinition& dataset, const Imported& imported,
                                   const SourceRoots& roots, Time now, io::FileSystem& files);

/// What a SourceRow keeps of an object's content: its etag, as another content has another. (Of a file it
/// keeps the hash of the bytes.)
std::string contentMark(const SourceRoots::SourceFile& object);

/// The keys of `columns` and `constants` in upper case, as the schema has them.
DatasetDefinition normalisedSources(DatasetDefinition dataset);

}  // namespace proffer::data
