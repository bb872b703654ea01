// Putting live data: the service's operations (spec data-plane 3) and Proffer's own routes, which share one
// reader.
#include "controller/http/puts.h"

#include "base/text.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"
#include "controller/http/put_reader.h"

namespace proffer::http {
namespace {

Result<Puts*> putsOf(Services& services) {
  if (services.puts == nullptr) return fail(ErrorCode::kUnavailable, "this server takes no live data");
  return services.puts;
}

Result<data::PutResult> storeRows(Puts& puts, const PutTarget& target, const PutRows& rows) {
  data::PutResult done;
  if (target.live.type == DatasetType::kInteractions ||
      target.live.type == DatasetType::kActionInteractions) {
    PROFFER_TRY(done, puts.live().putEvents(target.groupUid, target.live, rows.events));
  } else {
    PROFFER_TRY(done, puts.live().putRows(target.groupUid, target.live, rows.rows));
  }
  puts.count(target.live.type, done, rows.ignoredValues);
  return done;
}

// A refusal comes before anything of the rows is looked at: it is to be cheap (W25).
Result<void> takeTurn(Puts& puts, const PutTarget& target, Time now) {
  if (!target.limited) return {};
  return puts.rates().take(target.groupUid, target.live.type, now);
}

// Explicit impressions win (E13); those of actions are not used.
void addShown(Services& services, const PutTarget& target, PutRows& rows) {
  if (services.shown == nullptr || target.live.type != DatasetType::kInteractions) return;
  for (data::LiveEvent& event : rows.events)
    if (!event.recommendationId.empty() && event.impression.empty())
      event.shown = services.shown->find(target.dataset.group, event.recommendationId);
}

Result<PutTargetPointer> serviceTarget(Puts& puts, const PutRules& rules, const Json& body) {
  const bool byTracker = !member(body, "trackingId").is_null();
  return byTracker ? puts.targets().ofTrackingId(stringMember(body, "trackingId"), rules.type)
                   : puts.targets().ofDataset(stringMember(body, "datasetArn"), rules.type);
}

Result<Reply> servicePut(Services& services, const Call& call, DatasetType type) {
  PROFFER_TRY(Puts* const puts, putsOf(services));
  auto body = parseJson(trim(call.body).empty() ? "{}" : call.body);
  if (!body) return serviceReply("SerializationException", formatError(body.error()), 400);
  if (!body->is_object()) return serviceReply("SerializationException", "the body is a JSON object", 400);
  const PutRules& rules = putRules(type, PutManner::kService);
  PutFaults faults;
  Json unused;
  checkMembers(rules.request, *body, PutFault::kRequest, unused, faults);
  if (!faults.none()) return fail(faults.inServiceWords(rules));
  PROFFER_TRY(const PutTargetPointer target, serviceTarget(*puts, rules, *body));
  PROFFER_CHECK(takeTurn(*puts, *target, services.clock.now()));
  PutRows rows = readPut(rules, PutManner::kService, target->columns, *body, services.clock.now(), faults);
  if (!faults.none()) return fail(faults.inServiceWords(rules));
  addShown(services, *target, rows);
  if (const auto stored = storeRows(*puts, *target, rows); !stored) {
    // Not the caller's fault, and worth another try: SDKs make one after a 503.
    if (stored.error().code == ErrorCode::kUnavailable)
      return serviceReply("ServiceUnavailable", formatError(stored.error()), 503);
    return fail(stored.error());
  }
  Reply reply;
  reply.text = "{}\n";
  return reply;
}

bool isRowsType(const std::string& contentType) {
  return contentType == "application/json" || contentType == "application/x-ndjson" ||
         contentType == "application/ndjson" || contentType == "application/jsonl" ||
         contentType == "text/csv";
}

Json warningsOf(const PutRows& rows) {
  Json warnings = Json::array();
  if (rows.ignoredValues == 0) return warnings;
  std::vector<std::string> names;
  for (const std::string& name : rows.ignoredNames) names.push_back(quoted(name));
  warnings.push_back(fmt::format("{} value{} ignored, as the schema has no such column: {}",
                                 rows.ignoredValues, rows.ignoredValues == 1 ? " was" : "s were",
                                 join(names, ", ")));
  return warnings;
}

Result<Reply> nativePut(Services& services, const Call& call, DatasetType type) {
  PROFFER_TRY(Puts* const puts, putsOf(services));
  // Asking for a type keeps pages of other sites from putting rows here with a form.
  if (!isRowsType(call.contentType))
    return errorReply(
        Style::kNative,
        makeError(ErrorCode::kInvalidInput,
                  "the content type is {}; allowed are application/json, application/x-ndjson and text/csv",
                  quoted(call.contentType))
            .hinting("send the header Content-Type: application/json"),
        call.requestId, 415);
  const PutRules& rules = putRules(type, PutManner::kNative);
  PROFFER_TRY(const PutTargetPointer target, puts->targets().ofGroup(call.part("group"), type));
  PROFFER_CHECK(takeTurn(*puts, *target, services.clock.now()));
  PROFFER_TRY(const Json request, nativeRequest(rules, call.contentType, call.body));
  PutFaults faults;
  PutRows rows = readPut(rules, PutManner::kNative, target->columns, request, services.clock.now(), faults);
  if (!faults.none()) return errorReply(Style::kNative, faults.asErrors(rules), call.requestId);
  addShown(services, *target, rows);
  PROFFER_TRY(const data::PutResult done, storeRows(*puts, *target, rows));
  return jsonReply(
      {{"stored", done.stored}, {"duplicates", done.duplicates}, {"warnings", warningsOf(rows)}});
}

}  // namespace

void Puts::count(DatasetType type, const data::PutResult& result, int64_t ignoredValues) {
  Counts& counts = counts_[static_cast<size_t>(type)];
  counts.stored.fetch_add(result.stored, std::memory_order_relaxed);
  counts.duplicates.fetch_add(result.duplicates, std::memory_order_relaxed);
  if (ignoredValues > 0) counts.ignoredValues.fetch_add(ignoredValues, std::memory_order_relaxed);
}

std::vector<MetricSample> Puts::samples() const {
  std::vector<MetricSample> samples;
  const auto add = [&](std::string name, std::string help, DatasetType type,
                       const std::atomic<int64_t>& value) {
    MetricSample sample;
    sample.name = std::move(name);
    sample.help = std::move(help);
    sample.labels = {{"type", lower(datasetTypeName(type))}};
    sample.value = static_cast<double>(value.load(std::memory_order_relaxed));
    samples.push_back(std::move(sample));
  };
  for (const DatasetType type : kDatasetTypes)
    add("proffer_put_rows_total", "Rows that were put and are stored", type,
        counts_[static_cast<size_t>(type)].stored);
  for (const DatasetType type : kDatasetTypes)
    add("proffer_put_duplicates_total", "Rows that were put and were there already", type,
        counts_[static_cast<size_t>(type)].duplicates);
  for (const DatasetType type : kDatasetTypes)
    add("proffer_put_ignored_values_total", "Values of put rows that no column of the schema takes", type,
        counts_[static_cast<size_t>(type)].ignoredValues);
  return samples;
}

std::vector<MetricSample> samplesOf(const serving::ShownAnswers& shown) {
  const serving::ShownAnswers::Figures figures = shown.figures();
  std::vector<MetricSample> samples;
  const auto add = [&](std::string name, std::string help, MetricSample::Type type, double value) {
    samples.push_back({std::move(name), std::move(help), type, {}, value, {}, {}, 0});
  };
  using Type = MetricSample::Type;
  add("proffer_shown_answers", "Answers that are remembered for implicit impressions", Type::kGauge,
      static_cast<double>(figures.answers));
  add("proffer_shown_answers_bytes", "Memory that remembered answers take", Type::kGauge,
      static_cast<double>(figures.bytes));
  add("proffer_shown_answers_horizon_seconds",
      "How far back answers are remembered, in the group where that is least", Type::kGauge,
      std::chrono::duration<double>(figures.horizon).count());
  const char* const kHelp =
      "Events with a recommendation id and no impression, by whether the answer was known";
  for (const bool found : {true, false}) {
    add("proffer_implicit_impressions_total", kHelp, Type::kCounter,
        static_cast<double>(found ? figures.found : figures.unknown));
    samples.back().labels = {{"answer", found ? "known" : "unknown"}};
  }
  return samples;
}

Result<Reply> putEvents(Services& services, const Call& call) {
  return servicePut(services, call, DatasetType::kInteractions);
}
Result<Reply> putItems(Services& services, const Call& call) {
  return servicePut(services, call, DatasetType::kItems);
}
Result<Reply> putUsers(Services& services, const Call& call) {
  return servicePut(services, call, DatasetType::kUsers);
}
Result<Reply> putActions(Services& services, const Call& call) {
  return servicePut(services, call, DatasetType::kActions);
}
Result<Reply> putActionInteractions(Services& services, const Call& call) {
  return servicePut(services, call, DatasetType::kActionInteractions);
}
Result<Reply> putGroupEvents(Services& services, const Call& call) {
  return nativePut(services, call, DatasetType::kInteractions);
}
Result<Reply> putGroupItems(Services& services, const Call& call) {
  return nativePut(services, call, DatasetType::kItems);
}
Result<Reply> putGroupUsers(Services& services, const Call& call) {
  return nativePut(services, call, DatasetType::kUsers);
}

}  // namespace proffer::http
