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

struct Part {
  std::string_view name;
  int least, most;
  std::string_view words;  ///< three letters each, the first means `least`
};
constexpr Part kParts[] = {{"minute", 0, 59, ""},
                           {"hour", 0, 23, ""},
                           {"day of the month", 1, 31, ""},
                           {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
                           {"day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT"}};

std::optional<int> cronNumber(const Part& part, std::string_view text) {
  const auto named = upper(text);
  for (size_t i = 0; named.size() == 3 && i + 3 <= part.words.size(); i += 3)
    if (part.words.substr(i, 3) == named) return part.least + static_cast<int>(i / 3);
  const auto number = wholeNumber(text);
  return number && *number >= part.least && *number <= part.most ? number : std::nullopt;
}

// One of `*`, `N`, `A-B`, each with an optional `/STEP`.
std::optional<uint64_t> cronRange(const Part& part, std::string_view item) {
  int step = 1;
  if (const auto slash = item.find('/'); slash != std::string_view::npos) {
    const auto given = wholeNumber(item.substr(slash + 1));
    if (!given || *given < 1) return std::nullopt;
    step = *given;
    item = item.substr(0, slash);
  }
  std::optional<int> first, last;
  if (item == "*") {
    first = part.least, last = part.most;
  } else if (const auto dash = item.find('-'); dash != std::string_view::npos) {
    first = cronNumber(part, item.substr(0, dash)), last = cronNumber(part, item.substr(dash + 1));
  } else {
    first = cronNumber(part, item);
    last = step > 1 ? part.most : first;
  }
  if (!first || !last || *first > *last) return std::nullopt;
  uint64_t bits = 0;
  for (int i = *first; i <= *last; i += std::min(step, 64)) bits |= uint64_t{1} << i;
  return bits;
}

bool isZoneName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

Result<Schedule> parseCron(std::string_view text, std::string_view inside) {
  const auto parts = words(inside);
  if (parts.size() != 5 && parts.size() != 6)
    return bad(fmt::format("{} has {} parts, a cron schedule has 5 and perhaps a time zone", quoted(text),
                           parts.size()),
               "cron(MINUTE HOUR DAY MONTH WEEKDAY [ZONE]), such as cron(0 3 * * MON)");
  uint64_t bits[5] = {};
  for (size_t i = 0; i < 5; ++i) {
    for (const auto& item : split(parts[i], ',')) {
      const auto range = cronRange(kParts[i], item);
      if (!range)
        return bad(
            fmt::format("{} is not a {} of a cron schedule", quoted(parts[i]), kParts[i].name),
            fmt::format("numbers from {} to {}{}, *, lists, ranges, steps", kParts[i].least, kParts[i].most,
                        kParts[i].words.empty() ? "" : ", English names of three letters"));
      bits[i] |= *range;
    }
  }
  Schedule schedule;
  if (parts.size() == 6) {
    if (!isZoneName(parts[5]))
      return bad(fmt::format("{} is not a time zone", quoted(parts[5])), "such as UTC or Europe/Berlin");
    schedule.timeZone = parts[5];
  }
  schedule.minutes = bits[0];
  schedule.hours = static_cast<uint32_t>(bits[1]);
  schedule.daysOfMonth = static_cast<uint32_t>(bits[2]);
  schedule.months = static_cast<uint32_t>(bits[3]);
  schedule.daysOfWeek = static_cast<uint32_t>((bits[4] | bits[4] >> 7) & 0x7F);  // 7 is Sunday, too
  schedule.anyDayOfMonth = parts[2] == "*";
  schedule.anyDayOfWeek = parts[4] == "*";
  schedule.text = fmt::format("cron({})", join(parts, " "));
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
