// What `proffer doctor` is asked and what it finds.
//
// Plain values.
#pragma once

#include <string>

namespace proffer::cli {

struct ExaminationOptions {
  std::string dataDirectory;
  std::string tokenFile;               ///< empty: none is used
  std::string keysFile;                ///< empty: none is used
  std::string tlsCertificate, tlsKey;  ///< empty: plain HTTP
  bool contents = true;                ///< read every file and compare its checksums
};

/// One thing that was looked at.
struct Finding {
  enum class Grade { kGood, kWarning, kFault };
  Grade grade = Grade::kGood;
  std::string about;    ///< "data directory", "disk space"
  std::string message;  ///< what was found
  std::string remedy;   ///< what to do; empty if nothing is to be done
};

}  // namespace proffer::cli
