// proffer keys revoke: takes a token or an access key out of the keys file.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/keys_file.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeKeysRevoke(Context& context) {
  const std::string name = context.arguments.positional(0);
  PROFFER_TRY(const std::string path, keysFileOf(context));
  PROFFER_TRY(auth::KeyRing ring, loadKeys(path, false));
  std::vector<std::string> known;
  for (const auto& key : ring.accessKeys) known.push_back(key.name);
  for (const auto& token : ring.tokens) known.push_back(token.name);
  const auto same = [&](const auto& entry) { return entry.name == name; };
  if (std::erase_if(ring.accessKeys, same) + std::erase_if(ring.tokens, same) == 0) {
    Error error = makeError(ErrorCode::kNotFound, "there is no key named {}", proffer::quoted(name));
    error.hint = didYouMean(name, known);
    if (error.hint.empty() && !known.empty()) error.hint = "there are: " + join(known, ", ");
    return fail(std::move(error));
  }
  PROFFER_CHECK(saveKeys(path, ring));
  context.console.err << fmt::format("{} is revoked; a running server follows within a second\n", name);
  return ExitCode::kDone;
}

}  // namespace

Command keysRevokeCommand() {
  return {.name = "keys revoke",
          .summary = "Take a token or an access key away",
          .examples = {{"proffer keys revoke shop --keys-file keys.yaml", "shop may do nothing any more"}},
          .positionals = {{.name = "NAME", .help = "Whose it is", .required = true}},
          .options = {keysFileOption("The keys file")},
          .run = executeKeysRevoke};
}

}  // namespace proffer::cli
