// What is shown of a line that something is wrong with: all of it, or what stands around the place if it is
// long. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace proffer {

/// The line if it has at most 160 characters, else those around `column` (from 1, in code points), with "…"
/// where something is left out. What is an excerpt already stays as it is.
std::string excerptAround(std::string_view line, int column);

/// Where `column` of the line stands in its excerpt.
int columnInExcerpt(std::string_view excerpt, int column);

}  // namespace proffer
