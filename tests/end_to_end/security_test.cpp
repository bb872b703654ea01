// Keys, TLS and buckets with the real program, as docs/security.md tells it.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace security_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

void mustSucceed(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

constexpr const char* kManifest = R"(apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: films}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: films}
spec:
  type: INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ITEM_ID, type: string}
      - {name: TIMESTAMP, type: long}
  sources:
    - csv: s3://exchange/in/
)";

constexpr const char* kExport = R"(apiVersion: proffer/v1
kind: DatasetExport
metadata: {name: all, group: films}
spec: {dataset: interactions, ingestionMode: BULK, output: "s3://exchange/out"}
)";

}  // namespace

TEST_CASE("with a keys file each key may do what its roles say, until it is revoked") {
  const TemporaryDirectory directory;
  const std::string keys = (directory.path() / "keys.yaml").string();
  const auto create = [&](const std::string& name, const std::string& role) {
    const Outcome made = run({profferProgram(), "keys", "create", name, "--role", role, "--keys-file", keys});
    mustSucceed(made);
    return std::string(trim(made.out));
  };
  const std::string reader = create("reader", "read");
  const std::string boss = create("boss", "admin");
  const ServerProcess server(directory.path() / "data", {"--keys-file", keys});
  const auto as = [&](const std::string& token, std::vector<std::string> words,
                      const std::string& input = "") {
    words.insert(words.begin(), profferProgram());
    return run(words, {{"PROFFER_SERVER", server.url()}, {"PROFFER_TOKEN", token}}, {}, input);
  };
  const std::string manifest = "apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {name: films}\n";
  CHECK(as("", {"get", "all"}).exitCode != 0);
  mustSucceed(as(reader, {"get", "all"}));
  const Outcome refused = as(reader, {"apply", "-f", "-"}, manifest);
  CHECK(refused.exitCode != 0);
  CHECK(refused.err.find("asks for the role admin") != std::string::npos);
  mustSucceed(as(boss, {"apply", "-f", "-"}, manifest));
  CHECK(server.log().find(boss) == std::string::npos);
  CHECK(server.log().find("caller=boss") != std::string::npos);

  mustSucceed(run({profferProgram(), "keys", "revoke", "boss", "--keys-file", keys}));
  bool refusedThen = false;
  for (int i = 0; i < 100 && !refusedThen; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    refusedThen = as(boss, {"get", "all"}).exitCode != 0;
  }
  CHECK(refusedThen);
}

TEST_CASE("other machines are let in only with keys or a token") {
  const TemporaryDirectory directory;
  const Outcome refused = run(
      {profferProgram(), "serve", "--data", (directory.path() / "data").string(), "--listen", "0.0.0.0:0"});
  CHECK(refused.exitCode == 2);
  CHECK(refused.err.find("proffer keys create") != std::string::npos);
}

TEST_CASE("datasets come from a bucket and go to one") {
  const TemporaryDirectory directory;
  const fs::path bucket = directory.path() / "bucket";
  write(bucket / "in/1.csv", "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,100\nu2,i2,200\n");
  const ServerProcess server(directory.path() / "data", {"--s3-bucket", "exchange=" + bucket.string()});
  mustSucceed(server.proffer({"apply", "-f", "-", "--wait"}, kManifest));
  mustSucceed(server.proffer({"apply", "-f", "-", "--wait"}, kExport));
  std::string exported;
  for (const auto& entry : fs::recursive_directory_iterator(bucket / "out"))
    if (entry.is_regular_file())
      exported += (std::stringstream() << std::ifstream(entry.path()).rdbuf()).str();
  INFO(exported);
  CHECK(exported.find(",u1,i1,") != std::string::npos);
  CHECK(exported.find(",u2,i2,") != std::string::npos);
}

TEST_CASE("doctor looks at the keys and at the certificate") {
  const TemporaryDirectory directory;
  const fs::path data = directory.path() / "data", keys = directory.path() / "keys.yaml";
  { const ServerProcess server(data, {}); }
  mustSucceed(
      run({profferProgram(), "keys", "create", "boss", "--role", "admin", "--keys-file", keys.string()}));
  const auto doctor = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {profferProgram(), "doctor", "--quick", "--data", data.string()});
    return run(more);
  };
  const Outcome good = doctor({"--keys-file", keys.string()});
  INFO(good.out);
  CHECK(good.exitCode == 0);
  CHECK(good.out.find("0 access keys and 1 tokens") != std::string::npos);
  std::ofstream(keys, std::ios::binary)
      << "tokens:\n- name: boss\n  roles: [admin]\n  expires: \"2020-01-01T00:00:00Z\"\n"
         "  sha256: \"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"\n";
  const Outcome expired = doctor({"--keys-file", keys.string()});
  INFO(expired.out << expired.err);
  CHECK(expired.exitCode == 0);
  CHECK(expired.out.find("expired: boss (2020-01-01T00:00:00Z)") != std::string::npos);
  CHECK(expired.out.find("no key that has not expired may do everything") != std::string::npos);
  fs::permissions(keys, fs::perms::others_read, fs::perm_options::add);
  const Outcome open = doctor({"--keys-file", keys.string()});
  CHECK(open.exitCode == 1);
  CHECK(open.out.find("-> chmod 600 " + keys.string()) != std::string::npos);

  const std::string certificate = (directory.path() / "server.pem").string();
  const std::string key = (directory.path() / "server.key").string();
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout " +
      key + " -out " + certificate + " 2>/dev/null && chmod 600 " + key;
  if (std::system(command.c_str()) != 0) {
    WARN("skipped: there is no openssl program that makes certificates");
    return;
  }
  const Outcome soon = doctor({"--tls-cert", certificate, "--tls-key", key});
  INFO(soon.out);
  CHECK(soon.exitCode == 0);
  CHECK(soon.out.find("it expires at ") != std::string::npos);
  CHECK(doctor({"--tls-cert", keys.string()}).exitCode == 1);
  fs::permissions(key, fs::perms::others_read, fs::perm_options::add);
  CHECK(doctor({"--tls-cert", certificate, "--tls-key", key}).exitCode == 1);
}

TEST_CASE("a certificate makes the server speak TLS") {
  const TemporaryDirectory directory;
  const std::string certificate = (directory.path() / "server.pem").string();
  const std::string key = (directory.path() / "server.key").string();
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
      "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null && chmod 600 " + key;
  if (std::system(command.c_str()) != 0) {
    WARN("skipped: there is no openssl program that makes certificates");
    return;
  }
  const ServerProcess server(directory.path() / "data", {"--tls-cert", certificate, "--tls-key", key});
  REQUIRE(server.url().starts_with("https://"));
  mustSucceed(server.proffer({"get", "all", "--ca-file", certificate}));
  const Outcome distrusted = server.proffer({"get", "all"});
  CHECK(distrusted.exitCode == 2);
  CHECK(distrusted.err.find("--ca-file") != std::string::npos);
}

}  // namespace security_test
