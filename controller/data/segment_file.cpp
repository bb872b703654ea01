#include "controller/data/segment_file.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/hash.h"
#include "base/log.h"

namespace proffer::data {
namespace {

constexpr std::string_view kBegin = "PROFSEG1";
constexpr std::string_view kEnd = "PROFEND1";
constexpr size_t kTrailer = 32;
constexpr size_t kWriteAtOnce = 16 * kCheckBlock;
constexpr int64_t kAlignment = 64;
constexpr int64_t kOpen = std::numeric_limits<int64_t>::max();

int64_t aligned(int64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

std::string_view bytesOf(const uint64_t* numbers, size_t count) {
  return {reinterpret_cast<const char*>(numbers), count * sizeof(uint64_t)};
}

uint64_t numberAt(std::string_view bytes, size_t index) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + index * sizeof number, sizeof number);
  return number;
}

tl::unexpected<Error> corrupt(const std::filesystem::path& path, std::string_view what) {
  return fail(damagedSegment(path, what));
}

}  // namespace

Error damagedSegment(const std::filesystem::path& path, std::string_view what) {
  return makeError(ErrorCode::kCorrupt, "the segment {} is not what was written: {}", path.string(), what)
      .hinting("restore the file from a backup, or delete its Dataset and apply it again");
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(const std::filesystem::path& path,
                                                             io::FileSystem& files) {
  PROFFER_TRY(auto file, files.create(path));
  PROFFER_CHECK(file->writeAt(0, kBegin));
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file)));
}

size_t SegmentWriter::addSection(std::string name) {
  const size_t number = addSection(std::move(name), 0);
  sections_[number].limit = kOpen;
  return number;
}

size_t SegmentWriter::addSection(std::string name, int64_t limit) {
  if (!sections_.empty() && sections_.back().limit == kOpen) {
    Section& open = sections_.back();
    open.limit = sizeOf(sections_.size() - 1);
    end_ = aligned(open.offset + open.limit);
  }
  Section section;
  section.name = std::move(name);
  section.offset = end_;
  section.limit = limit;
  end_ = aligned(end_ + limit);
  sections_.push_back(std::move(section));
  return sections_.size() - 1;
}

Result<void> SegmentWriter::append(size_t number, std::string_view bytes) {
  Section& section = sections_[number];
  if (static_cast<int64_t>(bytes.size()) > section.limit - sizeOf(number)) {
    return fail(ErrorCode::kInternal, "section {} of a segment grew beyond what was set aside", section.name);
  }
  section.buffer.append(bytes);
  return section.buffer.size() >= kWriteAtOnce ? flush(section, false) : Result<void>();
}

Result<void> SegmentWriter::flush(Section& section, bool all) {
  const size_t size = all ? section.buffer.size() : section.buffer.size() / kCheckBlock * kCheckBlock;
  if (size == 0) return {};
  const std::string_view bytes = std::string_view(section.buffer).substr(0, size);
  for (size_t at = 0; at < size; at += kCheckBlock)
    section.checks.push_back(hash64(bytes.substr(at, kCheckBlock)));
  PROFFER_CHECK(file_->writeAt(section.offset + section.length, bytes));
  section.length += static_cast<int64_t>(size);
  section.buffer.erase(0, size);
  return {};
}

Result<SegmentWriter::Finished> SegmentWriter::finish(std::string_view kind, const Json& about) {
  if (!sections_.empty() && sections_.back().limit == kOpen) addSection("end", 0);
  Json listed = Json::array();
  for (auto& section : sections_) {
    PROFFER_CHECK(flush(section, true));
    const std::string_view checks = bytesOf(section.checks.data(), section.checks.size());
    PROFFER_CHECK(file_->writeAt(end_, checks));
    listed.push_back({{"name", section.name},
                      {"offset", section.offset},
                      {"length", section.length},
                      {"checks", end_},
                      {"checksHash", hash64(checks)}});
    end_ = aligned(end_ + static_cast<int64_t>(checks.size()));
  }
  const std::string footer = dumpJson(
      {{"format", kSegmentFormat}, {"kind", kind}, {"about", about}, {"sections", std::move(listed)}});
  const uint64_t hash = hash64(footer);
  const uint64_t trailer[] = {static_cast<uint64_t>(end_), footer.size(), hash};
  PROFFER_CHECK(file_->writeAt(end_, footer + std::string(bytesOf(trailer, 3)) + std::string(kEnd)));
  PROFFER_CHECK(file_->sync());
  return Finished{file_->size(), hashHex(hash)};
}

Result<std::shared_ptr<const SegmentFile>> SegmentFile::open(const std::filesystem::path& path,
                                                             io::FileSystem& files) {
  auto segment = std::make_shared<SegmentFile>();
  segment->path_ = path;
  PROFFER_TRY(segment->mapped_, files.map(path));
  const std::string_view bytes = segment->mapped_->bytes();
  if (bytes.size() < kBegin.size() + kTrailer || !bytes.starts_with(kBegin) || !bytes.ends_with(kEnd)) {
    return corrupt(path, "it was cut off, or it is another file");
  }
  const std::string_view trailer = bytes.substr(bytes.size() - kTrailer);
  const uint64_t offset = numberAt(trailer, 0), length = numberAt(trailer, 1);
  const size_t room = bytes.size() - kTrailer;
  if (offset > room || length != room - offset) return corrupt(path, "its footer is not where it should be");
  const std::string_view footer = bytes.substr(offset, length);
  if (hash64(footer) != numberAt(trailer, 2)) return corrupt(path, "its footer's checksum does not fit");
  PROFFER_CHECK(segment->readFooter(footer));
  return std::shared_ptr<const SegmentFile>(std::move(segment));
}

Result<void> SegmentFile::readFooter(std::string_view text) {
  auto footer = parseJson(text);
  if (!footer) return corrupt(path_, "its footer cannot be read");
  if (const int64_t format = intMember(*footer, "format"); format != kSegmentFormat) {
    return fail(ErrorCode::kCorrupt, "the segment {} has format {}, this program knows {}", path_.string(),
                format, kSegmentFormat);
  }
  kind_ = stringMember(*footer, "kind");
  about_ = member(*footer, "about");
  const std::string_view bytes = mapped_->bytes();
  for (const auto& listed : member(*footer, "sections")) {
    Section section;
    section.name = stringMember(listed, "name");
    const auto offset = static_cast<uint64_t>(intMember(listed, "offset")),
               length = static_cast<uint64_t>(intMember(listed, "length"));
    const auto checks = static_cast<uint64_t>(intMember(listed, "checks"));
    const size_t blocks = (length + kCheckBlock - 1) / kCheckBlock;
    if (length > bytes.size() || offset > bytes.size() - length || blocks * 8 > bytes.size() ||
        checks > bytes.size() - blocks * 8 || offset % kAlignment != 0) {
      return corrupt(path_, "section " + section.name + " lies outside of it");
    }
    section.bytes = bytes.substr(offset, length);
    section.checks = bytes.substr(checks, blocks * 8);
    const Json& hash = member(listed, "checksHash");
    if (!hash.is_number_unsigned() || hash.get<uint64_t>() != hash64(section.checks)) {
      return corrupt(path_, "the checksums of section " + section.name + " do not fit");
    }
    section.firstBlock = blockCount_;
    blockCount_ += blocks;
    sections_.push_back(std::move(section));
  }
  blocks_ = std::unique_ptr<std::atomic<uint8_t>[]>(new std::atomic<uint8_t>[blockCount_]());
  return {};
}

const SegmentFile::Section* SegmentFile::find(std::string_view name) const {
  for (const auto& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

bool SegmentFile::verify(const Section& section, size_t offset, size_t length) const {
  if (length == 0) return true;
  bool good = true;
  for (size_t block = offset / kCheckBlock; block <= (offset + length - 1) / kCheckBlock; ++block) {
    auto& state = blocks_[section.firstBlock + block];
    uint8_t seen = state.load(std::memory_order_relaxed);
    if (seen == kUnseen) {
      const std::string_view bytes = section.bytes.substr(block * kCheckBlock, kCheckBlock);
      seen = hash64(bytes) == numberAt(section.checks, block) ? kGood : kBad;
      if (state.exchange(seen, std::memory_order_relaxed) == kUnseen && seen == kBad) {
        logLine(LogLevel::kError, "data",
                "a block of a segment is not what was written; its rows are left out",
                {{"file", path_.string()}, {"section", section.name}, {"block", std::to_string(block)}});
      }
    }
    good = good && seen == kGood;
  }
  return good;
}

Result<void> SegmentFile::verifyAll() const {
  for (const auto& section : sections_) {
    for (size_t at = 0; at < section.bytes.size(); at += kCheckBlock) {
      if (!verify(section, at, std::min(kCheckBlock, section.bytes.size() - at))) {
        return corrupt(path_, fmt::format("block {} of section {}", at / kCheckBlock, section.name));
      }
    }
  }
  return {};
}

}  // namespace proffer::data
