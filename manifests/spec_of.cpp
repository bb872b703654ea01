// From normalised JSON to the typed specs, by the bindings.
#include "manifests/binding.h"
#include "manifests/specs.h"

namespace proffer {

template <class Spec>
struct KindOf;

template <class Spec>
Result<Spec> specFromJson(const Json& json) {
  Spec spec;
  if (const auto wrong = bindingOf<Spec>().read(json, spec))
    return fail(makeError(ErrorCode::kInternal, "the spec is not normalised")
                    .in(wrong->empty() ? "spec" : "spec." + *wrong));
  return spec;
}

template <class Spec>
Result<Spec> specOf(const Resource& resource) {
  if (resource.kind != KindOf<Spec>::kName)
    return fail(ErrorCode::kInternal, "a {} was read as a {}", resource.kind, KindOf<Spec>::kName);
  return specFromJson<Spec>(resource.spec);
}

#define PROFFER_SPEC(Kind)                                           \
  template <>                                                        \
  struct KindOf<Kind##Spec> {                                        \
    static constexpr std::string_view kName = #Kind;                 \
  };                                                                 \
  template Result<Kind##Spec> specFromJson<Kind##Spec>(const Json&); \
  template Result<Kind##Spec> specOf<Kind##Spec>(const Resource&)
PROFFER_SPEC(DatasetGroup);
PROFFER_SPEC(Schema);
PROFFER_SPEC(Dataset);
PROFFER_SPEC(DatasetImport);
PROFFER_SPEC(DatasetExport);
PROFFER_SPEC(DataDeletion);
PROFFER_SPEC(EventTracker);
PROFFER_SPEC(Filter);
PROFFER_SPEC(Recommender);
PROFFER_SPEC(Solution);
PROFFER_SPEC(SolutionVersion);
PROFFER_SPEC(Campaign);
PROFFER_SPEC(Experiment);
PROFFER_SPEC(BatchInferenceJob);
PROFFER_SPEC(BatchSegmentJob);
PROFFER_SPEC(MetricAttribution);
PROFFER_SPEC(GitSource);
#undef PROFFER_SPEC

}  // namespace proffer
