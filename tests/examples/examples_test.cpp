// Every directory below examples/ can be applied as it is: its manifests are valid and complete, use what is
// built, and fit the files they are meant for.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "controller/generate/generate.h"
#include "manifests/domains.h"
#include "manifests/kind_table.h"
#include "manifests/reader.h"
#include "manifests/specs.h"

namespace proffer::examples_test {
namespace {

namespace fs = std::filesystem;
const fs::path kExamples = fs::path(PROFFER_SOURCE_DIR) / "examples";

std::vector<fs::path> exampleDirectories() {
  std::vector<fs::path> directories;
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    if (entry.is_directory()) directories.push_back(entry.path());
  }
  std::sort(directories.begin(), directories.end());
  return directories;
}

ManifestSet readExample(const fs::path& directory) {
  std::vector<ManifestText> texts;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path());
    texts.push_back({entry.path().string(), {std::istreambuf_iterator<char>(in), {}}});
  }
  ManifestSet set = readManifests(texts);
  for (const Error& error : set.errors) UNSCOPED_INFO(formatError(error));
  REQUIRE(set.ok());
  return set;
}

template <class Spec>
Spec specIn(const Resource& resource) {
  auto spec = specOf<Spec>(resource);
  if (!spec) FAIL(formatError(spec.error()));
  return *spec;
}

std::vector<std::string> headerOf(const fs::path& file) {
  std::ifstream in(file);
  REQUIRE(in);
  std::string line;
  std::getline(in, line);
  return split(line, ',');
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The files of the three examples: generated ones, or the headers that MovieLens has.
fs::path makeFiles(const std::string& example, const fs::path& place) {
  const fs::path directory = place / example;
  fs::create_directories(directory / "data");
  if (const auto kind = generate::kindFromName(example)) {
    generate::GenerateOptions options = generate::defaultsFor(*kind);
    options.users = options.items = options.interactions = 10;
    options.out = directory / "data";
    Progress progress;
    REQUIRE(generate::generate(options, progress));
  } else {
    std::ofstream(directory / "data/ratings.csv") << "userId,movieId,rating,timestamp\n";
    std::ofstream(directory / "data/movies.csv") << "movieId,title,genres\n";
  }
  return directory;
}

}  // namespace

TEST_CASE("examples are valid, complete, and use what is built") {
  CHECK(exampleDirectories().size() >= 3);
  for (const fs::path& directory : exampleDirectories()) {
    CAPTURE(directory.filename().string());
    CHECK(fs::exists(directory / "README.md"));
    const ManifestSet set = readExample(directory);
    for (const Error& error : unresolvedReferences(set, {})) FAIL_CHECK(formatError(error));
    for (const Manifest& manifest : set.manifests) {
      const KindTable* table = findKind(manifest.resource.kind);
      REQUIRE(table != nullptr);
      CHECK(table->implemented);
    }
  }
}

TEST_CASE("the schemas of the examples fit their domains and their files") {
  const fs::path place = fs::temp_directory_path() / fmt::format("proffer-examples-{}", ::getpid());
  fs::remove_all(place);
  for (const fs::path& directory : exampleDirectories()) {
    const std::string example = directory.filename().string();
    const fs::path root = makeFiles(example, place);
    const ManifestSet set = readExample(directory);
    std::map<std::string, Domain> domains;
    for (const Manifest& manifest : set.manifests) {
      if (manifest.resource.kind != "DatasetGroup") continue;
      domains[manifest.resource.metadata.name] = specIn<DatasetGroupSpec>(manifest.resource).domain;
    }
    for (const Manifest& manifest : set.manifests) {
      if (manifest.resource.kind != "Dataset") continue;
      CAPTURE(example, manifest.resource.metadata.name);
      const auto spec = specIn<DatasetSpec>(manifest.resource);
      REQUIRE(spec.schemaFields);
      const Domain domain = domains.at(manifest.resource.metadata.group);
      for (const Error& error : checkSchema(domain, spec.type, *spec.schemaFields, QuotaProfile::kGenerous)) {
        FAIL_CHECK(formatError(error));
      }
      for (const DataSource& source : spec.sources) {
        const std::vector<std::string> header = headerOf(root / source.csv);
        for (const SchemaField& field : *spec.schemaFields) {
          const auto renamed = source.columns.find(field.name);
          const std::string& from = renamed == source.columns.end() ? field.name : renamed->second;
          if (source.constants.count(field.name) == 0 && !contains(header, from)) {
            FAIL_CHECK(source.csv << " has no column " << from);
          }
        }
        if (spec.orderColumn) CHECK(contains(header, *spec.orderColumn));
      }
      if (spec.displayTitle) {
        CHECK(std::any_of(spec.schemaFields->begin(), spec.schemaFields->end(),
                          [&](const SchemaField& field) { return field.name == *spec.displayTitle; }));
      }
    }
  }
  fs::remove_all(place);
}

}  // namespace proffer::examples_test
