// The MovieLens files as they are downloaded. Their directory is PROFFER_TEST_DATA/movielens-small.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/data/support.h"

namespace proffer::data::movielens_test {

TEST_CASE("MovieLens is imported by its mapping alone") {
  const char* data = std::getenv("PROFFER_TEST_DATA");
  if (!data) {
    WARN("PROFFER_TEST_DATA is not set: not tried with MovieLens");
    return;
  }
  Place place;
  const auto roots =
      SourceRoots::of({{"default", std::filesystem::path(data) / "movielens-small"}}, io::posixFileSystem())
          .value();
  auto ratings = source("ratings.csv");
  ratings.columns = {{"USER_ID", "userId"}, {"ITEM_ID", "movieId"}, {"EVENT_VALUE", "rating"}};
  ratings.constants = {{"EVENT_TYPE", "Watch"}, {"DEVICE", ""}};
  auto movies = source("movies.csv");
  movies.columns = {{"ITEM_ID", "movieId"}, {"GENRES", "genres"}, {"DESCRIPTION", "title"}};
  movies.constants = {{"PRICE", ""}, {"CREATION_TIMESTAMP", ""}};
  Progress progress;
  ImportReport report;
  REQUIRE(place.store()
              .importDataset("group", dataset(DatasetType::kInteractions, interactionFields(), {ratings}),
                             roots, 1, 1, progress, report)
              .has_value());
  CHECK(report.rowsKept == 100'836);
  CHECK(report.newUsers == 610);
  CHECK(report.newItems == 9'724);
  REQUIRE(place.store()
              .importDataset("group", dataset(DatasetType::kItems, itemFields(), {movies}), roots, 2, 1,
                             progress, report)
              .has_value());
  CHECK(report.rowsKept == 9'742);
  const auto snapshot = place.snapshot();
  CHECK(snapshot->interactions().rowCount() == 100'836);
  CHECK(snapshot->items()->rowCount() == 9'742);
  CHECK(snapshot->items()->text(snapshot->findItem("11"), 3) == "American President, The (1995)");
  recipes::Interactions::Scratch scratch;
  CHECK(snapshot->interactions().history(snapshot->findUser("1"), scratch).size() == 232);
}

}  // namespace proffer::data::movielens_test
