// What is known of the log, by time and hash.
#include <catch2/catch.hpp>

#include "controller/data/known_rows.h"

namespace proffer::data::known_rows_test {

TEST_CASE("a row is known by its time and all of its hash") {
  KnownRows known;
  CHECK(known.add(5, {1, 2}, 1));
  CHECK(!known.add(5, {1, 2}, 2));
  CHECK(known.add(6, {1, 2}, 3));
  CHECK(known.add(5, {9, 2}, 4));
  CHECK(known.add(5, {1, 9}, 5));
  known.remove(5, {1, 2});
  CHECK(known.add(5, {1, 2}, 6));
  CHECK(known.size() == 4);
}

TEST_CASE("old rows are forgotten, but for those that are kept") {
  KnownRows known;
  for (int64_t i = 1; i <= 100'000; ++i) CHECK(known.add(0, hash128(std::to_string(i)), i));
  known.forget(99'990, {7, 99'995});
  CHECK(known.size() == 11);
  CHECK(!known.add(0, hash128("7"), 200'000));
  CHECK(!known.add(0, hash128("99991"), 200'001));
  CHECK(known.add(0, hash128("8"), 200'002));
}

}  // namespace proffer::data::known_rows_test
