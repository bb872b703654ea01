#include "controller/backup/restore.h"

#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "controller/backup/archive.h"
#include "controller/backup/format.h"

namespace proffer::backup {

namespace {

constexpr std::string_view kStaging = "restoring";
constexpr int64_t kTextLimit = 256 << 20;  // of dump.json and checksums.json: some two million files
// In the order in which they are put in their places.
constexpr std::array<std::string_view, 3> kPlaces{"groups", "models", "control.db"};

Error damaged(const std::string& what) {
  return makeError(ErrorCode::kCorrupt, "{}", what).hinting("make the dump again, or take an older one");
}

class Restoring {
 public:
  Restoring(io::FileSystem& files, const io::fs::path& directory)
      : files_(files), directory_(directory), staging_(directory / kStaging) {}

  Result<Restored> run(const io::ReadableFile& source) {
    PROFFER_CHECK(makeRoom());
    PROFFER_TRY(const auto archive, ArchiveReader::open(source));
    PROFFER_CHECK(unpack(*archive));
    for (const auto& directory : directories_) PROFFER_CHECK(files_.syncDirectory(directory));
    PROFFER_CHECK(place());
    return restored_;
  }

  /// Leaves the directory as it was, as far as that can be done.
  void giveUp() {
    if (madeRoom_) (void)files_.removeTree(staging_);
  }

 private:
  // Another restore may have ended halfway, in unpacking or in placing: its pieces are taken away.
  Result<void> makeRoom() {
    PROFFER_CHECK(files_.createDirectories(directory_));
    PROFFER_TRY(const auto there, files_.list(directory_));
    const bool unfinished = std::find(there.begin(), there.end(), kStaging) != there.end();
    for (const auto& entry : there) {
      const std::string name = entry.string();
      if (name == kStaging || name == "lost+found") continue;
      if (unfinished && name != "control.db" &&
          std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end())
        continue;
      return fail(
          makeError(ErrorCode::kConflict, "{} is not empty: it holds {}", directory_.string(), quoted(name))
              .hinting("restore into a directory that does not exist yet"));
    }
    for (const auto& place : kPlaces) PROFFER_CHECK(files_.removeTree(directory_ / place));
    PROFFER_CHECK(files_.removeTree(staging_));
    PROFFER_CHECK(files_.createDirectories(staging_));
    madeRoom_ = true;
    return {};
  }

  Result<void> unpack(ArchiveReader& archive) {
    PROFFER_TRY(const std::string first, text(archive, kHeadName));
    PROFFER_TRY(head_, readHead(first));
    std::map<std::string, std::string> sums{{std::string(kHeadName), hashHex(hash128(first))}};
    for (const Member& member : head_.members) {
      PROFFER_CHECK(expect(archive, member.name, member.size));
      PROFFER_TRY(sums[member.name], unpackMember(archive, member));
    }
    PROFFER_TRY(const std::string last, text(archive, kChecksumsName));
    PROFFER_TRY(const auto written, readChecksums(last));
    if (written.size() != sums.size()) return fail(damaged("its checksums are not those of its members"));
    for (const auto& [name, sum] : written)
      if (const auto found = sums.find(name); found == sums.end() || found->second != sum)
        return fail(damaged(fmt::format("its member {} is not what was dumped: the checksums differ", name)));
    restored_.program = head_.program;
    restored_.created = formatTime(head_.created);
    return {};
  }

  // Members come in the order of the list, so anything else is damage.
  Result<void> expect(ArchiveReader& archive, std::string_view name, int64_t size) {
    PROFFER_TRY(const auto entry, archive.next());
    if (!entry) return fail(damaged(fmt::format("it is cut off: {} is missing", name)));
    if (entry->name != name || !entry->plainFile || (size >= 0 && entry->size != size))
      return fail(damaged(fmt::format("{} stands where {} was to be", quoted(entry->name), name)));
    return {};
  }

  Result<std::string> text(ArchiveReader& archive, std::string_view name) {
    PROFFER_CHECK(expect(archive, name, -1));
    std::string all;
    for (;;) {
      PROFFER_TRY(const std::string_view piece, archive.read());
      if (piece.empty()) return all;
      if (static_cast<int64_t>(all.size() + piece.size()) > kTextLimit)
        return fail(damaged(fmt::format("its {} is too large", name)));
      all += piece;
    }
  }

  // The checksum of what was read. Manifests are for people and for other servers: they are only compared.
  Result<std::string> unpackMember(ArchiveReader& archive, const Member& member) {
    std::unique_ptr<io::WritableFile> file;
    if (!member.name.starts_with(kManifests)) {
      const io::fs::path path = staging_ / member.name;
      PROFFER_CHECK(files_.createDirectories(path.parent_path()));
      directories_.insert(path.parent_path());
      PROFFER_TRY(file, files_.create(path));
    }
    Hasher hasher;
    int64_t size = 0;
    for (;;) {
      PROFFER_TRY(const std::string_view piece, archive.read());
      if (piece.empty()) break;
      size += static_cast<int64_t>(piece.size());
      if (size > member.size) break;
      hasher.add(piece);
      if (file) PROFFER_CHECK(file->append(piece));
    }
    if (size != member.size) return fail(damaged(fmt::format("its member {} has not its size", member.name)));
    if (file) PROFFER_CHECK(file->sync());
    ++restored_.members;
    restored_.bytes += size;
    restored_.groups += member.name.starts_with("groups/") && member.name.ends_with("/data.db") ? 1 : 0;
    return hashHex(hasher.digest());
  }

  Result<void> place() {
    madeRoom_ = false;  // from here on what is there belongs to the next try
    for (const auto& name : kPlaces) {
      if (!files_.stat(staging_ / name)) continue;
      PROFFER_CHECK(files_.rename(staging_ / name, directory_ / name));
      PROFFER_CHECK(files_.syncDirectory(directory_));
      // Or a crash might leave it under both names, and what clears the one away would empty the other.
      PROFFER_CHECK(files_.syncDirectory(staging_));
    }
    PROFFER_CHECK(files_.removeTree(staging_));
    return files_.syncDirectory(directory_);
  }

  io::FileSystem& files_;
  const io::fs::path directory_;
  const io::fs::path staging_;
  std::set<io::fs::path> directories_;
  Head head_;
  Restored restored_;
  bool madeRoom_ = false;
};

}  // namespace

Result<Restored> restore(io::FileSystem& files, const io::fs::path& dump, const io::fs::path& directory) {
  PROFFER_TRY(const auto source, files.open(dump));
  Restoring restoring(files, directory);
  auto done = restoring.run(*source);
  if (done) return done;
  restoring.giveUp();
  return fail(done.error().wrap("restore " + dump.string()));
}

// Between the placing of control.db and the end of the staging directory everything is in its place.
Result<void> refuseHalfRestored(io::FileSystem& files, const io::fs::path& directory) {
  if (!files.stat(directory / kStaging)) return {};
  if (files.stat(directory / "control.db")) return files.removeTree(directory / kStaging);
  return fail(makeError(ErrorCode::kConflict, "a restore into {} did not end", directory.string())
                  .hinting("run proffer restore again, or remove the directory"));
}

}  // namespace proffer::backup
