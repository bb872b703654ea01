#include <algorithm>
#include <map>
#include <mutex>

#include "base/hash.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/artifacts/model_file.h"

namespace proffer::artifacts {
namespace {

struct Section {
  std::string_view content;
  std::string_view filling;
  uint64_t checksum = 0;
  mutable std::once_flag verifying;
  mutable bool intact = false;  // written once, under `verifying`
};

using Sections = std::map<std::string, Section, std::less<>>;

Error damaged(std::string_view path, std::string_view what) {
  return makeError(ErrorCode::kCorrupt, "{}: {}", path, what)
      .hinting("restore the file from a backup, or delete its SolutionVersion and train again");
}

bool allZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

// Reads header, trailer and table; the sections' own bytes are not touched.
class Layout {
 public:
  Layout(std::string_view bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  Result<Sections> read() {
    PROFFER_CHECK(checkHeader());
    PROFFER_CHECK(checkTrailer());
    return readTable();
  }

 private:
  tl::unexpected<Error> corrupt(std::string_view what) const { return fail(damaged(path_, what)); }

  Result<void> checkHeader() const {
    if (bytes_.size() < 2 * kBlock) return corrupt("too short for a model file");
    if (!bytes_.starts_with(kMagic)) return corrupt("not a model file");
    const auto version = readNumber<uint32_t>(bytes_, kMagic.size());
    if (version > kModelFileVersion)
      return fail(makeError(ErrorCode::kCorrupt,
                            "{}: written by a newer Proffer (format {}, this one knows {})", path_, version,
                            kModelFileVersion)
                      .hinting("use that program, or restore the file from a backup, or train again"));
    if (bytes_.substr(0, kBlock) != modelFileHeader()) return corrupt("the header is damaged");
    return {};
  }

  Result<void> checkTrailer() {
    const std::string_view trailer = bytes_.substr(bytes_.size() - kBlock);
    constexpr size_t kNumbers = 4 * sizeof(uint64_t);
    if (!trailer.ends_with(kEndMagic)) return corrupt("the end is missing: cut off or not finished");
    const std::string_view zeros =
        trailer.substr(kNumbers + sizeof(uint64_t), kBlock - kEndMagic.size() - kNumbers - sizeof(uint64_t));
    if (hash64(trailer.substr(0, kNumbers)) != readNumber<uint64_t>(trailer, kNumbers) || !allZero(zeros))
      return corrupt("the trailer is damaged");
    if (readNumber<uint64_t>(trailer, 24) != bytes_.size())
      return corrupt(fmt::format("{} bytes, but it was written with {}", bytes_.size(),
                                 readNumber<uint64_t>(trailer, 24)));
    const auto offset = readNumber<uint64_t>(trailer, 0);
    const auto size = readNumber<uint64_t>(trailer, 8);
    if (offset < kBlock || offset > bytes_.size() - kBlock || size != bytes_.size() - kBlock - offset)
      return corrupt("the trailer is damaged");
    table_ = bytes_.substr(offset, size);
    end_ = offset;
    if (hash64(table_) != readNumber<uint64_t>(trailer, 16)) return corrupt("the section table is damaged");
    return {};
  }

  Result<Sections> readTable() const {
    Sections sections;
    uint64_t expected = kBlock;
    for (uint64_t at = 0; at < table_.size();) {
      if (table_.size() - at < sizeof(uint32_t)) return corrupt("the section table is damaged");
      const uint64_t length = readNumber<uint32_t>(table_, at);
      at += sizeof(uint32_t);
      if (table_.size() - at < length + 3 * sizeof(uint64_t)) return corrupt("the section table is damaged");
      const std::string name(table_.substr(at, length));
      at += length;
      const auto offset = readNumber<uint64_t>(table_, at);
      const auto size = readNumber<uint64_t>(table_, at + 8);
      if (offset != expected || size > end_ - offset || paddedSize(size) > end_ - offset)
        return corrupt(fmt::format("section {} does not lie where it should", name));
      Section& section = sections[name];
      section.content = bytes_.substr(offset, size);
      section.filling = bytes_.substr(offset + size, paddedSize(size) - size);
      section.checksum = readNumber<uint64_t>(table_, at + 16);
      at += 3 * sizeof(uint64_t);
      expected = offset + paddedSize(size);
    }
    if (expected != end_) return corrupt("the section table does not cover the file");
    return sections;
  }

  std::string_view bytes_;
  std::string path_;
  std::string_view table_;
  uint64_t end_ = 0;  // of the sections
};

class MappedModel final : public recipes::SectionReader {
 public:
  MappedModel(std::unique_ptr<io::MappedFile> file, std::string path, Sections sections)
      : file_(std::move(file)), path_(std::move(path)), sections_(std::move(sections)) {}

  Result<std::string_view> get(std::string_view name) const override {
    const auto found = sections_.find(name);
    if (found == sections_.end()) return fail(damaged(path_, fmt::format("there is no section {}", name)));
    const Section& section = found->second;
    std::call_once(section.verifying, [&] {
      section.intact = hash64(section.content) == section.checksum && allZero(section.filling);
    });
    if (!section.intact) return fail(damaged(path_, fmt::format("section {} is damaged", name)));
    return section.content;
  }

 private:
  std::unique_ptr<io::MappedFile> file_;
  std::string path_;
  Sections sections_;
};

}  // namespace

Result<std::shared_ptr<const recipes::SectionReader>> ArtifactStore::open(const std::string& path) const {
  PROFFER_TRY(std::unique_ptr<io::MappedFile> file, files_.map(directory_ / path));
  PROFFER_TRY(Sections sections, Layout(file->bytes(), path).read());
  return std::make_shared<MappedModel>(std::move(file), path, std::move(sections));
}

Result<void> verifyModelFile(const io::fs::path& path, io::FileSystem& files) {
  PROFFER_TRY(std::unique_ptr<io::MappedFile> file, files.map(path));
  PROFFER_TRY(Sections sections, Layout(file->bytes(), path.string()).read());
  std::vector<std::string> names;
  for (const auto& [name, section] : sections) names.push_back(name);
  const MappedModel model(std::move(file), path.string(), std::move(sections));
  for (const std::string& name : names) PROFFER_CHECK(model.get(name));
  return {};
}

}  // namespace proffer::artifacts
