// One cell of a CSV against one column of a schema: what it may hold, and what is wrong with what it holds.
// Plain values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/data/group_data.h"

namespace proffer::data {

enum class CellKind : uint8_t { kId, kString, kText, kInteger, kTime, kReal, kBoolean };

/// What a column of the schema allows.
struct CellRule {
  std::string column;  ///< upper case, as in the schema
  CellKind kind = CellKind::kString;
  bool nullable = false;
  bool narrow = false;  ///< integers of 32 bits
  bool categorical = false;
  bool itemName = false;  ///< read as text by recipes, but not cut as text is
  uint32_t maxCharacters = 1000;
};

/// In the order of the schema; the order column, if the schema has no such column, follows as a nullable
/// string.
std::vector<CellRule> cellRules(const DatasetDefinition& dataset);

/// What is known of all bytes of a piece of text, so that most cells need not be looked through.
struct TextTraits {
  bool ascii = false;   ///< no byte is above 127
  bool withNul = true;  ///< there may be a NUL byte
};
TextTraits traitsOf(std::string_view text);

struct Cell {
  std::string_view text;  ///< as it stands; textual columns cut to their limit
  bool null = false;
  int64_t integer = 0;  ///< kInteger, kBoolean; kTime in epoch seconds
  double real = 0;      ///< kReal
};

enum class CellFault : uint8_t {
  kNone,
  kMissingValue,
  kNotANumber,
  kNotAWholeNumber,
  kNotABoolean,
  kOutOfRange,
  kMilliseconds,
  kTooLong,
  kNotUtf8,
  kNulByte,
};

CellFault readCell(const CellRule& rule, bool milliseconds, std::string_view raw, TextTraits traits,
                   Cell& cell);

/// "MissingValue": as it is counted.
std::string_view faultName(CellFault fault);
/// A sentence: what is wrong and what is allowed.
std::string faultReason(CellFault fault, const CellRule& rule, std::string_view raw);

/// From here on a time cannot be meant in seconds: the year 5138.
inline constexpr int64_t kTimeLimit = 100'000'000'000;

/// A whole number, perhaps with a fraction of zeros and spaces around; false if it is none. `outOfRange`
/// tells why.
bool parseWhole(std::string_view text, int64_t& number, bool& outOfRange);
bool parseReal(std::string_view text, double& number);

}  // namespace proffer::data
