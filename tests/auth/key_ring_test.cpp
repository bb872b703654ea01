#include "controller/auth/key_ring.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace key_ring_test {

using namespace proffer;
using namespace proffer::auth;

TEST_CASE("a keys file is read as it is written") {
  KeyRing ring;
  ring.regions = {"eu-west-1", "us-east-1"};
  ring.s3 = Credentials{"AKS3", "a: \"quoted\" secret\\", "token"};
  RoleSet some;
  some.add(Role::kIngest);
  some.add(Role::kRead);
  ring.accessKeys.push_back(newAccessKey("shop", some));
  ring.accessKeys.back().expires = parseTime("2027-01-31T00:00:00Z");
  const NewToken made = newToken("ops", RoleSet::all());
  ring.tokens.push_back(made.kept);
  const std::string text = formatKeyRing(ring);
  INFO(text);
  CHECK(text.find(made.token) == std::string::npos);
  const auto read = parseKeyRing(text, "keys.yaml");
  if (!read) FAIL(formatError(read.error()));
  CHECK(formatKeyRing(*read) == text);
  CHECK(read->regions == ring.regions);
  CHECK(read->s3->secret == ring.s3->secret);
  CHECK(read->s3->sessionToken == "token");
  CHECK(read->accessKeys.at(0).roles == some);
  CHECK(read->accessKeys.at(0).credentials.secret == ring.accessKeys[0].credentials.secret);
  CHECK(read->accessKeys.at(0).expires == ring.accessKeys[0].expires);
  const KeyIndex index(*read);
  REQUIRE(index.findToken(made.token) != nullptr);
  CHECK(index.findToken(made.token)->name == "ops");
  CHECK(index.findToken(made.token + "x") == nullptr);
  CHECK(index.findAccessKey(ring.accessKeys[0].credentials.accessKey)->name == "shop");
  CHECK(index.findAccessKey("other") == nullptr);
}

TEST_CASE("new keys are long and never the same") {
  const NewToken a = newToken("a", RoleSet::all());
  const NewToken b = newToken("a", RoleSet::all());
  CHECK(a.token.size() == 51);
  CHECK(a.token != b.token);
  CHECK(a.kept.hash == sha256Hex(a.token));
  const AccessKey key = newAccessKey("a", RoleSet::all());
  CHECK(key.credentials.accessKey.size() == 20);
  CHECK(key.credentials.secret.size() == 40);
}

TEST_CASE("what is wrong with a keys file is said with its place") {
  const std::string secret = "secret: 0123456789abcdef";
  struct Row {
    std::string text, expected, reason;
  };
  const std::vector<Row> rows{
      {"", "", "nothing is a file without keys"},
      {"accessKeys:\ntokens:\n", "", "empty lists"},
      {"a: [", "keys.yaml:", "not YAML"},
      {"keys: []", "keys.yaml:1:1: unknown member \"keys\"", "an unknown member"},
      {"acessKeys: []", "did you mean \"accessKeys\"?", "a misspelt one"},
      {"[]", "a map is expected", "no map"},
      {"accessKeys: {}", "keys.yaml:1:13: accessKeys: a list is expected", "no list"},
      {"accessKeys:\n- {name: a, accessKey: K, " + secret + "}", "accessKeys[0].roles: no role is given",
       "no roles"},
      {"accessKeys:\n- {name: a, accessKey: K, " + secret + ", roles: [reed]}",
       "unknown role \"reed\"; roles are read, recommend, ingest, admin (did you mean \"read\"?)",
       "a misspelt role"},
      {"accessKeys:\n- {name: a, accessKey: K, secret: short, roles: [read]}",
       "keys.yaml:2:35: accessKeys[0].secret", "a short secret"},
      {"accessKeys:\n- {name: a, " + secret + ", roles: [read]}", "accessKey is missing", "no id"},
      {"accessKeys:\n- {name: a, accessKey: 'K/1', " + secret + ", roles: [read]}", "no blanks, slashes",
       "an id that no signature can name"},
      {"accessKeys:\n- {name: a, accessKey: K, " + secret + ", roles: [read]}\n- {name: b, accessKey: K, " +
           secret + ", roles: [read]}",
       "another key has the same id", "an id twice"},
      {"tokens:\n- {name: a, sha256: abc, roles: [read]}", "64 hex digits", "no hash"},
      {"tokens:\n- {name: a, token: abc, roles: [read]}", "unknown member \"token\"", "a token itself"},
      {"tokens:\n- {name: a, sha256: " + std::string(64, 'a') +
           ", roles: [read]}\n- {name: a, sha256: " + std::string(64, 'b') + ", roles: [read]}",
       "\"a\" is given twice", "a name twice"},
      {"tokens:\n- {name: a, sha256: " + std::string(64, 'a') + ", roles: [read], expires: soon}",
       "a time such as", "no time"},
      {"regions: eu-west-1", "a list is expected", "regions that are no list"},
      {"s3: {accessKey: K}", "secret is missing", "half a key"},
  };
  for (const Row& row : rows) {
    INFO(row.reason << "\n" << row.text);
    const auto read = parseKeyRing(row.text, "keys.yaml");
    CHECK(read.has_value() == row.expected.empty());
    if (!read) {
      const std::string said = formatError(read.error());
      INFO(said);
      CHECK(said.find(row.expected) != std::string::npos);
      CHECK(said.find("0123456789abcdef") == std::string::npos);
    }
  }
}

TEST_CASE("operations of the control plane that only read ask for the role read") {
  CHECK(roleOfOperation("AmazonPersonalize.DescribeCampaign") == Role::kRead);
  CHECK(roleOfOperation("AmazonPersonalize.ListRecipes") == Role::kRead);
  CHECK(roleOfOperation("AmazonPersonalize.GetSolutionMetrics") == Role::kRead);
  CHECK(roleOfOperation("AmazonPersonalize.CreateCampaign") == Role::kAdmin);
  CHECK(roleOfOperation("AmazonPersonalize.StartRecommender") == Role::kAdmin);
  CHECK(roleOfOperation("") == Role::kAdmin);
  CHECK(roleOfOperation("List.DeleteCampaign") == Role::kAdmin);
}

TEST_CASE("the keys file that the document shows is one") {
  std::ifstream file(PROFFER_SOURCE_DIR "/docs/security.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const size_t begin = text.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const auto read = parseKeyRing(text.substr(begin + 8, text.find("```", begin + 8) - begin - 8), "security.md");
  if (!read) FAIL(formatError(read.error()));
  CHECK(read->accessKeys.size() == 1);
  CHECK(read->tokens.size() == 1);
  CHECK(read->s3.has_value());
}

}  // namespace key_ring_test
