#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

}  // namespace

void configureLog(LogLevel atLeast, LogFormat format) {
  logger().set_level(toSpdlog(atLeast));
  currentFormat() = format;
}

void logLine(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) {
  const auto at = toSpdlog(level);
  if (!logger().should_log(at)) return;
  if (currentFormat() == LogFormat::kJson) {
    Json line{
        {"time", timestamp()}, {"level", levelName(level)}, {"component", component}, {"message", message}};
    for (const auto& [name, value] : fields) line[std::string(name)] = value;
    logger().log(at, dumpJson(line));
    return;
  }
  std::string line = fmt::format("{} {:<7} {:<9} {}", timestamp(), levelName(level), component, message);
  for (const auto& [name, value] : fields)
    line += fmt::format(" {}={}", name, value.find(' ') == std::string::npos ? value : quoted(value, 1000));
  logger().log(at, line);
}

}  // namespace proffer
