// Who is let in: signatures that were made for a request and then one thing was changed, tokens, roles, time.
#include "controller/auth/gate.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/text.h"

namespace gate_test {

using namespace proffer;
using namespace proffer::auth;

namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef01234567";

std::string keysText() {
  return "accessKeys:\n"
         "- {name: shop, accessKey: AKSHOP, secret: " +
         kSecret +
         ", roles: [ingest, recommend]}\n"
         "- {name: boss, accessKey: AKBOSS, secret: x" +
         kSecret +
         ", roles: [admin]}\n"
         "- {name: gone, accessKey: AKGONE, secret: " +
         kSecret +
         ", roles: [admin], expires: '2026-01-01T00:00:00Z'}\n"
         "- {name: guest, accessKey: AKGUEST, secret: " +
         kSecret +
         ", sessionToken: S, roles: [read]}\n"
         "tokens:\n"
         "- {name: dashboard, sha256: " +
         sha256Hex("read-token-read-token") +
         ", roles: [read]}\n"
         "- {name: old, sha256: " +
         sha256Hex("old-token-old-token") + ", roles: [read], expires: '2026-01-01T00:00:00Z'}\n";
}

struct World {
  explicit World(const std::string& extra = "") {
    std::string name = (std::filesystem::temp_directory_path() / "proffer-auth-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
    write(extra + keysText());
    auto opened = KeyFile::open(path(), clock, io::posixFileSystem());
    REQUIRE(opened);
    keys = std::move(*opened);
    gate = std::make_unique<Gate>(clock, "the-one-token-0123456789", keys);
  }
  ~World() { std::filesystem::remove_all(directory); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  std::filesystem::path path() const { return directory / "keys.yaml"; }
  void write(const std::string& text, std::filesystem::perms rights = std::filesystem::perms::owner_read |
                                                                      std::filesystem::perms::owner_write) {
    std::ofstream(path(), std::ios::trunc) << text;
    std::filesystem::permissions(path(), rights);
  }

  std::filesystem::path directory;
  SimulatedClock clock{*parseTime("2026-11-22T08:15:00Z")};
  std::shared_ptr<KeyFile> keys;
  std::unique_ptr<Gate> gate;
};

/// A request to put together, sign, and spoil.
struct Sent {
  RequestHead head{
      "POST", "/recommendations?x=1", {{"Host", "proffer:7420"}, {"Content-Type", "application/json"}}};
  std::string body = "{}";
  std::string key = "AKSHOP";
  std::string secret = kSecret;
  std::string region = "us-east-1";
  std::string service = "personalize";
  std::string session = {};
  Time at = *parseTime("2026-11-22T08:15:00Z");
  Role role = Role::kRecommend;
  bool once = false;
  bool encrypted = false;

  void sign(std::string payloadHash = "") {
    if (payloadHash.empty()) payloadHash = sha256Hex(body);
    auth::sign(head, payloadHash, {{key, secret, session}, region, service, PathRule::kNormalised}, at);
  }
  std::string* header(const std::string& name) {
    for (Header& header : head.headers)
      if (equalsIgnoreCase(header.name, name)) return &header.value;
    return nullptr;
  }
};

/// "" if it is let in, else the type by which SDKs know the refusal.
std::string ask(World& world, Sent& sent) {
  std::string text = sent.head.method + " " + sent.head.target + " HTTP/1.1\r\n";
  for (const Header& header : sent.head.headers) text += header.name + ": " + header.value + "\r\n";
  text += "\r\n";
  const std::string* authorization = sent.header("Authorization");
  Question question;
  if (authorization != nullptr) question.authorization = *authorization;
  question.head = text;
  question.role = sent.role;
  question.once = sent.once;
  question.encrypted = sent.encrypted;
  auto admitted = world.gate->admit(question);
  if (!admitted) return std::string(admitted.error().serviceType);
  const auto confirmed = world.gate->confirm(*admitted, sent.body);
  return confirmed ? "" : std::string(confirmed.error().serviceType);
}

}  // namespace

TEST_CASE("a signed request is let in as it was signed, and in no other form") {
  using Change = std::function<void(Sent&)>;
  const Change none = [](Sent&) {};
  struct Row {
    Change before;
    Change after;
    std::string expected;
    std::string reason;
  };
  const std::string wrong = "InvalidSignatureException";
  const std::vector<Row> rows{
      {none, none, "", "as it is"},
      {[](Sent& sent) { sent.body = ""; }, none, "", "without a body"},
      {[](Sent& sent) {
         sent.head.headers.push_back({"X-Amz-Content-Sha256", sha256Hex("{}")});
       },
       none, "", "the hash of the body is said"},
      {[](Sent& sent) { sent.region = "mars-1"; }, none, "", "any region (W24)"},
      {[](Sent& sent) { sent.at += std::chrono::minutes(14); }, none, "", "a clock that is ahead"},
      {[](Sent& sent) { sent.at -= std::chrono::minutes(14); }, none, "", "a clock that is behind"},
      {none,
       [](Sent& sent) {
         sent.head.headers.push_back({"User-Agent", "x"});
       },
       "", "a header that is not signed"},
      {none, [](Sent& sent) { sent.head.target = "/recommendations?x=%31"; }, "",
       "the same query, written in another way"},
      {[](Sent& sent) { sent.session = "left over"; }, none, "", "a session token that the key has not"},

      {none, [](Sent& sent) { sent.body = "{} "; }, wrong, "another body"},
      {none, [](Sent& sent) { sent.head.target = "/recommendations?x=2"; }, wrong, "another query"},
      {none, [](Sent& sent) { sent.head.target = "/events?x=1"; }, wrong, "another path"},
      {none, [](Sent& sent) { sent.head.method = "PUT"; }, wrong, "another method"},
      {none, [](Sent& sent) { *sent.header("Host") = "other:7420"; }, wrong, "another host"},
      {none, [](Sent& sent) { *sent.header("Content-Type") = "text/plain"; }, wrong, "another signed header"},
      {none,
       [](Sent& sent) {
         sent.head.headers.push_back({"Host", "other"});
       },
       wrong, "a signed header twice"},
      {none,
       [](Sent& sent) {
         sent.head.headers.push_back({"X-Amz-Target", "AmazonPersonalize.DeleteSolution"});
       },
       wrong, "an operation that is not signed"},
      {none,
       [](Sent& sent) {
         std::erase_if(sent.head.headers, [](const Header& header) { return header.name == "Content-Type"; });
       },
       wrong, "a signed header is gone"},
      {[](Sent& sent) { sent.secret = "another secret, of another key"; }, none, wrong, "another secret"},
      {[](Sent& sent) { sent.service = "s3"; }, none, wrong, "another service"},
      {none, [](Sent& sent) { sent.header("Authorization")->back() ^= 1; },
       "InvalidSignatureException|IncompleteSignature", "one digit of the signature"},
      {[](Sent& sent) {
         sent.head.headers.push_back({"X-Amz-Content-Sha256", sha256Hex("{}")});
       },
       [](Sent& sent) { sent.body = "[]"; }, wrong, "not the body whose hash is said"},
      {[](Sent& sent) {
         sent.head.headers.push_back({"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"});
       },
       none, wrong, "a body that is not signed, over plain HTTP"},
      {none, [](Sent& sent) { *sent.header("X-Amz-Date") = "20261122T081501Z"; }, wrong, "another time"},
      {none, [](Sent& sent) { *sent.header("X-Amz-Date") = "20261121T081500Z"; }, wrong, "another day"},
      {none, [](Sent& sent) { *sent.header("X-Amz-Date") = "today"; }, "IncompleteSignature", "no time"},

      {[](Sent& sent) { sent.at -= std::chrono::minutes(16); }, none, "RequestExpired", "too old"},
      {[](Sent& sent) { sent.at += std::chrono::minutes(16); }, none, "RequestTimeTooSkewed", "too new"},
      {[](Sent& sent) { sent.key = "AKNOBODY"; }, none, "UnrecognizedClientException", "an unknown key"},
      {[](Sent& sent) { sent.key = "AKGONE"; }, none, "UnrecognizedClientException", "a key that expired"},
      {[](Sent& sent) {
         sent.key = "AKGUEST";
         sent.role = Role::kRead;
         sent.session = "S";
       },
       none, "", "a session's key"},
      {[](Sent& sent) {
         sent.key = "AKGUEST";
         sent.role = Role::kRead;
       },
       none, "UnrecognizedClientException", "a session's key without its token"},
      {[](Sent& sent) { sent.role = Role::kIngest; }, none, "", "another role that it has"},
      {[](Sent& sent) { sent.role = Role::kAdmin; }, none, "AccessDeniedException", "a role that it has not"},
      {[](Sent& sent) { sent.role = Role::kRead; }, none, "AccessDeniedException", "roles are no ranks"},
      {[](Sent& sent) { sent.role = Role::kNone; }, none, "", "no role is asked for"},
      {none, [](Sent& sent) { *sent.header("Authorization") = "AWS4-HMAC-SHA256 x"; }, "IncompleteSignature",
       "malformed"},
      {none, [](Sent& sent) { sent.header("Authorization")->clear(); }, "MissingAuthenticationTokenException",
       "nothing"},
      {none, [](Sent& sent) { *sent.header("Authorization") = "Basic abc"; },
       "MissingAuthenticationTokenException", "another scheme"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    World world;
    Sent sent;
    row.before(sent);
    const std::string* declared = sent.header("X-Amz-Content-Sha256");
    sent.sign(declared == nullptr ? "" : *declared);
    row.after(sent);
    const std::string found = ask(world, sent);
    CHECK((found == row.expected || (!found.empty() && row.expected.find("|") != std::string::npos &&
                                     row.expected.find(found) != std::string::npos)));
    if (found != row.expected) UNSCOPED_INFO(row.reason << ": " << found);
  }
}

TEST_CASE("a body that is not signed is taken over TLS") {
  World world;
  Sent sent;
  sent.head.headers.push_back({"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"});
  sent.sign("UNSIGNED-PAYLOAD");
  sent.encrypted = true;
  CHECK(ask(world, sent).empty());
}

TEST_CASE("regions may be listed") {
  World world("regions: [eu-west-1]\n");
  Sent here;
  here.region = "eu-west-1";
  here.sign();
  CHECK(ask(world, here).empty());
  Sent there;
  there.sign();
  CHECK(ask(world, there) == "InvalidSignatureException");
}

TEST_CASE("what changes something is not done again by a replay") {
  World world;
  Sent sent;
  sent.key = "AKBOSS";
  sent.secret = "x" + kSecret;
  sent.role = Role::kAdmin;
  sent.once = true;
  sent.sign();
  CHECK(ask(world, sent).empty());
  // An honest client that makes the same call twice in a second signs both in the same way.
  CHECK(ask(world, sent).empty());
  world.clock.advance(std::chrono::seconds(1));
  CHECK(ask(world, sent).empty());
  world.clock.advance(std::chrono::seconds(2));
  CHECK(ask(world, sent) == "InvalidSignatureException");
  // Headers that are not signed make no other request of it.
  sent.head.headers.push_back({"amz-sdk-invocation-id", "another call"});
  CHECK(ask(world, sent) == "InvalidSignatureException");
  world.clock.advance(std::chrono::minutes(14));
  CHECK(ask(world, sent) == "InvalidSignatureException");
  world.clock.advance(std::chrono::minutes(2));
  CHECK(ask(world, sent) == "RequestExpired");

  Sent reading = Sent();
  reading.at = world.clock.now();
  reading.sign();
  CHECK(ask(world, reading).empty());
  CHECK(ask(world, reading).empty());
}

TEST_CASE("the memory of signatures is bounded and forgets what the window forbids") {
  ReplayGuard guard(3);
  using Verdict = ReplayGuard::Verdict;
  const Time start = *parseTime("2026-11-22T08:15:00Z");
  const Time until = start + std::chrono::minutes(15);
  CHECK(guard.note("a", start, until) == Verdict::kNew);
  CHECK(guard.note("b", start, until) == Verdict::kNew);
  CHECK(guard.note("c", start, until + std::chrono::minutes(1)) == Verdict::kNew);
  CHECK(guard.note("d", start, until) == Verdict::kFull);
  CHECK(guard.note("a", start + std::chrono::seconds(3), until) == Verdict::kReplay);
  guard.forget("a");
  CHECK(guard.note("d", start, until) == Verdict::kFull);
  CHECK(guard.note("d", until + Duration(1), until + std::chrono::minutes(5)) == Verdict::kNew);
  CHECK(guard.note("c", until + Duration(1), until) == Verdict::kReplay);
  CHECK(guard.size() == 2);
}

TEST_CASE("a signature is good for a few calls of one moment, not for many") {
  ReplayGuard guard;
  using Verdict = ReplayGuard::Verdict;
  const Time start = *parseTime("2026-11-22T08:15:00Z");
  const Time until = start + std::chrono::minutes(15);
  for (int i = 0; i < 16; ++i) CHECK(guard.note("a", start, until) == Verdict::kNew);
  CHECK(guard.note("a", start, until) == Verdict::kReplay);
  CHECK(guard.note("b", start, until) == Verdict::kNew);
  CHECK(guard.size() == 2);
}

TEST_CASE("tokens are let in by their roles") {
  struct Row {
    std::string authorization;
    Role role;
    std::string expected;
    std::string reason;
  };
  const std::vector<Row> rows{
      {"Bearer the-one-token-0123456789", Role::kAdmin, "", "the token file's may do everything"},
      {"bearer   the-one-token-0123456789 ", Role::kAdmin, "", "the scheme has no case, blanks do not count"},
      {"Bearer read-token-read-token", Role::kRead, "", "its role"},
      {"Bearer read-token-read-token", Role::kAdmin, "AccessDeniedException", "not its role"},
      {"Bearer old-token-old-token", Role::kRead, "UnrecognizedClientException", "expired"},
      {"Bearer the-one-token-012345678", Role::kRead, "UnrecognizedClientException", "shorter"},
      {"Bearer the-one-token-01234567890", Role::kRead, "UnrecognizedClientException", "longer"},
      {"Bearer ", Role::kRead, "MissingAuthenticationTokenException", "empty"},
      {"the-one-token-0123456789", Role::kRead, "MissingAuthenticationTokenException", "without the scheme"},
      {"Bearer " + sha256Hex("read-token-read-token"), Role::kRead, "UnrecognizedClientException",
       "the hash that the file shows"},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.reason);
    Sent sent;
    sent.head.headers.push_back({"Authorization", row.authorization});
    sent.role = row.role;
    CHECK(ask(world, sent) == row.expected);
  }
}

TEST_CASE("without a token and keys everybody is let in") {
  SimulatedClock clock(*parseTime("2026-11-22T08:15:00Z"));
  Gate gate(clock, "", nullptr);
  CHECK_FALSE(gate.asks());
  auto admitted = gate.admit({"AWS4-HMAC-SHA256 whatever", "", Role::kAdmin, true, false});
  REQUIRE(admitted);
  CHECK(gate.confirm(*admitted, "body").has_value());
}

TEST_CASE("a keys file is followed, and what is wrong with it leaves the old keys in force") {
  World world;
  const auto may = [&] {
    Sent sent;
    sent.at = world.clock.now();
    sent.sign();
    return ask(world, sent).empty();
  };
  CHECK(may());
  world.write("accessKeys: [\n");
  world.clock.advance(std::chrono::seconds(2));
  CHECK(may());
  world.write("accessKeys: []\n", std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  world.clock.advance(std::chrono::seconds(2));
  CHECK(may());
  world.write("accessKeys: []\n");
  world.clock.advance(std::chrono::seconds(2));
  CHECK_FALSE(may());
  std::filesystem::remove(world.path());
  world.clock.advance(std::chrono::seconds(2));
  CHECK_FALSE(may());
  world.write(keysText());
  world.clock.advance(std::chrono::seconds(2));
  CHECK(may());
}

TEST_CASE("a keys file that everybody may read is refused") {
  World world;
  world.write(keysText(), std::filesystem::perms::owner_all | std::filesystem::perms::others_read);
  const auto read = readKeyFile(world.path(), io::posixFileSystem());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kForbidden);
  CHECK(read.error().hint.starts_with("chmod 600"));
}

}  // namespace gate_test
