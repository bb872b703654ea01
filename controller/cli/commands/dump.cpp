// proffer dump: everything durable of a running server, in one file.
#include <filesystem>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/io/file_system.h"

namespace proffer::cli {
namespace {

namespace fs = std::filesystem;

Error cannotWrite(const std::string& path) {
  return makeError(ErrorCode::kIo, "cannot write {}", proffer::quoted(path))
      .hinting("is there room, and may you write there?");
}

// The file's bytes, and that they are on the disk, before its name says that it is a dump.
Result<int64_t> writeDump(client::Client& client, const fs::path& partial, const fs::path& path) {
  io::FileSystem& files = io::posixFileSystem();
  const auto file = files.create(partial);
  if (!file) return fail(cannotWrite(partial));
  Result<void> written;
  const auto sent = client.dump([&](std::string_view piece) {
    written = (*file)->append(piece);
    return written.has_value();
  });
  PROFFER_CHECK(std::move(written));
  if (!sent) return fail(sent.error());
  PROFFER_CHECK((*file)->sync());
  PROFFER_CHECK(files.rename(partial, path));
  // Not every network's file system can do this, and the file is there.
  (void)files.syncDirectory(path.has_parent_path() ? path.parent_path() : ".");
  return (*file)->size();
}

// Under another name until it is whole, so that a dump that is there is one.
Result<int64_t> dumpToFile(client::Client& client, const std::string& path) {
  const std::string partial = path + ".partial";
  const auto bytes = writeDump(client, partial, path);
  if (!bytes) (void)io::posixFileSystem().remove(partial);
  return bytes;
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
