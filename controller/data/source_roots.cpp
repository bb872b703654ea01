// Finding the files that a source names, and refusing those that lead out of the roots.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "controller/data/group_data.h"
#include "controller/data/object_store.h"
#include "manifests/source_path.h"

namespace proffer::data {
namespace {

namespace fs = std::filesystem;

bool isCsvName(std::string_view name) {
  const std::string text = lower(name);
  return text.ends_with(".csv") || text.ends_with(".csv.gz") || text.ends_with(".csv.zst");
}

bool isPattern(std::string_view part) {
  return part.find_first_of("*?") != std::string_view::npos;
}

// `*` any number of bytes, `?` one character.
bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
      if (pattern[p - 1] != '?') continue;
      while (n < name.size() && (static_cast<unsigned char>(name[n]) & 0xC0) == 0x80) ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool isBelow(const fs::path& path, const fs::path& root) {
  const auto [rootEnd, pathAt] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return rootEnd == root.end() || (std::next(rootEnd) == root.end() && rootEnd->empty());
}

class Search {
 public:
  Search(const SourceRoots::Root& root, std::string text, std::string shownRoot, io::FileSystem& files)
      : root_(root), text_(std::move(text)), shownRoot_(std::move(shownRoot)), files_(files) {}

  Result<std::vector<SourceRoots::SourceFile>> run(std::string path) {
    PROFFER_TRY(real_, files_.resolve(root_.directory));
    if (path.starts_with('/')) {
      const fs::path absolute = fs::path(path).lexically_normal();
      if (!isBelow(absolute, root_.directory.lexically_normal()) && !isBelow(absolute, real_))
        return fail(leadsOut(path));
      const fs::path& base = isBelow(absolute, real_) ? real_ : root_.directory;
      path = absolute.lexically_relative(base.lexically_normal()).string() + (path.ends_with('/') ? "/" : "");
    }
    const auto named = partsOfPath(path);
    if (!named && named.error().code == ErrorCode::kForbidden) return fail(leadsOut(path));
    if (!named) return fail(named.error());
    const std::vector<std::string>& parts = *named;
    PROFFER_CHECK(descend(real_, "", parts, 0, path.ends_with('/') || parts.empty()));
    if (found_.empty()) return fail(nothing(parts));
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(found_);
  }

 private:
  Error leadsOut(const std::string& where) const {
    return makeError(ErrorCode::kForbidden, "{} leads out of the source root {}: {}", quoted(text_),
                     quoted(root_.name), where)
        .hinting("sources must lie below a directory given with --sources NAME=DIR");
  }

  Error nothing(const std::vector<std::string>& parts) const {
    const bool pattern = std::any_of(parts.begin(), parts.end(), isPattern);
    Error error = makeError(ErrorCode::kNotFound, "{} {}",
                            pattern ? "no file matches" : "there is no CSV file", quoted(text_));
    error.message += fmt::format(" below the source root {}", quoted(root_.name));
    if (!parts.empty() && !isPattern(parts.back())) {
      fs::path directory = real_;
      for (size_t i = 0; i + 1 < parts.size(); ++i) directory /= parts[i];
      if (const auto names = files_.list(directory)) {
        std::vector<std::string> there;
        for (const auto& name : *names) there.push_back(name.string());
        error.hint = didYouMean(parts.back(), there);
      }
    }
    return error;
  }

  // `here` is real: all links in it were followed.
  Result<void> descend(const fs::path& here, const std::string& shown, const std::vector<std::string>& parts,
                       size_t at, bool directory) {
    if (at == parts.size()) return takeDirectory(here, shown);
    const std::string& part = parts[at];
    std::vector<std::string> names;
    if (isPattern(part)) {
      PROFFER_TRY(const auto listed, files_.list(here));
      for (const auto& name : listed) {
        const std::string text = name.string();
        if (matches(part, text) && (!text.starts_with('.') || part.starts_with('.'))) names.push_back(text);
      }
    } else {
      names.push_back(part);
    }
    for (const auto& name : names) {
      auto real = files_.resolve(here / name);
      if (!real && real.error().code == ErrorCode::kNotFound) continue;
      if (!real) return fail(std::move(real).error());
      if (!isBelow(*real, real_)) return fail(leadsOut(shown + name + " is a link to a place outside"));
      PROFFER_TRY(const auto info, files_.stat(*real));
      const bool last = at + 1 == parts.size();
      if (info.directory) {
        // A directory that a pattern's last part matches is not what the pattern is for.
        if (!last || !isPattern(part))
          PROFFER_CHECK(descend(*real, shown + name + "/", parts, at + 1, directory));
      } else if (last && !directory) {
        take(*real, shown + name, info);
      }
    }
    return {};
  }

  Result<void> takeDirectory(const fs::path& directory, const std::string& shown) {
    PROFFER_TRY(const auto listed, files_.list(directory));
    for (const auto& entry : listed) {
      const std::string name = entry.string();
      if (name.starts_with('.') || !isCsvName(name)) continue;
      PROFFER_TRY(const auto real, files_.resolve(directory / name));
      if (!isBelow(real, real_)) return fail(leadsOut(shown + name + " is a link to a place outside"));
      PROFFER_TRY(const auto info, files_.stat(real));
      if (!info.directory) take(real, shown + name, info);
    }
    return {};
  }

  void take(const fs::path& path, const std::string& shown, const io::FileInfo& info) {
    found_.push_back({shownRoot_ + shown, path, info.size, info.modified, {}, {}});
  }

  const SourceRoots::Root& root_;
  const std::string text_;
  const std::string shownRoot_;
  io::FileSystem& files_;
  fs::path real_;
  std::vector<SourceRoots::SourceFile> found_;
};

}  // namespace

Result<SourceRoots> SourceRoots::of(std::vector<Root> roots, io::FileSystem& files) {
  std::set<std::string> names;
  for (auto& root : roots) {
    if (!names.insert(root.name).second)
      return fail(ErrorCode::kInvalidInput, "the source root {} is given twice", quoted(root.name));
    PROFFER_TRY(root.directory, files.resolve(root.directory));
    PROFFER_TRY(const auto info, files.stat(root.directory));
    if (!info.directory) {
      return fail(ErrorCode::kInvalidInput, "the source root {} is not a directory: {}", quoted(root.name),
                  root.directory.string());
    }
  }
  SourceRoots made;
  made.roots_ = std::move(roots);
  return made;
}

Result<std::unique_ptr<io::ReadableFile>> SourceRoots::SourceFile::open(io::FileSystem& files) const {
  if (!isObject()) return files.open(path);
  PROFFER_TRY(const ObjectAddress address, parseObjectUrl(name));
  return objects->open(address, {address.key, size, modified, etag});
}

Result<SourceRoots::SourceFile> SourceRoots::SourceFile::lookAgain(io::FileSystem& files) const {
  SourceFile now = *this;
  if (isObject()) {
    PROFFER_TRY(const ObjectAddress address, parseObjectUrl(name));
    PROFFER_TRY(const ObjectInfo object, objects->look(address));
    now.size = object.size;
    now.modified = object.modified;
    now.etag = object.etag;
    return now;
  }
  PROFFER_TRY(const auto info, files.stat(path));
  now.size = info.size;
  now.modified = info.modified;
  return now;
}

Result<std::vector<SourceRoots::SourceFile>> SourceRoots::findObjects(const std::string& url) const {
  if (objects_ == nullptr)
    return fail(makeError(ErrorCode::kNotFound, "there is no object store for {}", quoted(url))
                    .hinting("start the server with --s3-bucket NAME=DIR, or with --s3-endpoint URL"));
  PROFFER_TRY(ObjectAddress address, parseObjectUrl(url));
  const auto made = [&](const ObjectInfo& object) {
    return SourceFile{ObjectAddress{address.bucket, object.key}.url(),
                      {},
                      object.size,
                      object.modified,
                      object.etag,
                      objects_};
  };
  std::optional<Error> missing;
  if (!address.key.empty() && !address.key.ends_with('/')) {
    const auto object = objects_->look(address);
    if (object) return std::vector<SourceFile>{made(*object)};
    if (object.error().code != ErrorCode::kNotFound) return fail(object.error());
    // Perhaps it is what a file system calls a directory.
    missing = object.error();
    address.key += "/";
  }
  PROFFER_TRY(const auto listed, objects_->list(address));
  std::vector<SourceFile> found;
  for (const ObjectInfo& object : listed) {
    const std::string_view name = std::string_view(object.key).substr(address.key.size());
    if (!name.starts_with('.') && isCsvName(name)) found.push_back(made(object));
  }
  if (!found.empty()) return found;
  if (missing) return fail(std::move(*missing));
  return fail(
      makeError(ErrorCode::kNotFound, "there is no CSV object directly below {}", quoted(url))
          .hinting("objects whose keys end in .csv, .csv.gz or .csv.zst are read, the first level only"));
}

Result<std::vector<SourceRoots::SourceFile>> SourceRoots::find(const std::string& csv,
                                                               io::FileSystem& files) const {
  if (csv.empty()) return fail(ErrorCode::kInvalidInput, "the source names no file");
  if (isObjectUrl(csv)) return findObjects(csv);
  if (csv.starts_with("http://") || csv.starts_with("https://")) {
    return fail(ErrorCode::kNotImplemented,
                "sources at {} cannot be read yet, only files below a source root and s3:// objects",
                csv.substr(0, csv.find(':')));
  }
  const SourceName source = splitSource(csv);
  if (roots_.empty()) {
    return fail(makeError(ErrorCode::kNotFound, "there is no source root for {}", quoted(csv))
                    .hinting("start the server with --sources NAME=DIR"));
  }
  const Root* root = &roots_.front();
  if (source.named) {
    const std::string name(source.root);
    const auto found = std::find_if(roots_.begin(), roots_.end(),
                                    [&](const Root& candidate) { return candidate.name == name; });
    if (found == roots_.end()) {
      std::vector<std::string> known;
      for (const auto& candidate : roots_) known.push_back(candidate.name);
      Error error = makeError(ErrorCode::kNotFound, "there is no source root {} (for {}); there are: {}",
                              quoted(name), quoted(csv), join(known, ", "));
      error.hint = didYouMean(name, known);
      if (error.hint.empty()) error.hint = fmt::format("start the server with --sources {}=DIR", name);
      return fail(std::move(error));
    }
    root = &*found;
  }
  return Search(*root, csv, source.named ? root->name + ":" : "", files).run(std::string(source.path));
}

}  // namespace proffer::data
