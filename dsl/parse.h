// Text to syntax tree. Pure; any thread. Time and memory are linear in the text's length, which is bounded
// (kLongest), as is the nesting (kDeepest): any bytes give a tree or errors.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dsl/syntax.h"

namespace proffer::dsl {

struct Parsed {
  /// What could be understood. With errors it lacks the broken tests and is good only for checking the rest
  /// of it; empty if nothing could be understood.
  std::optional<Filter> filter;
  /// In order of position; empty: the text is a filter of the dialect. At most 20.
  std::vector<Error> errors;
};

/// Errors are kInvalidInput with line and column (from 1, columns in code points) within `text`, the source
/// line for a caret, what stood there and what could stand there, and in the hint the nearest correct word.
/// After a broken test the parser goes on at the next AND, OR, IF or `|`. What only the extended dialect has
/// is an error in kPersonalize.
Parsed parse(std::string_view text, Dialect dialect);

/// An Error for a range of the text, as parse() and check() make them: with position and source line.
Error errorAt(std::string_view text, SourceRange range, std::string message, std::string hint = {});

}  // namespace proffer::dsl
