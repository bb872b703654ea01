// Segments whose checksums fit and whose content does not: somebody made them, or a program that was wrong.
// They are refused or read as far as they make sense, and never beyond their ends.
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "controller/data/interactions_segment.h"
#include "controller/io/simulated_file_system.h"

namespace proffer::data::false_segment_test {
namespace {

template <class Number>
std::string numbers(std::initializer_list<Number> all) {
  std::string bytes;
  for (const Number number : all) bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  return bytes;
}

using Sections = std::vector<std::pair<std::string, std::string>>;

struct World {
  SystemClock clock;
  io::SimulatedFileSystem files{clock};
  Result<std::shared_ptr<const InteractionsSegment>> open(const Json& about, const Sections& sections) {
    const auto writer = SegmentWriter::create("/s.segment", files);
    REQUIRE(writer);
    for (const auto& [name, bytes] : sections)
      REQUIRE((*writer)->append((*writer)->addSection(name, static_cast<int64_t>(bytes.size())), bytes));
    REQUIRE((*writer)->finish("interactions", about));
    const auto file = SegmentFile::open("/s.segment", files);
    REQUIRE(file);
    return InteractionsSegment::open(*file);
  }
};

Json about(bool dense, int rows, int64_t timeBase = 0) {
  return {{"rows", rows}, {"dense", dense}, {"timeBytes", 4}, {"timeBase", timeBase}};
}

}  // namespace

TEST_CASE("a segment without the list of its users is refused") {
  World world;
  const Sections none{{"starts", numbers<uint32_t>({0})}, {"items", ""}, {"times", ""}};
  const auto refused = world.open(about(false, 0), none);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kCorrupt);
  const auto dense = world.open(about(true, 0), none);
  REQUIRE(dense);
  CHECK((*dense)->rowsOf(0).size() == 0);
}

TEST_CASE("starts that lie beyond the rows give no rows") {
  World world;
  const auto segment = world.open(about(true, 1), {{"starts", numbers<uint32_t>({0, 7, 3})},
                                                   {"items", numbers<uint32_t>({1})},
                                                   {"times", numbers<uint32_t>({1})}});
  REQUIRE(segment);
  CHECK((*segment)->rowsOf(0).size() == 0);
  CHECK((*segment)->rowsOf(1).size() == 0);
  CHECK((*segment)->rowsOf(2).size() == 0);
}

TEST_CASE("a base of times at the end of all time is read without harm") {
  World world;
  const auto segment =
      world.open(about(true, 1, std::numeric_limits<int64_t>::max()), {{"starts", numbers<uint32_t>({0, 1})},
                                                                       {"items", numbers<uint32_t>({1})},
                                                                       {"times", numbers<uint32_t>({5})}});
  REQUIRE(segment);
  const auto rows = (*segment)->rowsOf(0);
  REQUIRE(rows.size() == 1);
  int64_t time = 0;
  (*segment)->times(rows, &time);
  CHECK(time == std::numeric_limits<int64_t>::min() + 4);
}

TEST_CASE("times of no rows go nowhere") {
  World world;
  Json wide = about(true, 0);
  wide["timeBytes"] = 8;
  const auto segment = world.open(wide, {{"starts", numbers<uint32_t>({0})}, {"items", ""}, {"times", ""}});
  REQUIRE(segment);
  const auto rows = (*segment)->rowsOf(0);
  CHECK(rows.size() == 0);
  (*segment)->times(rows, nullptr);
}

}  // namespace proffer::data::false_segment_test
