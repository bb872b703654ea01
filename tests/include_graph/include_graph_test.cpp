// Holds the #include lines of the product against docs/architecture.md: who may include whom. Linking alone
// enforces nothing, because all folders share one include root and a header-only include compiles anyway.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace include_graph_test {

namespace fs = std::filesystem;

namespace {

using Rules = std::map<std::string, std::set<std::string>>;

// docs/architecture.md shows the same table.
const Rules kMayInclude{
    {"base", {}},
    {"dsl", {"base"}},
    {"recipes", {"base"}},
    {"manifests", {"base", "dsl", "recipes/catalogue.h"}},
    {"controller/io", {"base"}},
    {"controller/auth", {"base", "controller/io"}},
    {"controller/store", {"base", "manifests", "controller/io"}},
    {"controller/data",
     {"base", "manifests", "dsl", "recipes/catalogue.h", "recipes/view.h", "controller/io", "controller/auth",
      "controller/store"}},
    {"controller/artifacts",
     {"base", "manifests", "dsl", "recipes/catalogue.h", "recipes/view.h", "recipes/sections.h",
      "controller/io", "controller/store"}},
    {"controller/backup", {"base", "manifests", "controller/io", "controller/store", "controller/data"}},
    {"controller/reconcile",
     {"base", "manifests", "dsl", "recipes", "controller/io", "controller/data", "controller/artifacts",
      "controller/store"}},
    {"controller/serving",
     {"base", "manifests", "dsl", "recipes", "controller/io", "controller/data", "controller/artifacts",
      "controller/store"}},
    {"controller/gitops", {"base", "manifests", "controller/io", "controller/store"}},
    {"controller/http",
     {"base", "manifests", "dsl", "recipes/catalogue.h", "controller/io", "controller/auth",
      "controller/serving", "controller/data", "controller/store", "controller/wire"}},
    {"controller/wire", {"base", "manifests", "dsl", "recipes/catalogue.h", "controller/store"}},
    {"controller/client", {"base", "manifests"}},
    {"controller/generate", {"base"}},
    {"controller/cli",
     {"base", "manifests", "recipes/catalogue.h", "controller/io", "controller/auth", "controller/client",
      "controller/generate"}},
};

// "controller/store" for controller/store/jobs.h, "base" for base/error.h.
std::string folderOf(const std::string& path) {
  const size_t first = path.find('/');
  if (first == std::string::npos) return "";
  if (path.rfind("controller/", 0) != 0) return path.substr(0, first);
  const size_t second = path.find('/', first + 1);
  return path.substr(0, second);
}

bool allowed(const std::string& from, const std::string& include) {
  const std::string folder = folderOf(include);
  if (folder == from || from == "controller/app") return true;
  const auto rule = kMayInclude.find(from);
  return rule != kMayInclude.end() && (rule->second.count(folder) != 0 || rule->second.count(include) != 0);
}

}  // namespace

TEST_CASE("no file includes what its folder may not") {
  const fs::path root = PROFFER_SOURCE_DIR;
  const std::regex includeLine("^\\s*#\\s*include\\s+\"([^\"]+)\"");
  size_t files = 0;
  for (const char* top : {"base", "dsl", "recipes", "manifests", "controller"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      ++files;
      const std::string name = fs::relative(entry.path(), root).generic_string();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, includeLine)) continue;
        const std::string include = match[1];
        INFO(name << " includes " << include << ", which " << folderOf(name)
                  << " may not use (docs/architecture.md)");
        CHECK(allowed(folderOf(name), include));
        if (!include.starts_with("generated/")) CHECK(fs::exists(root / include));
      }
    }
  }
  CHECK(files > 30);
}

TEST_CASE("the rules themselves forbid what they should") {
  CHECK(allowed("controller/reconcile", "recipes/recipe.h"));
  CHECK_FALSE(allowed("controller/reconcile", "controller/serving/engine.h"));
  CHECK_FALSE(allowed("controller/http", "controller/reconcile/manager.h"));
  CHECK_FALSE(allowed("controller/data", "recipes/recipe.h"));
  CHECK(allowed("controller/data", "recipes/view.h"));
  CHECK_FALSE(allowed("base", "manifests/resource.h"));
  CHECK_FALSE(allowed("controller/cli", "controller/store/jobs.h"));
  CHECK(allowed("controller/app", "controller/http/server.h"));
}

TEST_CASE("what holds the state opens no file behind the back of controller/io") {
  const fs::path root = PROFFER_SOURCE_DIR;
  const std::regex direct(
      "\\b(fopen|ifstream|ofstream|fstream|opendir|mkstemp|mkdtemp|sqlite3_open\\w*)\\b|"
      "(^|[^:\\w])::(open|openat|creat|unlink|rename|mkdir|stat|lstat|pread|pwrite|mmap|truncate)\\(|"
      "\\b(fs|filesystem)::(exists|remove|remove_all|rename|copy|copy_file|create_director\\w+|"
      "\\w*directory_iterator|file_size|last_write_time|resize_file|is_directory|is_regular_file|canonical)"
      "\\b");
  // SQLite is given the name of our own VFS; a store in memory has a temporary directory.
  const std::map<std::string, std::string> may = {{"controller/store/database_pool.cpp", "sqlite3_open_v2"},
                                                  {"controller/store/control_store.cpp", "mkdtemp"},
                                                  {"controller/store/database_copy.cpp", "sqlite3_open_v2"},
                                                  {"controller/store/sqlite_vfs.h", "sqlite3_open_v2"}};
  size_t lines = 0;
  for (const char* folder :
       {"auth", "store", "data", "artifacts", "reconcile", "serving", "gitops", "wire", "http"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / "controller" / folder)) {
      const std::string name = fs::relative(entry.path(), root).generic_string();
      const auto allowedHere = may.find(name);
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line); ++lines) {
        std::smatch match;
        if (!std::regex_search(line, match, direct)) continue;
        INFO(name << ": " << line);
        CHECK((allowedHere != may.end() && match[0].str() == allowedHere->second));
      }
    }
  }
  CHECK(lines > 5000);
}

}  // namespace include_graph_test
