#include "controller/backup/dump.h"

#include <algorithm>
#include <map>

#include "base/ids.h"
#include "controller/store/files.h"
#include "controller/store/resource_store.h"
#include "manifests/reader.h"

namespace proffer::backup {

namespace {

constexpr std::string_view kCopies = "dumps";
constexpr size_t kReadPiece = 1 << 20;

// What users wrote, not what the controller made of it.
bool declared(const Resource& resource) {
  return resource.metadata.ownerReferences.empty() && !resource.deleting() &&
         resource.kind != "DatasetImport" && resource.kind != "SolutionVersion";
}

std::vector<std::string> groupUids(const std::vector<Resource>& resources) {
  std::vector<std::string> uids;
  for (const Resource& resource : resources)
    if (resource.kind == "DatasetGroup") uids.push_back(resource.metadata.uid);
  std::sort(uids.begin(), uids.end());
  return uids;
}

}  // namespace

Dump::Dump(const Sources& sources)
    : sources_(sources),
      copies_(sources.store.directory() / kCopies / newUuid()),
      created_(sources.store.clock().now()) {}

Dump::~Dump() {
  parts_.clear();
  (void)sources_.files.removeTree(copies_);
}

Result<std::unique_ptr<Dump>> Dump::take(const Sources& sources) {
  constexpr int kTries = 5;  // a group may go, or a model be replaced, between the copies
  for (int tried = 1;; ++tried) {
    std::unique_ptr<Dump> dump(new Dump(sources));
    const auto collected = dump->collect();
    if (collected) return dump;
    const bool moved =
        collected.error().code == ErrorCode::kNotFound || collected.error().code == ErrorCode::kConflict;
    if (!moved || tried == kTries) return fail(collected.error().wrap("make a dump"));
  }
}

// control.db first: what it says of a group's data is then never ahead of that data, as after any crash.
Result<void> Dump::collect() {
  PROFFER_CHECK(sources_.files.createDirectories(copies_));
  PROFFER_TRY(const auto before, sources_.store.resources().list({}));
  const std::vector<std::string> groups = groupUids(before.items);
  PROFFER_CHECK(addManifests());
  PROFFER_TRY(const auto models, sources_.store.copyTo(copies_ / "control.db"));
  PROFFER_CHECK(addFile("control.db", copies_ / "control.db"));
  for (const store::FileRow& row : models)
    PROFFER_CHECK(addFile(row.path, sources_.store.directory() / row.path));
  for (const std::string& uid : groups) {
    const io::fs::path copy = copies_ / (uid + ".db");
    PROFFER_TRY(auto data, sources_.data.copyTo(uid, copy));
    if (!data) continue;
    PROFFER_CHECK(addFile(fmt::format("groups/{}/data.db", uid), copy));
    for (auto& segment : data->segments)
      parts_.push_back({{fmt::format("groups/{}/segments/{}", uid, segment.name), segment.file->size()},
                        "",
                        std::move(segment.file)});
  }
  PROFFER_TRY(const auto after, sources_.store.resources().list({}));
  if (groupUids(after.items) != groups)
    return fail(ErrorCode::kConflict, "dataset groups came or went meanwhile");
  return {};
}

Result<void> Dump::addFile(const std::string& name, const io::fs::path& path) {
  PROFFER_TRY(auto file, sources_.files.open(path));
  parts_.push_back({{name, file->size()}, "", std::move(file)});
  return {};
}

Result<void> Dump::addManifests() {
  PROFFER_TRY(const auto all, sources_.store.resources().list({}));
  std::map<std::string, std::string> texts;
  for (const Resource& resource : all.items) {
    if (!declared(resource)) continue;
    std::string& text =
        texts[resource.metadata.group.empty() ? "server" : "group-" + resource.metadata.group];
    text += (text.empty() ? "" : "---\n") + toYaml(resource, false);
  }
  for (auto& [name, text] : texts) {
    const auto size = static_cast<int64_t>(text.size());
    parts_.push_back({{fmt::format("{}{}.yaml", kManifests, name), size}, std::move(text), nullptr});
  }
  return {};
}

int64_t Dump::bytes() const {
  int64_t sum = 0;
  for (const Part& part : parts_) sum += part.member.size;
  return sum;
}

Result<void> Dump::write(const ByteSink& sink) {
  ArchiveWriter archive(sink);
  Head head{.program = sources_.program, .created = created_, .members = {}};
  for (const Part& part : parts_) head.members.push_back(part.member);
  std::vector<Sum> sums;
  const std::string first = headText(head);
  PROFFER_CHECK(archive.begin(std::string(kHeadName), static_cast<int64_t>(first.size()), created_));
  PROFFER_CHECK(archive.append(first));
  sums.push_back({std::string(kHeadName), hash128(first)});
  for (size_t i = 0; i < parts_.size(); ++i) PROFFER_CHECK(send(archive, i, sums));
  const std::string last = checksumsText(sums);
  PROFFER_CHECK(archive.begin(std::string(kChecksumsName), static_cast<int64_t>(last.size()), created_));
  PROFFER_CHECK(archive.append(last));
  return archive.finish();
}

Result<void> Dump::send(ArchiveWriter& archive, size_t index, std::vector<Sum>& sums) {
  const Part& part = parts_[index];
  PROFFER_CHECK(archive.begin(part.member.name, part.member.size, created_));
  if (!part.file) {
    sums.push_back({part.member.name, hash128(part.text)});
    return archive.append(part.text);
  }
  Hasher hasher;
  std::string piece(std::min<int64_t>(kReadPiece, part.member.size), '\0');
  for (int64_t at = 0; at < part.member.size;) {
    PROFFER_TRY(const size_t got, part.file->readAt(at, piece));
    if (got == 0)
      return fail(ErrorCode::kCorrupt, "{} is shorter than when the dump began", part.member.name);
    const std::string_view bytes =
        std::string_view(piece).substr(0, std::min<size_t>(got, static_cast<size_t>(part.member.size - at)));
    hasher.add(bytes);
    PROFFER_CHECK(archive.append(bytes));
    at += static_cast<int64_t>(bytes.size());
  }
  sums.push_back({part.member.name, hasher.digest()});
  return {};
}

Result<void> sweepDumps(const io::fs::path& directory, io::FileSystem& files) {
  return files.removeTree(directory / kCopies);
}

}  // namespace proffer::backup
