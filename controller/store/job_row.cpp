#include "controller/store/job_row.h"

#include <array>

namespace proffer::store {

namespace {

constexpr std::array<std::string_view, 5> kStateNames{"Queued", "Running", "Succeeded", "Failed",
                                                      "Cancelled"};

Json errorToJson(const Error& error) {
  Json json{{"code", errorCodeName(error.code)}, {"message", error.message}};
  if (!error.field.empty()) json["field"] = error.field;
  if (!error.hint.empty()) json["hint"] = error.hint;
  if (!error.sourceLine.empty()) json["sourceLine"] = error.sourceLine;
  if (!error.position.file.empty()) json["file"] = error.position.file;
  if (error.position.known()) {
    json["line"] = error.position.line;
    json["column"] = error.position.column;
  }
  return json;
}

Error errorFromJson(const Json& json) {
  Error error{errorCodeFromName(stringMember(json, "code")), stringMember(json, "message")};
  error.field = stringMember(json, "field");
  error.hint = stringMember(json, "hint");
  error.sourceLine = stringMember(json, "sourceLine");
  error.position = {stringMember(json, "file"), static_cast<int>(intMember(json, "line")),
                    static_cast<int>(intMember(json, "column"))};
  return error;
}

std::optional<Time> optionalTime(const Json& body, std::string_view key) {
  const Json& value = member(body, key);
  if (!value.is_number_integer()) return std::nullopt;
  return fromMicros(value.get<int64_t>());
}

}  // namespace

std::string_view jobStateName(JobState state) {
  return kStateNames[static_cast<size_t>(state)];
}

Json jobBody(const Job& job) {
  Json body{{"kind", job.owner.kind},          {"group", job.owner.group}, {"name", job.owner.name},
            {"groupUid", job.groupUid},        {"input", job.input},       {"maxAttempts", job.maxAttempts},
            {"created", toMicros(job.created)}};
  if (job.interruptions > 0) body["interruptions"] = job.interruptions;
  if (job.cancelRequested) body["cancelRequested"] = true;
  if (!job.result.is_null()) body["result"] = job.result;
  if (job.error) body["error"] = errorToJson(*job.error);
  if (job.started) body["started"] = toMicros(*job.started);
  if (job.finished) body["finished"] = toMicros(*job.finished);
  const auto& p = job.progress;
  if (!p.phase.empty())
    body["progress"] = {{"phase", p.phase}, {"unit", p.unit}, {"done", p.done}, {"total", p.total}};
  return body;
}

int64_t jobChecksum(const Job& job, const std::string& body) {
  return rowChecksum(job.id, job.type, job.ownerUid, static_cast<int64_t>(job.state), job.attempt,
                     toMicros(job.notBefore), body);
}

Result<Job> jobFromRow(const Statement& row, const std::filesystem::path& path) {
  Job job;
  job.id = row.integer(0);
  job.type = row.text(1);
  job.ownerUid = row.text(2);
  const int64_t state = row.integer(3);
  job.state = static_cast<JobState>(state);
  job.attempt = static_cast<int>(row.integer(4));
  job.notBefore = row.time(5);
  const std::string text(row.text(6));
  const bool known = state >= 0 && state < static_cast<int64_t>(kStateNames.size());
  if (!known || jobChecksum(job, text) != row.integer(7))
    return fail(corruptRow(path, "job", std::to_string(job.id)));
  PROFFER_TRY(const Json body, parseJson(text));
  job.owner = {stringMember(body, "kind"), stringMember(body, "group"), stringMember(body, "name")};
  job.groupUid = stringMember(body, "groupUid");
  job.input = member(body, "input");
  job.maxAttempts = static_cast<int>(intMember(body, "maxAttempts", job.maxAttempts));
  job.interruptions = static_cast<int>(intMember(body, "interruptions"));
  job.cancelRequested = boolMember(body, "cancelRequested");
  job.result = member(body, "result");
  if (body.contains("error")) job.error = errorFromJson(body["error"]);
  job.created = fromMicros(intMember(body, "created"));
  job.started = optionalTime(body, "started");
  job.finished = optionalTime(body, "finished");
  if (body.contains("progress")) {
    const Json& p = body["progress"];
    job.progress = {intMember(p, "done"), intMember(p, "total"), stringMember(p, "unit"),
                    stringMember(p, "phase")};
  }
  return job;
}

}  // namespace proffer::store
