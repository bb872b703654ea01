// Whatever bytes come: reading ends, every error has a place inside its text, and what was read can be
// printed and read again. The inputs are the corpus with bytes, lines and pieces changed at random.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "manifests/reader.h"

namespace mutation_test {

using namespace proffer;

namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  const auto folder = std::filesystem::path(PROFFER_SOURCE_DIR) / "tests" / "manifests";
  for (const char* name : {"good", "faulty"}) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder / name))
      if (entry.path().extension() == ".yaml" && entry.file_size() < 8000) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      std::stringstream text;
      text << std::ifstream(path, std::ios::binary).rdbuf();
      texts.push_back(text.str());
    }
  }
  return texts;
}

std::string mutate(std::string text, const std::vector<std::string>& others, std::mt19937& random) {
  static const std::string kSigns = "-:?[]{},#&*!|>'\"%@` \t\n\r\\~<=.0aé\x01\xff";
  const auto place = [&] { return text.empty() ? 0 : random() % text.size(); };
  for (size_t n = 1 + random() % 4; n > 0; --n) {
    const size_t at = place();
    switch (random() % 6) {
      case 0:
        text.insert(at, 1, kSigns[random() % kSigns.size()]);
        break;
      case 1:
        text.erase(at, 1 + random() % 8);
        break;
      case 2:
        if (!text.empty()) text[at] = kSigns[random() % kSigns.size()];
        break;
      case 3:
        text.insert(at, text.substr(place(), random() % 60));
        break;
      case 4: {
        const auto& other = others[random() % others.size()];
        if (!other.empty()) text.insert(at, other.substr(random() % other.size(), random() % 80));
        break;
      }
      default:
        text.resize(at);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("changed at random, manifests are read or refused with a place, never worse") {
  const auto texts = corpus();
  REQUIRE(texts.size() > 80);
  const unsigned seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : 20261122;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 4000; ++i) {
    const std::string text = mutate(texts[random() % texts.size()], texts, random);
    const auto lines =
        1 + std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
    const ManifestSet set = readManifests({{"m.yaml", text}});
    for (const auto& error : set.errors) {
      INFO(text);
      INFO(formatError(error));
      REQUIRE(error.position.known());
      // The end of a text without a final line break may be told as the line after it.
      REQUIRE(error.position.line <= lines + 1);
      REQUIRE(error.position.column >= 1);
    }
    for (const auto& manifest : set.manifests) {
      const ManifestSet again = readManifests({{"printed", toYaml(manifest.resource, true)}});
      INFO(text);
      INFO(toYaml(manifest.resource, true));
      REQUIRE(again.manifests.size() == 1);
      REQUIRE(dumpJson(toJson(again.manifests[0].resource)) == dumpJson(toJson(manifest.resource)));
    }
  }
}

}  // namespace mutation_test
