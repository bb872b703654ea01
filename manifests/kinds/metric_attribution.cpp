#include "base/text.h"
#include "manifests/kinds/kinds.h"
#include "manifests/names.h"

namespace proffer {

// SUM(Items.COL), SUM(Interactions.COL) or SAMPLECOUNT(), written as the documentation writes them.
static void refineExpression(Json& value, std::vector<Error>& errors) {
  std::string text = value.get<std::string>();
  std::erase(text, ' ');
  const std::string folded = upper(text);
  if (folded == "SAMPLECOUNT()") {
    value = "SAMPLECOUNT()";
    return;
  }
  for (const std::string dataset : {"Items", "Interactions"}) {
    const std::string begin = "SUM(" + upper(dataset) + ".";
    if (!folded.starts_with(begin) || !folded.ends_with(")")) continue;
    const std::string column = folded.substr(begin.size(), folded.size() - begin.size() - 1);
    if (!isColumnName(column)) continue;
    value = fmt::format("SUM({}.{})", dataset, column);
    return;
  }
  errors.push_back(kinds::wrong(
      "", fmt::format("{} is not a metric's expression", quoted(value.get_ref<const std::string&>())),
      "allowed: SUM(Items.COLUMN), SUM(Interactions.COLUMN), SAMPLECOUNT()"));
}

PROFFER_BINDING(AttributedMetric) {
  binding.add("name", &AttributedMetric::name, "The metric's name in reports.")
      .required()
      .atLeast(1)
      .atMost(256);
  binding.add("eventType", &AttributedMetric::eventType, "The events that it counts.")
      .required()
      .atLeast(1)
      .atMost(256);
  binding.add("expression", &AttributedMetric::expression, "What is added up for each.")
      .required()
      .atMost(256)
      .refine(refineExpression)
      .example("SUM(Items.PRICE)");
}

PROFFER_BINDING(MetricAttributionSpec) {
  binding.add("metrics", &MetricAttributionSpec::metrics, "What is reported.")
      .required()
      .atLeast(1)
      .atMost(10)
      .example("[{name: revenue, eventType: Purchase, expression: SUM(Items.PRICE)}]");
  binding
      .add("output", &MetricAttributionSpec::output,
           "The directory that reports go to; left out: only the status.")
      .as(ValueType::kPath);
}

static void refineMetricAttribution(Json& spec, std::vector<Error>& errors) {
  std::map<std::string, size_t> seen;
  const Json& metrics = member(spec, "metrics");
  for (size_t i = 0; i < metrics.size(); ++i)
    if (!seen.emplace(stringMember(metrics[i], "name"), i).second)
      errors.push_back(
          kinds::wrong(fmt::format("metrics[{}].name", i),
                       fmt::format("two metrics are called {}", quoted(stringMember(metrics[i], "name")))));
}

KindTable kinds::metricAttribution() {
  return {.kind = "MetricAttribution",
          .plural = "metricattributions",
          .shortNames = {"attribution", "ma"},
          .implemented = false,
          .help = "What recommendations brought, by campaign and recommender.",
          .arnPart = "metric-attribution",
          .fields = bindingOf<MetricAttributionSpec>().fields(),
          .refine = refineMetricAttribution};
}

}  // namespace proffer
