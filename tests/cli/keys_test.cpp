// proffer keys: what it prints and what then stands in the file.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/auth/key_file.h"
#include "controller/cli/runner.h"

namespace proffer::cli::keys_test {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int code = 0;
  std::string out, err;
};

struct Place {
  Place() {
    std::string name = (fs::temp_directory_path() / "proffer-keys-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
  }
  ~Place() { fs::remove_all(directory); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome run(std::vector<std::string> words) const {
    std::stringstream in, out, err;
    SimulatedClock clock(*parseTime("2026-01-01T00:10:00Z"));
    Console console{.in = in,
                    .out = out,
                    .err = err,
                    .clock = clock,
                    .environment = [this](std::string_view name) -> std::optional<std::string> {
                      if (name == "HOME") return directory.string();
                      if (name == "PROFFER_KEYS_FILE") return file();
                      return std::nullopt;
                    }};
    Outcome outcome;
    outcome.code = runWords(words, console, {});
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }
  std::string file() const { return (directory / "keys.yaml").string(); }
  auth::KeyRing ring() const {
    const auto read = auth::readKeyFile(file(), io::posixFileSystem());
    REQUIRE(read);
    return *read;
  }

  fs::path directory;
};

}  // namespace

TEST_CASE("keys are made, shown and taken away") {
  const Place place;
  const Outcome token = place.run({"keys", "create", "ops", "--role", "admin", "--expires", "90d"});
  INFO(token.err);
  REQUIRE(token.code == 0);
  CHECK(token.err == "ops may admin; the token is shown only now\n");
  const Outcome key =
      place.run({"keys", "create", "shop", "--access-key", "--role", "ingest", "--role", "recommend"});
  REQUIRE(key.code == 0);

  const auth::KeyIndex index(place.ring());
  REQUIRE(token.out.size() > 2);
  const auth::BearerToken* kept = index.findToken(token.out.substr(0, token.out.size() - 1));
  REQUIRE(kept != nullptr);
  CHECK(kept->name == "ops");
  CHECK(formatTime(*kept->expires) == "2026-04-01T00:10:00Z");
  const auth::AccessKey& access = index.ring().accessKeys.at(0);
  CHECK(key.out == "AWS_ACCESS_KEY_ID=" + access.credentials.accessKey +
                       "\nAWS_SECRET_ACCESS_KEY=" + access.credentials.secret + "\n");
  struct stat info {};
  REQUIRE(::stat(place.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);

  const Outcome list = place.run({"keys", "list"});
  CHECK(list.out ==
        "NAME   KIND         ROLES              EXPIRES                ACCESS KEY\n"
        "shop   access key   recommend,ingest   never                  " +
            access.credentials.accessKey +
            "\n"
            "ops    token        admin              2026-04-01T00:10:00Z   -\n");
  const Outcome json = place.run({"keys", "list", "-o", "json"});
  CHECK(json.out.find(access.credentials.secret) == std::string::npos);
  CHECK(json.out.find("\"name\": \"ops\"") != std::string::npos);

  CHECK(place.run({"keys", "create", "ops", "--role", "read"}).err ==
        "error: there is a key named \"ops\" (proffer keys revoke ops takes it away)\n");
  CHECK(place.run({"keys", "revoke", "shp"}).err ==
        "error: there is no key named \"shp\" (did you mean \"shop\"?)\n");
  fs::permissions(place.file(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  CHECK(place.run({"keys", "revoke", "shop"}).code == 0);
  CHECK(place.ring().accessKeys.empty());
  CHECK(place.ring().tokens.size() == 1);
  REQUIRE(::stat(place.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("a key is made for somebody, with a role, into a file") {
  const Place place;
  CHECK(place.run({"keys", "create", "ops"}).err.find("no role is given") != std::string::npos);
  CHECK(place.run({"keys", "create", "--role", "read"}).code == 2);
  CHECK(place.run({"keys", "list"}).code != 0);
  CHECK_FALSE(fs::exists(place.file()));
}

}  // namespace proffer::cli::keys_test
