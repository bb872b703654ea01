// What `proffer serve` was told, after flag, environment, configuration file and default have been weighed.
//
// A plain value. Paths are as the user gave them, relative to the current directory. The host is a name or an
// address without brackets; the port is 0 for "any free one". Without token file and keys file only loopback
// may be listened on.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"

namespace proffer::cli {

/// A directory that datasets may read from: `name:path` in a manifest is `directory`/path.
struct SourceRoot {
  std::string name = "default";
  std::string directory;
  bool operator==(const SourceRoot&) const = default;
};

struct ServeOptions {
  std::string dataDirectory = "./proffer-data";
  std::string host = "127.0.0.1";
  int port = 7420;
  std::string manifestsDirectory;  ///< a set that is applied at start and on every change; empty: none
  std::vector<SourceRoot>
      sources;                 ///< in the order given, names distinct; empty: see defaultSourceDirectory()
  std::string tokenFile;       ///< of the one token that may do everything; empty: none
  std::string keysFile;        ///< access keys and tokens with roles; empty: none
  std::string pathPrefix;      ///< "/base"; empty: none
  std::string tlsCertificate;  ///< empty: plain HTTP; else `tlsKey` is its key
  std::string tlsKey;
  std::vector<SourceRoot> buckets;  ///< directories that play buckets: s3://name/key is directory/key
  std::string s3Endpoint;           ///< where all other buckets are; empty: nowhere
  std::string s3Region = "us-east-1";
  LogLevel logLevel = LogLevel::kInfo;
  LogFormat logFormat = LogFormat::kText;

  /// Where a bare path of a manifest is looked for: the first root, else the manifests' directory, else the
  /// current directory.
  std::string defaultSourceDirectory() const {
    if (!sources.empty()) return sources.front().directory;
    return manifestsDirectory.empty() ? "." : manifestsDirectory;
  }
};

}  // namespace proffer::cli
