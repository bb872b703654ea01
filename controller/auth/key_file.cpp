#include "controller/auth/key_file.h"

#include "base/log.h"
#include "base/text.h"

namespace proffer::auth {
namespace {

constexpr int64_t kLargestFile = 4 << 20;
constexpr Duration kLookEvery = std::chrono::seconds(1);
// Two writes within one tick of the file system's clock have the same time.
constexpr Duration kTick = std::chrono::seconds(2);

Result<void> checkPermissions(const std::filesystem::path& path, const io::FileInfo& info) {
  if ((info.permissions & 07) == 0) return {};
  return fail(makeError(ErrorCode::kForbidden, "everybody on this machine may read {}, which holds secrets",
                        quoted(path.string()))
                  .hinting(fmt::format("chmod 600 {}", path.string())));
}

}  // namespace

Result<KeyRing> readKeyFile(const std::filesystem::path& path, io::FileSystem& files) {
  PROFFER_TRY(const io::FileInfo info, files.stat(path));
  PROFFER_CHECK(checkPermissions(path, info));
  PROFFER_TRY(const std::string text, files.read(path, kLargestFile));
  return parseKeyRing(text, path.string());
}

KeyFile::KeyFile(std::filesystem::path path, Clock& clock, io::FileSystem& files)
    : path_(std::move(path)), clock_(clock), files_(files) {}

Result<std::unique_ptr<KeyFile>> KeyFile::open(const std::filesystem::path& path, Clock& clock,
                                               io::FileSystem& files) {
  std::unique_ptr<KeyFile> file(new KeyFile(path, clock, files));
  PROFFER_CHECK(file->load());
  file->looked_ = clock.now();
  return file;
}

Result<void> KeyFile::load() {
  const Time now = clock_.now();
  PROFFER_TRY(const io::FileInfo before, files_.stat(path_));
  PROFFER_TRY(KeyRing ring, readKeyFile(path_, files_));
  index_ = std::make_shared<const KeyIndex>(std::move(ring));
  seen_ = before;
  settled_ = before.modified + kTick < now;
  return {};
}

std::shared_ptr<const KeyIndex> KeyFile::current() {
  std::lock_guard guard(mutex_);
  const Time now = clock_.now();
  if (now - looked_ >= kLookEvery || now < looked_) look(now);
  return index_;
}

void KeyFile::look(Time now) {
  looked_ = now;
  const auto info = files_.stat(path_);
  const bool same = info && info->size == seen_.size && info->modified == seen_.modified &&
                    info->permissions == seen_.permissions;
  if (same && settled_ && trouble_.empty()) return;
  const bool news = !same;
  auto loaded = load();
  if (loaded) {
    if (news || !trouble_.empty())
      logLine(LogLevel::kInfo, "keys", "the keys file was read anew",
              {{"file", path_.string()},
               {"accessKeys", std::to_string(index_->ring().accessKeys.size())},
               {"tokens", std::to_string(index_->ring().tokens.size())}});
    trouble_.clear();
    return;
  }
  const std::string trouble = formatError(loaded.error());
  if (trouble != trouble_)
    logLine(LogLevel::kError, "keys", "the keys that were read before stay in force: " + trouble);
  trouble_ = trouble;
}

}  // namespace proffer::auth
