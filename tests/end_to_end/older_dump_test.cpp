// Dumps that older programs made restore into a server of today, which answers what theirs answered, and goes
// on from there; what a newer program made is refused by its name. older/make.sh makes the dumps.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace older_dump_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

const fs::path kOlder = fs::path(PROFFER_SOURCE_DIR) / "tests/end_to_end/older";

void mustSucceed(const Outcome& outcome) {
  INFO("exit code " << outcome.exitCode << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

// The format of a database that nobody has open: SQLite keeps the number in its file's header, the highest
// byte first.
constexpr std::streamoff kFormatAt = 63;

int formatOf(const fs::path& database) {
  std::ifstream file(database, std::ios::binary);
  REQUIRE(file.seekg(kFormatAt));
  return file.get();
}

void setFormat(const fs::path& database, char format) {
  std::fstream file(database, std::ios::binary | std::ios::in | std::ios::out);
  REQUIRE(file.seekp(kFormatAt).put(format));
}

/// The only group's database.
fs::path dataOf(const fs::path& data) {
  for (const auto& entry : fs::directory_iterator(data / "groups")) return entry.path() / "data.db";
  FAIL("there is no group in " << data);
  return {};
}

void restoreTo(const fs::path& data, const fs::path& dump) {
  mustSucceed(run({profferProgram(), "restore", dump.string(), "--data", data.string()}));
}

/// A line of a file of answers: "TARGET USER COUNT JSON".
struct Question {
  std::string target, user, count;
  Json items;
};

std::vector<Question> questionsOf(const fs::path& file) {
  std::vector<Question> questions;
  std::ifstream in(file);
  for (Question one; in >> one.target >> one.user >> one.count;) {
    std::string rest;
    std::getline(in, rest);
    const auto json = parseJson(rest);
    REQUIRE(json);
    one.items = json->at("itemList");
    questions.push_back(std::move(one));
  }
  return questions;
}

void checkAnswers(const ServerProcess& server, const fs::path& file) {
  const auto questions = questionsOf(file);
  CHECK(questions.size() == 10);
  for (const Question& one : questions) {
    INFO(one.target << " for " << one.user);
    const Outcome got =
        server.proffer({"recommend", one.target, "--user", one.user, "-n", one.count, "-o", "json"});
    mustSucceed(got);
    const auto answer = parseJson(got.out);
    REQUIRE(answer);
    CHECK(answer->at("itemList") == one.items);
    CHECK(one.items.size() == 8);
  }
}

}  // namespace

TEST_CASE("a dump of an older format restores, answers as it did then, and goes on") {
  const TemporaryDirectory directory;
  const fs::path data = directory.path() / "data", again = directory.path() / "again";
  const std::string dump = (directory.path() / "newer.tar").string();
  const fs::path answers = kOlder / "data-1.answers";
  restoreTo(data, kOlder / "data-1.tar.zst");
  CHECK(formatOf(dataOf(data)) == 1);
  {
    ServerProcess server(data, {"--sources", directory.path().string()});
    mustSucceed(server.proffer({"wait", "recommender", "streaming/most-popular", "--timeout", "30s"}));
    checkAnswers(server, answers);
    // What the older format could not hold.
    mustSucceed(
        server.proffer({"put", "items", "-g", "streaming"},
                       R"({"ITEM_ID":"new","TITLE":"New","GENRES":"Drama","CREATION_TIMESTAMP":1700000000,)"
                       R"("DURATION":90,"YEAR":2024})"));
    mustSucceed(server.proffer({"dump", dump}));
    CHECK(server.stop() == 0);
  }
  CHECK(formatOf(dataOf(data)) == 3);
  mustSucceed(run({profferProgram(), "doctor", "--data", data.string()}));
  restoreTo(again, dump);
  CHECK(formatOf(dataOf(again)) == 3);
  ServerProcess server(again, {"--sources", directory.path().string()});
  mustSucceed(server.proffer({"wait", "recommender", "streaming/most-popular", "--timeout", "30s"}));
  checkAnswers(server, answers);
}

TEST_CASE("what a newer program wrote is refused, and said to be newer") {
  const TemporaryDirectory directory;
  const auto serve = [&](const fs::path& data) {
    return run({profferProgram(), "serve", "--data", data.string(), "--listen", "127.0.0.1:0"}, {}, {}, "",
               30);
  };
  const fs::path control = directory.path() / "control";
  restoreTo(control, kOlder / "data-1.tar.zst");
  setFormat(control / "control.db", 9);
  const Outcome refused = serve(control);
  CHECK(refused.exitCode > 0);
  CHECK_THAT(refused.err, Catch::Contains("control.db has format 9, which a newer Proffer wrote"));

  // Of a group, it is said of what belongs to it; the rest is served.
  const fs::path group = directory.path() / "group";
  restoreTo(group, kOlder / "data-1.tar.zst");
  setFormat(dataOf(group), 9);
  ServerProcess server(group, {"--sources", directory.path().string()});
  std::string said;
  for (int tries = 0; tries < 100 && said.find("data.db has format 9") == std::string::npos; ++tries) {
    const Outcome got = server.proffer({"get", "datasets", "-g", "streaming", "-o", "json"});
    mustSucceed(got);
    said = got.out + server.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK_THAT(said, Catch::Contains("data.db has format 9, which a newer Proffer wrote"));
}

}  // namespace older_dump_test
