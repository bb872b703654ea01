#include "base/time_zone.h"

#include "base/text.h"

namespace proffer {

Result<absl::TimeZone> timeZoneNamed(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (name == "UTC" || absl::LoadTimeZone(name, &zone)) return zone;
  absl::TimeZone any;
  if (!absl::LoadTimeZone("Europe/London", &any))
    return fail(makeError(ErrorCode::kNotFound,
                          "the time zone {} cannot be read: this system has no time zone data", quoted(name))
                    .hinting("install it (Debian's package tzdata), or write the schedule in UTC"));
  return fail(makeError(ErrorCode::kInvalidInput, "there is no time zone {}", quoted(name))
                  .hinting("a name of the IANA database, such as UTC or Europe/Berlin"));
}

}  // namespace proffer
