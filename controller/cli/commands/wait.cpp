// proffer wait: until objects are ready, or gone.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/objects.h"
#include "controller/cli/waiting.h"

namespace proffer::cli {
namespace {

// "condition=Ready", "condition=Degraded=false", "delete".
Result<Goal> readGoal(const std::string& text) {
  Goal goal;
  if (text == "delete") {
    goal.condition.clear();
    return goal;
  }
  const auto wrong = [&]() -> Result<Goal> {
    return fail(Error{ErrorCode::kInvalidInput, fmt::format("{} is not understood", proffer::quoted(text))}
                    .in("--for")
                    .hinting("condition=Ready, condition=Degraded=false or delete are"));
  };
  if (!text.starts_with("condition=")) return wrong();
  std::string name = text.substr(std::string_view("condition=").size());
  std::string status = "true";
  if (const size_t equals = name.find('='); equals != std::string::npos) {
    status = lower(name.substr(equals + 1));
    name.resize(equals);
  }
  for (const std::string_view known : {kReady, kProgressing, kDegraded, kWaitingFor})
    if (equalsIgnoreCase(known, name)) goal.condition = known;
  if (!equalsIgnoreCase(goal.condition, name)) {
    const std::vector<std::string> all{std::string(kReady), std::string(kProgressing), std::string(kDegraded),
                                       std::string(kWaitingFor)};
    Error error{ErrorCode::kInvalidInput,
                fmt::format("{} is not one of {}", proffer::quoted(name), join(all, ", "))};
    error.hint = didYouMean(name, all);
    return fail(std::move(error).in("--for"));
  }
  if (status == "true")
    goal.status = ConditionStatus::kTrue;
  else if (status == "false")
    goal.status = ConditionStatus::kFalse;
  else if (status == "unknown")
    goal.status = ConditionStatus::kUnknown;
  else
    return wrong();
  return goal;
}

// Nothing of what was asked for is there: by which word.
Error nothingThere(client::Client& client, const std::vector<Selection>& selections) {
  const std::optional<std::string>& group = selections.front().group;
  if (group) {
    const auto found = find(client, {.kind = findKind("DatasetGroup"), .name = *group});
    if (!found) return found.error();
  }
  std::vector<std::string> kinds;
  for (const Selection& selection : selections)
    kinds.push_back(selection.kind == nullptr ? "objects" : selection.kind->plural);
  return makeError(ErrorCode::kNotFound, "there are no {}{}, so nothing to wait for", join(kinds, " and no "),
                   group ? " in group " + *group : "")
      .hinting("one that is to come is waited for by its name");
}

// A typing error is not to be found out only when the time is over.
Result<void> sayMissing(Context& context, client::Client& client, const std::vector<Goal>& goals) {
  for (const Goal& goal : goals) {
    PROFFER_TRY(const client::ListAnswer there,
                client.list({.kind = goal.key.kind, .group = {}, .labels = {}}));
    std::vector<std::string> names;
    bool found = false;
    for (const Resource& resource : there.items) {
      found = found || resource.key() == goal.key;
      if (resource.kind == goal.key.kind && resource.metadata.group == goal.key.group)
        names.push_back(resource.metadata.name);
    }
    if (found) continue;
    const std::string meant = didYouMean(goal.key.name, names);
    context.console.err << fmt::format("{} does not exist yet: waiting for it{}\n", displayName(goal.key),
                                       meant.empty() ? "" : " (" + meant + ")");
  }
  return {};
}

Result<ExitCode> executeWait(Context& context) {
  const Arguments& arguments = context.arguments;
  PROFFER_TRY(const Goal goal, readGoal(arguments.text("for")));
  PROFFER_TRY(const std::vector<Selection> selections, readSelections(arguments));
  PROFFER_TRY(client::Client client, context.connect());
  WaitOptions options;
  std::vector<Goal> named;
  for (const Selection& selection : selections) {
    Goal one = goal;
    if (selection.name.empty()) {  // all there are
      PROFFER_TRY(const std::vector<Resource> found, find(client, selection));
      for (const Resource& resource : found) {
        one.key = resource.key();
        options.goals.push_back(one);
      }
      continue;
    }
    if (selection.kind->grouped && !selection.group)
      return fail(makeError(ErrorCode::kInvalidInput, "the group of {} is to be named",
                            proffer::quoted(selection.name))
                      .hinting("it may not exist yet: say -g GROUP or GROUP/NAME"));
    one.key = {selection.kind->kind, selection.group.value_or(""), selection.name};
    named.push_back(one);
    options.goals.push_back(std::move(one));
  }
  const bool forDeletion = goal.condition.empty();
  if (options.goals.empty() && !forDeletion) return fail(nothingThere(client, selections));
  if (options.goals.empty()) context.console.err << "nothing to wait for: there is none\n";
  if (!forDeletion) PROFFER_CHECK(sayMissing(context, client, named));
  options.timeout = *arguments.duration("timeout");
  options.sayMet = true;
  options.sayStates = context.console.errIsTerminal;
  return waitForGoals(context, options);
}

}  // namespace

Command waitCommand() {
  return {
      .name = "wait",
      .summary = "Wait until objects are ready, or gone",
      .description =
          "An object that is named and does not exist yet is waited for, and said not to be there. A kind or "
          "a group of which there is none is not waited for (exit code 1), unless --for delete. When the "
          "time "
          "is over, what blocks each object is printed (exit code 3).",
      .examples = {{"proffer wait recommender movies/most-popular --for condition=Ready", "until it answers"},
                   {"proffer wait datasets -g movies --timeout 5m", "all datasets of a group"},
                   {"proffer wait datasetgroup movies --for delete", "until it is gone"}},
      .positionals = {{.name = "KIND",
                       .help = "A kind, `all`, or KIND/GROUP/NAME",
                       .required = true,
                       .kind = ValueKind::kKind},
                      {.name = "NAME", .help = "Names, or GROUP/NAME", .repeatable = true}},
      .options = {groupOption(),
                  {.name = "for",
                   .value = "WHAT",
                   .help = "condition=NAME, condition=NAME=false, or delete",
                   .defaultValue = "condition=Ready"},
                  {.name = "timeout",
                   .value = "DURATION",
                   .help = "How long to wait",
                   .kind = ValueKind::kDuration,
                   .defaultValue = "10m"}},
      .run = executeWait};
}

}  // namespace proffer::cli
