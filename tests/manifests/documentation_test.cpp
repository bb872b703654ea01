// What the tables say to people and editors.
#include "manifests/documentation.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "manifests/kind_table.h"

namespace documentation_test {

using namespace proffer;

TEST_CASE("docs/manifests.md is what the tables say") {
  const auto path = std::filesystem::path(PROFFER_SOURCE_DIR) / "docs" / "manifests.md";
  if (std::getenv("PROFFER_ACCEPT") != nullptr) std::ofstream(path) << manifestReference();
  std::ifstream stream(path);
  std::stringstream committed;
  committed << stream.rdbuf();
  INFO("stale: run this test with PROFFER_ACCEPT=1 and commit docs/manifests.md");
  CHECK((committed.str() == manifestReference()));
}

TEST_CASE("explain answers for every kind and every field of every table") {
  for (const auto& kind : allKinds()) {
    INFO(kind.kind);
    CHECK(explain(kind.kind));
    CHECK(explain(kind.kind + ".spec"));
    CHECK(explain(kind.kind + ".metadata.name"));
    for (const auto& field : kind.fields) {
      INFO(field.name);
      const auto text = explain(kind.plural + "." + field.name);
      REQUIRE(text);
      CHECK(text->find(field.help) != std::string::npos);
      for (const auto& inner : field.fields)
        CHECK(explain(kind.kind + ".spec." + field.name + "." + inner.name));
    }
  }
}

TEST_CASE("explain looks through lists, maps and alternatives, and helps with typos") {
  CHECK(explain("dataset.sources.where.operator"));
  CHECK(explain("dataset.sources[0].csv"));
  CHECK(explain("dataset.schema.fields.categorical"));
  CHECK(explain("solution.hpo.ranges.minimum"));
  struct Row {
    std::string_view path, hint;
  };
  for (const auto& row : {Row{"recomender", "did you mean \"recommender\"?"},
                          Row{"recommender.usecas", "did you mean \"useCase\"?"},
                          Row{"campaign.exploration.wieght", "did you mean \"weight\"?"},
                          Row{"campaign.solution.x", "nothing is below it"}}) {
    INFO(row.path);
    const auto text = explain(row.path);
    REQUIRE_FALSE(text);
    CHECK(text.error().code == ErrorCode::kNotFound);
    CHECK(upper(text.error().hint) == upper(row.hint));
  }
}

TEST_CASE("the JSON schema names every kind and points only at what is there") {
  const Json schema = manifestSchema();
  CHECK(schema["$defs"].size() == allKinds().size());
  for (const auto& rule : schema["allOf"]) {
    const auto name = rule["if"]["properties"]["kind"]["const"].get<std::string>();
    CHECK(rule["then"]["$ref"] == "#/$defs/" + name);
    CHECK(schema["$defs"].contains(name));
  }
  CHECK(schema["$defs"]["Recommender"]["properties"]["metadata"]["required"] ==
        Json::array({"name", "group"}));
  CHECK(schema["$defs"]["Dataset"]["properties"]["spec"]["properties"]["schema"]["anyOf"].size() == 2);
}

}  // namespace documentation_test
