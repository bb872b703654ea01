// Where exports go, how cells are written, and lists of users.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/ids.h"
#include "controller/data/csv.h"
#include "controller/data/csv_text.h"
#include "controller/data/export.h"
#include "controller/data/user_list.h"

namespace export_test {

using namespace proffer;
using namespace proffer::data;
namespace fs = std::filesystem;

namespace {

struct Place {
  Place() : directory(fs::temp_directory_path() / ("proffer-export-" + newHex(12))) {
    fs::create_directories(directory / "root/sub");
    fs::create_directories(directory / "outside");
    fs::create_directory_symlink(directory / "outside", directory / "root/link");
    fs::create_directory_symlink(directory / "root/sub", directory / "root/alias");
    auto made = SourceRoots::of({{"exports", directory / "root"}, {"other", directory / "outside"}}, files);
    REQUIRE(made);
    roots = std::move(*made);
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory / "root" / name).parent_path());
    std::ofstream(directory / "root" / name) << text;
  }
  fs::path directory;
  io::FileSystem& files = io::posixFileSystem();
  SourceRoots roots;
};

}  // namespace

TEST_CASE("exports go below a root and nowhere else") {
  struct Row {
    const char* reason;
    std::string output;
    const char* expected;  ///< below the place; empty: refused
    ErrorCode code = ErrorCode::kForbidden;
  };
  const Place place;
  const std::vector<Row> rows{
      {"below the first root", "out/", "root/out"},
      {"several levels", "a/b/c", "root/a/b/c"},
      {"by the root's name", "exports:out", "root/out"},
      {"another root", "other:x/", "outside/x"},
      {"the root itself", "exports:", "root"},
      {"a dot", "./out", "root/out"},
      {"up and down again", "a/../out", "root/out"},
      {"an absolute path below it", (place.directory / "root/out").string(), "root/out"},
      {"a link that stays below", "alias/x", "root/sub/x"},
      {"up", "../x", ""},
      {"up from below", "a/../../x", ""},
      {"an absolute path elsewhere", "/etc/proffer", ""},
      {"a link that leads out", "link/x", ""},
      {"an unknown root", "export:x/", "", ErrorCode::kNotFound},
  };
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.output);
    const auto directory = exportDirectory(place.roots, row.output, place.files);
    if (*row.expected == '\0') {
      REQUIRE_FALSE(directory);
      CHECK(directory.error().code == row.code);
    } else {
      REQUIRE(directory);
      CHECK(*directory == fs::canonical(place.directory) / row.expected);
      CHECK(fs::is_directory(*directory));
    }
  }
  CHECK_FALSE(fs::exists(place.directory / "x"));
}

TEST_CASE("what is written as a cell is read as it was") {
  const std::vector<std::string> cells{"",       "plain", "a,b",      "say \"x\"", "back\\slash",
                                       "\\",     "\"",    "\n",       "a\r\nb",    " blank",
                                       "blank ", "\\\"",  "ünï|code", ",\\"};
  std::string text;
  for (const std::string& cell : cells) {
    if (!text.empty()) text += ',';
    appendCsvCell(text, cell);
  }
  text += '\n';
  RowReader reader(text, true);
  REQUIRE(reader.next());
  CHECK(reader.fault() == RowFault::kNone);
  CHECK(std::vector<std::string>(reader.fields().begin(), reader.fields().end()) == cells);
}

TEST_CASE("lists of users are read from files and whole directories") {
  const Place place;
  Progress progress;
  place.write("gone/a.csv", "USER_ID\nu2\nu1\nu1\n");
  place.write("gone/deeper/b.csv", "user_id\r\n\"u3\"\r\n");
  place.write("gone/deeper/still/c.csv", "\xEF\xBB\xBFUSER_ID\nu4");
  place.write("gone/notes.txt", "nobody\n");
  CHECK(readUserList(place.roots, "gone/a.csv", place.files, progress) ==
        std::vector<std::string>{"u1", "u2"});
  CHECK(readUserList(place.roots, "gone/", place.files, progress) ==
        std::vector<std::string>{"u1", "u2", "u3", "u4"});
  struct Row {
    const char* reason;
    std::string text;
    const char* says;
    int line;
  };
  const std::vector<Row> rows{
      {"no header", "u1\nu2\n", "header", 1},
      {"another column", "USER_ID,AGE\nu1,5\n", "single cell", 1},
      {"a cell too many", "USER_ID\nu1\nu2,x\n", "single cell", 3},
      {"an id too long", "USER_ID\n" + std::string(257, 'x') + "\n", "257", 2},
      {"an empty id", "USER_ID\n\"\"\n", "empty", 2},
      {"nothing", "", "empty", 0},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    place.write("bad.csv", row.text);
    const auto users = readUserList(place.roots, "bad.csv", place.files, progress);
    REQUIRE_FALSE(users);
    CHECK(users.error().message.find(row.says) != std::string::npos);
    CHECK(users.error().position.line == row.line);
  }
  CHECK(readUserList(place.roots, "nowhere/", place.files, progress).error().code == ErrorCode::kNotFound);
}

}  // namespace export_test
