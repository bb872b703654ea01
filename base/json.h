// The JSON value of the whole program: an ordered object keeps the order of the field tables, so that what is
// printed reads as it was declared.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace proffer {

using Json = nlohmann::ordered_json;

/// Parses a whole text. Errors (kInvalidInput) carry line and column. Depth is bounded (64), duplicate keys
/// are refused, so hostile input costs no stack and cannot mean two things.
Result<Json> parseJson(std::string_view text);
/// indent < 0: one line. Bytes that are not UTF-8 are replaced, never thrown on.
std::string dumpJson(const Json& value, int indent = -1);

/// value[key] if `value` is an object that has it, else null; never throws.
const Json& member(const Json& value, std::string_view key);
/// The string at value[key], or `otherwise`.
std::string stringMember(const Json& value, std::string_view key, std::string_view otherwise = "");
int64_t intMember(const Json& value, std::string_view key, int64_t otherwise = 0);
bool boolMember(const Json& value, std::string_view key, bool otherwise = false);

}  // namespace proffer

// Compiled once, in json.cpp: nearly every source uses it.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
