#include "controller/cli/flag_names.h"

namespace proffer::cli {

Error inFlags(Error error, std::initializer_list<FlagName> names) {
  for (const auto& [field, flag] : names) {
    const bool below = error.field.size() > field.size() && error.field.starts_with(field) &&
                       error.field[field.size()] == '.';
    if (!below && error.field != field) continue;
    const std::string rest = below ? " " + error.field.substr(field.size() + 1) : "";
    error.field = flag.empty() ? "" : std::string(flag) + rest;
    return error;
  }
  return error;
}

}  // namespace proffer::cli
