// The table of operations is the service's model, and docs/compatibility.md is the table.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "controller/wire/compatibility.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/service_model.h"

namespace compatibility_test {

using namespace proffer;
using namespace proffer::wire;

namespace {

// "solutionConfig.hpoConfig.hpoObjective" in the shape.
bool hasMember(const Shape* shape, const std::string& path) {
  for (const auto& name : split(path, '.')) {
    if (shape == nullptr) return false;
    const Shape* next = nullptr;
    bool found = false;
    for (const Member& member : shape->members)
      if (member.name == name) {
        next = member.shape;
        found = true;
      }
    if (!found) return false;
    shape = next;
  }
  return true;
}

}  // namespace

TEST_CASE("every operation of the model is in the table, and no other") {
  std::vector<std::string> modelled, known;
  for (const ModelOperation& operation : ServiceModel::get().operations())
    if (operation.service == "personalize") modelled.push_back(operation.name);
  for (const Operation& operation : operations()) known.emplace_back(operation.name);
  CHECK(modelled.size() == 71);
  CHECK(known == modelled);
}

TEST_CASE("what the table says has no effect is a member of the operation's input") {
  for (const Operation& operation : operations())
    for (const std::string& path : split(operation.ignored, ' ')) {
      INFO(operation.name << " " << path);
      CHECK(hasMember(ServiceModel::get().operation(operation.name)->input, path));
    }
}

TEST_CASE("the rows of kinds name operations and shapes that there are") {
  for (const Kind& kind : kinds()) {
    INFO(kind.kind);
    CHECK(ServiceModel::get().shape(kind.summary) != nullptr);
    std::string noun(kind.noun);
    noun[0] = upper(noun.substr(0, 1))[0];
    REQUIRE(ServiceModel::get().operation("Describe" + noun) != nullptr);
    CHECK(ServiceModel::get().operation("Describe" + noun)->input->members[0].name ==
          std::string(kind.noun) + "Arn");
    CHECK(ServiceModel::get().operation("Describe" + noun)->output->members[0].name == kind.noun);
  }
}

TEST_CASE("docs/compatibility.md is what the tables say") {
  const std::string path = PROFFER_SOURCE_DIR "/docs/compatibility.md";
  if (std::getenv("PROFFER_UPDATE_EXPECTED") != nullptr) std::ofstream(path) << compatibilityDocument();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == compatibilityDocument());
}

TEST_CASE("patterns take what the service's do") {
  struct Row {
    const char *pattern, *text;
    bool matches;
    const char* reason;
  };
  for (const Row& row : {
           Row{"name", "a", true, "one letter"},
           Row{"name", "9-_z", true, "a digit may begin"},
           Row{"name", "-a", false, "a dash may not"},
           Row{"name", "a.b", false, "no dots"},
           Row{"arn", "arn:aws:personalize:::recipe/aws-sims", true, "no region, no account"},
           Row{"arn", "arn:aws-cn:personalize:cn:1:campaign/a:b", true, "a colon in the suffix"},
           Row{"arn", "arn:aws:personalize:::", false, "no suffix"},
           Row{"arn", "arn:aws:iam::1:role/a", false, "another service"},
           Row{"role", "arn:aws:iam::123456789012:role/Path/Name", true, "with a path"},
           Row{"role", "arn:aws:iam::12345678901:role/Name", false, "eleven digits"},
           Row{"role", "arn:aws:iam::123456789012:user/Name", false, "a user"},
           Row{"location", "s3://b/k", true, "a bucket"},
           Row{"location", "s3://", false, "nothing behind"},
           Row{"days", "rate(1 day)", true, "singular"},
           Row{"days", "rate(14 days)", true, "plural"},
           Row{"days", "rate(2 hours)", false, "hours"},
           Row{"days", "rate( days)", false, "no number"},
           Row{"tag", "team: search/1", true, "the allowed marks"},
           Row{"tag", "a!b", false, "another mark"},
           Row{"kmsKey", "arn:aws:kms:eu:123456789012:key/1", true, "a key"},
           Row{"kmsKey", "arn:aws:kms:eu:1:key/1", false, "a short account"},
       }) {
    INFO(row.reason << ": " << row.text);
    CHECK(matchesPattern(row.pattern, row.text) == row.matches);
  }
}

}  // namespace compatibility_test
