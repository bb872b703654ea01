#include "controller/data/bucket_directory.h"

#include <algorithm>

#include "base/ids.h"
#include "base/text.h"

namespace proffer::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadPiece = 256 << 10;

bool isInBucket(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

ObjectInfo infoOf(std::string key, const io::FileInfo& file) {
  return {std::move(key), file.size, file.modified,
          fmt::format("{:x}-{:x}", file.size, toMicros(file.modified))};
}

Error notThere(const ObjectAddress& address) {
  return makeError(ErrorCode::kNotFound, "there is no object {}", quoted(address.url()));
}

}  // namespace

BucketDirectory::BucketDirectory(std::string bucket, fs::path directory, io::FileSystem& files)
    : bucket_(std::move(bucket)), directory_(std::move(directory)), files_(files) {}

Result<std::unique_ptr<BucketDirectory>> BucketDirectory::open(std::string bucket, const fs::path& directory,
                                                               io::FileSystem& files) {
  PROFFER_CHECK(parseObjectUrl("s3://" + bucket + "/"));
  PROFFER_TRY(const fs::path real, files.resolve(directory));
  PROFFER_TRY(const auto info, files.stat(real));
  if (!info.directory)
    return fail(ErrorCode::kInvalidInput, "the bucket {} is not a directory: {}", quoted(bucket),
                real.string());
  return std::unique_ptr<BucketDirectory>(new BucketDirectory(std::move(bucket), real, files));
}

Result<void> BucketDirectory::checkBucket(const std::string& bucket) const {
  if (bucket == bucket_) return {};
  return fail(ErrorCode::kNotFound, "there is no bucket {}", quoted(bucket));
}

Result<fs::path> BucketDirectory::pathOf(const ObjectAddress& address) const {
  fs::path path = directory_;
  std::vector<std::string> parts = split(address.key, '/');
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  for (const std::string& part : parts) {
    if (part.empty() || part == "." || part == "..")
      return fail(makeError(ErrorCode::kInvalidInput,
                            "{} cannot be a file: its key has an empty part or dots", quoted(address.url()))
                      .hinting("the bucket is a directory of the server"));
    path /= part;
    const auto real = files_.resolve(path);
    if (!real && real.error().code != ErrorCode::kNotFound) return fail(real.error());
    if (real && !isInBucket(*real, directory_))
      return fail(makeError(ErrorCode::kForbidden, "{} leads out of the directory of the bucket {}",
                            quoted(address.url()), quoted(bucket_)));
  }
  return path;
}

Result<std::vector<ObjectInfo>> BucketDirectory::list(const ObjectAddress& prefix) {
  PROFFER_TRY(const fs::path directory, pathOf(prefix));
  std::vector<ObjectInfo> found;
  const auto info = files_.stat(directory);
  if (!info || !info->directory) return found;
  PROFFER_TRY(const auto names, files_.list(directory));
  for (const fs::path& name : names) {
    const std::string key = prefix.key + name.string();
    const auto path = pathOf({prefix.bucket, key});
    if (!path) return fail(path.error());
    const auto file = files_.stat(*path);
    if (!file && file.error().code == ErrorCode::kNotFound) continue;
    if (!file) return fail(file.error());
    if (!file->directory) found.push_back(infoOf(key, *file));
  }
  return found;
}

Result<ObjectInfo> BucketDirectory::look(const ObjectAddress& address) {
  PROFFER_TRY(const fs::path path, pathOf(address));
  const auto file = files_.stat(path);
  if (!file && file.error().code != ErrorCode::kNotFound) return fail(file.error());
  if (!file || file->directory || address.key.empty() || address.key.ends_with('/'))
    return fail(notThere(address));
  return infoOf(address.key, *file);
}

Result<std::unique_ptr<io::ReadableFile>> BucketDirectory::open(const ObjectAddress& address,
                                                                const ObjectInfo& object) {
  PROFFER_TRY(const ObjectInfo now, look(address));
  if (now.etag != object.etag)
    return fail(ErrorCode::kUnavailable, "{} was changed meanwhile", quoted(address.url()));
  PROFFER_TRY(const fs::path path, pathOf(address));
  return files_.open(path);
}

Result<void> BucketDirectory::put(const ObjectAddress& address, const io::ReadableFile& content) {
  if (address.key.empty() || address.key.ends_with('/'))
    return fail(ErrorCode::kInvalidInput, "{} is no object's address", quoted(address.url()));
  PROFFER_TRY(const fs::path path, pathOf(address));
  PROFFER_CHECK(files_.createDirectories(path.parent_path()));
  const fs::path partial = path.parent_path() / fmt::format(".{}.partial", newUuid());
  auto written = write(partial, content);
  if (written) written = files_.rename(partial, path);
  if (!written) {
    (void)files_.remove(partial);
    return written;
  }
  return files_.syncDirectory(path.parent_path());
}

Result<void> BucketDirectory::write(const fs::path& partial, const io::ReadableFile& content) const {
  PROFFER_TRY(auto file, files_.create(partial));
  std::vector<char> buffer(kReadPiece);
  for (int64_t at = 0; at < content.size();) {
    PROFFER_TRY(const size_t count, content.readAt(at, buffer));
    if (count == 0)
      return fail(ErrorCode::kIo, "what was to be written to {} became shorter", partial.string());
    PROFFER_CHECK(file->append({buffer.data(), count}));
    at += static_cast<int64_t>(count);
  }
  return file->sync();
}

}  // namespace proffer::data
