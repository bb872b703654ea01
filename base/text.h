// Small things that are done to text in many places. Pure functions; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proffer {

/// Parts between separators; "" gives no parts, "a||b" gives "a", "", "b".
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string lower(std::string_view text);  ///< ASCII only
std::string upper(std::string_view text);  ///< ASCII only
bool equalsIgnoreCase(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

/// The candidate a typist most likely meant: the nearest by edit distance (case folded, a transposition is one
/// edit) within a third of the word's length, else the shortest that begins with the word; nothing if there is neither.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);
/// " (did you mean \"x\"?)" without parentheses: `did you mean "x"?`, or empty.
std::string didYouMean(std::string_view word, std::span<const std::string> candidates);

/// 1234567 -> "1,234,567".
std::string withThousands(int64_t number);
/// The text in double quotes, control characters and quotes escaped, cut after `limit` characters with "...".
std::string quoted(std::string_view text, size_t limit = 80);
// For strings, argument-dependent lookup would otherwise prefer std::quoted.
inline std::string quoted(const std::string& text, size_t limit = 80) { return quoted(std::string_view(text), limit); }
inline std::string quoted(const char* text, size_t limit = 80) { return quoted(std::string_view(text), limit); }
inline std::string quoted(std::string& text, size_t limit = 80) { return quoted(std::string_view(text), limit); }
/// Whether the bytes are well-formed UTF-8.
bool isUtf8(std::string_view text);
/// How many terminal columns the text takes (wide East Asian characters count two).
int displayWidth(std::string_view text);

}  // namespace proffer
