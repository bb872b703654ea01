// docs/formats.md is true: a reader that was written from it alone, in another language, reads what the
// program wrote and finds the rows of the CSV files.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/end_to_end/process.h"

namespace formats_test {

using namespace proffer::end_to_end;
namespace fs = std::filesystem;

TEST_CASE("a foreign program reads the data directory by the document") {
  if (run({"/bin/sh", "-c", "python3 -c 'import sqlite3'"}).exitCode != 0) {
    WARN("SKIPPED: there is no python3 with sqlite3, which plays the foreign program");
    return;
  }
  const fs::path source = PROFFER_SOURCE_DIR;
  TemporaryDirectory place;
  const fs::path data = place.path() / "data", example = place.path() / "streaming";
  fs::copy(source / "examples/streaming", example, fs::copy_options::recursive);
  fs::remove_all(example / "data");
  REQUIRE(run({profferProgram(), "generate", "streaming", "--users", "300", "--items", "120",
               "--interactions", "8000", "--seed", "7", "--out", (example / "data").string()})
              .exitCode == 0);
  {
    ServerProcess server(data, {"--sources", example.string()});
    const Outcome applied = server.proffer({"apply", "-f", example.string(), "--wait", "--timeout", "100s"});
    INFO(applied.err << server.log());
    REQUIRE(applied.exitCode == 0);
    REQUIRE(server.stop() == 0);
  }
  const Outcome read = run({"/bin/sh", "-c", "PYTHONDONTWRITEBYTECODE=1 exec python3 \"$@\"", "sh",
                            (source / "tests/end_to_end/foreign_reader/read_data_directory.py").string(),
                            data.string(), (example / "data").string()});
  INFO(read.out << read.err);
  CHECK(read.exitCode == 0);
  CHECK(read.out.find("all is as the document says") != std::string::npos);
}

}  // namespace formats_test
