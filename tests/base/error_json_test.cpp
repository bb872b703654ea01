#include "base/error_json.h"

#include <catch2/catch.hpp>

namespace error_json_test {

using namespace proffer;

TEST_CASE("an error survives its JSON form") {
  const std::vector<Error> errors{
      makeError(ErrorCode::kInternal, "plain"),
      makeError(ErrorCode::kInvalidInput, "unknown use case \"x\"")
          .in("spec.useCase")
          .at({"shop.yaml", 14, 12})
          .hinting("did you mean \"y\"?"),
      makeError(ErrorCode::kGone, "a position without a file").at({"", 3, 1}),
      makeError(ErrorCode::kIo, "a file without a position").at({"a.csv", 0, 0}),
  };
  for (const Error& error : errors) {
    INFO(dumpJson(toJson(error)));
    CHECK(errorFromJson(toJson(error)) == error);
  }
  CHECK(dumpJson(toJson(errors[1])) ==
        R"({"type":"InvalidInput","message":"unknown use case \"x\"","field":"spec.useCase",)"
        R"("position":{"file":"shop.yaml","line":14,"column":12},"hint":"did you mean \"y\"?"})");
}

TEST_CASE("an error is read from JSON of any shape") {
  struct Row {
    std::string json;
    std::string reason;
  };
  const std::vector<Row> rows{{"null", "nothing"},
                              {"[1]", "a list"},
                              {R"({"type":7,"message":[],"position":"x"})", "members of other types"},
                              {R"({"position":{"line":"x","column":1.5}})", "a position of other types"}};
  for (const Row& row : rows) {
    INFO(row.reason);
    CHECK(errorFromJson(*parseJson(row.json)).code == ErrorCode::kInternal);
  }
}

}  // namespace error_json_test
