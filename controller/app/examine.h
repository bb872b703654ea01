// What `proffer doctor` looks at: the data directory and this machine. It changes neither, but for a file
// that it writes and removes to see whether the disk takes one, and for what opening a database does (a
// write-ahead log that was left is folded in).
//
// Main thread.
#pragma once

#include <vector>

#include "controller/cli/examination.h"

namespace proffer::io {
class FileSystem;
}

namespace proffer::app {

using Findings = std::vector<cli::Finding>;

inline constexpr int64_t kMegabyte = 1 << 20;

Findings examine(const cli::ExaminationOptions& options);

// examine_directory.cpp: that it is there, whose it is, who may read it, that it can be written; the disk
// below it.
/// Whether a server's data is there at all, so that looking at it makes sense.
bool examineDirectory(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings);
// examine_secrets.cpp: the keys file and the certificate, if there are any.
void examineSecrets(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings);
// examine_contents.cpp: rows and files against their checksums.
void examineContents(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings);
// examine_machine.cpp: clock, time zones, limits, memory.
void examineMachine(Findings& findings);

inline cli::Finding good(std::string about, std::string message) {
  return {cli::Finding::Grade::kGood, std::move(about), std::move(message), ""};
}
inline cli::Finding warning(std::string about, std::string message, std::string remedy) {
  return {cli::Finding::Grade::kWarning, std::move(about), std::move(message), std::move(remedy)};
}
inline cli::Finding fault(std::string about, std::string message, std::string remedy) {
  return {cli::Finding::Grade::kFault, std::move(about), std::move(message), std::move(remedy)};
}

}  // namespace proffer::app
