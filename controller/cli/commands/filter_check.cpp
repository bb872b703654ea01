// proffer filter check: hold an expression against the schemas of a group.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/flag_names.h"
#include "controller/cli/manifest_input.h"
#include "controller/cli/objects.h"

namespace proffer::cli {
namespace {

struct Source {
  std::string text;
  std::string file;  ///< empty: the command line
};

Result<Source> expressionOf(Context& context) {
  const std::string typed = context.arguments.positional(0), file = context.arguments.text("file");
  if (typed.empty() == file.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "an expression is expected, or a file that holds one")
                    .hinting("proffer filter check -g GROUP 'INCLUDE ItemID WHERE ...'"));
  if (file.empty()) return Source{typed, ""};
  PROFFER_TRY(std::vector<ManifestText> texts, readInput(context.console, {file}));
  if (texts.size() != 1) return fail(ErrorCode::kInvalidInput, "{} is a directory", proffer::quoted(file));
  return Source{std::move(texts[0].text), texts[0].file};
}

void printUses(Console& console, const client::FilterCheck& check) {
  console.out << "fields: " << join(check.fields, ", ") << '\n';
  std::vector<std::string> values;
  for (const std::string& name : check.placeholders) {
    const bool needed = std::find(check.required.begin(), check.required.end(), name) != check.required.end();
    values.push_back("$" + name + (needed ? "" : " (may be left out)"));
  }
  if (!values.empty()) console.out << "placeholders: " << join(values, ", ") << '\n';
  if (!check.reads.empty()) console.out << "reads: " << join(check.reads, ", ") << '\n';
}

Result<ExitCode> executeFilterCheck(Context& context) {
  Console& console = context.console;
  const std::string group = context.arguments.text("group");
  if (group.empty())
    return fail(
        makeError(ErrorCode::kInvalidInput, "a group is needed: its schemas say which fields there are")
            .hinting("-g GROUP"));
  PROFFER_TRY(const Source source, expressionOf(context));
  PROFFER_TRY(client::Client client, context.connect());
  const auto checked = client.checkFilter(group, source.text, context.arguments.text("dialect"));
  if (!checked)
    return fail(inFlags(checked.error(),
                        {{"group", "--group"}, {"dialect", "--dialect"}, {"expression", "EXPRESSION"}}));
  const client::FilterCheck& check = *checked;
  if (check.ok) {
    console.out << check.canonical << '\n';
    printUses(console, check);
    return ExitCode::kDone;
  }
  // The expression is not on the screen as a file would be: its line is shown with the place.
  for (Error error : check.errors) {
    error.position.file = source.file;
    console.err << console.paint(Colour::kRed, "error:") << ' ' << formatError(error, true) << '\n';
  }
  return ExitCode::kNo;
}

}  // namespace

Command filterCheckCommand() {
  return {
      .name = "filter check",
      .summary = "Check a filter's expression against a group's schemas",
      .description =
          "Prints the expression in its canonical form, and what it uses; or every error with its line and "
          "column. The language is described in docs/filter-language.md.",
      .examples = {{"proffer filter check -g movies 'INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)'",
                    "before it goes into a manifest"},
                   {"proffer filter check -g movies -f expression.txt", "from a file"}},
      .positionals = {{.name = "EXPRESSION", .help = "What is checked"}},
      .options = {groupOption(),
                  {.name = "file",
                   .letter = 'f',
                   .value = "FILE",
                   .help = "A file with the expression; - is standard input",
                   .kind = ValueKind::kFile},
                  {.name = "dialect",
                   .value = "NAME",
                   .help = "personalize: exactly the language of Amazon Personalize",
                   .kind = ValueKind::kChoice,
                   .defaultValue = "extended",
                   .choices = {"extended", "personalize"}}},
      .run = executeFilterCheck};
}

}  // namespace proffer::cli
