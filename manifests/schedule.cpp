#include "manifests/schedule.h"

#include <charconv>

#include "base/text.h"

namespace proffer {
namespace {

constexpr std::string_view kShape = "such as rate(7 days), rate(2 hours) or cron(0 3 * * MON Europe/Berlin)";

tl::unexpected<Error> bad(std::string message, std::string hint) {
  return fail(makeError(ErrorCode::kInvalidInput, "{}", message).hinting(std::move(hint)));
}

std::optional<int> wholeNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-')
    return std::nullopt;
  return number;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (auto& part : split(text, ' '))
    if (!trim(part).empty()) out.emplace_back(trim(part));
  return out;
}

Result<Schedule> parseRate(std::string_view text, std::string_view inside) {
  struct Unit {
    std::string_view one;
    int64_t seconds;
  };
  constexpr Unit kUnits[] = {{"minute", 60}, {"hour", 3600}, {"day", 86400}};
  const auto parts = words(inside);
  const auto count = parts.size() == 2 ? wholeNumber(parts[0]) : std::nullopt;
  if (!count) return bad(fmt::format("{} is not a schedule", quoted(text)), std::string(kShape));
  if (*count < 1 || *count > 100'000)
    return bad(fmt::format("a rate of {} is not possible", parts[0]), "at least 1");
  for (const auto& unit : kUnits) {
    if (parts[1] != unit.one && parts[1] != std::string(unit.one) + "s") continue;
    Schedule schedule;
    schedule.rate = Duration(*count * unit.seconds * 1'000'000);
    schedule.text = fmt::format("rate({} {}{})", *count, unit.one, *count == 1 ? "" : "s");
    return schedule;
  }
  return bad(fmt::format("unknown unit {} in a rate", quoted(parts[1])), "allowed: minutes, hours, days");
}

struct ClockField {
  std::string_view name;
  int least, most;
  std::string_view words;  ///< three letters each, the first means `least`
};
constexpr std::string_view kWeekdays = "SUNMONTUEWEDTHUFRISAT";
constexpr ClockField kMinute{"minute", 0, 59, ""};
constexpr ClockField kHour{"hour", 0, 23, ""};
constexpr ClockField kDayOfMonth{"day of the month", 1, 31, ""};
constexpr ClockField kMonth{"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"};
constexpr ClockField kUnixWeekday{"day of the week", 0, 7, kWeekdays};     // 0 and 7 are Sunday
constexpr ClockField kServiceWeekday{"day of the week", 1, 7, kWeekdays};  // 1 is Sunday
constexpr ClockField kYear{"year", Schedule::kFirstYear, Schedule::kLastYear, ""};

std::optional<int> cronNumber(const ClockField& part, std::string_view text) {
  const auto named = upper(text);
  for (size_t i = 0; named.size() == 3 && i + 3 <= part.words.size(); i += 3)
    if (part.words.substr(i, 3) == named) return part.least + static_cast<int>(i / 3);
  const auto number = wholeNumber(text);
  return number && *number >= part.least && *number <= part.most ? number : std::nullopt;
}

struct CronRange {
  int first = 0, last = 0, step = 1;
};

// One of `*`, `N`, `A-B`, each with an optional `/STEP`.
std::optional<CronRange> cronRange(const ClockField& part, std::string_view item) {
  CronRange range;
  if (const auto slash = item.find('/'); slash != std::string_view::npos) {
    const auto given = wholeNumber(item.substr(slash + 1));
    if (!given || *given < 1) return std::nullopt;
    range.step = std::min(*given, 1000);
    item = item.substr(0, slash);
  }
  std::optional<int> first, last;
  if (item == "*") {
    first = part.least, last = part.most;
  } else if (const auto dash = item.find('-'); dash != std::string_view::npos) {
    first = cronNumber(part, item.substr(0, dash)), last = cronNumber(part, item.substr(dash + 1));
  } else {
    first = cronNumber(part, item);
    last = range.step > 1 ? part.most : first;
  }
  if (!first || !last || *first > *last) return std::nullopt;
  range.first = *first, range.last = *last;
  return range;
}

tl::unexpected<Error> badPart(const ClockField& part, std::string_view text) {
  return bad(fmt::format("{} is not a {} of a cron schedule", quoted(text), part.name),
             fmt::format("numbers from {} to {}{}, *, lists, ranges, steps", part.least, part.most,
                         part.words.empty() ? "" : ", English names of three letters"));
}

// Adds what the text says to `bits`; what only the service's form knows is left to `special`, which answers
// whether it took the item.
template <class Bits, class Special>
Result<void> readPart(const ClockField& part, std::string_view text, Bits&& setBit, Special&& special) {
  for (const auto& item : split(text, ',')) {
    if (special(item)) continue;
    const auto range = cronRange(part, item);
    if (!range) return badPart(part, text);
    for (int i = range->first; i <= range->last; i += range->step) setBit(i);
  }
  return {};
}

template <class Number>
Result<Number> bitsOf(const ClockField& part, std::string_view text) {
  Number bits = 0;
  PROFFER_CHECK(readPart(
      part, text, [&](int i) { bits |= Number{1} << i; }, [](const std::string&) { return false; }));
  return bits;
}

Result<void> readDaysOfMonth(Schedule& schedule, std::string_view text, bool service) {
  schedule.anyDayOfMonth = text == "*" || text == "?";
  if (schedule.anyDayOfMonth) return {};
  return readPart(
      kDayOfMonth, text, [&](int i) { schedule.daysOfMonth |= uint32_t{1} << i; },
      [&](const std::string& item) {
        if (!service) return false;
        if (upper(item) == "L") return schedule.lastDayOfMonth = true;
        if (item.size() < 2 || upper(item).back() != 'W') return false;
        const auto day = cronNumber(kDayOfMonth, std::string_view(item).substr(0, item.size() - 1));
        if (day) schedule.nearestWeekdays |= uint32_t{1} << *day;
        return day.has_value();
      });
}

Result<void> readDaysOfWeek(Schedule& schedule, std::string_view text, bool service) {
  schedule.anyDayOfWeek = text == "*" || text == "?";
  if (schedule.anyDayOfWeek) return {};
  const ClockField& part = service ? kServiceWeekday : kUnixWeekday;
  const auto bit = [&](int day) { return uint32_t{1} << (day - (service ? 1 : 0)) % 7; };
  return readPart(
      part, text, [&](int i) { schedule.daysOfWeek |= bit(i); },
      [&](const std::string& item) {
        if (!service) return false;
        if (upper(item) == "L") return (schedule.daysOfWeek |= bit(7)) != 0;
        if (const auto hash = item.find('#'); hash != std::string::npos) {
          const auto day = cronNumber(part, std::string_view(item).substr(0, hash));
          const auto nth = wholeNumber(std::string_view(item).substr(hash + 1));
          const bool good = day && nth && *nth >= 1 && *nth <= 5;
          if (good) schedule.nthDaysOfWeek[static_cast<size_t>(*nth)] |= bit(*day);
          return good;
        }
        if (item.size() < 2 || upper(item).back() != 'L') return false;
        const auto day = cronNumber(part, std::string_view(item).substr(0, item.size() - 1));
        if (day) schedule.lastDaysOfWeek |= bit(*day);
        return day.has_value();
      });
}

bool isZoneName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

bool beginsWithLetter(std::string_view text) {
  return !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

Result<Schedule> parseCron(std::string_view text, std::string_view inside) {
  auto parts = words(inside);
  const std::string canonical = fmt::format("cron({})", join(parts, " "));
  Schedule schedule;
  if (parts.size() > 5 && beginsWithLetter(parts.back())) {
    if (!isZoneName(parts.back()))
      return bad(fmt::format("{} is not a time zone", quoted(parts.back())), "such as UTC or Europe/Berlin");
    schedule.timeZone = parts.back();
    parts.pop_back();
  }
  if (parts.size() != 5 && parts.size() != 6)
    return bad(fmt::format("{} has {} parts, a cron schedule has 5 or 6 and perhaps a time zone",
                           quoted(text), parts.size()),
               "cron(MINUTE HOUR DAY MONTH WEEKDAY [YEAR] [ZONE]), such as cron(0 3 * * MON)");
  const bool service = parts.size() == 6;
  PROFFER_TRY(schedule.minutes, bitsOf<uint64_t>(kMinute, parts[0]));
  PROFFER_TRY(schedule.hours, bitsOf<uint32_t>(kHour, parts[1]));
  PROFFER_CHECK(readDaysOfMonth(schedule, parts[2], service));
  PROFFER_TRY(schedule.months, bitsOf<uint32_t>(kMonth, parts[3]));
  PROFFER_CHECK(readDaysOfWeek(schedule, parts[4], service));
  if (service && !schedule.anyDayOfMonth && !schedule.anyDayOfWeek)
    return bad(fmt::format("{} names a day of the month and a day of the week", quoted(text)),
               "with a year, one of the two is ?");
  if (service && parts[5] != "*")
    PROFFER_CHECK(readPart(
        kYear, parts[5], [&](int i) { schedule.years.set(static_cast<size_t>(i - kYear.least)); },
        [](const std::string&) { return false; }));
  schedule.text = canonical;
  return schedule;
}

}  // namespace

Result<Schedule> parseSchedule(std::string_view text) {
  const auto trimmed = trim(text);
  const bool closed = trimmed.ends_with(")") && trimmed.size() <= 200;
  if (closed && trimmed.starts_with("rate("))
    return parseRate(trimmed, trimmed.substr(5, trimmed.size() - 6));
  if (closed && trimmed.starts_with("cron("))
    return parseCron(trimmed, trimmed.substr(5, trimmed.size() - 6));
  return bad(fmt::format("{} is not a schedule", quoted(text)), std::string(kShape));
}

}  // namespace proffer
