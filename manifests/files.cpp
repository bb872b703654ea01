#include "manifests/files.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/text.h"

namespace proffer {
namespace {

namespace fs = std::filesystem;
constexpr size_t kLargestFile = 8 << 20;

Result<std::string> readAll(std::istream& stream, const std::string& name) {
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0) {
    text.append(buffer.data(), static_cast<size_t>(stream.gcount()));
    if (text.size() > kLargestFile)
      return fail(makeError(ErrorCode::kInvalidInput, "the file is larger than 8 MB")
                      .at({name, 0, 0})
                      .hinting("split it"));
  }
  if (stream.bad()) return fail(makeError(ErrorCode::kIo, "cannot read the file").at({name, 0, 0}));
  return text;
}

Result<ManifestText> readFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return fail(makeError(ErrorCode::kIo, "cannot open the file: {}", std::generic_category().message(errno))
                    .at({path.string(), 0, 0}));
  PROFFER_TRY(std::string text, readAll(stream, path.string()));
  return ManifestText{path.string(), std::move(text)};
}

bool isManifestName(const fs::path& path) {
  const auto extension = path.extension();
  return (extension == ".yaml" || extension == ".yml") && !path.filename().string().starts_with('.');
}

// All manifests below a directory in byte order of their paths. Hidden directories (.git) are somebody
// else's.
Result<std::vector<fs::path>> findManifests(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator entries(directory, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    const bool hidden = entries->path().filename().string().starts_with('.');
    std::error_code ignored;
    if (hidden && entries->is_directory(ignored))
      entries.disable_recursion_pending();
    else if (isManifestName(entries->path()) && entries->is_regular_file(ignored))
      found.push_back(entries->path());
  }
  if (error)
    return fail(makeError(ErrorCode::kIo, "cannot list the directory: {}", error.message())
                    .at({directory.string(), 0, 0}));
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return found;
}

}  // namespace

Result<std::vector<ManifestText>> readManifestFiles(const std::vector<std::string>& paths) {
  std::vector<ManifestText> texts;
  for (const auto& path : paths) {
    if (path == "-") {
      PROFFER_TRY(std::string text, readAll(std::cin, "<stdin>"));
      texts.push_back({"<stdin>", std::move(text)});
      continue;
    }
    std::error_code error;
    const auto status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
      return fail(ErrorCode::kNotFound, "there is no file or directory {}", quoted(path));
    if (!fs::is_directory(status)) {
      PROFFER_TRY(ManifestText text, readFile(path));
      texts.push_back(std::move(text));
      continue;
    }
    PROFFER_TRY(const auto found, findManifests(path));
    if (found.empty())
      return fail(makeError(ErrorCode::kInvalidInput, "there are no manifests in {}", quoted(path))
                      .hinting("they end in .yaml or .yml"));
    for (const auto& file : found) {
      PROFFER_TRY(ManifestText text, readFile(file));
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

}  // namespace proffer
