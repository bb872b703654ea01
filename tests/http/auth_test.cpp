// Keys, tokens and roles on a real server: what a client sees, in both styles.
#include <httplib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "controller/auth/sigv4.h"
#include "controller/http/routes.h"
#include "fixture.h"

namespace auth_test {

using namespace proffer;
using namespace proffer::http;

namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef01234567";
const std::string kToken = "the-token-of-a-dashboard";

struct KeysFile {
  explicit KeysFile(Clock& clock) {
    std::string name = (std::filesystem::temp_directory_path() / "proffer-keys-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
    const auto path = directory / "keys.yaml";
    std::ofstream(path) << "accessKeys:\n- {name: shop, accessKey: AKSHOP, secret: " << kSecret
                        << ", roles: [recommend]}\n- {name: boss, accessKey: AKBOSS, secret: " << kSecret
                        << ", roles: [admin]}\ntokens:\n- {name: dashboard, sha256: "
                        << auth::sha256Hex(kToken) << ", roles: [read]}\n";
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto opened = auth::KeyFile::open(path, clock, io::posixFileSystem());
    REQUIRE(opened);
    keys = std::move(*opened);
  }
  ~KeysFile() { std::filesystem::remove_all(directory); }
  KeysFile(const KeysFile&) = delete;
  KeysFile& operator=(const KeysFile&) = delete;
  std::filesystem::path directory;
  std::shared_ptr<auth::KeyFile> keys;
};

struct World {
  World() {
    ServerOptions options;
    options.keys = file.keys;
    server = std::make_unique<TestServer>(options, &clock);
  }
  /// `key` empty: not signed.
  httplib::Response send(const std::string& method, const std::string& target, const std::string& key,
                         const std::string& body = "", std::vector<auth::Header> more = {},
                         const std::string& service = "personalize") {
    auth::RequestHead head{method, target, {{"Host", "127.0.0.1:" + std::to_string(server->port)}}};
    if (!body.empty()) head.headers.push_back({"Content-Type", "application/json"});
    head.headers.insert(head.headers.end(), more.begin(), more.end());
    if (!key.empty())
      auth::sign(head, auth::sha256Hex(body),
                 {{key, kSecret, ""}, "us-east-1", service, auth::PathRule::kNormalised}, signedAt);
    return sendAs(head, body);
  }
  httplib::Response sendAs(const auth::RequestHead& head, const std::string& body) {
    httplib::Client client("127.0.0.1", server->port);
    client.set_url_encode(false);
    httplib::Request request;
    request.method = head.method;
    request.path = head.target;
    for (const auth::Header& header : head.headers) request.headers.emplace(header.name, header.value);
    request.body = body;
    const auto result = client.send(request);
    REQUIRE(result);
    return *result;
  }

  SimulatedClock clock{testStart()};
  Time signedAt = testStart();
  KeysFile file{clock};
  std::unique_ptr<TestServer> server;
};

const std::string kRecommend =
    R"({"campaignArn": "arn:aws:personalize:us-east-1:000000000000:campaign/x", "userId": "1"})";

}  // namespace

TEST_CASE("SDK clients are told by type what is wrong with their signature") {
  World world;
  const auto typeOf = [](const httplib::Response& response) {
    return response.get_header_value("x-amzn-ErrorType");
  };
  // What is let in is answered by the route: there is no such campaign.
  const auto good = world.send("POST", "/recommendations", "AKSHOP", kRecommend);
  CHECK(good.status == 404);
  CHECK(typeOf(good) == "ResourceNotFoundException");
  const auto checked = [&](const httplib::Response& response, const std::string& type) {
    INFO(response.body);
    CHECK(response.status == 403);
    CHECK(typeOf(response) == type);
    const auto body = parseJson(response.body);
    REQUIRE(body);
    CHECK(stringMember(*body, "__type") == type);
    CHECK_FALSE(stringMember(*body, "message").empty());
    CHECK_FALSE(response.get_header_value("Date").empty());
    CHECK_FALSE(response.get_header_value("x-amzn-RequestId").empty());
  };
  checked(world.send("POST", "/recommendations", "", kRecommend), "MissingAuthenticationTokenException");
  checked(world.send("POST", "/recommendations", "AKNONE", kRecommend), "UnrecognizedClientException");
  checked(world.send("POST", "/recommendations", "AKSHOP", kRecommend, {}, "s3"),
          "InvalidSignatureException");
  checked(world.send("POST", "/recommendations", "", kRecommend,
                     {{"Authorization", "AWS4-HMAC-SHA256 Credential=x"}}),
          "IncompleteSignature");
  checked(world.send("POST", "/recommendations", "", kRecommend, {{"Authorization", "Bearer " + kToken}}),
          "AccessDeniedException");
  world.clock.advance(std::chrono::minutes(20));
  checked(world.send("POST", "/recommendations", "AKSHOP", kRecommend), "RequestExpired");
  world.signedAt = testStart() + std::chrono::minutes(40);
  checked(world.send("POST", "/recommendations", "AKSHOP", kRecommend), "RequestTimeTooSkewed");
}

TEST_CASE("a signature covers the body that arrives") {
  World world;
  const std::string signedBody = kRecommend;
  auth::RequestHead head{
      "POST",
      "/recommendations",
      {{"Host", "127.0.0.1:" + std::to_string(world.server->port)}, {"Content-Type", "application/json"}}};
  auth::sign(head, auth::sha256Hex(signedBody),
             {{"AKSHOP", kSecret, ""}, "x", "personalize", auth::PathRule::kNormalised}, world.signedAt);
  CHECK(world.sendAs(head, signedBody).status == 404);
  CHECK(world.sendAs(head, signedBody + " ").status == 403);
  CHECK(world.sendAs(head, "").status == 403);
}

TEST_CASE("header values reach the signature as they were sent") {
  World world;
  // The HTTP library decodes them: what is signed is what was on the wire.
  const auto answer =
      world.send("POST", "/recommendations", "AKSHOP", kRecommend,
                 {{"x-amz-user-agent", "aws-sdk-js/3 a%20b%2F"}, {"amz-sdk-request", "attempt=1; max=3"}});
  CHECK(answer.status == 404);
}

TEST_CASE("native routes say in their own style who may not do what") {
  World world;
  const std::vector<auth::Header> token{{"Authorization", "Bearer " + kToken}};
  CHECK(world.send("GET", "/v1/resources", "", "", token).status == 200);
  CHECK(world.send("GET", "/metrics", "", "", token).status == 200);
  CHECK(world.send("GET", "/healthz", "").status == 200);
  CHECK(world.send("GET", "/v1/version", "AKBOSS").status == 200);
  const auto missing = world.send("GET", "/v1/resources", "");
  CHECK(missing.status == 401);
  CHECK(missing.get_header_value("WWW-Authenticate") == "Bearer");
  const auto denied = world.send("POST", "/v1/apply", "", "{\"resources\": []}", token);
  INFO(denied.body);
  CHECK(denied.status == 403);
  const auto body = parseJson(denied.body);
  REQUIRE(body);
  CHECK(stringMember((*body)["error"], "type") == "Forbidden");
  CHECK(stringMember((*body)["error"], "message") == "\"dashboard\" may read; this asks for the role admin");
  CHECK(world.send("GET", "/v1/dump", "", "", token).status == 403);
  CHECK(world.send("GET", "/v1/resources", "AKSHOP").status == 403);
  CHECK(world.send("GET", "/v1/nothing/here/at/all", "", "", token).status == 404);
}

TEST_CASE("a path before every path is taken off, and signed all the same") {
  SimulatedClock clock{testStart()};
  KeysFile file(clock);
  ServerOptions options;
  options.keys = file.keys;
  options.pathPrefix = "/base";
  TestServer server(options, &clock);
  httplib::Client client("127.0.0.1", server.port);
  const auto send = [&](const std::string& path, const std::string& body, const std::string& target = "") {
    auth::RequestHead head{
        "POST",
        path,
        {{"Host", "127.0.0.1:" + std::to_string(server.port)}, {"Content-Type", "application/json"}}};
    if (!target.empty()) head.headers.push_back({"X-Amz-Target", "AmazonPersonalize." + target});
    auth::sign(head, auth::sha256Hex(body),
               {{"AKBOSS", kSecret, ""}, "x", "personalize", auth::PathRule::kNormalised}, clock.now());
    httplib::Headers headers;
    for (const auto& header : head.headers)
      if (header.name != "Content-Type") headers.emplace(header.name, header.value);
    const auto answer = client.Post(path, headers, body, "application/json");
    REQUIRE(answer);
    INFO(answer->body);
    return answer->status;
  };
  // W2: boto3 sends exactly /base for the control plane.
  CHECK(send("/base", "{}", "ListSchemas") == 200);
  CHECK(send("/base/", "{}", "ListSchemas") == 200);
  CHECK(send("/", "{}", "ListSchemas") == 200);
  CHECK(send("/base/recommendations", "{}") == 400);
  CHECK(send("/basement/recommendations", "{}") == 404);
  CHECK(client.Get("/base/healthz")->status == 200);
  CHECK(client.Get("/healthz")->status == 200);
}

TEST_CASE("a signed change is made once") {
  World world;
  const std::string body = R"({"spec": {}})";
  const auto put = [&] { return world.send("PUT", "/v1/datasetgroups/shop", "AKBOSS", body).status; };
  CHECK(put() == 201);
  CHECK(put() == 200);  // in the same second, as an SDK may
  world.clock.advance(std::chrono::seconds(3));
  CHECK(put() == 401);
  world.clock.advance(std::chrono::seconds(10));
  world.signedAt += std::chrono::seconds(10);
  CHECK(put() == 200);
}

TEST_CASE("every route asks for the role that the document says") {
  std::ifstream file(PROFFER_SOURCE_DIR "/docs/security.md");
  std::map<std::string, std::set<std::string>> documented;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = split(line, '|');
    if (cells.size() < 4) continue;
    std::string role(trim(cells[1]));
    std::erase(role, '`');
    if (role != "none" && role != "read" && role != "recommend" && role != "ingest" && role != "admin")
      continue;
    const std::vector<std::string> pieces = split(cells[2], '`');
    for (size_t i = 1; i < pieces.size(); i += 2) documented[role].insert(pieces[i]);
  }
  std::map<std::string, std::set<std::string>> known;
  for (const Route& route : routes()) {
    const std::string name = fmt::format("{} {}", route.method, route.pattern);
    if (route.method == "POST" && route.pattern == "/") continue;  // by its operation
    known[std::string(auth::roleName(roleOf(route, "")))].insert(name);
  }
  for (const std::string role : {"none", "recommend", "ingest"}) {
    INFO(role);
    CHECK(documented[role] == known[role]);
  }
  for (const std::string& name : known["admin"])
    if (name.starts_with("GET ")) CHECK(documented["admin"].contains(name));
  for (const std::string& name : known["read"]) CHECK(name.starts_with("GET "));
}

}  // namespace auth_test
