#include "base/error.h"

#include <array>

#include "base/excerpt.h"

namespace proffer {
namespace {

struct CodeName {
  ErrorCode code;
  std::string_view name;
};

constexpr std::array kCodeNames{
    CodeName{ErrorCode::kInvalidInput, "InvalidInput"},
    CodeName{ErrorCode::kNotFound, "NotFound"},
    CodeName{ErrorCode::kAlreadyExists, "AlreadyExists"},
    CodeName{ErrorCode::kConflict, "Conflict"},
    CodeName{ErrorCode::kInUse, "InUse"},
    CodeName{ErrorCode::kForbidden, "Forbidden"},
    CodeName{ErrorCode::kUnauthorized, "Unauthorized"},
    CodeName{ErrorCode::kLimitExceeded, "LimitExceeded"},
    CodeName{ErrorCode::kGone, "Gone"},
    CodeName{ErrorCode::kUnavailable, "Unavailable"},
    CodeName{ErrorCode::kNotImplemented, "NotImplemented"},
    CodeName{ErrorCode::kCancelled, "Cancelled"},
    CodeName{ErrorCode::kTimedOut, "TimedOut"},
    CodeName{ErrorCode::kIo, "Io"},
    CodeName{ErrorCode::kCorrupt, "Corrupt"},
    CodeName{ErrorCode::kInternal, "Internal"},
};

// The caret stands under a column counted in code points; tabs before it are kept so that the terminal aligns
// both.
std::string caretLine(std::string_view line, int column) {
  std::string out;
  int at = 1;
  for (size_t i = 0; i < line.size() && at < column; ++i) {
    if ((static_cast<unsigned char>(line[i]) & 0xC0) == 0x80) continue;
    out += line[i] == '\t' ? '\t' : ' ';
    ++at;
  }
  while (at++ < column) out += ' ';
  return out + '^';
}

}  // namespace

std::string_view errorCodeName(ErrorCode code) {
  for (const auto& entry : kCodeNames)
    if (entry.code == code) return entry.name;
  return "Internal";
}

ErrorCode errorCodeFromName(std::string_view name) {
  for (const auto& entry : kCodeNames)
    if (entry.name == name) return entry.code;
  return ErrorCode::kInternal;
}

Error Error::wrap(std::string_view doing) const {
  Error wrapped = *this;
  wrapped.message = fmt::format("cannot {}: {}", doing, message);
  return wrapped;
}

std::string formatError(const Error& error, bool caret) {
  std::string out;
  if (!error.position.file.empty()) out += error.position.file + ":";
  if (error.position.known()) out += fmt::format("{}:", error.position.line);
  if (error.position.known() && error.position.column > 0) out += fmt::format("{}:", error.position.column);
  if (!out.empty()) out += ' ';
  if (!error.field.empty()) out += error.field + ": ";
  out += error.message;
  if (!error.hint.empty()) out += fmt::format(" ({})", error.hint);
  if (caret && !error.sourceLine.empty() && error.position.known() && error.position.column > 0) {
    const std::string line = excerptAround(error.sourceLine, error.position.column);
    out += fmt::format("\n  {}\n  {}", line, caretLine(line, columnInExcerpt(line, error.position.column)));
  }
  return out;
}

}  // namespace proffer
