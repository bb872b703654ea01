// Model files: the first byte 0: the rest is a file as it lies there. Else the rest is taken apart into
// sections with right checksums, of which a family makes a model; what it makes answers.
#include <cstdlib>

#include "base/clock.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/io/simulated_file_system.h"
#include "fuzz/bytes.h"
#include "recipes/model.h"
#include "recipes/recipe.h"
#include "recipes/sections.h"

using namespace proffer;
using namespace proffer::recipes;

namespace {

constexpr const char* kPath = "/d/1.model";
constexpr const char* kSections[] = {"items/offsets",     "items/ids",        "items/group",
                                     "popularity/counts", "popularity/order", "popularity/counting"};

void readFile(std::string_view bytes) {
  static SystemClock clock;
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  files.put(kPath, bytes);
  (void)artifacts::verifyModelFile(kPath, files);
}

void readModel(fuzz::Bytes& input) {
  MemorySections sections;
  while (!input.empty()) {
    const char* name = kSections[input.byte() % std::size(kSections)];
    sections.put(name, input.block());
  }
  for (const char* family : {"popularity"}) {
    const auto recipe = recipeOfFamily(family);
    if (!recipe) std::abort();
    const auto model = (*recipe)->open(sections);
    if (!model) continue;
    const ItemSpace& items = (*model)->items();
    for (Index item = 0; item < std::min<Index>(items.size(), 300); ++item) {
      (void)items.id(item);
      (void)items.fromId(items.id(item));
    }
    Question question;
    question.limit = 25;
    (void)(*model)->recommend(question);
    const std::vector<Index> list{0, 1, 2, 77};
    (void)(*model)->rank(question, list);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Bytes input(data, size);
  if (input.byte() == 0)
    readFile(input.rest());
  else
    readModel(input);
  return 0;
}
