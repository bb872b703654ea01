// Signatures held against published ones and against those that botocore's signer makes.
#include "controller/auth/sigv4.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace sigv4_test {

using namespace proffer;
using namespace proffer::auth;

namespace {

const std::string kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

struct Recorded {
  std::string what;
  std::string head;  ///< with CRLF
  std::string body;
};

// "=== what", a head, a blank line, a body up to the next "===".
std::vector<Recorded> recorded() {
  std::ifstream file(PROFFER_SOURCE_DIR "/tests/auth/vectors/botocore.txt");
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  std::vector<Recorded> found;
  size_t at = text.find("=== ");
  while (at != std::string::npos) {
    const size_t next = text.find("\n=== ", at);
    const std::string block =
        text.substr(at + 4, next == std::string::npos ? text.size() - 1 - at - 4 : next - at - 4);
    const size_t line = block.find('\n');
    const size_t blank = block.find("\n\n");
    REQUIRE(blank != std::string::npos);
    std::string head;
    for (const std::string& part : split(block.substr(line + 1, blank - line - 1), '\n'))
      head += part + "\r\n";
    found.push_back({block.substr(0, line), head + "\r\n", block.substr(blank + 2)});
    at = next == std::string::npos ? next : next + 1;
  }
  return found;
}

std::string computed(const RequestHead& head, const Authorization& given, std::string_view payloadHash,
                     const std::string& secret, PathRule rule) {
  const std::string canonical = canonicalHead(head, given.signedHeaders, rule) + std::string(payloadHash);
  return signatureOf(signingKey(secret, given.scope),
                     stringToSign(*head.find("X-Amz-Date"), given.scope, canonical));
}

}  // namespace

TEST_CASE("botocore's signatures are computed and made alike") {
  const auto vectors = recorded();
  CHECK(vectors.size() == 20);
  for (const Recorded& vector : vectors) {
    INFO(vector.what << "\n" << vector.head);
    auto head = parseHead(vector.head);
    REQUIRE(head);
    const auto given = parseAuthorization(*head->find("authorization"));
    REQUIRE(given);
    const bool object = given->scope.service == "s3";
    const PathRule rule = object ? PathRule::kAsSent : PathRule::kNormalised;
    CHECK(computed(*head, *given, sha256Hex(vector.body), kSecret, rule) == given->signature);
    CHECK(computed(*head, *given, sha256Hex(vector.body + "x"), kSecret, rule) != given->signature);

    RequestHead plain{head->method, head->target, {}};
    for (const Header& header : head->headers)
      if (const std::string name = lower(header.name); name != "authorization" && name != "x-amz-date" &&
                                                       name != "x-amz-security-token" &&
                                                       name != "x-amz-content-sha256")
        plain.headers.push_back(header);
    const std::string* token = head->find("X-Amz-Security-Token");
    const Credentials credentials{"AKIDEXAMPLE", kSecret, token == nullptr ? "" : *token};
    sign(plain, sha256Hex(vector.body), {credentials, given->scope.region, given->scope.service, rule},
         *parseTime("2026-11-22T08:15:00Z"));
    CHECK(*plain.find("Authorization") == *head->find("Authorization"));
  }
}

TEST_CASE("published signatures are computed alike") {
  struct Row {
    std::string head;  ///< lines end in \n here
    std::string service, secret, signature;
    PathRule rule;
    std::string reason;
  };
  const std::string kSuite = "Host:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n";
  const std::string kOther = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  const std::vector<Row> rows{
      {"GET / HTTP/1.1\n" + kSuite, "service", kSecret,
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", PathRule::kNormalised,
       "get-vanilla"},
      {"GET /?Param2=value2&Param1=value1 HTTP/1.1\n" + kSuite, "service", kSecret,
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500", PathRule::kNormalised,
       "get-vanilla-query-order-key-case"},
      {"POST / HTTP/1.1\n" + kSuite, "service", kSecret,
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", PathRule::kNormalised,
       "post-vanilla"},
      {"GET /./ HTTP/1.1\n" + kSuite, "service", kSecret,
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", PathRule::kNormalised,
       "normalize-path/get-slash-dot-slash"},
      {"GET /example/.. HTTP/1.1\n" + kSuite, "service", kSecret,
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", PathRule::kNormalised,
       "normalize-path/get-relative"},
      {"GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\nContent-Type: application/x-www-form-urlencoded; "
       "charset=utf-8\nHost: iam.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n",
       "iam", kSecret, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
       PathRule::kNormalised, "the example of the documentation"},
      {"GET /test.txt HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\nRange: bytes=0-9\n"
       "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
       "X-Amz-Date: 20130524T000000Z\n",
       "s3", kOther, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", PathRule::kAsSent,
       "the example of S3's documentation"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    std::string text;
    for (const std::string& line : split(row.head, '\n')) text += line + "\r\n";
    const auto head = parseHead(text);
    REQUIRE(head);
    Authorization given;
    given.scope = {head->find("X-Amz-Date")->substr(0, 8), "us-east-1", row.service};
    for (const Header& header : head->headers) given.signedHeaders.push_back(lower(header.name));
    std::sort(given.signedHeaders.begin(), given.signedHeaders.end());
    CHECK(computed(*head, given, sha256Hex(""), row.secret, row.rule) == row.signature);
  }
}

TEST_CASE("paths and queries have one canonical form") {
  struct Row {
    std::string given, expected, reason;
  };
  for (const Row& row : std::vector<Row>{{"", "/", "no path"},
                                         {"/", "/", "root"},
                                         {"/a/", "/a/", "the last slash stays"},
                                         {"//a//b", "/a/b", "one slash for several"},
                                         {"/a/./b/../c", "/a/c", "dots"},
                                         {"/..", "/", "above the root is the root"},
                                         {"/a%20b", "/a%2520b", "what is encoded is encoded once more"},
                                         {"/a b~", "/a%20b~", "and what is not, once"}}) {
    INFO(row.reason);
    CHECK(canonicalPath(row.given, PathRule::kNormalised) == row.expected);
  }
  CHECK(canonicalPath("/a//../%2B", PathRule::kAsSent) == "/a//../%2B");
  for (const Row& row : std::vector<Row>{{"", "", "none"},
                                         {"b=1&a=2", "a=2&b=1", "sorted"},
                                         {"a=2&a=1", "a=1&a=2", "by value, too"},
                                         {"a", "a=", "without a value"},
                                         {"a=b=c", "a=b%3Dc", "the first = counts"},
                                         {"a=x+y", "a=x%20y", "a plus is a blank, as our routes read it"},
                                         {"a=x%2By", "a=x%2By", "an encoded plus is none"},
                                         {"a=%7e/", "a=~%2F", "encoded anew"},
                                         {"a=%4", "a=%254", "a broken escape is text"},
                                         {"&&a=1&", "a=1", "empty parts"}}) {
    INFO(row.reason);
    CHECK(canonicalQuery(row.given) == row.expected);
  }
}

TEST_CASE("a malformed Authorization says what is wrong") {
  const std::string credential = "Credential=K/20260101/r/personalize/aws4_request";
  const std::string signature = "Signature=" + std::string(64, 'a');
  struct Row {
    std::string text, expected, reason;
  };
  const std::vector<Row> rows{
      {"AWS4-HMAC-SHA256 " + credential + ",SignedHeaders=host," + signature, "", "without blanks"},
      {"AWS4-HMAC-SHA256  " + credential + " ,  SignedHeaders=host , " + signature + " ", "", "with many"},
      {"AWS4-ECDSA-P256-SHA256 " + credential, "algorithm", "another algorithm"},
      {"AWS4-HMAC-SHA256", "Credential", "nothing else"},
      {"AWS4-HMAC-SHA256 Credential", "without =", "no value"},
      {"AWS4-HMAC-SHA256 " + credential + ", " + credential + ", SignedHeaders=host, " + signature, "twice",
       "a part twice"},
      {"AWS4-HMAC-SHA256 " + credential + ", " + signature, "no SignedHeaders", "a part is missing"},
      {"AWS4-HMAC-SHA256 Credential=K/20260101/r/aws4_request, SignedHeaders=host, " + signature,
       "five parts", "four parts"},
      {"AWS4-HMAC-SHA256 Credential=K/2026-1-1/r/personalize/aws4_request, SignedHeaders=host, " + signature,
       "yyyymmdd", "another form of date"},
      {"AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=Host, " + signature, "lower-case", "upper case"},
      {"AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=x;host, " + signature, "sorted", "not sorted"},
      {"AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host;host, " + signature, "sorted", "twice"},
      {"AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host, Signature=AA", "64", "a short signature"},
      {"AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=, " + signature, "64", "no headers"},
  };
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.text);
    const auto parsed = parseAuthorization(row.text);
    if (row.reason == "no headers") {
      // No header at all is of the form; the gate asks for Host.
      CHECK(parsed.has_value());
      continue;
    }
    CHECK(parsed.has_value() == row.expected.empty());
    if (!parsed) CHECK(parsed.error().message.find(row.expected) != std::string::npos);
  }
}

TEST_CASE("times of the basic form") {
  CHECK(basicTime(*parseTime("2026-11-22T08:15:00.5Z")) == "20261122T081500Z");
  CHECK(parseBasicTime("20261122T081500Z") == parseTime("2026-11-22T08:15:00Z"));
  for (const char* wrong :
       {"", "2026-11-22T08:15:00Z", "20261122T081500", "20261322T081500Z", "20261122T08150xZ"}) {
    INFO(wrong);
    CHECK_FALSE(parseBasicTime(wrong));
  }
}

}  // namespace sigv4_test
