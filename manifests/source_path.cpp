#include "manifests/source_path.h"

#include "base/text.h"

namespace proffer {

SourceName splitSource(std::string_view text) {
  SourceName source;
  source.path = text;
  source.remote = text.starts_with("s3://") || text.starts_with("http://") || text.starts_with("https://");
  if (source.remote) return source;
  const size_t colon = text.find(':');
  source.named = colon != std::string_view::npos && text.find('/') > colon;
  if (!source.named) return source;
  source.root = text.substr(0, colon);
  source.path = text.substr(colon + 1);
  return source;
}

Result<std::vector<std::string>> partsOfPath(std::string_view path) {
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty())
        return fail(
            makeError(ErrorCode::kForbidden, "{} leads out of the directory it is below", quoted(path))
                .hinting("sources must lie below a directory given with --sources NAME=DIR"));
      parts.pop_back();
      continue;
    }
    if (part.find("**") != std::string::npos)
      return fail(makeError(ErrorCode::kInvalidInput, "{}: `**` is not known", quoted(path))
                      .hinting("`*` stands for one level; write */*.csv"));
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<void> checkSourceText(std::string_view text) {
  const SourceName source = splitSource(text);
  if (source.remote || source.absolute()) return {};
  const auto parts = partsOfPath(source.path);
  if (parts) return {};
  Error error = parts.error();
  error.code = ErrorCode::kInvalidInput;
  return fail(std::move(error));
}

}  // namespace proffer
