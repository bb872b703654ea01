// What happened, and what is being worked on: the journal and the jobs.
#include "base/text.h"
#include "controller/http/documents.h"
#include "controller/http/handlers.h"
#include "controller/store/jobs.h"
#include "controller/store/journal.h"

namespace proffer::http {
namespace {

constexpr int64_t kMostEntries = 10'000;

Json entryJson(const store::JournalEntry& entry) {
  return {{"about", keyJson(entry.about)},
          {"level", entry.level == store::JournalLevel::kWarning ? "Warning" : "Normal"},
          {"reason", entry.reason},
          {"message", entry.message},
          {"count", entry.count},
          {"first", formatTime(entry.first)},
          {"last", formatTime(entry.last)},
          {"sequence", entry.sequence}};
}

Json jobJson(const store::Job& job) {
  Json json{{"id", job.id},
            {"type", job.type},
            {"owner", keyJson(job.owner)},
            {"state", lower(store::jobStateName(job.state))},
            {"attempt", job.attempt},
            {"maxAttempts", job.maxAttempts}};
  if (!job.progress.phase.empty())
    json["progress"] = {{"phase", job.progress.phase},
                        {"done", job.progress.done},
                        {"total", job.progress.total},
                        {"unit", job.progress.unit}};
  if (job.error) json["error"] = formatError(*job.error);
  json["created"] = formatTime(job.created);
  if (job.started) json["started"] = formatTime(*job.started);
  if (job.finished) json["finished"] = formatTime(*job.finished);
  return json;
}

}  // namespace

Result<Reply> readJournal(Services& services, const Call& call) {
  store::JournalQuery query;
  if (const std::string kind = call.parameter("kind"); !kind.empty()) {
    PROFFER_TRY(const KindTable* table, requireKind(kind));
    query.kind = table->kind;
  }
  query.group = call.parameter("group");
  query.name = call.parameter("name");
  PROFFER_TRY(query.after, integerParameter(call, "after", 0));
  PROFFER_TRY(const int64_t limit, integerParameter(call, "limit", 1000));
  query.limit = static_cast<size_t>(std::min(limit, kMostEntries));
  PROFFER_TRY(const std::vector<store::JournalEntry> entries, services.store.journal().read(query));
  Json list = Json::array();
  for (const store::JournalEntry& entry : entries) list.push_back(entryJson(entry));
  return jsonReply({{"entries", std::move(list)}});
}

Result<Reply> listJobs(Services& services, const Call& call) {
  PROFFER_TRY(const bool unfinished, booleanParameter(call, "unfinished"));
  PROFFER_TRY(const std::vector<store::Job> jobs, services.store.jobs().list(unfinished));
  Json list = Json::array();
  for (const store::Job& job : jobs) list.push_back(jobJson(job));
  return jsonReply({{"jobs", std::move(list)}});
}

}  // namespace proffer::http
