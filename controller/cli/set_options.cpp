#include "controller/cli/set_options.h"

#include "base/text.h"
#include "manifests/names.h"

namespace proffer::cli {
namespace {

// The source line under a position, which errors from the server come without.
void addSourceLine(Error& error, const std::vector<ManifestText>& texts) {
  if (!error.sourceLine.empty() || !error.position.known()) return;
  for (const ManifestText& text : texts) {
    if (text.file != error.position.file) continue;
    const std::vector<std::string> lines = split(text.text, '\n');
    const auto line = static_cast<size_t>(error.position.line);
    if (line <= lines.size()) error.sourceLine = lines[line - 1];
  }
}

// Prints all but the last, which is returned and printed by whoever called the command.
Error allButLast(Console& console, std::vector<Error> errors) {
  Error last = std::move(errors.back());
  errors.pop_back();
  console.printErrors(errors);
  return last;
}

}  // namespace

std::vector<Option> setOptions() {
  return {
      {.name = "set", .value = "NAME", .help = "The manifests are this named set, which owns the objects"},
      {.name = "prune", .help = "Delete what the set owns and the manifests no longer hold; needs --set"},
      {.name = "allow-prune-all", .help = "Let --prune delete everything that the set owns"},
      {.name = "replace", .help = "Delete and create again where an immutable field changed"},
  };
}

Result<void> checkSetName(const std::string& name) {
  if (name.empty() || isSetName(name)) return {};
  return fail(makeError(ErrorCode::kInvalidInput, "{} is not the name of a set", proffer::quoted(name))
                  .in("--set")
                  .hinting(std::string(kSetNameRule)));
}

Result<client::ApplyOptions> readSetOptions(const Arguments& arguments) {
  client::ApplyOptions options;
  options.set = arguments.text("set");
  PROFFER_CHECK(checkSetName(options.set));
  options.prune = arguments.has("prune");
  options.allowPruneAll = arguments.has("allow-prune-all");
  options.replace = arguments.has("replace");
  if (options.prune && options.set.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "--prune needs --set NAME")
                    .hinting("only what a named set owns can be told from what others made"));
  return options;
}

Result<client::ApplyAnswer> applyTexts(Context& context, const std::vector<ManifestText>& texts,
                                       const client::ApplyOptions& options) {
  ManifestSet set = readManifests(texts);
  if (!set.ok()) return fail(allButLast(context.console, std::move(set.errors)));
  PROFFER_TRY(client::Client client, context.connect());
  std::vector<Error> all;
  auto answer = client.apply(texts, options, &all);
  if (!answer) {
    if (all.empty()) all.push_back(answer.error());
    for (Error& error : all) addSourceLine(error, texts);
    return fail(allButLast(context.console, std::move(all)));
  }
  for (Error& warning : answer->warnings) {
    addSourceLine(warning, texts);
    context.console.printWarning(warning);
  }
  return answer;
}

}  // namespace proffer::cli
