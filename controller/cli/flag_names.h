// The server speaks of the members of a request; who typed a command knows its flags. Pure functions; any
// thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace proffer::cli {

/// A member of a request, and the flag that it came from; an empty flag: the message says enough.
struct FlagName {
  std::string_view field;
  std::string_view flag;
};

/// The error with its field as the command line calls it: "filterValues.GENRE" of {"filterValues", "--param"}
/// is
/// "--param GENRE". A field that is not in the list stays.
Error inFlags(Error error, std::initializer_list<FlagName> names);

}  // namespace proffer::cli
