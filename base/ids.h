// Identifiers that nobody chose: random, unguessable, unique. Any thread.
#pragma once

#include <string>

namespace proffer {

/// Lower-case version 4 UUID: "7d1c6f0a-...", 36 characters.
std::string newUuid();
/// `digits` lower-case random hex digits (at most 32).
std::string newHex(int digits);

}  // namespace proffer
