#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "controller/io/file_system.h"
#include "tests/io/temporary_directory.h"

namespace posix_file_system_test {

using namespace proffer;
using namespace proffer::io;

namespace {

FileSystem& files() {
  return posixFileSystem();
}

void write(const fs::path& path, std::string_view bytes) {
  auto file = files().create(path);
  REQUIRE(file);
  REQUIRE((*file)->append(bytes));
  REQUIRE((*file)->sync());
}

}  // namespace

TEST_CASE("what is written is read, mapped and measured") {
  TemporaryDirectory directory;
  const auto path = directory / "a";
  auto file = files().create(path);
  REQUIRE(file);
  REQUIRE((*file)->append("hello "));
  REQUIRE((*file)->append("world"));
  REQUIRE((*file)->writeAt(0, "J"));
  REQUIRE((*file)->writeAt(12, "!"));
  REQUIRE((*file)->sync());
  CHECK((*file)->size() == 13);
  REQUIRE(files().syncDirectory(directory.path()));
  const std::string expected("Jello world\0!", 13);
  CHECK(files().read(path, 100).value() == expected);
  CHECK(files().map(path).value()->bytes() == expected);
  const auto info = files().stat(path).value();
  CHECK(info.size == 13);
  CHECK_FALSE(info.directory);
  CHECK(toMicros(info.modified) > 1'600'000'000'000'000);
  CHECK(files().stat(directory.path()).value().directory);
}

TEST_CASE("a read stops at its limit") {
  TemporaryDirectory directory;
  write(directory / "a", std::string(200'000, 'x'));
  CHECK(files().read(directory / "a", 200'000).value().size() == 200'000);
  const auto tooLarge = files().read(directory / "a", 199'999);
  REQUIRE_FALSE(tooLarge);
  CHECK(tooLarge.error().code == ErrorCode::kLimitExceeded);
}

TEST_CASE("an empty file maps to nothing, a large one can be forgotten piece by piece") {
  TemporaryDirectory directory;
  write(directory / "empty", "");
  CHECK(files().map(directory / "empty").value()->bytes().empty());
  std::string bytes;
  for (int i = 0; bytes.size() < 50'000; ++i) bytes += std::to_string(i);
  write(directory / "large", bytes);
  const auto mapped = files().map(directory / "large").value();
  for (const auto& [offset, length] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 4096}, {100, 10}, {4000, 20'000}, {-5, 10}, {49'000, 1'000'000}, {60'000, 5}, {0, -1}})
    mapped->forget(offset, length);
  CHECK(mapped->bytes() == bytes);
}

TEST_CASE("names come in byte order, directories are made, renamed over and removed") {
  TemporaryDirectory directory;
  REQUIRE(files().createDirectories(directory / "x/y"));
  REQUIRE(files().createDirectories(directory / "x/y"));
  for (const char* name : {"b", "a", "B", "\xc3\xa4", "10", "9"})
    write(directory / ("x/" + std::string(name)), name);
  CHECK(files().list(directory / "x").value() ==
        std::vector<fs::path>{"10", "9", "B", "a", "b", "y", "\xc3\xa4"});
  REQUIRE(files().rename(directory / "x/a", directory / "x/b"));
  CHECK(files().read(directory / "x/b", 10).value() == "a");
  REQUIRE(files().remove(directory / "x/b"));
  REQUIRE(files().remove(directory / "x/b"));
  REQUIRE(files().removeTree(directory / "x"));
  REQUIRE(files().removeTree(directory / "x"));
  CHECK(files().stat(directory / "x").error().code == ErrorCode::kNotFound);
}

TEST_CASE("links are followed to where they lead") {
  TemporaryDirectory directory;
  write(directory / "target", "t");
  fs::create_symlink(directory / "target", directory / "link");
  CHECK(files().resolve(directory / "link").value() == files().resolve(directory / "target").value());
  CHECK(files().stat(directory / "link").value().size == 1);
}

TEST_CASE("errors name the path and what was being done") {
  TemporaryDirectory directory;
  const auto none = directory / "none";
  mkfifo((directory / "pipe").c_str(), 0600);
  struct Row {
    Error error;
    ErrorCode code;
    std::string message;
    const char* reason;
  };
  const Row rows[] = {
      {files().read(none, 1).error(), ErrorCode::kNotFound, "cannot open " + none.string(),
       "reading what is not there"},
      {files().map(none).error(), ErrorCode::kNotFound, "cannot open " + none.string(),
       "mapping what is not there"},
      {files().list(none).error(), ErrorCode::kNotFound, "cannot list " + none.string(),
       "listing what is not there"},
      {files().resolve(none).error(), ErrorCode::kNotFound, "cannot resolve " + none.string(),
       "resolving it"},
      {files().create(none / "a").error(), ErrorCode::kNotFound, "cannot create " + (none / "a").string(),
       "the directory is missing"},
      {files().rename(none, directory / "b").error(), ErrorCode::kNotFound, "cannot rename to",
       "renaming it"},
      {files().read(directory.path(), 1).error(), ErrorCode::kInvalidInput, "it is a directory",
       "a directory has no bytes"},
      {files().map(directory / "pipe").error(), ErrorCode::kInvalidInput, "not a regular file",
       "a pipe would block for ever"},
      {files().remove(directory.path()).error(), ErrorCode::kIo, "cannot remove " + directory.path().string(),
       "remove is for files"},
  };
  for (const auto& row : rows) {
    INFO(row.reason << ": " << row.error.message);
    CHECK(row.error.code == row.code);
    CHECK(row.error.message.find(row.message) != std::string::npos);
  }
}

TEST_CASE("a file read piece by piece gives less where it ends, also when it was truncated") {
  TemporaryDirectory directory;
  const auto path = directory / "a";
  REQUIRE(files().create(path).value()->append("0123456789").has_value());
  const auto file = files().open(path).value();
  char bytes[6];
  CHECK(file->size() == 10);
  CHECK(file->readAt(2, bytes).value() == 6);
  CHECK(std::string_view(bytes, 6) == "234567");
  CHECK(file->readAt(7, bytes).value() == 3);
  CHECK(file->readAt(10, bytes).value() == 0);
  std::filesystem::resize_file(path, 4);
  CHECK(file->readAt(2, bytes).value() == 2);
  CHECK(files().open(directory / "none").error().code == ErrorCode::kNotFound);
}

}  // namespace posix_file_system_test
