#include "controller/app/examine.h"

#include "controller/io/file_system.h"

namespace proffer::app {

Findings examine(const cli::ExaminationOptions& options) {
  Findings findings;
  io::FileSystem& files = io::posixFileSystem();
  // Opening what is not there would make it.
  const bool there = examineDirectory(options, files, findings);
  examineSecrets(options, files, findings);
  if (there) examineContents(options, files, findings);
  examineMachine(findings);
  return findings;
}

}  // namespace proffer::app
