// proffer delete: delete objects, and what they own.
#include <set>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/manifest_input.h"
#include "controller/cli/objects.h"
#include "controller/cli/set_options.h"
#include "controller/cli/waiting.h"

namespace proffer::cli {
namespace {

// What -f names, in an order that removes users before what they use: the order of the files turned round.
Result<std::vector<ResourceKey>> keysOfFiles(Context& context) {
  PROFFER_TRY(std::vector<ManifestText> texts, readInput(context.console, context.arguments.list("file")));
  ManifestSet set = readManifests(texts);
  if (!set.ok()) {
    Error last = std::move(set.errors.back());
    set.errors.pop_back();
    context.console.printErrors(set.errors);
    return fail(std::move(last));
  }
  std::vector<ResourceKey> keys;
  for (auto manifest = set.manifests.rbegin(); manifest != set.manifests.rend(); ++manifest)
    keys.push_back(manifest->resource.key());
  return keys;
}

Result<std::vector<ResourceKey>> keysOfWords(Context& context, client::Client& client) {
  PROFFER_TRY(const std::vector<Selection> selections, readSelections(context.arguments));
  std::vector<ResourceKey> keys;
  for (const Selection& selection : selections) {
    PROFFER_TRY(ResourceKey key, keyOf(client, selection));
    keys.push_back(std::move(key));
  }
  return keys;
}

// Deletes in as many rounds as bring something: an object that others of the list still use is tried again
// after them.
Result<std::vector<ResourceKey>> deleteAll(Context& context, client::Client& client,
                                           std::vector<ResourceKey> keys) {
  client::DeleteOptions options;
  options.set = context.arguments.text("set");
  options.dryRun = context.arguments.has("dry-run");
  const bool ofFiles = context.arguments.has("file");
  std::set<ResourceKey> gone;
  std::vector<ResourceKey> going;
  while (!keys.empty()) {
    std::vector<ResourceKey> left;
    std::optional<Error> refused;
    for (const ResourceKey& key : keys) {
      if (gone.contains(key)) continue;
      auto removed = client.remove(key, options);
      if (!removed && removed.error().code == ErrorCode::kNotFound && ofFiles) continue;  // as wanted
      if (!removed && removed.error().code == ErrorCode::kInUse && keys.size() > 1) {
        left.push_back(key);
        refused = std::move(removed).error();
        continue;
      }
      if (!removed) return fail(std::move(removed).error());
      for (ResourceKey& each : *removed)
        if (gone.insert(each).second) {
          context.console.out << fmt::format("{} deleted{}\n", displayName(each),
                                             options.dryRun ? " (dry run)" : "");
          going.push_back(std::move(each));
        }
    }
    if (refused && left.size() == keys.size()) return fail(std::move(*refused));
    keys = std::move(left);
  }
  context.console.out.flush();
  return going;
}

Result<ExitCode> executeDelete(Context& context) {
  const bool ofFiles = context.arguments.has("file");
  if (ofFiles != context.arguments.positionals.empty())
    return fail(
        makeError(ErrorCode::kInvalidInput, "what to delete is to be named, either by KIND NAME or by -f")
            .hinting("proffer delete --help shows how"));
  if (ofFiles && context.arguments.given("group"))
    return fail(
        makeError(ErrorCode::kInvalidInput, "the manifests of -f say which groups their objects are in")
            .in("--group")
            .hinting("leave -g out"));
  PROFFER_CHECK(checkSetName(context.arguments.text("set")));
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_TRY(std::vector<ResourceKey> keys, ofFiles ? keysOfFiles(context) : keysOfWords(context, client));
  PROFFER_TRY(const std::vector<ResourceKey> going, deleteAll(context, client, std::move(keys)));
  if (!context.arguments.has("wait") || context.arguments.has("dry-run")) return ExitCode::kDone;
  WaitOptions waiting;
  for (const ResourceKey& key : going) waiting.goals.push_back({.key = key, .condition = ""});
  waiting.timeout = context.arguments.duration("timeout").value_or(std::chrono::minutes(1));
  waiting.sayStates = false;
  return waitForGoals(context, waiting);
}

}  // namespace

Command deleteCommand() {
  return {.name = "delete",
          .summary = "Delete objects, and what they own",
          .description =
              "What others use is not deleted: they are named, and the exit code is 1. A dataset group takes "
              "all it owns along. A line for each object that goes.",
          .examples = {{"proffer delete recommender movies/most-popular", "one object"},
                       {"proffer delete datasetgroup movies --wait",
                        "a group with all it holds, until it is gone"},
                       {"proffer delete -f shop/", "what the manifests name"}},
          .positionals = {{.name = "KIND", .help = "A kind, or KIND/GROUP/NAME", .kind = ValueKind::kKind},
                          {.name = "NAME", .help = "Names, or GROUP/NAME", .repeatable = true}},
          .options = {groupOption(),
                      filesOption(),
                      {.name = "set", .value = "NAME", .help = "The set that owns the objects"},
                      {.name = "dry-run", .help = "Say what would go, and delete nothing"},
                      {.name = "wait", .help = "Wait until all of it is gone"},
                      {.name = "timeout",
                       .value = "DURATION",
                       .help = "How long --wait waits",
                       .kind = ValueKind::kDuration,
                       .defaultValue = "1m"}},
          .run = executeDelete};
}

}  // namespace proffer::cli
