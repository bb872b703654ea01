// proffer diagnose: what a group's data can and cannot carry, and what to do about it.
#include <cmath>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

constexpr double kBarLength = 40;

// Eighths of a character.
std::string barText(double share) {
  static const std::array<const char*, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBarLength * 8));
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kParts[eighths % 8];
}

void printChart(Console& console, const Json& chart) {
  console.out << fmt::format("\n{}\n", stringMember(chart, "title"));
  const Json& bars = member(chart, "bars");
  const std::string unit = stringMember(chart, "unit");
  const bool shares = unit.starts_with('%');
  const auto valueOf = [](const Json& bar) {
    const Json& value = member(bar, "value");
    return value.is_number() ? value.get<double>() : 0;
  };
  double longest = shares ? 100 : 0;
  for (const Json& bar : bars) longest = std::max(longest, valueOf(bar));
  Table table({"", unit, ""});
  table.alignRight(1);
  for (const Json& bar : bars) {
    const double value = valueOf(bar);
    table.add({"  " + stringMember(bar, "label"),
               shares ? fmt::format("{:.1f}", value) : withThousands(static_cast<int64_t>(value)),
               longest > 0 ? barText(value / longest) : ""});
  }
  table.print(console, false);
}

void printFindings(Console& console, const Json& diagnosis) {
  static const std::map<std::string, Colour> kColours = {
      {"good", Colour::kGreen}, {"notice", Colour::kYellow}, {"problem", Colour::kRed}};
  console.out << "\nFindings\n";
  for (const Json& finding : member(diagnosis, "findings")) {
    const std::string grade = stringMember(finding, "grade");
    const auto colour = kColours.find(grade);
    console.out << "  "
                << console.paint(colour == kColours.end() ? Colour::kNone : colour->second,
                                 fmt::format("{:<9}", grade))
                << fmt::format("{:<19}{}\n", stringMember(finding, "about"),
                               stringMember(finding, "message"));
    if (const std::string remedy = stringMember(finding, "remedy"); !remedy.empty())
      console.out << fmt::format("{:<30}-> {}\n", "", remedy);
  }
}

void printUseCases(Console& console, const Json& diagnosis) {
  const Json& useCases = member(diagnosis, "useCases");
  if (useCases.empty()) return;
  console.out << "\nUse cases\n";
  Table table({"", "", "EVENTS", ""});
  table.alignRight(2);
  for (const Json& useCase : useCases) {
    const bool possible = boolMember(useCase, "possible");
    table.add({Cell(possible ? "  yes" : "  no", possible ? Colour::kGreen : Colour::kRed),
               stringMember(useCase, "name"), withThousands(intMember(useCase, "events")),
               stringMember(useCase, "message")});
  }
  table.print(console, false);
}

void printDiagnosis(Console& console, const Json& diagnosis, const std::string& group) {
  console.out << fmt::format(
      "{}: {} events of {} users with {} items", group, withThousands(intMember(diagnosis, "interactions")),
      withThousands(intMember(diagnosis, "users")), withThousands(intMember(diagnosis, "items")));
  if (const std::string first = stringMember(diagnosis, "first"); !first.empty())
    console.out << fmt::format(", {} to {}", first.substr(0, 10),
                               stringMember(diagnosis, "last").substr(0, 10));
  console.out << '\n';
  std::vector<std::string> types;
  for (const Json& type : member(diagnosis, "eventTypes")) {
    const std::string name = stringMember(type, "eventType");
    types.push_back(
        fmt::format("{} {}", name.empty() ? "(no type)" : name, withThousands(intMember(type, "events"))));
  }
  if (!types.empty()) console.out << "event types: " << join(types, ", ") << '\n';
  printFindings(console, diagnosis);
  for (const Json& chart : member(diagnosis, "charts")) printChart(console, chart);
  printUseCases(console, diagnosis);
}

Result<ExitCode> executeDiagnose(Context& context) {
  PROFFER_TRY(client::Client client, context.connect());
  const std::string group = context.arguments.positional(0);
  PROFFER_TRY(const Json diagnosis, client.diagnose(group));
  if (context.arguments.text("output") == "json")
    context.console.out << dumpJson(diagnosis, 2) << '\n';
  else
    printDiagnosis(context.console, diagnosis, group);
  return ExitCode::kDone;
}

}  // namespace

Command diagnoseCommand() {
  return {.name = "diagnose",
          .summary = "Say what a group's data can and cannot carry",
          .description =
              "How events are spread over users, items and time, what is missing, which use cases the event "
              "types "
              "allow, and what to do about each finding (docs/evaluation.md).",
          .examples = {{"proffer diagnose shop", "with small bar charts"},
                       {"proffer diagnose shop -o json", "for scripts"}},
          .positionals = {{.name = "GROUP", .help = "A dataset group", .required = true}},
          .options = {{.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "text",
                       .choices = {"text", "json"}}},
          .run = executeDiagnose};
}

}  // namespace proffer::cli
