#include <catch2/catch.hpp>

#include "manifests/kind_table.h"
#include "manifests/reader.h"
#include "manifests/specs.h"

using namespace proffer;

TEST_CASE("every kind has a table, a name and help for every field") {
  REQUIRE(allKinds().size() == 17);
  for (const auto& table : allKinds()) {
    INFO(table.kind);
    CHECK(findKind(table.plural) == &table);
    CHECK_FALSE(table.help.empty());
    for (const auto& field : table.fields) {
      INFO(field.name);
      CHECK_FALSE(field.help.empty());
    }
  }
}
