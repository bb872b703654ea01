// proffer restore: unpacks a dump into a data directory.
#include "base/text.h"
#include "controller/cli/commands/commands.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeRestore(Context& context) {
  if (!context.app.restore)
    return fail(ErrorCode::kNotImplemented, "this program was built without the server");
  const RestoreOptions options{context.arguments.positional(0), context.arguments.text("data")};
  auto restored = context.app.restore(options);
  if (!restored) return fail(namedFileError(std::move(restored).error()));
  const Restoration& done = *restored;
  context.console.err << fmt::format(
      "restored the server of {} ({} {} with data, {} bytes, by Proffer {}) into {}\n"
      "start it: proffer serve --data {}\n",
      done.created, done.groups, done.groups == 1 ? "group" : "groups", withThousands(done.bytes),
      done.program, options.dataDirectory, options.dataDirectory);
  return ExitCode::kDone;
}

}  // namespace

Command restoreCommand() {
  return {.name = "restore",
          .summary = "Unpack a dump into an empty data directory",
          .description =
              "Run it on the server's machine and as the server's user, then start the server on that "
              "directory: it answers as the one that was dumped. Everything is compared with its checksums "
              "before any of it counts; a dump of an older Proffer is brought to the newer format when the "
              "server starts.",
          .examples = {{"proffer restore backup.tar --data /var/lib/proffer/data", "then start the server"},
                       {"proffer restore backup.tar.zst", "into ./proffer-data"}},
          .positionals = {{.name = "FILE",
                           .help = "What `proffer dump` wrote, plain, .zst or .gz",
                           .required = true,
                           .kind = ValueKind::kFile}},
          .options = {{.name = "data",
                       .value = "DIR",
                       .help = "Where everything durable is kept",
                       .kind = ValueKind::kDirectory,
                       .defaultValue = "./proffer-data",
                       .setting = true}},
          .run = executeRestore};
}

}  // namespace proffer::cli
