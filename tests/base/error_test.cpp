#include "base/error.h"

#include <catch2/catch.hpp>

namespace error_test {

using namespace proffer;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0)
    return fail(makeError(ErrorCode::kInvalidInput, "{} is odd", number).in("spec.number"));
  return number / 2;
}

Result<int> quarter(int number) {
  PROFFER_TRY(const int first, half(number));
  PROFFER_TRY(const int second, half(first));
  return second;
}

}  // namespace

TEST_CASE("errors travel through PROFFER_TRY with everything they carry") {
  CHECK(quarter(12).value() == 3);
  const auto failed = quarter(6);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "3 is odd");
  CHECK(failed.error().field == "spec.number");
  CHECK(failed.error().wrap("quarter 6").message == "cannot quarter 6: 3 is odd");
}

TEST_CASE("every error code has a name of its own that reads back") {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const auto name = errorCodeName(static_cast<ErrorCode>(code));
    CAPTURE(code, name);
    CHECK(errorCodeFromName(name) == static_cast<ErrorCode>(code));
  }
}

TEST_CASE("an error is printed with what is known of it") {
  struct Row {
    const char* reason;
    Error error;
    bool caret;
    const char* expected;
  };
  const Error bare = makeError(ErrorCode::kInvalidInput, "unknown field");
  Error full = makeError(ErrorCode::kInvalidInput, "unknown use case \"top-pick\"");
  full.position = {"shop.yaml", 14, 12};
  full.field = "spec.useCase";
  full.hint = "did you mean \"top-picks-for-you\"?";
  full.sourceLine = "  useCase: top-pick";
  Error tabs = bare;
  tabs.position = {"a.yaml", 1, 3};
  tabs.sourceLine = "\tä = x";
  const Row rows[] = {
      {"only a message", bare, true, "unknown field"},
      {"position, field and hint on one line", full, false,
       "shop.yaml:14:12: spec.useCase: unknown use case \"top-pick\" (did you mean \"top-picks-for-you\"?)"},
      {"the caret stands under the column", full, true,
       "shop.yaml:14:12: spec.useCase: unknown use case \"top-pick\" (did you mean \"top-picks-for-you\"?)\n"
       "    useCase: top-pick\n             ^"},
      {"tabs stay tabs and a two-byte letter is one column", tabs, true,
       "a.yaml:1:3: unknown field\n  \tä = x\n  \t ^"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reason);
    CHECK(formatError(row.error, row.caret) == row.expected);
  }
}

TEST_CASE("of a long line what stands around the place is shown, with the caret under it") {
  std::string line;
  for (int i = 0; i < 1000; ++i) line += fmt::format("{:03}é", i);  // four characters each
  Error error = makeError(ErrorCode::kInvalidInput, "wrong");
  struct Row {
    const char* reason;
    int column;
    const char* begins;
    const char* ends;
    const char* marked;  // what stands above the caret and behind
  } const rows[] = {
      {"at the beginning", 1, "000é001é", "…", "000é"},
      {"near the beginning, nothing is left out before", 42, "000é001é", "…", "10é"},
      {"in the middle", 2001, "…490é", "514é5…", "500é"},
      {"near the end", 3990, "…", "999é", "97"},
      {"behind the end", 4001, "…", "999é", ""},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    error.position = {"", 1, row.column};
    error.sourceLine = line;
    const std::string text = formatError(error, true);
    const size_t first = text.find('\n'), second = text.rfind('\n');
    const std::string shown = text.substr(first + 3, second - first - 3), caret = text.substr(second + 3);
    CHECK(shown.starts_with(row.begins));
    CHECK(shown.ends_with(row.ends));
    CHECK(shown.size() < 160);
    size_t at = 0;  // the byte above the caret
    for (size_t column = caret.find('^'); column > 0; --column) do
        ++at;
      while (at < shown.size() && (static_cast<unsigned char>(shown[at]) & 0xC0) == 0x80);
    CHECK(shown.substr(at).starts_with(row.marked));
    if (!*row.marked) CHECK(at == shown.size());
    error.sourceLine = shown;  // as it comes over HTTP
    CHECK(formatError(error, true) == text);
  }
  error.position = {"", 1, 3};
  error.sourceLine = std::string(160, 'x');
  CHECK(formatError(error, true).find("…") == std::string::npos);
}

}  // namespace error_test
