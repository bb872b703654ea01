// proffer keys create: a new token or access key in the keys file.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/keys_file.h"

namespace proffer::cli {
namespace {

Result<void> checkFree(const auth::KeyRing& ring, const std::string& name) {
  const auto same = [&](const auto& entry) { return entry.name == name; };
  if (std::none_of(ring.tokens.begin(), ring.tokens.end(), same) &&
      std::none_of(ring.accessKeys.begin(), ring.accessKeys.end(), same))
    return {};
  return fail(makeError(ErrorCode::kAlreadyExists, "there is a key named {}", proffer::quoted(name))
                  .hinting(fmt::format("proffer keys revoke {} takes it away", name)));
}

Result<ExitCode> executeKeysCreate(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string name = arguments.positional(0);
  PROFFER_TRY(const std::string path, keysFileOf(context));
  auto roles = auth::readRoles(arguments.list("role"));
  if (!roles) return fail(std::move(roles).error().in("--role"));
  PROFFER_TRY(auth::KeyRing ring, loadKeys(path, true));
  PROFFER_CHECK(checkFree(ring, name));
  std::optional<Time> expires;
  if (const auto after = arguments.duration("expires")) expires = context.console.clock.now() + *after;
  std::string shown;
  if (arguments.has("access-key")) {
    auth::AccessKey key = auth::newAccessKey(name, *roles);
    key.expires = expires;
    shown = fmt::format("AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n", key.credentials.accessKey,
                        key.credentials.secret);
    ring.accessKeys.push_back(std::move(key));
  } else {
    auth::NewToken made = auth::newToken(name, *roles);
    made.kept.expires = expires;
    shown = made.token + "\n";
    ring.tokens.push_back(std::move(made.kept));
  }
  PROFFER_CHECK(saveKeys(path, ring));
  context.console.out << shown;
  context.console.err << fmt::format("{} may {}; {}\n", name, join(roles->names(), ", "),
                                     arguments.has("access-key") ? "the secret stands in the keys file, too"
                                                                 : "the token is shown only now");
  return ExitCode::kDone;
}

}  // namespace

Command keysCreateCommand() {
  return {
      .name = "keys create",
      .summary = "Make a token or an access key",
      .description =
          "Writes it into the keys file, which is made if it is not there, and prints it. A server that was "
          "started "
          "with that file takes it within a second. A token is for Proffer's own API and command line "
          "(PROFFER_TOKEN, --token-file); an access key signs the requests of SDKs, and is printed as the "
          "two "
          "variables that they read. Roles: read (objects, history, metrics), recommend, ingest (events, "
          "items, "
          "users), admin (everything).",
      .examples =
          {{"proffer keys create ops --role admin --keys-file keys.yaml > token", "for the command line"},
           {"proffer keys create shop --access-key --role ingest --role recommend --keys-file keys.yaml",
            "for a shop's SDK"}},
      .positionals = {{.name = "NAME", .help = "Whose it is; stands in the server's log", .required = true}},
      .options = {{.name = "role",
                   .value = "ROLE",
                   .help = "What it may do",
                   .kind = ValueKind::kChoice,
                   .choices = {"read", "recommend", "ingest", "admin"},
                   .repeatable = true},
                  {.name = "access-key", .help = "An access key with a secret, instead of a token"},
                  {.name = "expires",
                   .value = "DURATION",
                   .help = "How long it is good for, such as 90d (default: until it is revoked)",
                   .kind = ValueKind::kDuration},
                  keysFileOption("The keys file")},
      .run = executeKeysCreate};
}

}  // namespace proffer::cli
