#include <catch2/catch.hpp>

#include "controller/client/transport.h"

namespace errors_test {

using namespace proffer;
using namespace proffer::client;

TEST_CASE("what a server answers becomes an error, whatever it answers") {
  struct Row {
    int status;
    std::string body;
    ErrorCode code;
    std::string message, reason;
  };
  const std::vector<Row> rows{
      {404, R"({"error":{"type":"NotFound","message":"no such thing"}})", ErrorCode::kNotFound,
       "no such thing", "Proffer's form"},
      {400,
       R"({"error":{"type":"InvalidInput","message":"a"},"errors":[{"type":"InvalidInput","message":"b"}]})",
       ErrorCode::kInvalidInput, "b", "the list has all of them"},
      {400, R"({"__type":"InvalidInputException","message":"m"})", ErrorCode::kInvalidInput, "m",
       "the service's form"},
      {429, R"({"message":"slow down"})", ErrorCode::kLimitExceeded, "slow down", "the code of the status"},
      {502, "<html>bad gateway</html>", ErrorCode::kIo,
       "http://s answered with status 502, not in Proffer's form", "a proxy"},
      {503, "", ErrorCode::kIo, "http://s answered with status 503, not in Proffer's form",
       "a proxy that does not reach its server"},
      {503, R"({"error":{"type":"Unavailable","message":"not yet"}})", ErrorCode::kUnavailable, "not yet",
       "the server's own word"},
      {400, "{\"errors\":[]}", ErrorCode::kInvalidInput,
       "http://s answered with status 400, not in Proffer's form", "an empty list"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const std::vector<Error> errors = errorsOf({row.status, "", row.body}, "http://s");
    REQUIRE(!errors.empty());
    CHECK(errors.front().code == row.code);
    CHECK(errors.front().message == row.message);
  }
}

TEST_CASE("a server that is not there is not reached, with what to do") {
  // Port 1 of this machine is reserved; nothing listens there.
  Client client("http://127.0.0.1:1");
  const auto answer = client.list({});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::kIo);
  CHECK(answer.error().hint.find("proffer serve") != std::string::npos);
  CHECK(answer.error().message.find("http://127.0.0.1:1") != std::string::npos);
}

TEST_CASE("an address that cannot be read fails every call") {
  Client client("ftp://example");
  CHECK(client.list({}).error().code == ErrorCode::kInvalidInput);
  CHECK(client.serverVersion().error().code == ErrorCode::kInvalidInput);
}

}  // namespace errors_test
