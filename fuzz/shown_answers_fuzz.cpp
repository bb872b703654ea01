// The file `shown-answers`: the first byte 0: the rest is a file as it lies there. Else the rest stands
// between the beginning and a checksum that fit. All of it is taken or nothing; what was taken keeps to the
// bounds, is found again, and is the same once it was saved and loaded anew.
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "controller/io/simulated_file_system.h"
#include "controller/serving/shown_answers.h"
#include "fuzz/bytes.h"

using namespace proffer;
using serving::ShownAnswers;

namespace {

constexpr const char* kPath = "/d/shown-answers";
constexpr ShownAnswers::Bounds kBounds{.groupBytes = 1500, .allBytes = 4000, .kept = std::chrono::hours(24)};

void need(bool holds) {
  if (!holds) std::abort();
}

std::string fileOf(std::string_view content) {
  std::string file = "proffer shown answers 1\n";
  file += content;
  const Hash128 digest = hash128(file);
  for (const uint64_t half : {digest.high, digest.low}) {
    char bytes[sizeof half];
    std::memcpy(bytes, &half, sizeof half);
    file.append(bytes, sizeof half);
  }
  return file;
}

void holdsItsBounds(const ShownAnswers& shown) {
  const auto figures = shown.figures();
  need(figures.bytes >= 0 && static_cast<size_t>(figures.bytes) <= kBounds.allBytes);
  need((figures.answers == 0) == (figures.bytes == 0));
  need(figures.horizon >= Duration(0) && figures.horizon <= kBounds.kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SimulatedClock clock(fromMicros(1'700'000'000'000'000));
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  fuzz::Bytes input(data, size);
  files.put(kPath, input.byte() == 0 ? std::string(input.rest()) : fileOf(input.rest()));

  ShownAnswers shown(clock, kBounds);
  const bool loaded = shown.load(kPath, files).has_value();
  need(!files.stat(kPath));
  need(loaded || shown.figures().answers == 0);
  holdsItsBounds(shown);

  ShownAnswers again(clock, kBounds);
  need(shown.save(kPath, files).has_value() && again.load(kPath, files).has_value());
  const auto before = shown.figures(), after = again.figures();
  need(before.answers == after.answers && before.horizon == after.horizon);

  const std::vector<std::string_view> items{"i1", "i2"};
  for (const char* group : {"g", "shop"}) {
    shown.note(group, "RID-1", items);
    // Where the bounds are this small it may have had to make room at once.
    const auto found = shown.find(group, "RID-1");
    need(found.empty() || found == std::vector<std::string>({"i1", "i2"}));
    (void)shown.find(group, "RID-2");
  }
  holdsItsBounds(shown);
  return 0;
}
