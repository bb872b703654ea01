// Scripts that make a shell complete proffer's commands, flags and words. Pure functions; any thread.
#pragma once

#include <string>

namespace proffer::cli {

std::string bashCompletion();
std::string zshCompletion();
std::string fishCompletion();

}  // namespace proffer::cli
