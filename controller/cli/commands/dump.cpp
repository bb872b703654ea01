// proffer dump: everything durable of a running server, in one file.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "controller/cli/commands/commands.h"

namespace proffer::cli {
namespace {

namespace fs = std::filesystem;

Error cannotWrite(const std::string& path) {
  return makeError(ErrorCode::kIo, "cannot write {}", proffer::quoted(path))
      .hinting("is there room, and may you write there?");
}

// Under another name until it is whole, so that a dump that is there is one.
Result<int64_t> dumpToFile(client::Client& client, const std::string& path) {
  const std::string partial = path + ".partial";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  if (!file) return fail(cannotWrite(partial));
  int64_t bytes = 0;
  auto done = client.dump([&](std::string_view piece) {
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes += static_cast<int64_t>(piece.size());
    return file.good();
  });
  file.close();
  if (done || done.error().code == ErrorCode::kCancelled) {
    std::error_code problem;
    if (done && file) fs::rename(partial, path, problem);
    if (done && file && !problem) return bytes;
    done = fail(cannotWrite(path));
  }
  std::error_code ignored;
  fs::remove(partial, ignored);
  return fail(done.error());
}

Result<ExitCode> executeDump(Context& context) {
  Console& console = context.console;
  const std::string path = context.arguments.positional(0);
  if (path == "-" && console.outIsTerminal)
    return fail(makeError(ErrorCode::kInvalidInput, "a dump is no text for a terminal")
                    .hinting("name a file, or send it on: proffer dump - | zstd > server.tar.zst"));
  PROFFER_TRY(client::Client client, context.connect());
  if (path == "-") {
    PROFFER_CHECK(client.dump([&](std::string_view piece) {
      console.out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      return console.out.good();
    }));
    return ExitCode::kDone;
  }
  PROFFER_TRY(const int64_t bytes, dumpToFile(client, path));
  console.err << fmt::format("{} bytes in {}\n", withThousands(bytes), path);
  return ExitCode::kDone;
}

}  // namespace

Command dumpCommand() {
  return {
      .name = "dump",
      .summary = "Write everything durable of the server into one file",
      .description =
          "The server goes on meanwhile; the dump holds it as it was at one moment: objects, history, data, "
          "models. It is a tar file with checksums (docs/formats.md), which `proffer restore` unpacks; the "
          "manifests in it can be read and applied elsewhere. Files that sources name are not in it.",
      .examples = {{"proffer dump backup.tar", "into a file"},
                   {"proffer dump - | zstd > backup.tar.zst", "compressed; restore takes that as it is"}},
      .positionals = {{.name = "FILE",
                       .help = "Where to, or - for standard output",
                       .required = true,
                       .kind = ValueKind::kFile}},
      .run = executeDump};
}

}  // namespace proffer::cli
