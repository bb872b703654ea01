#include "controller/store/route_settings.h"

#include <catch2/catch.hpp>

namespace route_settings_test {

using namespace proffer;

TEST_CASE("route settings survive being written and read", "[route_settings]") {
  RouteSettings settings;
  settings.recipe = "aws-vod-top-picks";
  settings.useCase = "top-picks-for-you";
  settings.family = "sequence";
  settings.needsUser = false;
  settings.needsItem = true;
  settings.scores = true;
  settings.metadata = true;
  settings.automaticFilter = {"Watch", "Finish"};
  settings.fallback = true;
  settings.stopped = true;
  settings.popularityInfluence = 0.25;
  settings.freshnessInfluence = 1;
  settings.explorationWeight = 0.3;
  settings.explorationCutOff = 20 * 86400;
  const auto read = routeSettingsFromJson(toJson(settings));
  REQUIRE(read);
  CHECK(toJson(*read) == toJson(settings));
  CHECK(read->automaticFilter == settings.automaticFilter);
  CHECK(read->fallback);
  CHECK(read->stopped);
  CHECK(read->popularityInfluence == 0.25);
  CHECK(read->explorationCutOff == 20 * 86400);

  const auto defaults = routeSettingsFromJson(Json::object());
  REQUIRE(defaults);
  CHECK(toJson(*defaults) == toJson(RouteSettings{}));

  CatalogueSettings catalogue;
  catalogue.titleColumn = "TITLE";
  catalogue.catalogueOnly = true;
  catalogue.interactions = "uid";
  const auto readCatalogue = catalogueSettingsFromJson(toJson(catalogue));
  REQUIRE(readCatalogue);
  CHECK(readCatalogue->titleColumn == "TITLE");
  CHECK(readCatalogue->catalogueOnly);
  CHECK(readCatalogue->interactions == "uid");
  CHECK_FALSE(catalogueSettingsFromJson(Json::object())->catalogueOnly);
}

TEST_CASE("settings that would be misread are refused with their field", "[route_settings]") {
  struct {
    const char* json;
    const char* field;
    const char* reason;
  } const rows[] = {
      {R"([])", "", "not an object"},
      {R"(null)", "", "nothing"},
      {R"({"family":7})", "family", "a number for a word"},
      {R"({"stopped":"yes"})", "stopped", "a word for a flag"},
      {R"({"automaticFilter":"Watch"})", "automaticFilter", "a word for a list"},
      {R"({"automaticFilter":["Watch",1]})", "automaticFilter", "a number in a list of words"},
      {R"({"freshnessInfluence":2})", "freshnessInfluence", "more than everything"},
      {R"({"popularityInfluence":"1"})", "popularityInfluence", "a word for a number"},
      {R"({"explorationWeight":1.5})", "explorationWeight", "more than all slots"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto read = routeSettingsFromJson(*parseJson(row.json));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kCorrupt);
    CHECK(read.error().field == row.field);
  }
  CHECK(catalogueSettingsFromJson(*parseJson(R"({"titleColumn":[]})")).error().field == "titleColumn");
  CHECK(catalogueSettingsFromJson(*parseJson(R"({"catalogueOnly":1})")).error().field == "catalogueOnly");
}

}  // namespace route_settings_test
