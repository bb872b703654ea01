// A keys file that is followed: what it says now, without a restart.
//
// Any thread. A file that cannot be read any more, is malformed or may be read by everybody is said in the
// log, and what was read before stays in force.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "controller/auth/key_ring.h"
#include "controller/io/file_system.h"

namespace proffer::auth {

/// Reads a keys file once. kForbidden: everybody may read it; kInvalidInput: malformed; kNotFound.
Result<KeyRing> readKeyFile(const std::filesystem::path& path, io::FileSystem& files);

class KeyFile {
 public:
  static Result<std::unique_ptr<KeyFile>> open(const std::filesystem::path& path, Clock& clock,
                                               io::FileSystem& files);
  /// What the file says; it is looked at once a second at most.
  std::shared_ptr<const KeyIndex> current();

 private:
  KeyFile(std::filesystem::path path, Clock& clock, io::FileSystem& files);
  Result<void> load();
  void look(Time now);

  const std::filesystem::path path_;
  Clock& clock_;
  io::FileSystem& files_;
  std::mutex mutex_;
  std::shared_ptr<const KeyIndex> index_;
  io::FileInfo seen_;  ///< the file when it was read
  Time looked_{};
  bool settled_ = false;  ///< it was old enough when it was read that a later write shows in its time
  std::string trouble_;   ///< what was last said about it
};

}  // namespace proffer::auth
