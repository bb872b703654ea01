// The keys file as `proffer keys` changes it: read, and replaced as a whole, with the owner and the rights it
// had.
//
// Main thread.
#pragma once

#include <string>

#include "controller/auth/key_ring.h"
#include "controller/cli/command.h"

namespace proffer::cli {

/// The option that all commands of keys share with serve.
Option keysFileOption(std::string help);
/// The file that --keys-file names; kInvalidInput if none does.
Result<std::string> keysFileOf(const Context& context);
/// Empty if the file is not there and may be new.
Result<auth::KeyRing> loadKeys(const std::string& path, bool mayBeNew);
/// A new file can be read by its owner only.
Result<void> saveKeys(const std::string& path, const auth::KeyRing& ring);

}  // namespace proffer::cli
