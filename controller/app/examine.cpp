#include "controller/app/examine.h"

#include "controller/io/file_system.h"

namespace proffer::app {

Findings examine(const cli::ExaminationOptions& options) {
  Findings findings;
  io::FileSystem& files = io::posixFileSystem();
  examineDirectory(options, files, findings);
  examineSecrets(options, files, findings);
  examineContents(options, files, findings);
  examineMachine(findings);
  return findings;
}

}  // namespace proffer::app
