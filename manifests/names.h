// What names look like (control-plane 1.2). Pure functions; any thread.
#pragma once

#include <string_view>

namespace proffer {

inline constexpr std::string_view kNamePattern = "^[a-zA-Z0-9][a-zA-Z0-9_-]*$";
inline constexpr size_t kLongestName = 63;
inline constexpr std::string_view kColumnPattern = "^[A-Za-z_][A-Za-z0-9_]*$";
inline constexpr size_t kLongestColumn = 150;

/// Whether `text` may name a resource: kNamePattern, 1 to 63 characters.
bool isResourceName(std::string_view text);
/// Whether `text` may name a column of a schema: kColumnPattern, 1 to 150 characters.
bool isColumnName(std::string_view text);

/// Whether `text` may name a set of manifests, which may have a path of parts ("team/shop"): 1 to 128
/// characters.
bool isSetName(std::string_view text);
inline constexpr std::string_view kSetNameRule =
    "1 to 128 letters, digits and - _ . /, beginning with a letter or digit";

}  // namespace proffer
