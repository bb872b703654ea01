#include "controller/client/client.h"

#include "base/error_json.h"
#include "controller/client/transport.h"
#include "controller/client/url.h"

namespace proffer::client {
namespace {

std::string text(bool value) {
  return value ? "true" : "";
}
std::string text(std::optional<int64_t> value) {
  return value ? std::to_string(*value) : "";
}

std::string selectorOf(const std::map<std::string, std::string>& labels) {
  std::string out;
  for (const auto& [name, value] : labels) out += (out.empty() ? "" : ",") + name + "=" + value;
  return out;
}

std::map<std::string, std::string> parametersOf(const ListQuery& query) {
  return {
      {"kind", query.kind}, {"group", query.group.value_or("")}, {"labelSelector", selectorOf(query.labels)}};
}

Result<std::string> pathOf(const ResourceKey& key) {
  PROFFER_TRY(const KindTable* table, requireKind(key.kind));
  if (key.name.empty()) return fail(ErrorCode::kInvalidInput, "a {} has a name", table->kind);
  if (!table->grouped) return fmt::format("/v1/{}/{}", table->plural, percentEncode(key.name));
  if (key.group.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a {} belongs to a group", table->kind)
                    .hinting("name it with -g GROUP"));
  return fmt::format("/v1/groups/{}/{}/{}", percentEncode(key.group), table->plural, percentEncode(key.name));
}

ResourceKey keyFrom(const Json& json) {
  return {stringMember(json, "kind"), stringMember(json, "group"), stringMember(json, "name")};
}

std::vector<FieldChange> changesFrom(const Json& list) {
  std::vector<FieldChange> changes;
  for (const Json& entry : list)
    changes.push_back({stringMember(entry, "path"), member(entry, "before"), member(entry, "after")});
  return changes;
}

Result<std::vector<Resource>> resourcesFrom(const Json& list) {
  std::vector<Resource> resources;
  resources.reserve(list.size());
  for (const Json& entry : list) {
    PROFFER_TRY(Resource resource, resourceFromJson(entry));
    resources.push_back(std::move(resource));
  }
  return resources;
}

Time timeFrom(const Json& json, std::string_view name) {
  return parseTime(stringMember(json, name)).value_or(Time{});
}

std::optional<Time> maybeTimeFrom(const Json& json, std::string_view name) {
  return parseTime(stringMember(json, name));
}

JobInfo jobFrom(const Json& json) {
  JobInfo job;
  job.id = intMember(json, "id");
  job.type = stringMember(json, "type");
  job.owner = keyFrom(member(json, "owner"));
  job.state = stringMember(json, "state");
  job.attempt = static_cast<int>(intMember(json, "attempt"));
  job.maxAttempts = static_cast<int>(intMember(json, "maxAttempts"));
  const Json& progress = member(json, "progress");
  job.phase = stringMember(progress, "phase");
  job.done = intMember(progress, "done");
  job.total = intMember(progress, "total");
  job.unit = stringMember(progress, "unit");
  job.error = stringMember(json, "error");
  job.created = timeFrom(json, "created");
  job.started = maybeTimeFrom(json, "started");
  job.finished = maybeTimeFrom(json, "finished");
  return job;
}

RecommendedItem itemFrom(const Json& json) {
  RecommendedItem item;
  item.itemId = stringMember(json, "itemId");
  item.title = stringMember(json, "title");
  if (const Json& score = member(json, "score"); score.is_number()) item.score = score.get<double>();
  if (const Json& metadata = member(json, "metadata"); metadata.is_object())
    for (const auto& [name, value] : metadata.items()) item.metadata[name] = stringMember(metadata, name);
  for (const Json& reason : member(json, "reason"))
    if (reason.is_string()) item.reason.push_back(reason.get<std::string>());
  for (const Json& entry : member(json, "evidence")) {
    const Json& value = member(entry, "value");
    item.evidence.push_back({stringMember(entry, "kind"), stringMember(entry, "itemId"),
                             stringMember(entry, "title"), value.is_number() ? value.get<double>() : 0,
                             intMember(entry, "count"), stringMember(entry, "detail")});
  }
  return item;
}

Json toJson(const RecommendRequest& request) {
  Json body{{"group", request.group}, {"name", request.name}};
  if (!request.userId.empty()) body["userId"] = request.userId;
  if (!request.itemId.empty()) body["itemId"] = request.itemId;
  if (!request.inputList.empty()) body["inputList"] = request.inputList;
  if (request.numResults) body["numResults"] = *request.numResults;
  if (!request.context.empty()) body["context"] = request.context;
  if (!request.filter.empty()) body["filter"] = request.filter;
  if (!request.filterValues.empty()) body["filterValues"] = request.filterValues;
  if (!request.metadataColumns.empty()) body["metadataColumns"] = request.metadataColumns;
  if (request.explain) body["explain"] = true;
  return body;
}

std::vector<std::string> textsFrom(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list)
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

std::optional<FilterFinding> findingFrom(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  FilterFinding finding{
      stringMember(json, "text"), boolMember(json, "passes"), stringMember(json, "found"), {}};
  for (const Json& part : member(json, "parts"))
    if (auto below = findingFrom(part)) finding.parts.push_back(std::move(*below));
  return finding;
}

ChangeType changeTypeFrom(std::string_view name) {
  if (name == "ADDED") return ChangeType::kAdded;
  return name == "DELETED" ? ChangeType::kDeleted : ChangeType::kModified;
}

}  // namespace

Json toRuntimeJson(const RecommendAnswer& answer) {
  Json list = Json::array();
  for (const RecommendedItem& item : answer.items) {
    Json entry{{"itemId", item.itemId}};
    if (item.score) entry["score"] = *item.score;
    if (!item.metadata.empty()) entry["metadata"] = item.metadata;
    if (!item.reason.empty()) entry["reason"] = item.reason;
    for (const ItemEvidence& evidence : item.evidence) {
      Json reason{{"kind", evidence.kind}};
      if (!evidence.itemId.empty()) reason["itemId"] = evidence.itemId;
      if (!evidence.title.empty()) reason["title"] = evidence.title;
      reason["value"] = evidence.value;
      if (evidence.count != 0) reason["count"] = evidence.count;
      if (!evidence.detail.empty()) reason["detail"] = evidence.detail;
      entry["evidence"].push_back(std::move(reason));
    }
    list.push_back(std::move(entry));
  }
  return {{"itemList", std::move(list)}, {"recommendationId", answer.recommendationId}};
}

struct Client::Connection {
  Transport transport;
};

Client::Client(std::string server, std::string token, const std::string& authorities)
    : connection_(new Connection{Transport(std::move(server), std::move(token), authorities)}) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::setTimeout(Duration timeout) {
  connection_->transport.setTimeout(timeout);
}
const std::string& Client::server() const {
  return connection_->transport.server();
}

Result<ListAnswer> Client::list(const ListQuery& query) {
  PROFFER_TRY(const Json json,
              connection_->transport.call("GET", "/v1/resources" + queryOf(parametersOf(query))));
  ListAnswer answer;
  PROFFER_TRY(answer.items, resourcesFrom(member(json, "items")));
  answer.resourceVersion = intMember(json, "resourceVersion");
  return answer;
}

Result<Resource> Client::get(const ResourceKey& key) {
  PROFFER_TRY(const std::string path, pathOf(key));
  PROFFER_TRY(const Json json, connection_->transport.call("GET", path));
  return resourceFromJson(json);
}

Result<Resource> Client::put(const Resource& resource) {
  PROFFER_TRY(const std::string path, pathOf(resource.key()));
  PROFFER_TRY(const Json json, connection_->transport.call("PUT", path, proffer::toJson(resource)));
  return resourceFromJson(json);
}

Result<Resource> Client::patch(const ResourceKey& key, const Json& mergePatch,
                               std::optional<int64_t> ifVersion) {
  PROFFER_TRY(const std::string path, pathOf(key));
  const std::string query = queryOf({{"resourceVersion", text(ifVersion)}});
  PROFFER_TRY(const Json json, connection_->transport.call("PATCH", path + query, mergePatch));
  return resourceFromJson(json);
}

Result<std::vector<ResourceKey>> Client::remove(const ResourceKey& key, const DeleteOptions& options) {
  PROFFER_TRY(const std::string path, pathOf(key));
  const std::string query = queryOf(
      {{"resourceVersion", text(options.ifVersion)}, {"set", options.set}, {"dryRun", text(options.dryRun)}});
  PROFFER_TRY(const Json json, connection_->transport.call("DELETE", path + query));
  std::vector<ResourceKey> keys;
  for (const Json& entry : member(json, "deleted")) keys.push_back(keyFrom(entry));
  return keys;
}

Result<ApplyAnswer> Client::apply(const std::vector<ManifestText>& files, const ApplyOptions& options,
                                  std::vector<Error>* all) {
  Json list = Json::array();
  for (const ManifestText& file : files) list.push_back({{"name", file.file}, {"text", file.text}});
  const std::string query = queryOf({{"set", options.set},
                                     {"prune", text(options.prune)},
                                     {"allowPruneAll", text(options.allowPruneAll)},
                                     {"dryRun", text(options.dryRun)},
                                     {"replace", text(options.replace)}});
  std::vector<Error> errors;
  auto json = connection_->transport.call("POST", "/v1/apply" + query, {{"files", std::move(list)}},
                                          Duration(0), &errors);
  if (!json) {
    if (errors.empty()) errors.push_back(json.error());
    if (all != nullptr) *all = std::move(errors);
    return fail(json.error());
  }
  ApplyAnswer answer;
  for (const Json& entry : member(*json, "results"))
    answer.outcomes.push_back(
        {keyFrom(entry), stringMember(entry, "action"), changesFrom(member(entry, "changes"))});
  for (const Json& warning : member(*json, "warnings")) answer.warnings.push_back(errorFromJson(warning));
  answer.resourceVersion = intMember(*json, "resourceVersion");
  answer.dryRun = boolMember(*json, "dryRun");
  return answer;
}

Result<WatchAnswer> Client::watch(int64_t since, const ListQuery& query, Duration wait) {
  auto parameters = parametersOf(query);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  parameters["resourceVersion"] = std::to_string(since);
  parameters["timeoutSeconds"] = std::to_string(std::max<int64_t>(0, seconds.count()));
  PROFFER_TRY(const Json json,
              connection_->transport.call("GET", "/v1/watch" + queryOf(parameters), nullptr, seconds));
  WatchAnswer answer;
  answer.resourceVersion = intMember(json, "resourceVersion");
  for (const Json& entry : member(json, "changes")) {
    PROFFER_TRY(Resource resource, resourceFromJson(member(entry, "resource")));
    answer.changes.push_back({changeTypeFrom(stringMember(entry, "type")), std::move(resource)});
  }
  return answer;
}

Result<std::vector<JournalEntry>> Client::journal(const JournalQuery& query) {
  const std::string parameters = queryOf({{"kind", query.kind},
                                          {"group", query.group},
                                          {"name", query.name},
                                          {"after", std::to_string(query.after)},
                                          {"limit", std::to_string(query.limit)}});
  PROFFER_TRY(const Json json, connection_->transport.call("GET", "/v1/journal" + parameters));
  std::vector<JournalEntry> entries;
  for (const Json& entry : member(json, "entries"))
    entries.push_back({keyFrom(member(entry, "about")), stringMember(entry, "level") == "Warning",
                       stringMember(entry, "reason"), stringMember(entry, "message"),
                       intMember(entry, "count"), timeFrom(entry, "first"), timeFrom(entry, "last"),
                       intMember(entry, "sequence")});
  return entries;
}

Result<std::vector<JobInfo>> Client::jobs(bool unfinishedOnly) {
  const std::string query = queryOf({{"unfinished", text(unfinishedOnly)}});
  PROFFER_TRY(const Json json, connection_->transport.call("GET", "/v1/jobs" + query));
  std::vector<JobInfo> jobs;
  for (const Json& entry : member(json, "jobs")) jobs.push_back(jobFrom(entry));
  return jobs;
}

Result<RecommendAnswer> Client::recommend(const RecommendRequest& request) {
  PROFFER_TRY(const Json json, connection_->transport.call("POST", "/v1/recommend", toJson(request)));
  RecommendAnswer answer;
  answer.recommendationId = stringMember(json, "recommendationId");
  answer.version = stringMember(json, "version");
  answer.servedBy = stringMember(json, "servedBy");
  for (const Json& item : member(json, "items")) answer.items.push_back(itemFrom(item));
  if (const Json& filtered = member(json, "filtered"); filtered.is_object()) {
    const Json& automatic = member(filtered, "automaticFilter");
    answer.filtered =
        FilterEffect{intMember(filtered, "items"), stringMember(member(filtered, "filter"), "name"),
                     intMember(member(filtered, "filter"), "passing"),
                     textsFrom(member(automatic, "eventTypes")), intMember(automatic, "removed")};
  }
  return answer;
}

Result<FilterCheck> Client::checkFilter(const std::string& group, const std::string& expression,
                                        const std::string& dialect) {
  const Json body{{"group", group}, {"expression", expression}, {"dialect", dialect}};
  PROFFER_TRY(const Json json, connection_->transport.call("POST", "/v1/filters/check", body));
  FilterCheck check;
  check.ok = boolMember(json, "ok");
  check.canonical = stringMember(json, "canonical");
  const Json& uses = member(json, "uses");
  check.fields = textsFrom(member(uses, "fields"));
  check.placeholders = textsFrom(member(uses, "placeholders"));
  check.required = textsFrom(member(uses, "required"));
  check.reads = textsFrom(member(uses, "reads"));
  for (const Json& error : member(json, "errors")) check.errors.push_back(errorFromJson(error));
  return check;
}

Result<PutAnswer> Client::put(const std::string& group, const std::string& what, const std::string& body,
                              const std::string& contentType, std::vector<Error>* all) {
  PROFFER_TRY(const RawAnswer answer,
              raw("POST", fmt::format("/v1/groups/{}/{}", percentEncode(group), what), body, contentType));
  if (answer.status / 100 != 2) {
    std::vector<Error> errors = errorsOf(answer, server());
    if (all != nullptr) *all = errors;
    return fail(std::move(errors.front()));
  }
  PROFFER_TRY(const Json json, parseJson(answer.body));
  return PutAnswer{intMember(json, "stored"), intMember(json, "duplicates"),
                   textsFrom(member(json, "warnings"))};
}

Result<FilterOutcome> Client::tryFilter(const FilterTrial& trial) {
  Json body{{"group", trial.group}, {"filter", trial.filter}, {"sample", trial.sample}};
  if (!trial.userId.empty()) body["userId"] = trial.userId;
  if (!trial.itemId.empty()) body["itemId"] = trial.itemId;
  if (!trial.filterValues.empty()) body["filterValues"] = trial.filterValues;
  if (!trial.explainItem.empty()) body["explainItem"] = trial.explainItem;
  PROFFER_TRY(const Json json, connection_->transport.call("POST", "/v1/filters/eval", body));
  FilterOutcome outcome;
  outcome.canonical = stringMember(json, "canonical");
  outcome.passing = intMember(json, "passing");
  outcome.items = intMember(json, "items");
  for (const Json& item : member(json, "sample")) outcome.sample.push_back(itemFrom(item));
  const Json& explanation = member(json, "explanation");
  outcome.explained = explanation.is_object();
  outcome.passes = boolMember(explanation, "passes");
  outcome.reason = stringMember(explanation, "reason");
  for (const Json& clause : member(explanation, "clauses"))
    outcome.clauses.push_back({stringMember(clause, "text"), boolMember(clause, "applies"),
                               boolMember(clause, "matches"), stringMember(clause, "whyNot"),
                               findingFrom(member(clause, "where")), findingFrom(member(clause, "if"))});
  return outcome;
}

Result<std::string> Client::serverVersion() {
  PROFFER_TRY(const Json json, connection_->transport.call("GET", "/v1/version"));
  return stringMember(json, "version");
}

Result<Json> Client::evaluate(const EvaluationRequest& request,
                              const std::function<bool(const Json&)>& line) {
  Json body{{"target", request.target}};
  if (!request.against.empty()) body["against"] = request.against;
  if (!request.protocol.empty()) body["protocol"] = request.protocol;
  if (request.allFolds) body["allFolds"] = true;
  if (request.repeats) body["repeats"] = *request.repeats;
  if (request.resamples) body["resamples"] = *request.resamples;
  if (request.seed) body["seed"] = *request.seed;
  if (!request.ties.empty()) body["ties"] = request.ties;
  if (request.split) body["split"] = true;
  std::string rest;
  Json result;
  std::optional<Error> failure;
  const auto takeLine = [&](std::string_view text) {
    const auto json = parseJson(text);
    if (!json) {
      failure = makeError(ErrorCode::kInternal, "{} sent what is not a line of JSON", server());
    } else if (const Json& error = member(*json, "error"); error.is_object()) {
      failure = errorFromJson(error);
    } else if (const Json& done = member(*json, "result"); done.is_object()) {
      result = done;
    } else {
      return line(*json);
    }
    return !failure;
  };
  const auto received =
      connection_->transport.download("POST", "/v1/evaluate", dumpJson(body), [&](std::string_view bytes) {
        rest += bytes;
        size_t begin = 0;
        for (size_t end = 0; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1)
          if (!takeLine(std::string_view(rest).substr(begin, end - begin))) return false;
        rest.erase(0, begin);
        return true;
      });
  if (received && !rest.empty()) takeLine(rest);
  if (failure) return fail(*failure);
  if (!received) return fail(received.error());
  if (!result.is_object())
    return fail(makeError(ErrorCode::kIo, "{} ended its answer before it was whole", server())
                    .hinting("ask again; the server's log says why"));
  return result;
}

Result<Json> Client::diagnose(const std::string& group) {
  return connection_->transport.call("GET", fmt::format("/v1/groups/{}/diagnosis", percentEncode(group)),
                                     nullptr, std::chrono::minutes(10));
}

Result<void> Client::dump(const std::function<bool(std::string_view)>& take) {
  return connection_->transport.download("GET", "/v1/dump", "", take);
}

Result<RawAnswer> Client::raw(std::string_view method, const std::string& path, const std::string& body,
                              const std::string& contentType) {
  return connection_->transport.send(method, path, body, contentType, Duration(0));
}

}  // namespace proffer::client
