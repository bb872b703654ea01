// Segments: the first byte 0: the rest is a file as it lies there; 2: a footer and what it speaks of, put
// into a file whose checksums fit. Else the rest is taken apart into what a segment says about itself and
// sections, which are written with right checksums, so that the readers behind them are met.
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "controller/data/interactions_segment.h"
#include "controller/data/live_codec.h"
#include "controller/data/log_segment.h"
#include "controller/data/table_segment.h"
#include "controller/io/simulated_file_system.h"
#include "fuzz/bytes.h"

using namespace proffer;
using namespace proffer::data;

namespace {

constexpr const char* kPath = "/d/s.segment";
constexpr const char* kSections[] = {"starts",  "users",     "items",    "times", "types",
                                     "values",  "typeNames", "itemSet",  "x0",    "x1",
                                     "x0Names", "heap",      "entities", "ids",   "sequences"};
constexpr const char* kKinds[] = {"interactions", "table", "log"};

void readInteractions(const InteractionsSegment& segment) {
  for (uint32_t user = 0; user < 300; ++user) {
    const auto rows = segment.rowsOf(user);
    if (rows.size() > 100'000) continue;
    std::vector<int64_t> times(rows.size());
    std::vector<uint16_t> types(rows.size());
    std::vector<uint32_t> codes(rows.size());
    segment.times(rows, times.data());
    if (segment.hasTypes()) segment.types(rows, types.data());
    if (segment.hasValues()) (void)segment.values(rows);
    for (const char* column : {"a", "b"})
      if (const auto extra = segment.findExtra(column)) {
        segment.codes(*extra, rows, codes.data());
        (void)segment.extraValues(*extra);
      }
  }
  std::vector<bool> users(300), items(300);
  segment.addTo(users, items);
}

void readTable(const TableSegment& segment) {
  for (size_t row = 0; row < std::min<size_t>(segment.entities().size(), 300); ++row)
    for (size_t column = 0; column < 4; ++column) (void)segment.text(row, column);
}

void readLog(const LogSegment& segment) {
  for (size_t row = 0; row < std::min<size_t>(segment.size(), 300); ++row) {
    (void)segment.firstAfter(segment.sequence(row));
    const auto body = segment.body(row);
    if (!body) continue;
    if (const auto event = decodeEvent(*body, segment.time(row)))
      for (const char* column : {"IMPRESSION", "DEVICE"}) (void)textOf(event->event, column);
    (void)decodeRow(*body);
  }
  std::vector<Hash128> wanted{{0, 0}, {1, 2}, {~uint64_t{0}, 0}};
  if (!segment.ids().empty()) wanted.insert(wanted.begin() + 1, segment.ids().front());
  std::vector<bool> known(wanted.size());
  segment.markIds(wanted, known);
}

void read(io::FileSystem& files) {
  const auto file = SegmentFile::open(kPath, files);
  if (!file) return;
  (void)(*file)->verifyAll();
  if (const auto segment = InteractionsSegment::open(*file)) readInteractions(**segment);
  if (const auto segment = TableSegment::open(*file)) readTable(**segment);
  if (const auto segment = LogSegment::open(*file)) readLog(**segment);
}

void write(fuzz::Bytes& input, io::FileSystem& files) {
  const char* kind = kKinds[input.byte() % std::size(kKinds)];
  const auto about = parseJson(input.block());
  const auto writer = SegmentWriter::create(kPath, files);
  if (!writer) std::abort();
  while (!input.empty()) {
    const char* name = kSections[input.byte() % std::size(kSections)];
    const std::string_view content = input.block();
    if (!(*writer)->append((*writer)->addSection(name, static_cast<int64_t>(content.size())), content))
      std::abort();
  }
  if (!(*writer)->finish(kind, about ? *about : Json::object())) std::abort();
}

std::string_view bytesOf(const uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// Puts the checksums that a footer promises in their places, as far as those are any.
void makeTrue(Json& footer, std::string& file) {
  if (!footer.is_object() || !footer.contains("sections")) return;
  for (Json& section : footer["sections"]) {
    const auto offset = static_cast<uint64_t>(intMember(section, "offset", -1));
    const auto length = static_cast<uint64_t>(intMember(section, "length", -1));
    const auto checks = static_cast<uint64_t>(intMember(section, "checks", -1));
    const uint64_t blocks = length / kCheckBlock + 1;  // the files here are smaller than two
    if (length > file.size() || offset > file.size() - length || checks > file.size() ||
        blocks > (file.size() - checks) / sizeof(uint64_t))
      continue;
    for (uint64_t i = 0; length > 0 && i < blocks; ++i)
      file.replace(checks + i * sizeof i, sizeof i,
                   bytesOf(hash64(
                       std::string_view(file).substr(offset, length).substr(i * kCheckBlock, kCheckBlock))));
    if (section.is_object())
      section["checksHash"] =
          hash64(std::string_view(file).substr(checks, (length > 0 ? blocks : 0) * sizeof(uint64_t)));
  }
}

std::string fileWithFooter(fuzz::Bytes& input) {
  const std::string_view text = input.block();
  std::string file = "PROFSEG1";
  file.resize(64, '\0');
  file += input.rest();
  auto json = parseJson(text);
  if (json) makeTrue(*json, file);
  const std::string footer = json ? dumpJson(*json) : std::string(text);
  const uint64_t offset = file.size();
  file += footer;
  for (const uint64_t each : {offset, static_cast<uint64_t>(footer.size()), hash64(footer)})
    file += bytesOf(each);
  return file + "PROFEND1";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SystemClock clock;
  configureLog(LogLevel::kError, LogFormat::kText);
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  fuzz::Bytes input(data, size);
  const uint8_t manner = input.byte();
  if (manner == 0)
    files.put(kPath, input.rest());
  else if (manner == 2)
    files.put(kPath, fileWithFooter(input));
  else
    write(input, files);
  read(files);
  return 0;
}
