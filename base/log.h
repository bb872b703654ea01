// Log lines of the server and the controller, to stderr, one line an event. Any thread.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace proffer {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

void configureLog(LogLevel atLeast, LogFormat format);
/// Whether lines of this level are written: for callers whose fields cost something to make.
bool logs(LogLevel level);

using LogField = std::pair<std::string_view, std::string>;
/// logLine(LogLevel::kInfo, "reconcile", "imported 10 rows", {{"reconcileID", id}, {"key", key}}).
void logLine(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields = {});

/// While it lives, every line of this thread carries the field as well, unless the line names it itself: the
/// id of the request, reconcile or job that is worked on. Scopes nest.
class LogScope {
 public:
  LogScope(std::string_view name, std::string value);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
};

}  // namespace proffer
