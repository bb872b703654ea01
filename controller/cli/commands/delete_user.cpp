// proffer delete-user: forget users, in every dataset of a group.
#include "base/ids.h"
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/objects.h"
#include "controller/cli/waiting.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeDeleteUser(Context& context) {
  const Arguments& arguments = context.arguments;
  Resource deletion;
  deletion.kind = "DataDeletion";
  deletion.metadata.group = arguments.text("group");
  if (deletion.metadata.group.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "the group is to be named").hinting("say -g GROUP"));
  deletion.metadata.name = arguments.text("name").empty() ? "delete-" + newHex(8) : arguments.text("name");
  deletion.spec = {{"users", arguments.positionals}};
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_TRY(const Resource made, client.put(deletion));
  WaitOptions wait;
  wait.goals.push_back({made.key()});
  wait.timeout = *arguments.duration("timeout");
  wait.sayStates = false;
  wait.stopAtSettled = true;
  PROFFER_TRY(const ExitCode waited, waitForGoals(context, wait));
  if (waited != ExitCode::kDone) return waited;
  PROFFER_TRY(const Resource done, client.get(made.key()));
  const int64_t named = static_cast<int64_t>(arguments.positionals.size());
  context.console.out << fmt::format("{} of {} users had data in {}; it is in no answer any more ({})\n",
                                     withThousands(intMember(done.status, "numDeleted")),
                                     withThousands(named), made.metadata.group, displayName(made.key()));
  return ExitCode::kDone;
}

}  // namespace

Command deleteUserCommand() {
  return {.name = "delete-user",
          .summary = "Delete all data of users from a group",
          .description =
              "Makes a DataDeletion and waits for it. What is known of the users leaves every answer at "
              "once; files and "
              "models follow, and a later import of an older file does not bring them back. What they do "
              "later counts "
              "again. Longer lists go into a DataDeletion with csv.",
          .examples = {{"proffer delete-user -g shop 4711", "one user"},
                       {"proffer delete-user -g shop 4711 4712 4713", "several"}},
          .positionals = {{.name = "USER", .help = "Ids of users", .required = true, .repeatable = true}},
          .options = {groupOption(),
                      {.name = "name", .value = "NAME", .help = "Of the DataDeletion; otherwise it gets one"},
                      {.name = "timeout",
                       .value = "DURATION",
                       .help = "How long to wait",
                       .kind = ValueKind::kDuration,
                       .defaultValue = "10m"}},
          .run = executeDeleteUser};
}

}  // namespace proffer::cli
