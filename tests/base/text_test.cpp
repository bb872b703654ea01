#include "base/text.h"

#include <catch2/catch.hpp>

namespace text_test {

using namespace proffer;

TEST_CASE("the nearest word is the one that was meant") {
  const std::vector<std::string> words{"top-picks-for-you", "most-popular", "trending-now", "Recommender",
                                       "Solution"};
  struct Row {
    const char* reason;
    const char* word;
    std::optional<std::string> expected;
  };
  const Row rows[] = {
      {"a swap is one edit", "most-popualr", "most-popular"},
      {"case is no difference", "recommender", "Recommender"},
      {"a letter missing", "Soluton", "Solution"},
      {"a beginning says enough", "top-pick", "top-picks-for-you"},
      {"too far from everything", "giraffe", std::nullopt},
      {"hostile length costs nothing",
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", std::nullopt},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reason);
    CHECK(nearest(row.word, words) == row.expected);
  }
  CHECK(didYouMean("Soluton", words) == "did you mean \"Solution\"?");
  CHECK(didYouMean("giraffe", words).empty());
}

TEST_CASE("text that is shown is safe to show") {
  CHECK(quoted("a\"b\n\x01") == R"("a\"b\n\x01")");
  CHECK(quoted("\xff\xfe") == R"("\xff\xfe")");
  CHECK(quoted("äöü", 2) == "\"äö...\"");
  CHECK(withThousands(1234567) == "1,234,567");
  CHECK(withThousands(-123) == "-123");
  CHECK(withThousands(0) == "0");
}

TEST_CASE("UTF-8 is checked and measured") {
  CHECK(isUtf8("Amélie 東京"));
  CHECK_FALSE(isUtf8("\xc0\x80"));
  CHECK_FALSE(isUtf8("\xed\xa0\x80"));
  CHECK_FALSE(isUtf8("a\xe6\x9d"));
  CHECK(displayWidth("Amélie") == 6);
  CHECK(displayWidth("東京") == 4);
  CHECK(displayWidth("e\xCC\x81") == 1);
}

TEST_CASE("splitting keeps empty parts") {
  CHECK(split("", '|').empty());
  CHECK(split("a||b", '|') == std::vector<std::string>{"a", "", "b"});
  CHECK(split("a|", '|') == std::vector<std::string>{"a", ""});
  CHECK(join(split("a||b", '|'), ",") == "a,,b");
  CHECK(trim("  a b \r\n") == "a b");
}

}  // namespace text_test
