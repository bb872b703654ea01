// What a dump is: a tar file whose members are those of a data directory, between a list of them and their
// checksums. docs/formats.md describes it.
//
//   dump.json        format, program, time, and name and size of every member that follows but the last
//   manifests/...    what users declared, as YAML to read or to apply elsewhere; not needed to restore
//   control.db, groups/UID/data.db, groups/UID/segments/FILE, models/FILE
//   checksums.json   the checksum of every member before it
//
// Plain values and pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"

namespace proffer::backup {

inline constexpr int64_t kFormat = 1;
inline constexpr std::string_view kHeadName = "dump.json";
inline constexpr std::string_view kChecksumsName = "checksums.json";
inline constexpr std::string_view kManifests = "manifests/";

struct Member {
  std::string name;
  int64_t size = 0;
};

struct Head {
  int64_t format = kFormat;
  std::string program;  ///< version of the program that wrote it
  Time created{};
  std::vector<Member> members;
};

struct Sum {
  std::string name;
  Hash128 hash;
};

std::string headText(const Head& head);
/// kCorrupt: not what headText() writes, a newer format, a name that cannot be a member's, one that stands
/// twice.
Result<Head> readHead(std::string_view text);

std::string checksumsText(const std::vector<Sum>& sums);
/// Name and hex of every member; kCorrupt.
Result<std::vector<std::pair<std::string, std::string>>> readChecksums(std::string_view text);

/// Whether a member may be called so: below the few known directories, no step up, no hidden name.
bool validName(std::string_view name);

}  // namespace proffer::backup
