#include "manifests/kinds/kinds.h"

namespace proffer {

static constexpr size_t kLongestExpression = 20'000, kLongestServiceExpression = 2'500;

PROFFER_BINDING(FilterSpec) {
  binding.add("expression", &FilterSpec::expression, "What is included and excluded.")
      .required()
      .as(ValueType::kExpression)
      .atLeast(1)
      .atMost(kLongestExpression)
      .example("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"Purchase\")");
  binding
      .add("dialect", &FilterSpec::dialect,
           "personalize: exactly the language of Amazon Personalize; extended: more.")
      .oneOf({"extended", "personalize"});
}

static void refineFilter(Json& spec, std::vector<Error>& errors) {
  const auto length = stringMember(spec, "expression").size();
  if (stringMember(spec, "dialect") == "personalize" && length > kLongestServiceExpression)
    errors.push_back(kinds::wrong("expression",
                                  fmt::format("is {} characters long, the personalize dialect allows {}",
                                              length, kLongestServiceExpression),
                                  "shorten it, or use the extended dialect"));
}

KindTable kinds::filter() {
  return {.kind = "Filter",
          .plural = "filters",
          .shortNames = {},
          .implemented = false,
          .help = "An expression that says which items may be recommended to whom.",
          .arnPart = "filter",
          .fields = bindingOf<FilterSpec>().fields(),
          .refine = refineFilter};
}

}  // namespace proffer
