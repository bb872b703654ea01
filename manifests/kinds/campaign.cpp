#include "manifests/kinds/kinds.h"

namespace proffer {

PROFFER_BINDING(VersionGate) {
  binding.add("metric", &VersionGate::metric, "An offline metric of the version.")
      .required()
      .atLeast(1)
      .example("precision_at_10");
  binding.add("operator", &VersionGate::op, "How it must compare.").required().oneOf({">=", ">", "<=", "<"});
  binding.add("value", &VersionGate::value, "What it is compared with.").required();
}

PROFFER_BINDING(CampaignSpec) {
  kinds::addVersionChoice(binding, true);
  binding
      .add("gates", &CampaignSpec::gates, "What a version's metrics must reach; only with `version: gated`.")
      .atMost(20)
      .example("[{metric: coverage, operator: \">=\", value: 0.1}]");
  binding
      .add("minProvisionedTPS", &CampaignSpec::minProvisionedTPS,
           "Kept for the service's API; this server always uses what it has.")
      .atLeast(1)
      .atMost(1e6);
  binding.add("exploration", &CampaignSpec::exploration,
              "How new items get their chance; only for recipes that explore.");
  binding
      .add("rankingInfluence", &CampaignSpec::rankingInfluence,
           "How much popularity and freshness count; only for aws-semantic-similarity.")
      .keys([](FieldEditor& key) {
        key.oneOf({"POPULARITY", "FRESHNESS"});
      })
      .each([](FieldEditor& value) { value.atLeast(0).atMost(1); })
      .example("{FRESHNESS: 0.2}");
  binding.add("metadata", &CampaignSpec::metadata, "Whether answers may carry item columns.");
}

static void refineCampaign(Json& spec, std::vector<Error>& errors) {
  if (!spec.contains("version")) return;  // it has a default: what was said there is wrong
  const bool gated = stringMember(spec, "version") == "gated";
  if (gated && !spec.contains("gates"))
    errors.push_back(kinds::wrong("version", "is gated, but there are no gates",
                                  "say under gates what a version must reach"));
  if (!gated && spec.contains("gates"))
    errors.push_back(kinds::wrong("gates", "only mean something with `version: gated`",
                                  "set the version to gated, or remove them"));
}

KindTable kinds::campaign() {
  return {.kind = "Campaign",
          .plural = "campaigns",
          .shortNames = {"camp"},
          .help = "Serves a version of a solution: the newest, the newest good enough, or a fixed one.",
          .arnPart = "campaign",
          .fields = bindingOf<CampaignSpec>().fields(),
          .refine = refineCampaign};
}

}  // namespace proffer
