// Segments: the first byte 0: the rest is a file as it lies there. Else the rest is taken apart into what a
// segment says about itself and sections, which are written with right checksums, so that the readers behind
// them are met.
#include <cstdlib>

#include "base/clock.h"
#include "base/log.h"
#include "controller/data/interactions_segment.h"
#include "controller/data/table_segment.h"
#include "controller/io/simulated_file_system.h"
#include "fuzz/bytes.h"

using namespace proffer;
using namespace proffer::data;

namespace {

constexpr const char* kPath = "/d/s.segment";
constexpr const char* kSections[] = {"starts",  "users", "items", "times",   "types", "values",  "typeNames",
                                     "itemSet", "x0",    "x1",    "x0Names", "heap",  "entities"};

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

void read(io::FileSystem& files) {
  const auto file = SegmentFile::open(kPath, files);
  if (!file) return;
  (void)(*file)->verifyAll();
  if (const auto segment = InteractionsSegment::open(*file)) readInteractions(**segment);
  if (const auto segment = TableSegment::open(*file)) readTable(**segment);
}

void write(fuzz::Bytes& input, io::FileSystem& files) {
  const bool table = input.byte() % 2 == 1;
  const auto about = parseJson(input.block());
  const auto writer = SegmentWriter::create(kPath, files);
  if (!writer) std::abort();
  while (!input.empty()) {
    const char* name = kSections[input.byte() % std::size(kSections)];
    const std::string_view content = input.block();
    if (!(*writer)->append((*writer)->addSection(name, static_cast<int64_t>(content.size())), content))
      std::abort();
  }
  if (!(*writer)->finish(table ? "table" : "interactions", about ? *about : Json::object())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SystemClock clock;
  configureLog(static_cast<LogLevel>(3), LogFormat::kText);
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  fuzz::Bytes input(data, size);
  if (input.byte() == 0)
    files.put(kPath, input.rest());
  else
    write(input, files);
  read(files);
  return 0;
}
