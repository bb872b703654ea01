// Model files: the first byte 0: the rest is a file as it lies there; 2: a section table and what it speaks
// of are made of the rest, wrong ones too, and put into a file whose checksums fit. Else the rest is taken
// apart into sections, of which a family makes a model; what it makes answers.
#include <cstdlib>

#include "base/clock.h"
#include "base/hash.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/artifacts/model_file.h"
#include "controller/io/simulated_file_system.h"
#include "fuzz/bytes.h"
#include "recipes/model.h"
#include "recipes/recipe.h"
#include "recipes/sections.h"

using namespace proffer;
using namespace proffer::recipes;

namespace {

constexpr const char* kPath = "/d/1.model";
constexpr const char* kSections[] = {"items/offsets",         "items/ids",
                                     "items/group",           "popularity/counts",
                                     "popularity/order",      "popularity/counting",
                                     "popular/counts",        "popular/order",
                                     "co-occurrence/offsets", "co-occurrence/neighbours",
                                     "co-occurrence/detail"};

void readFile(std::string_view bytes) {
  static SystemClock clock;
  io::SimulatedFileSystem files(clock);
  (void)files.createDirectories("/d");
  files.put(kPath, bytes);
  (void)artifacts::verifyModelFile(kPath, files);
}

// What is said of a section: its place, length and checksum, each of them right or anything.
void addToTable(std::string& table, fuzz::Bytes& input, std::string_view file, uint64_t& expected) {
  const std::string_view name = input.block();
  const uint8_t wrong = input.byte();
  const auto number = [&](bool anything, uint64_t right) {
    std::string bytes(input.take(anything ? sizeof right : 0));
    bytes.resize(sizeof right, '\0');
    return anything ? artifacts::readNumber<uint64_t>(bytes, 0) : right;
  };
  const uint64_t offset = number((wrong & 1) != 0, expected);
  const uint64_t size = number((wrong & 2) != 0, input.byte());
  const bool inside = offset <= file.size() && size <= file.size() - offset;
  const uint64_t checksum = number((wrong & 4) != 0, inside ? hash64(file.substr(offset, size)) : 0);
  artifacts::appendNumber(
      table, (wrong & 8) != 0 ? uint32_t{input.byte()} << 24 : static_cast<uint32_t>(name.size()));
  table += name;
  for (const uint64_t each : {offset, size, checksum}) artifacts::appendNumber(table, each);
  expected += artifacts::paddedSize(size);
}

std::string fileWithTable(fuzz::Bytes& input) {
  std::string file = artifacts::modelFileHeader();
  file += input.block();
  file.resize(artifacts::paddedSize(file.size()), '\0');
  const uint64_t offset = file.size();
  std::string table;
  for (uint64_t expected = artifacts::kBlock; !input.empty();) addToTable(table, input, file, expected);
  file += table;
  std::string trailer;
  for (const uint64_t each : {offset, static_cast<uint64_t>(table.size()), hash64(table),
                              static_cast<uint64_t>(file.size()) + artifacts::kBlock})
    artifacts::appendNumber(trailer, each);
  artifacts::appendNumber(trailer, hash64(trailer));
  trailer.resize(artifacts::kBlock - artifacts::kEndMagic.size(), '\0');
  return file + trailer + std::string(artifacts::kEndMagic);
}

void readModel(fuzz::Bytes& input) {
  MemorySections sections;
  while (!input.empty()) {
    const char* name = kSections[input.byte() % std::size(kSections)];
    sections.put(name, input.block());
  }
  for (const char* family : {"popularity", "co-occurrence"}) {
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
    for (const Index item : {kNoIndex, Index{0}, Index{1}, Index{77}}) {
      question.item = item;
      const auto answer = (*model)->recommend(question);
      if (!answer) continue;
      for (const ScoredItem& one : *answer) {
        if (one.item >= items.size()) std::abort();
        (void)(*model)->explain(question, one.item);
      }
    }
    const std::vector<Index> list{0, 1, 2, 77};
    (void)(*model)->rank(question, list);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Bytes input(data, size);
  const uint8_t manner = input.byte();
  if (manner == 0)
    readFile(input.rest());
  else if (manner == 2)
    readFile(fileWithTable(input));
  else
    readModel(input);
  return 0;
}
