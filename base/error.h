// What goes wrong in Proffer, as a value: a stable code, where it happened, and what to do about it.
//
// Values; safe to copy and to use from any thread. An Error always has a code and a message; field path,
// position and hint are filled in by whoever knows them. Functions that can fail by input or by the world
// outside return Result<T>; exceptions are kept for programmers' mistakes.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace proffer {

enum class ErrorCode {
  kInvalidInput,    ///< the request or file is wrong; sending it again will not help
  kNotFound,        ///< what was named does not exist
  kAlreadyExists,   ///< the name is taken
  kConflict,        ///< somebody else changed it meanwhile (resourceVersion), read again and retry
  kInUse,           ///< others refer to it; the message names them
  kForbidden,       ///< not allowed to this caller (ownership, host, roots)
  kUnauthorized,    ///< no or wrong token
  kLimitExceeded,   ///< a quota or a bound of the server
  kGone,            ///< a watch started too far in the past: list again
  kUnavailable,     ///< not ready, shutting down, not reachable
  kNotImplemented,  ///< part of the model, not built yet
  kCancelled,       ///< the caller or an owner's deletion ended it
  kTimedOut,        ///< the deadline passed
  kIo,              ///< file or network error; trying again may help
  kCorrupt,         ///< stored bytes are not what was written
  kInternal,        ///< a bug in Proffer
};

/// The code's name as it appears in JSON errors and logs: "InvalidInput", "NotFound", ...
std::string_view errorCodeName(ErrorCode code);
/// Reads what errorCodeName writes; kInternal for anything else.
ErrorCode errorCodeFromName(std::string_view name);

/// A place in a text: lines and columns count from 1, columns in Unicode code points; 0 means unknown.
struct SourcePosition {
  std::string file;
  int line = 0;
  int column = 0;

  bool known() const { return line > 0; }
  bool operator==(const SourcePosition&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;     ///< what was found and what is allowed, one sentence without a final full stop
  std::string field = {};  ///< path of the field, e.g. "spec.sources[1].csv"; empty if none
  SourcePosition position = {};
  std::string hint = {};        ///< what to do; empty if the message says it all
  std::string sourceLine = {};  ///< the text of the line at `position`, for a caret; empty if unknown

  Error at(SourcePosition where) && {
    position = std::move(where);
    return std::move(*this);
  }
  Error in(std::string path) && {
    field = std::move(path);
    return std::move(*this);
  }
  Error hinting(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
  }
  /// The same error with "cannot <doing>: " before its message.
  Error wrap(std::string_view doing) const;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// makeError(code, "format {}", ...): an Error as a value.
template <class... Args>
Error makeError(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return Error{code, fmt::format(text, std::forward<Args>(args)...)};
}

/// return fail(code, "format {}", ...): the failing side of any Result.
template <class... Args>
tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// "file:line:column: field: message (hint)", leaving out what is not known. One line, unless `caret` adds
/// the source line and a caret under the column.
std::string formatError(const Error& error, bool caret = false);

}  // namespace proffer

#define PROFFER_CONCAT_INNER(a, b) a##b
#define PROFFER_CONCAT(a, b) PROFFER_CONCAT_INNER(a, b)

/// PROFFER_TRY(auto x, expression-of-Result): x is the value, or the enclosing function returns the error.
#define PROFFER_TRY(declaration, ...) \
  PROFFER_TRY_INNER(PROFFER_CONCAT(tryResult, __LINE__), declaration, __VA_ARGS__)
#define PROFFER_TRY_INNER(name, declaration, ...)             \
  auto&& name = (__VA_ARGS__);                                \
  if (!name) return ::proffer::fail(std::move(name).error()); \
  declaration = std::move(*name)

/// PROFFER_CHECK(expression-of-Result<void>): goes on, or the enclosing function returns the error.
#define PROFFER_CHECK(...)                                    \
  do {                                                        \
    if (auto checkResult = (__VA_ARGS__); !checkResult)       \
      return ::proffer::fail(std::move(checkResult).error()); \
  } while (false)
