// Finding the manifest files under a path: a file, a directory (recursive, *.yaml and *.yml), or "-" for
// standard input. Reads only; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "manifests/reader.h"

namespace proffer {

/// The texts of all manifest files under `paths`, directories in byte order of their paths. kNotFound for a
/// path that is not there, kInvalidInput for a directory without manifests. A file larger than 8 MB is
/// refused.
Result<std::vector<ManifestText>> readManifestFiles(const std::vector<std::string>& paths);

}  // namespace proffer
