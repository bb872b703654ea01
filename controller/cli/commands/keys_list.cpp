// proffer keys list: what is in the keys file, without secrets.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/keys_file.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

struct Row {
  std::string name, kind, id;
  auth::RoleSet roles;
  std::optional<Time> expires;
};

std::vector<Row> rowsOf(const auth::KeyRing& ring) {
  std::vector<Row> rows;
  for (const auto& key : ring.accessKeys)
    rows.push_back({key.name, "access key", key.credentials.accessKey, key.roles, key.expires});
  for (const auto& token : ring.tokens) rows.push_back({token.name, "token", "", token.roles, token.expires});
  return rows;
}

Result<ExitCode> executeKeysList(Context& context) {
  Console& console = context.console;
  PROFFER_TRY(const std::string path, keysFileOf(context));
  PROFFER_TRY(const auth::KeyRing ring, loadKeys(path, false));
  const std::vector<Row> rows = rowsOf(ring);
  if (context.arguments.text("output") == "json") {
    Json out = Json::array();
    for (const Row& row : rows) {
      Json entry{{"name", row.name}, {"kind", row.kind}, {"roles", row.roles.names()}};
      if (!row.id.empty()) entry["accessKey"] = row.id;
      if (row.expires) entry["expires"] = formatTime(*row.expires);
      out.push_back(std::move(entry));
    }
    console.out << dumpJson(out, 2) << '\n';
    return ExitCode::kDone;
  }
  Table table({"NAME", "KIND", "ROLES", "EXPIRES", "ACCESS KEY"});
  for (const Row& row : rows) {
    const bool over = row.expires && *row.expires <= console.clock.now();
    const std::string expires = row.expires ? formatTime(*row.expires) + (over ? " (over)" : "") : "never";
    table.add({row.name, row.kind, join(row.roles.names(), ","),
               Cell(expires, over ? Colour::kYellow : Colour::kNone), row.id});
  }
  if (!table.empty())
    table.print(console);
  else
    console.err << "there are no keys\n";
  return ExitCode::kDone;
}

}  // namespace

Command keysListCommand() {
  return {.name = "keys list",
          .summary = "Show whose keys there are, and what they may do",
          .description = "Reads the keys file. Secrets are not shown.",
          .examples = {{"proffer keys list --keys-file keys.yaml", "all of them"}},
          .options = {{.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "table",
                       .choices = {"table", "json"}},
                      keysFileOption("The keys file")},
          .run = executeKeysList};
}

}  // namespace proffer::cli
