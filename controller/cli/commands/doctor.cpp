// proffer doctor: looks at a data directory and at the machine, and says what to do.
#include "controller/cli/commands/commands.h"

namespace proffer::cli {
namespace {

std::string_view gradeName(Finding::Grade grade) {
  switch (grade) {
    case Finding::Grade::kGood:
      return "ok";
    case Finding::Grade::kWarning:
      return "warning";
    case Finding::Grade::kFault:
      return "fault";
  }
  return "fault";
}

Colour colourOf(Finding::Grade grade) {
  switch (grade) {
    case Finding::Grade::kGood:
      return Colour::kGreen;
    case Finding::Grade::kWarning:
      return Colour::kYellow;
    case Finding::Grade::kFault:
      return Colour::kRed;
  }
  return Colour::kRed;
}

void printText(Console& console, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    console.out << console.paint(colourOf(finding.grade), fmt::format("{:<8}", gradeName(finding.grade)))
                << fmt::format("{:<16}{}\n", finding.about, finding.message);
    if (!finding.remedy.empty()) console.out << fmt::format("{:<8}{:<16}-> {}\n", "", "", finding.remedy);
  }
}

void printJson(Console& console, const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    Json entry{{"grade", gradeName(finding.grade)}, {"about", finding.about}, {"message", finding.message}};
    if (!finding.remedy.empty()) entry["remedy"] = finding.remedy;
    list.push_back(std::move(entry));
  }
  console.out << dumpJson({{"findings", std::move(list)}}, 2) << '\n';
}

Result<ExitCode> executeDoctor(Context& context) {
  if (!context.app.examine)
    return fail(ErrorCode::kNotImplemented, "this program was built without the server");
  ExaminationOptions options;
  options.dataDirectory = context.arguments.text("data");
  options.tokenFile = context.arguments.text("token-file");
  options.keysFile = context.arguments.text("keys-file");
  options.tlsCertificate = context.arguments.text("tls-cert");
  options.tlsKey = context.arguments.text("tls-key");
  options.contents = !context.arguments.has("quick");
  const std::vector<Finding> findings = context.app.examine(options);
  if (context.arguments.text("output") == "json")
    printJson(context.console, findings);
  else
    printText(context.console, findings);
  const bool fault = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.grade == Finding::Grade::kFault;
  });
  return fault ? ExitCode::kNo : ExitCode::kDone;
}

}  // namespace

Command doctorCommand() {
  return {
      .name = "doctor",
      .summary = "Look at a data directory and at the machine, and say what to do",
      .description =
          "Looks at the data directory, its permissions, the disk, the checksums of every row and file, the "
          "clock and the limits of this machine. Ends with 1 if anything is at fault, a directory without a "
          "server's data too; a warning is none. "
          "Run it on the server's machine and as the server's user. While a server is running, the "
          "databases are its own and only files are looked at.",
      .examples = {{"proffer doctor --data /var/lib/proffer/data", "everything"},
                   {"proffer doctor --quick -o json", "without reading every file, for a script"}},
      .options = {{.name = "data",
                   .value = "DIR",
                   .help = "Where everything durable is kept",
                   .kind = ValueKind::kDirectory,
                   .defaultValue = "./proffer-data",
                   .setting = true},
                  {.name = "keys-file",
                   .value = "FILE",
                   .help = "The server's keys: who may read them, which have expired",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "tls-cert",
                   .value = "FILE",
                   .help = "The server's certificate: whether it is good, and until when",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "tls-key",
                   .value = "FILE",
                   .help = "Its private key",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "quick", .help = "Do not read files to compare their checksums"},
                  {.name = "output",
                   .letter = 'o',
                   .value = "FORM",
                   .help = "The form",
                   .kind = ValueKind::kChoice,
                   .defaultValue = "table",
                   .choices = {"table", "json"}}},
      .run = executeDoctor};
}

}  // namespace proffer::cli
