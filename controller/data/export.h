// Writing a dataset's rows as the service exports them (spec data-plane 4.5).
//
// exportDataset() runs on one thread; what changes meanwhile may or may not be in it, but every row that was
// there when it began is.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "controller/data/group_data.h"

namespace proffer::data {

enum class ExportMode { kBulk, kPut, kAll };

struct ExportRequest {
  std::string groupUid;
  LiveDataset dataset;
  ExportMode mode = ExportMode::kPut;
};

struct ExportReport {
  int64_t rows = 0;
  int64_t bytes = 0;
};

/// Takes the next bytes of the file.
using ExportSink = std::function<Result<void>(std::string_view bytes)>;

/// CSV with a header in lower case (B30). Interactions: `timestamp` in milliseconds, `session_id`,
/// `event_type`, `user_id`, `item_id`, `impression`, `recommendation_id`, then the schema's further columns;
/// empty values are `""`. Items and users: the schema's columns in its order. BULK: what was imported; PUT:
/// what was put, every version; ALL: of items and users the newest row of each, of interactions all.
/// kInvalidInput for (action) datasets that are never exported (B27); kCancelled.
Result<ExportReport> exportDataset(GroupDataStore& store, const ExportRequest& request,
                                   const ExportSink& sink, Progress& progress);

/// The directory that `output` names: ROOT:path, or a path below the first root. It is made if it is not
/// there. kForbidden for places outside the roots; kNotFound for unknown roots.
Result<std::filesystem::path> exportDirectory(const SourceRoots& roots, const std::string& output,
                                              io::FileSystem& files);

}  // namespace proffer::data
