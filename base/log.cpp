#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace proffer {
namespace {

LogFormat& currentFormat() {
  static LogFormat format = LogFormat::kText;
  return format;
}

spdlog::logger& logger() {
  static auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("proffer", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

constexpr std::string_view levelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

spdlog::level::level_enum toSpdlog(LogLevel level) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err};
  return levels[static_cast<int>(level)];
}

std::string timestamp() {
  // Log lines carry the machine's time, whatever clock the program runs on.
  const auto now = std::chrono::system_clock::now();
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis % 1000);
}

// What a client sent must not move the cursor of who reads the log.
std::string printable(std::string line) {
  const auto isControl = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::none_of(line.begin(), line.end(), isControl)) return line;
  std::string out;
  for (const char c : line) {
    if (isControl(static_cast<unsigned char>(c)))
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

// The fields of this thread's scopes, outermost first.
std::vector<LogField>& scopedFields() {
  thread_local std::vector<LogField> fields;
  return fields;
}

// Those of the line, then those of the scopes that the line does not name itself.
std::vector<LogField> withScopes(std::initializer_list<LogField> fields) {
  std::vector<LogField> all(fields);
  for (const LogField& scoped : scopedFields()) {
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&](const LogField& field) { return field.first == scoped.first; });
    if (named == all.end()) all.push_back(scoped);
  }
  return all;
}

}  // namespace

LogScope::LogScope(std::string_view name, std::string value) {
  scopedFields().emplace_back(name, std::move(value));
}

LogScope::~LogScope() {
  scopedFields().pop_back();
}

void configureLog(LogLevel atLeast, LogFormat format) {
  logger().set_level(toSpdlog(atLeast));
  currentFormat() = format;
}

bool logs(LogLevel level) {
  return logger().should_log(toSpdlog(level));
}

void logLine(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) {
  const auto at = toSpdlog(level);
  if (!logger().should_log(at)) return;
  if (currentFormat() == LogFormat::kJson) {
    Json line{
        {"time", timestamp()}, {"level", levelName(level)}, {"component", component}, {"message", message}};
    for (const auto& [name, value] : withScopes(fields)) line[std::string(name)] = value;
    logger().log(at, dumpJson(line));
    return;
  }
  std::string line = fmt::format("{} {:<7} {:<9} {}", timestamp(), levelName(level), component, message);
  for (const auto& [name, value] : withScopes(fields))
    line += fmt::format(" {}={}", name, value.find(' ') == std::string::npos ? value : quoted(value, 1000));
  logger().log(at, printable(std::move(line)));
}

}  // namespace proffer
