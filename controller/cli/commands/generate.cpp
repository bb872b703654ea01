// proffer generate: believable data to try the system with, at any size.
#include <thread>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/generate/generate.h"

namespace proffer::cli {
namespace {

constexpr Duration kShowEvery = std::chrono::milliseconds(200);

Result<ExitCode> executeGenerate(Context& context) {
  const Arguments& arguments = context.arguments;
  Console& console = context.console;
  const auto kind = generate::kindFromName(arguments.positional(0));
  if (!kind)
    return fail(ErrorCode::kInvalidInput, "unknown kind of data {}",
                proffer::quoted(arguments.positional(0)));
  generate::GenerateOptions options = generate::defaultsFor(*kind);
  options.users = arguments.integer("users", options.users);
  options.items = arguments.integer("items", options.items);
  options.interactions = arguments.integer("interactions", options.interactions);
  options.seed = static_cast<uint64_t>(arguments.integer("seed", static_cast<int64_t>(options.seed)));
  options.out =
      arguments.text("out").empty() ? std::string(generate::kindName(*kind)) : arguments.text("out");

  const Time started = console.clock.now();
  Progress progress;
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  std::thread display;
  if (console.errIsTerminal)
    display = std::thread([&] {
      std::unique_lock lock(mutex);
      while (!console.clock.waitUntil(lock, changed, console.clock.now() + kShowEvery,
                                      [&] { return finished; })) {
        const Progress::Snapshot now = progress.snapshot();
        console.err << fmt::format("\r\x1b[2K{} {} {}", now.phase, withThousands(now.done), now.unit)
                    << std::flush;
      }
      console.err << "\r\x1b[2K" << std::flush;
    });
  auto report = generate::generate(options, progress);
  {
    std::lock_guard guard(mutex);
    finished = true;
  }
  changed.notify_all();
  if (display.joinable()) display.join();
  if (!report) {
    Error error = std::move(report).error();
    if (error.code == ErrorCode::kInvalidInput && !error.field.empty()) error.field = "--" + error.field;
    return fail(std::move(error));
  }
  const double seconds = static_cast<double>((console.clock.now() - started).count()) / 1e6;
  console.err << fmt::format("{} users, {} items and {} interactions ({:.1f} MB) in {:.1f} s\n",
                             withThousands(report->users), withThousands(report->items),
                             withThousands(report->interactions), static_cast<double>(report->bytes) / 1e6,
                             seconds);
  for (const std::string_view file : {"users.csv", "items.csv", "interactions.csv"})
    console.out << (options.out / file).string() << '\n';
  return ExitCode::kDone;
}

Option sizeOption(std::string name, std::string help) {
  return {.name = std::move(name), .value = "N", .help = std::move(help), .kind = ValueKind::kInteger};
}

}  // namespace

Command generateCommand() {
  const generate::GenerateOptions defaults = generate::defaultsFor(generate::Kind::kStreaming);
  const auto size = [](std::string_view what, int64_t number) {
    return fmt::format("{} [default {}]", what, withThousands(number));
  };
  return {
      .name = "generate",
      .summary = "Write believable data of a streaming service or a shop, at any size",
      .description =
          "Writes users.csv, items.csv and interactions.csv: a catalogue with titles, genres, prices and "
          "creation times; tastes, sessions, a long tail, drift and a weekly rhythm. The same options "
          "write the same bytes.",
      .examples = {{"proffer generate streaming --out data", "a small streaming service"},
                   {"proffer generate shop --users 200000 --items 20000 --interactions 10000000 --out big",
                    "a shop to load"}},
      .positionals =
          {{.name = "KIND", .help = "What to write", .required = true, .choices = {"streaming", "shop"}}},
      .options = {sizeOption("users", size("How many users", defaults.users)),
                  sizeOption("items", size("How many items", defaults.items)),
                  sizeOption("interactions", size("How many interactions", defaults.interactions)),
                  sizeOption("seed", "Another seed, other data [default 1]"),
                  {.name = "out",
                   .value = "DIR",
                   .help = "Where to write the files [default: a directory named after the kind]",
                   .kind = ValueKind::kDirectory}},
      .run = executeGenerate};
}

}  // namespace proffer::cli
