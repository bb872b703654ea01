// proffer validate: check manifests without a server.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/manifest_input.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeValidate(Context& context) {
  Console& console = context.console;
  std::vector<std::string> paths = context.arguments.list("file");
  paths.insert(paths.end(), context.arguments.positionals.begin(), context.arguments.positionals.end());
  PROFFER_TRY(std::vector<ManifestText> texts, readInput(console, paths));
  const ManifestSet set = readManifests(texts);
  for (const Error& warning : referencesOutOfFiles(set)) console.printWarning(warning);
  for (const Error& warning : doubtfulSources(set)) console.printWarning(warning);
  if (!set.ok()) {
    console.printErrors(set.errors);
    console.err << fmt::format("{} {} in {} {}\n", set.errors.size(),
                               set.errors.size() == 1 ? "error" : "errors", texts.size(),
                               texts.size() == 1 ? "file" : "files");
    return ExitCode::kTrouble;
  }
  if (set.manifests.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "there is no object in what was given")
                    .hinting("an object begins with apiVersion: proffer/v1 and kind"));
  console.out << fmt::format("{} {} in {} {}: all valid\n", set.manifests.size(),
                             set.manifests.size() == 1 ? "object" : "objects", texts.size(),
                             texts.size() == 1 ? "file" : "files");
  return ExitCode::kDone;
}

}  // namespace

Command validateCommand() {
  return {.name = "validate",
          .summary = "Check manifests without a server",
          .description =
              "Every error of every file is reported in one run, with file, line and column. A reference to "
              "an object that no file declares is a warning, as is an absolute path: it may exist on the "
              "server, which is not asked.",
          .examples = {{"proffer validate shop/", "all manifests below shop/"},
                       {"proffer validate -f - < group.yaml", "from standard input"}},
          .positionals = {{.name = "PATH", .help = "As -f", .repeatable = true, .kind = ValueKind::kFile}},
          .options = {filesOption()},
          .run = executeValidate};
}

}  // namespace proffer::cli
