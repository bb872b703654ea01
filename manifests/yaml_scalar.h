// Where the characters of a scalar's value stand in the YAML text: folding, indentation, quotes and escapes
// lie between the two. Internal to the reader. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace proffer {

/// The place of value[offset] (a byte) of the scalar that begins at `start` (an anchor or a tag may stand
/// there before it). Exact in all styles (plain, quoted, | and >, over one line or several) for characters
/// that are not white space; white space and the end are placed behind the character before them. Nothing if
/// the text does not hold the value.
std::optional<SourcePosition> placeInScalar(const std::vector<std::string>& lines,
                                            const SourcePosition& start, std::string_view value,
                                            size_t offset);

/// The byte offset of a line and column (from 1; the column in code points) of a text; its end if it is
/// shorter.
size_t offsetOf(std::string_view text, int line, int column);

}  // namespace proffer
