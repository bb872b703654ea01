#include "controller/reconcile/job_checkpoints.h"

#include "base/log.h"

namespace proffer::reconcile {

namespace {

// Beside the recipe's own sections: one JSON object.
constexpr const char* kState = "job/state";
constexpr int64_t kFormat = 1;

Json measuredToJson(const recipes::Evaluation& evaluation) {
  return {{"metrics", evaluation.metrics},
          {"testUsers", evaluation.testUsers},
          {"trainingUsers", evaluation.trainingUsers}};
}

std::optional<recipes::Evaluation> measuredFromJson(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  recipes::Evaluation evaluation;
  evaluation.testUsers = intMember(json, "testUsers");
  evaluation.trainingUsers = intMember(json, "trainingUsers");
  for (const auto& [name, value] : member(json, "metrics").items()) {
    if (!value.is_number()) return std::nullopt;
    evaluation.metrics[name] = value.get<double>();
  }
  return evaluation;
}

}  // namespace

JobCheckpoints::JobCheckpoints(const Environment& environment, const store::Job& job, std::string key)
    : environment_(environment),
      job_(job),
      key_(std::move(key)),
      began_(environment.clock.now()),
      asOf_(began_),
      last_(began_) {
  const Result<bool> taken = takeUp();
  if (!taken)
    logLine(LogLevel::kWarning, "jobs",
            "the training begins anew: " + taken.error().wrap("take up a checkpoint").message);
}

Result<bool> JobCheckpoints::takeUp() {
  PROFFER_TRY(const auto row, environment_.store.files().kept(job_.id));
  if (!row) return false;
  hasFile_ = true;
  PROFFER_TRY(auto reader, environment_.artifacts.open(row->path));
  PROFFER_TRY(const std::string_view text, reader->get(kState));
  PROFFER_TRY(const Json json, parseJson(text));
  if (intMember(json, "format") != kFormat || stringMember(json, "key") != key_) return false;
  measured_ = measuredFromJson(member(json, "measured"));
  // A measurement that cannot be read is made again, and with it all that came after.
  if (!measured_ && !member(json, "measured").is_null()) return false;
  asOf_ = fromMicros(intMember(json, "asOf"));
  spentBefore_ = std::chrono::microseconds(intMember(json, "spent"));
  const bool holdsTraining = boolMember(json, "training");
  if (holdsTraining) reader_ = std::move(reader);
  found_ = !measured_      ? "in the middle of the training that is measured"
           : holdsTraining ? "in the middle of the training on all data"
                           : "measured, before the training on all data";
  return true;
}

Json JobCheckpoints::state(bool holdsTraining) const {
  const Duration spent = spentBefore_ + (environment_.clock.now() - began_);
  Json json = Json::object();
  json["format"] = kFormat;
  json["key"] = key_;
  json["asOf"] = toMicros(asOf_);
  json["spent"] = std::chrono::duration_cast<std::chrono::microseconds>(spent).count();
  json["training"] = holdsTraining;
  if (measured_) json["measured"] = measuredToJson(*measured_);
  return json;
}

Result<void> JobCheckpoints::writeFile(const Write* write) {
  PROFFER_TRY(const auto writer,
              environment_.artifacts.createCheckpoint(job_.id, job_.attempt, job_.groupUid));
  writer->put(kState, dumpJson(state(write != nullptr)));
  if (write) (*write)(*writer);
  Result<void> kept = writer->finish();
  store::Files& files = environment_.store.files();
  if (kept) kept = files.keep(writer->row().id, writer->size(), writer->checksum(), job_.id, job_.attempt);
  if (!kept) (void)files.doom(writer->row().id);
  if (environment_.collectSoon) environment_.collectSoon();
  hasFile_ = hasFile_ || kept;
  if (kept) reader_.reset();
  last_ = environment_.clock.now();
  return kept;
}

void JobCheckpoints::keepMeasured(recipes::Evaluation evaluation) {
  measured_ = std::move(evaluation);
  reader_.reset();
  // Also a short training's, if there is a file that speaks of an earlier stage.
  const bool shortOne = environment_.clock.now() - began_ < environment_.checkpointEvery;
  if (shortOne && !hasFile_) return;
  if (const auto kept = writeFile(nullptr); !kept)
    logLine(LogLevel::kWarning, "jobs", kept.error().wrap("keep what was measured").message);
}

std::shared_ptr<const recipes::SectionReader> JobCheckpoints::Stage::latest() {
  return ofAllData_ == all_.measured_.has_value() ? all_.reader_ : nullptr;
}

// Sooner than the user wants the one before is still good enough.
Result<void> JobCheckpoints::Stage::save(const std::function<void(recipes::SectionWriter&)>& write) {
  const Time now = all_.environment_.clock.now();
  const bool soon = now >= all_.last_ && now - all_.last_ < all_.environment_.checkpointEvery;
  return soon ? Result<void>() : all_.writeFile(&write);
}

}  // namespace proffer::reconcile
