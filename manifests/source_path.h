// Where the text of a source points, before anything is looked at: `path`, `root:path`, s3://bucket/key. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace proffer {

struct SourceName {
  bool remote = false;    ///< an address such as s3://bucket/key; `path` is all of it
  bool named = false;     ///< `root:path`
  std::string_view root;  ///< empty if none is named: the default one
  std::string_view path;  ///< below it
  bool absolute() const { return !remote && path.starts_with('/'); }
};
/// Views into `text`.
SourceName splitSource(std::string_view text);

/// The names on the way of a relative path, `.` left out and `..` resolved; names may be globs. kForbidden if
/// it leads out of where it begins; kInvalidInput for `**`, which is not known.
Result<std::vector<std::string>> partsOfPath(std::string_view path);

/// What can be known to be wrong with a source without a server's roots. kInvalidInput. An absolute path can
/// be right: it is read if it lies below a root.
Result<void> checkSourceText(std::string_view text);

}  // namespace proffer
