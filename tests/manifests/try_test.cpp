#include <catch2/catch.hpp>
#include "manifests/reader.h"
#include "manifests/kind_table.h"
using namespace proffer;
TEST_CASE("try") {
  const char* file = getenv("TRY");
  if (!file) return;
  FILE* f = fopen(file, "r");
  std::string text(20 << 20, 0);
  text.resize(fread(text.data(), 1, text.size(), f));
  fclose(f);
  const auto set = readManifests({{file, text}});
  for (const auto& e : set.errors) puts(formatError(e, true).c_str());
  for (const auto& m : set.manifests) puts(dumpJson(toJson(m.resource), 1).c_str());
}
