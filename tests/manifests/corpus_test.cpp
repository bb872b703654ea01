// Manifests as users would write them, good and faulty, with the report that each must give beside it.
//
// tests/manifests/faulty/NNN_name.yaml is one text, or several: a line `#file: NAME` begins the next one (so
// that documents, bytes and positions stay what they are). NNN_name.expected is the report with carets, then
// what was read nevertheless. tests/manifests/good/NAME.yaml must read without errors; NAME.expected is what
// it reads as. With PROFFER_ACCEPT=1 the expected files are written anew: look at the difference before
// committing it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "manifests/files.h"
#include "manifests/kind_table.h"
#include "manifests/reader.h"

namespace corpus_test {

using namespace proffer;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(PROFFER_SOURCE_DIR) / "tests" / "manifests";

std::string readText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> manifestsIn(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(kFolder / folder))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<ManifestText> textsIn(const fs::path& path) {
  std::vector<ManifestText> texts{{path.filename().string(), ""}};
  const std::string whole = readText(path);
  for (size_t at = 0; at < whole.size();) {
    const size_t end = std::min(whole.find('\n', at), whole.size() - 1) + 1;
    const std::string_view line = std::string_view(whole).substr(at, end - at);
    if (line.starts_with("#file: ")) {
      if (texts.back().text.empty()) texts.pop_back();
      texts.push_back({std::string(trim(line.substr(7))), ""});
    } else {
      texts.back().text += line;
    }
    at = end;
  }
  return texts;
}

std::string report(const ManifestSet& set) {
  std::string out;
  for (const auto& error : set.errors) out += formatError(error, true) + "\n";
  for (const auto& warning : unresolvedReferences(set, {})) out += "warning: " + formatError(warning) + "\n";
  for (const auto& manifest : set.manifests) out += "read: " + manifest.resource.key().toString() + "\n";
  return out;
}

// Line by line, so that a failing case says what changed.
std::string difference(const std::string& expected, const std::string& actual) {
  const auto before = split(expected, '\n'), after = split(actual, '\n');
  std::string out;
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const bool hasBefore = i < before.size(), hasAfter = i < after.size();
    if (hasBefore && hasAfter && before[i] == after[i]) continue;
    if (hasBefore) out += "- " + before[i] + "\n";
    if (hasAfter) out += "+ " + after[i] + "\n";
  }
  return out;
}

void compareWithExpected(const fs::path& path, const std::string& actual) {
  const fs::path expectedPath = fs::path(path).replace_extension(".expected");
  if (std::getenv("PROFFER_ACCEPT") != nullptr) std::ofstream(expectedPath, std::ios::binary) << actual;
  const std::string expected = readText(expectedPath);
  if (expected != actual)
    FAIL_CHECK(path.filename().string() << " reports something else:\n" << difference(expected, actual));
}

}  // namespace

TEST_CASE("faulty manifests give exactly the report that stands beside them") {
  const auto paths = manifestsIn("faulty");
  CHECK(paths.size() >= 80);
  for (const auto& path : paths) {
    INFO(path.filename());
    const ManifestSet set = readManifests(textsIn(path));
    CHECK((!set.errors.empty() || !unresolvedReferences(set, {}).empty()));
    for (const auto& error : set.errors) {
      INFO(formatError(error));
      CHECK(error.code == ErrorCode::kInvalidInput);
      CHECK_FALSE(error.position.file.empty());
      CHECK(error.position.known());
    }
    compareWithExpected(path, report(set));
  }
}

TEST_CASE("accepted forms are read as what they mean, and printing them changes nothing") {
  for (const auto& path : manifestsIn("good")) {
    INFO(path.filename());
    const ManifestSet set = readManifests(textsIn(path));
    for (const auto& error : set.errors) FAIL_CHECK(formatError(error, true));
    std::string actual;
    for (const auto& manifest : set.manifests) actual += "---\n" + toYaml(manifest.resource, true);
    compareWithExpected(path, actual);
    const ManifestSet again = readManifests({{"printed", actual}});
    for (const auto& error : again.errors) FAIL_CHECK(formatError(error, true));
    REQUIRE(again.manifests.size() == set.manifests.size());
    for (size_t i = 0; i < set.manifests.size(); ++i) {
      CHECK(dumpJson(toJson(again.manifests[i].resource)) == dumpJson(toJson(set.manifests[i].resource)));
      CHECK(differences(set.manifests[i].resource, again.manifests[i].resource).empty());
    }
  }
}

TEST_CASE("the good manifests use every field of every table") {
  std::set<std::string> used;
  for (const auto& path : manifestsIn("good"))
    for (const auto& text : textsIn(path))
      for (const auto& manifest : readManifests({text}).manifests)
        for (const auto& [field, position] : manifest.fieldPositions)
          used.insert(manifest.resource.kind + "." + field.substr(0, field.find_first_of(".[", 5)));
  for (const auto& kind : allKinds())
    for (const auto& field : kind.fields) {
      INFO(kind.kind << "." << field.name);
      CHECK(used.contains(kind.kind + ".spec." + field.name));
    }
}

TEST_CASE("a directory is read with all it contains, in byte order, without what is hidden") {
  const fs::path root = fs::temp_directory_path() / "proffer_manifest_files_test";
  fs::remove_all(root);
  fs::create_directories(root / "b" / "c");
  fs::create_directories(root / ".git");
  for (const char* name : {"b/c/two.yml", "b/one.yaml", "a.yaml", "notes.txt", ".git/x.yaml", ".hidden.yaml"})
    std::ofstream(root / name) << "# " << name;
  const auto texts = readManifestFiles({root.string()});
  REQUIRE(texts);
  std::vector<std::string> names;
  for (const auto& text : *texts) names.push_back(fs::relative(text.file, root).string());
  CHECK(names == std::vector<std::string>{"a.yaml", "b/c/two.yml", "b/one.yaml"});
  CHECK(readManifestFiles({(root / "nothing").string()}).error().code == ErrorCode::kNotFound);
  CHECK(readManifestFiles({(root / ".git").string()}));
  fs::remove_all(root / ".git");
  fs::create_directories(root / "empty");
  CHECK(readManifestFiles({(root / "empty").string()}).error().code == ErrorCode::kInvalidInput);
  std::ofstream(root / "large.yaml") << std::string(9 << 20, '#');
  CHECK(readManifestFiles({(root / "large.yaml").string()}).error().code == ErrorCode::kInvalidInput);
  fs::remove_all(root);
}

}  // namespace corpus_test
