// Which files a source names, and what is refused.
#include <catch2/catch.hpp>

#include "tests/data/support.h"

namespace proffer::data::source_roots_test {

TEST_CASE("sources are found below their roots only") {
  Place place;
  TemporaryDirectory outside;
  std::ofstream(outside / "secret.csv") << "x\n";
  for (const char* name : {"a.csv", "orders/1.csv", "orders/2.csv.gz", "orders/3.csv.zst", "orders/notes.txt",
                           "orders/.hidden.csv", "orders/deep/4.csv", "2024/x.csv", "2025/x.csv", "ü.csv"}) {
    place.write(name, "x\n");
  }
  std::filesystem::create_symlink(outside / "secret.csv", place.path("link.csv"));
  std::filesystem::create_directory_symlink(outside.path(), place.path("linked"));
  std::filesystem::create_symlink(place.path("a.csv"), place.path("inside.csv"));
  std::filesystem::create_directories(place.path("empty"));
  auto& files = io::posixFileSystem();
  const auto roots =
      SourceRoots::of({{"default", place.path("")}, {"exports", place.path("orders")}}, files).value();

  struct Row {
    std::string csv;
    std::string expected;  ///< names joined by spaces, or the error's code
    const char* reason;
  };
  const Row rows[] = {
      {"a.csv", "a.csv", "a bare path is below the first root"},
      {"./orders/../a.csv", "a.csv", "dots that stay inside"},
      {"exports:1.csv", "exports:1.csv", "a named root"},
      {"exports:", "exports:1.csv exports:2.csv.gz exports:3.csv.zst", "a root as a directory"},
      {"orders/", "orders/1.csv orders/2.csv.gz orders/3.csv.zst",
       "a directory: its first level, its CSV files (B20)"},
      {"orders", "orders/1.csv orders/2.csv.gz orders/3.csv.zst", "the slash may be left out"},
      {"orders/*.csv", "orders/1.csv", "a glob, without hidden files"},
      {"orders/?.csv*", "orders/1.csv orders/2.csv.gz orders/3.csv.zst", "a glob with both signs"},
      {"202?/x.csv", "2024/x.csv 2025/x.csv", "a glob in a directory's name"},
      {"*/x.csv", "Forbidden", "a glob that matches a link leading out"},
      {"?.csv", "a.csv ü.csv", "one character, not one byte"},
      {"inside.csv", "inside.csv", "a link that stays inside"},
      {place.path("a.csv").string(), "a.csv", "an absolute path inside the root"},
      {"b.csv", "NotFound", "no such file"},
      {"empty/", "NotFound", "nothing in it"},
      {"orders/*.tsv", "NotFound", "nothing matches"},
      {"../a.csv", "Forbidden", "leads out"},
      {"orders/../../x.csv", "Forbidden", "leads out on a detour"},
      {"/etc/passwd", "Forbidden", "an absolute path outside"},
      {"link.csv", "Forbidden", "a link to a file outside"},
      {"linked/secret.csv", "Forbidden", "a directory that is a link outside"},
      {"*.csv", "Forbidden", "a glob that matches a link leading out"},
      {"exprots:1.csv", "NotFound", "no such root"},
      {"orders/**/4.csv", "InvalidInput", "two stars"},
      {"s3://bucket/x.csv", "NotFound", "no object store"},
      {"", "InvalidInput", "nothing"},
  };
  for (const auto& row : rows) {
    INFO(row.csv << ": " << row.reason);
    const auto found = roots.find(row.csv, files);
    std::string shown;
    if (found) {
      for (const auto& file : *found) shown += (shown.empty() ? "" : " ") + file.name;
    } else {
      shown = errorCodeName(found.error().code);
      CHECK_FALSE(found.error().message.empty());
      CHECK(found.error().message.find(outside.path().string()) == std::string::npos);
    }
    CHECK(shown == row.expected);
  }
  CHECK(roots.find("exprots:1.csv", files).error().hint == "did you mean \"exports\"?");
  CHECK(roots.find("aa.csv", files).error().hint == "did you mean \"a.csv\"?");
  CHECK(SourceRoots::of({{"a", place.path("")}, {"a", place.path("orders")}}, files).error().code ==
        ErrorCode::kInvalidInput);
  CHECK(SourceRoots::of({{"a", place.path("a.csv")}}, files).error().code == ErrorCode::kInvalidInput);
}

}  // namespace proffer::data::source_roots_test
