#include "controller/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace proffer::cli {
namespace {

std::string_view escapeOf(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kFaint:
      return "\x1b[2m";
    case Colour::kBold:
      return "\x1b[1m";
  }
  return "";
}

int terminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

std::string Console::paint(Colour colour, std::string_view text) const {
  if (!colours || colour == Colour::kNone || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escapeOf(colour), text);
}

void Console::printError(const Error& error) {
  err << paint(Colour::kRed, "error:") << ' ' << formatError(error, errIsTerminal) << '\n';
}

void Console::printErrors(const std::vector<Error>& errors) {
  for (const Error& error : errors) printError(error);
}

void Console::printWarning(const Error& error) {
  err << paint(Colour::kYellow, "warning:") << ' ' << formatError(error, errIsTerminal) << '\n';
}

Console processConsole(Clock& clock) {
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  const bool outIsTerminal = isatty(STDOUT_FILENO) == 1;
  const bool errIsTerminal = isatty(STDERR_FILENO) == 1;
  const bool unwanted =
      !environment("NO_COLOR").value_or("").empty() || environment("TERM").value_or("") == "dumb";
  return Console{.in = std::cin,
                 .out = std::cout,
                 .err = std::cerr,
                 .clock = clock,
                 .environment = environment,
                 .outIsTerminal = outIsTerminal,
                 .errIsTerminal = errIsTerminal,
                 .colours = outIsTerminal && errIsTerminal && !unwanted,
                 .width = terminalWidth()};
}

}  // namespace proffer::cli
