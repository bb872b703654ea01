#include "controller/cli/manifest_input.h"

#include <iterator>

#include "manifests/files.h"

namespace proffer::cli {

Result<std::vector<ManifestText>> readInput(Console& console, const std::vector<std::string>& paths) {
  if (paths.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "no manifests named")
                    .hinting("-f names a file, a directory, or - for standard input"));
  std::vector<ManifestText> texts;
  bool stdinRead = false;
  for (const std::string& path : paths) {
    if (path == "-") {
      if (std::exchange(stdinRead, true))
        return fail(ErrorCode::kInvalidInput, "-f - stands twice; standard input can be read only once");
      texts.push_back({"<stdin>", std::string(std::istreambuf_iterator<char>(console.in), {})});
      continue;
    }
    auto read = readManifestFiles({path});
    if (!read) return fail(namedFileError(std::move(read).error()));
    std::move(read->begin(), read->end(), std::back_inserter(texts));
  }
  return texts;
}

Option filesOption() {
  return {.name = "file",
          .letter = 'f',
          .value = "PATH",
          .help = "A manifest file, a directory of them, or - for standard input",
          .kind = ValueKind::kFile,
          .repeatable = true};
}

}  // namespace proffer::cli
