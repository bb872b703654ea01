#include "recipes/diagnosis.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/clock.h"
#include "base/text.h"
#include "recipes/data_profile.h"

namespace proffer::recipes {
namespace {

using Grade = DiagnosisFinding::Grade;

constexpr int64_t kMillisFrom = 10'000'000'000;  // later than the year 2286: not seconds

// "2014-05-01T00:00:00Z", of times that are none as well.
std::string timeText(int64_t seconds) {
  constexpr int64_t kLastPrintable = 253'402'300'799;
  return formatTime(fromMicros(std::clamp<int64_t>(seconds, 0, kLastPrintable) * 1'000'000));
}

double shareOf(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string percent(double share) {
  const double value = 100 * share;
  return fmt::format("{:.{}f} %", value, value > 0 && value < 9.95 ? 1 : 0);
}

std::string countLabel(size_t bar) {
  if (bar >= kCountEnds.size()) return "more than " + withThousands(kCountEnds.back());
  const int64_t from = bar == 0 ? 1 : kCountEnds[bar - 1] + 1, to = kCountEnds[bar];
  return from == to ? withThousands(to) : fmt::format("{} to {}", withThousands(from), withThousands(to));
}

BarChart countChart(std::string name, std::string title, std::string unit, std::span<const int64_t> counts) {
  BarChart chart{std::move(name), std::move(title), std::move(unit), {}};
  size_t last = counts.size();
  while (last > 1 && counts[last - 1] == 0) --last;
  for (size_t bar = 0; bar < last; ++bar)
    chart.bars.push_back({countLabel(bar), static_cast<double>(counts[bar])});
  return chart;
}

BarChart gapChart(const DataProfile& profile) {
  static const std::array<const char*, kGapEnds.size() + 1> kLabels = {
      "none",        "up to a minute", "up to 10 minutes", "up to an hour", "up to 6 hours",
      "up to a day", "up to a week",   "up to 30 days",    "longer"};
  BarChart chart{"gaps", "Gaps between a user's events", "events", {}};
  for (size_t bar = 0; bar < kLabels.size(); ++bar)
    chart.bars.push_back({kLabels[bar], static_cast<double>(profile.gaps[bar])});
  return chart;
}

BarChart timeChart(const DataProfile& profile) {
  BarChart chart{"overTime", "Events over time, in twelve equal parts", "events", {}};
  const int64_t length = profile.lastTime - profile.firstTime;
  for (size_t slice = 0; slice < kTimeSlices; ++slice) {
    const int64_t from =
        profile.firstTime + length / static_cast<int64_t>(kTimeSlices) * static_cast<int64_t>(slice);
    chart.bars.push_back({timeText(from).substr(0, 10), static_cast<double>(profile.perSlice[slice])});
  }
  return chart;
}

// Share of the events on the most popular part of the items.
double headShare(const std::vector<int64_t>& sorted, double part, int64_t events) {
  const auto count = static_cast<size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return shareOf(std::accumulate(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(count), int64_t{0}),
                 events);
}

BarChart tailChart(const std::vector<int64_t>& sorted, int64_t events) {
  BarChart chart{"longTail", "Share of the events on the most popular items", "% of the events", {}};
  for (const double part : {0.01, 0.05, 0.1, 0.2, 0.5})
    chart.bars.push_back({fmt::format("top {:g} % of the items", 100 * part),
                          std::round(1000 * headShare(sorted, part, events)) / 10});
  return chart;
}

class Findings {
 public:
  void add(Grade grade, std::string about, std::string message, std::string remedy = {}) {
    list.push_back({grade, std::move(about), std::move(message), std::move(remedy)});
  }
  std::vector<DiagnosisFinding> list;
};

void lookAtUsers(const DataProfile& profile, Findings& findings) {
  const double alone = shareOf(profile.usersWithOne, profile.users);
  const std::string message =
      fmt::format("{} of {} users have a single event", percent(alone), withThousands(profile.users));
  if (alone > 0.5)
    findings.add(
        Grade::kProblem, "short histories", message,
        "most users are as good as unknown: popular, trending and related items serve them best; log "
        "sessions of anonymous users under one session id, and identify them when they sign in");
  else if (alone > 0.2)
    findings.add(Grade::kNotice, "short histories", message, "popular and related items serve them best");
  else
    findings.add(Grade::kGood, "short histories", message);
  if (profile.longestHistory > 10'000)
    findings.add(
        Grade::kNotice, "long histories",
        fmt::format("the longest history has {} events", withThousands(profile.longestHistory)),
        "is it a person? leave robots and test users out with `where` of the source; recipes bound long "
        "histories by their percentile");
}

void lookAtItems(const DataProfile& profile, const std::vector<int64_t>& sorted, Findings& findings) {
  const double head = headShare(sorted, 0.1, profile.events);
  const int64_t rare = std::count_if(sorted.begin(), sorted.end(), [](int64_t count) { return count < 5; });
  const std::string message = fmt::format(
      "the most popular tenth of the items has {} of the events; {} of the items have fewer than 5",
      percent(head), percent(shareOf(rare, static_cast<int64_t>(sorted.size()))));
  if (head > 0.8)
    findings.add(
        Grade::kNotice, "long tail", message,
        "lists will be of best sellers: discount popularity (popularity_discount_factor of aws-sims), "
        "describe items (aws-similar-items), or explore");
  else
    findings.add(Grade::kGood, "long tail", message);
}

void lookAtOrder(const DataProfile& profile, Findings& findings) {
  const int64_t following = profile.events - profile.users;
  const double ties = shareOf(profile.ties, following);
  const std::string message =
      fmt::format("{} of the events happen in the same second as the user's event before", percent(ties));
  if (ties > 0.2)
    findings.add(
        Grade::kProblem, "ties in time", message,
        "their order is not known: whole baskets or imports in bulk look like this. Ask what comes in the "
        "same basket (orderColumn, frequently-bought-together) rather than what comes next, and log "
        "times as exactly as they are known");
  else if (ties > 0.02)
    findings.add(Grade::kNotice, "ties in time", message, "the order of these events is not known");
  else
    findings.add(Grade::kGood, "ties in time", message);

  const double burst =
      shareOf(profile.gaps[0] + profile.gaps[1] + profile.gaps[2] + profile.gaps[3], following);
  findings.add(
      Grade::kGood, "sessions",
      fmt::format("{} of the events come within an hour of the user's event before", percent(burst)),
      burst > 0.5 ? "users act in sessions: what they did last says most about what they do next" : "");
}

void lookAtRepeats(const DataProfile& profile, Findings& findings) {
  const double repeats = shareOf(profile.repeats, profile.events);
  const std::string message =
      fmt::format("{} of the events are with an item that the user has met before", percent(repeats));
  findings.add(repeats > 0.2 ? Grade::kNotice : Grade::kGood, "repeat consumption", message,
               repeats > 0.2
                   ? "a list of what the user took last is hard to beat: compare with ANY in `proffer "
                     "evaluate`, and decide with a filter whether what is known may be shown again"
                   : "");
  const int64_t hidden = std::max<int64_t>(profile.storedRows - profile.events, 0);
  if (hidden > 0)
    findings.add(Grade::kNotice, "duplicates",
                 fmt::format("{} rows are exact copies of others; they count once", withThousands(hidden)),
                 "is a file imported under two names, or an event sent twice?");
  const double again = shareOf(profile.sameAgain, profile.events);
  if (again > 0.01)
    findings.add(
        Grade::kNotice, "duplicates",
        fmt::format("{} of the events repeat user, item and second of another one", percent(again)),
        "often one action that is logged under two event types: count only one of them (`eventType`)");
}

void lookAtTime(const DataProfile& profile, int64_t now, Findings& findings) {
  if (profile.lastTime > kMillisFrom)
    return findings.add(Grade::kProblem, "times", "the newest event lies after the year 2286",
                        "times are epoch seconds: these look like milliseconds");
  if (profile.future > 0)
    findings.add(Grade::kProblem, "times",
                 fmt::format("{} events lie more than a day in the future", withThousands(profile.future)),
                 "check the clock or the time zone of what logs them: they would stay the newest for long");
  const int64_t ageDays = (now - profile.lastTime) / 86400;
  if (ageDays > 30)
    findings.add(
        Grade::kNotice, "freshness", fmt::format("the newest event is {} days old", withThousands(ageDays)),
        "stream events (`proffer put events`) or import newer files: trends are not to be seen here");
}

// How much of what is popular now was popular before.
void lookAtDrift(const DataProfile& profile, Findings& findings) {
  const size_t top = std::min<size_t>(100, profile.perItem.size() / 10);
  if (top < 5 || profile.newestEvents < 200) return;
  const auto best = [top](std::vector<std::pair<int64_t, size_t>> counts) {
    std::sort(counts.rbegin(), counts.rend());
    std::vector<size_t> items;
    for (size_t i = 0; i < top; ++i) items.push_back(counts[i].second);
    std::sort(items.begin(), items.end());
    return items;
  };
  std::vector<std::pair<int64_t, size_t>> before, newest;
  for (size_t item = 0; item < profile.perItem.size(); ++item) {
    before.emplace_back(profile.perItem[item] - profile.perItemNewest[item], item);
    newest.emplace_back(profile.perItemNewest[item], item);
  }
  const auto a = best(std::move(before)), b = best(std::move(newest));
  std::vector<size_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  const double kept = shareOf(static_cast<int64_t>(both.size()), static_cast<int64_t>(top));
  const std::string message = fmt::format(
      "of the {} most popular items of the newest tenth of the time {} were so before", top, percent(kept));
  if (kept < 0.3)
    findings.add(
        Grade::kNotice, "drift", message,
        "tastes or the catalogue change fast: train more often, count trends (trending-now), and try "
        "whether less history serves better");
  else
    findings.add(Grade::kGood, "drift", message);
}

void lookAtColumns(const DataProfile& profile, const TrainingInput& input, Findings& findings) {
  for (const ColumnFill& column : profile.columns) {
    if (column.rows == 0 || column.empty * 10 < column.rows * 3) continue;
    const bool all = column.empty == column.rows;
    findings.add(
        Grade::kNotice, "empty columns",
        fmt::format("{}.{} is empty in {} of {} rows", column.dataset, column.name,
                    all ? "all" : percent(shareOf(column.empty, column.rows)), withThousands(column.rows)),
        all ? "leave it out of the schema, or map the column it comes from"
            : "filters and recipes that read it see nothing there");
  }
  if (!input.items) {
    findings.add(
        Grade::kNotice, "items", "there is no dataset of items",
        "without it there are no titles, no filters by category, and no recommendations of items that "
        "nobody has met yet");
    return;
  }
  int64_t unknown = 0, unseen = 0;
  for (Index item = 0; item < profile.perItem.size(); ++item)
    unknown += profile.perItem[item] > 0 && !(item < input.items->size() && input.items->has(item));
  for (Index item = 0; item < input.items->size(); ++item)
    unseen += input.items->has(item) && (item >= profile.perItem.size() || profile.perItem[item] == 0);
  if (unknown > 0)
    findings.add(Grade::kNotice, "items",
                 fmt::format("{} items have events and no row in the items dataset", withThousands(unknown)),
                 "filters by a column never pass them: add their rows, or check that both use the same ids");
  if (unseen > 0)
    findings.add(Grade::kNotice, "items",
                 fmt::format("{} of {} described items have no event", withThousands(unseen),
                             withThousands(input.items->rowCount())),
                 "only recipes that read descriptions or explore will show them (aws-similar-items)");
}

UseCaseState stateOf(const UseCaseNeed& need, const Diagnosis& diagnosis, bool items) {
  UseCaseState state;
  state.name = need.name;
  const auto eventsOf = [&](const std::vector<std::string>& types) {
    int64_t events = 0;
    for (const auto& [type, count] : diagnosis.eventTypes)
      for (const std::string& wanted : types) events += equalsIgnoreCase(type, wanted) ? count : 0;
    return events;
  };
  state.events = need.requiredEvents.empty() ? diagnosis.interactions : eventsOf(need.requiredEvents);
  std::vector<std::string> missing, better;
  if (state.events == 0)
    missing.push_back(need.requiredEvents.empty()
                          ? std::string("events")
                          : fmt::format("{} events", join(need.requiredEvents, " or ")));
  if (need.needsItems && !items) missing.emplace_back("a dataset of items");
  for (const std::string& type : need.recommendedEvents)
    if (eventsOf({type}) == 0) better.push_back(type);
  state.possible = missing.empty();
  if (!missing.empty())
    state.message = "needs " + join(missing, " and ");
  else if (!better.empty())
    state.message = fmt::format("better with {} events", join(better, " and "));
  return state;
}

std::string_view gradeName(Grade grade) {
  return grade == Grade::kGood ? "good" : grade == Grade::kNotice ? "notice" : "problem";
}

void describeEvents(const DataProfile& profile, const TrainingInput& input, int64_t now,
                    Diagnosis& diagnosis) {
  Findings findings;
  std::vector<int64_t> sorted;
  for (const int64_t count : profile.perItem)
    if (count > 0) sorted.push_back(count);
  std::sort(sorted.rbegin(), sorted.rend());
  std::array<int64_t, kCountEnds.size() + 1> perItem{};
  for (const int64_t count : sorted)
    ++perItem[static_cast<size_t>(std::lower_bound(kCountEnds.begin(), kCountEnds.end(), count) -
                                  kCountEnds.begin())];
  diagnosis.items = static_cast<int64_t>(sorted.size());
  if (profile.events == 0) {
    findings.add(Grade::kProblem, "events", "there are no events",
                 "import a file of interactions, or stream them with `proffer put events`");
  } else {
    diagnosis.charts = {countChart("eventsPerUser", "Events per user", "users", profile.perUser),
                        countChart("eventsPerItem", "Events per item", "items", perItem),
                        tailChart(sorted, profile.events), gapChart(profile), timeChart(profile)};
    lookAtUsers(profile, findings);
    lookAtItems(profile, sorted, findings);
    lookAtOrder(profile, findings);
    lookAtRepeats(profile, findings);
    lookAtTime(profile, now, findings);
    lookAtDrift(profile, findings);
  }
  lookAtColumns(profile, input, findings);
  std::stable_sort(findings.list.begin(), findings.list.end(),
                   [](const auto& a, const auto& b) { return a.grade > b.grade; });
  diagnosis.findings = std::move(findings.list);
}

}  // namespace

Result<Diagnosis> diagnose(const TrainingInput& input, const std::vector<UseCaseNeed>& useCases, int64_t now,
                           Progress& progress) {
  PROFFER_TRY(const DataProfile profile, profileData(input, now, progress));
  Diagnosis diagnosis;
  diagnosis.interactions = profile.events;
  diagnosis.users = profile.users;
  diagnosis.firstTime = profile.firstTime;
  diagnosis.lastTime = profile.lastTime;
  diagnosis.eventTypes = profile.types;
  describeEvents(profile, input, now, diagnosis);
  for (const UseCaseNeed& need : useCases)
    diagnosis.useCases.push_back(stateOf(need, diagnosis, input.items != nullptr));
  return diagnosis;
}

Json toJson(const Diagnosis& diagnosis) {
  Json json{{"interactions", diagnosis.interactions}, {"users", diagnosis.users}, {"items", diagnosis.items}};
  if (diagnosis.interactions > 0) {
    json["first"] = timeText(diagnosis.firstTime);
    json["last"] = timeText(diagnosis.lastTime);
  }
  json["eventTypes"] = Json::array();
  for (const auto& [type, count] : diagnosis.eventTypes)
    json["eventTypes"].push_back({{"eventType", type}, {"events", count}});
  json["charts"] = Json::array();
  for (const BarChart& chart : diagnosis.charts) {
    Json bars = Json::array();
    for (const Bar& bar : chart.bars) bars.push_back({{"label", bar.label}, {"value", bar.value}});
    json["charts"].push_back(
        {{"name", chart.name}, {"title", chart.title}, {"unit", chart.unit}, {"bars", std::move(bars)}});
  }
  json["findings"] = Json::array();
  for (const DiagnosisFinding& finding : diagnosis.findings) {
    Json one{{"grade", gradeName(finding.grade)}, {"about", finding.about}, {"message", finding.message}};
    if (!finding.remedy.empty()) one["remedy"] = finding.remedy;
    json["findings"].push_back(std::move(one));
  }
  json["useCases"] = Json::array();
  for (const UseCaseState& state : diagnosis.useCases) {
    Json one{{"name", state.name}, {"possible", state.possible}, {"events", state.events}};
    if (!state.message.empty()) one["message"] = state.message;
    json["useCases"].push_back(std::move(one));
  }
  return json;
}

}  // namespace proffer::recipes
