// The terminal, or what stands in its place: streams, whether they are terminals, the environment, the clock.
// Tests hand in their own, so that a command's whole behaviour is a function of this and its arguments.
//
// Used from the main thread only.
#pragma once

#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace proffer::cli {

enum class Colour { kNone, kRed, kGreen, kYellow, kFaint, kBold };

struct Console {
  std::istream& in;
  std::ostream& out;  ///< data
  std::ostream& err;  ///< everything else
  Clock& clock;
  std::function<std::optional<std::string>(std::string_view)> environment;
  bool outIsTerminal = false;
  bool errIsTerminal = false;
  bool colours = false;  ///< a terminal, no NO_COLOR, TERM is not dumb
  int width = 80;        ///< columns of the terminal

  /// The text in a colour, or as it is where colours are not wanted.
  std::string paint(Colour colour, std::string_view text) const;
  /// "error: file:line:column: field: message (hint)" to err, with a caret on a terminal.
  void printError(const Error& error);
  void printErrors(const std::vector<Error>& errors);
  void printWarning(const Error& error);
};

/// The process's own streams, environment and terminal.
Console processConsole(Clock& clock);

}  // namespace proffer::cli
