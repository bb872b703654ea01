#include "dsl/parse.h"
#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(FilterSpec) {
  binding.add("expression", &FilterSpec::expression, "What is included and excluded.")
      .required()
      .as(ValueType::kExpression)
      .atLeast(1)
      .atMost(dsl::kLongest)
      .example("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"Purchase\")");
  binding
      .add("dialect", &FilterSpec::dialect,
           "personalize: exactly the language of Amazon Personalize; extended: more.")
      .oneOf({"extended", "personalize"});
}

// Syntax only: which fields there are is known when the group's schemas are (the Filter's reconciler). The
// errors keep their place within the expression; the reader of a manifest turns it into that in the file.
static void refineFilter(Json& spec, std::vector<Error>& errors) {
  const std::string expression = stringMember(spec, "expression");
  const bool personalize = stringMember(spec, "dialect") == "personalize";
  if (personalize && expression.size() > dsl::kLongestPersonalize) {
    errors.push_back(kinds::wrong("expression",
                                  fmt::format("is {} characters long, the personalize dialect allows {}",
                                              expression.size(), dsl::kLongestPersonalize),
                                  "shorten it, or use the extended dialect"));
    return;
  }
  auto parsed = dsl::parse(expression, personalize ? dsl::Dialect::kPersonalize : dsl::Dialect::kExtended);
  for (Error& error : parsed.errors) errors.push_back(std::move(error).in("expression"));
}

KindTable kinds::filter() {
  return {.kind = "Filter",
          .plural = "filters",
          .shortNames = {},
          .help = "An expression that says which items may be recommended to whom.",
          .arnPart = "filter",
          .fields = bindingOf<FilterSpec>().fields(),
          .refine = refineFilter};
}

}  // namespace proffer
