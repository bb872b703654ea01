#include "controller/reconcile/export_job.h"

#include "controller/data/object_store.h"
#include "manifests/domains.h"

namespace proffer::reconcile {

namespace {

class ExportExecutor final : public Executor {
 public:
  explicit ExportExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return kExportJob; }

  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    PROFFER_TRY(const ExportJob wanted, exportJobFromJson(job.input));
    const std::string relative = exportPath(wanted, job.created, job.ownerUid);
    if (data::isObjectUrl(wanted.output)) return writeObject(job, wanted, relative, progress);
    io::FileSystem& files = *environment_.files;
    PROFFER_TRY(const std::filesystem::path directory,
                data::exportDirectory(environment_.roots, wanted.output, files));
    PROFFER_TRY(const data::ExportReport report, writeFile(wanted, directory / relative, files, progress));
    return JobEnd{.result = {{"rows", report.rows},
                             {"bytes", report.bytes},
                             {"file", shownPath(wanted.output, relative)}}};
  }

 private:
  // By way of a file below the data directory, which a start sweeps: an object's length and hash go before
  // it.
  Result<JobEnd> writeObject(const store::Job& job, const ExportJob& wanted, const std::string& relative,
                             Progress& progress) {
    const std::shared_ptr<data::ObjectStore>& objects = environment_.roots.objects();
    if (objects == nullptr)
      return fail(makeError(ErrorCode::kNotFound, "there is no object store for {}", wanted.output)
                      .in("spec.output")
                      .hinting("start the server with --s3-bucket NAME=DIR, or with --s3-endpoint URL"));
    const std::string url = shownPath(wanted.output, relative);
    PROFFER_TRY(const data::ObjectAddress address, data::parseObjectUrl(url));
    PROFFER_CHECK(objects->checkBucket(address.bucket));
    io::FileSystem& files = *environment_.files;
    const std::filesystem::path copy =
        environment_.store.directory() / "dumps" / fmt::format("export-{}.csv", job.id);
    PROFFER_TRY(const data::ExportReport report, writeFile(wanted, copy, files, progress));
    const auto sent = [&]() -> Result<void> {
      PROFFER_TRY(const auto file, files.open(copy));
      return objects->put(address, *file);
    }();
    (void)files.remove(copy);
    if (!sent) return fail(sent.error());
    return JobEnd{.result = {{"rows", report.rows}, {"bytes", report.bytes}, {"file", url}}};
  }

  // Under another name until it is whole, so that nobody takes a part of it for all.
  Result<data::ExportReport> writeFile(const ExportJob& wanted, const std::filesystem::path& path,
                                       io::FileSystem& files, Progress& progress) {
    PROFFER_CHECK(files.createDirectories(path.parent_path()));
    const std::filesystem::path unfinished =
        path.parent_path() / ("." + path.filename().string() + ".unfinished");
    data::ExportReport report;
    const auto written = [&]() -> Result<void> {
      PROFFER_TRY(const std::unique_ptr<io::WritableFile> file, files.create(unfinished));
      const data::ExportSink sink = [&](std::string_view bytes) { return file->append(bytes); };
      PROFFER_TRY(report, data::exportDataset(environment_.data, wanted.request, sink, progress));
      return file->sync();
    }();
    if (!written) {
      (void)files.remove(unfinished);
      return fail(written.error());
    }
    PROFFER_CHECK(files.rename(unfinished, path));
    PROFFER_CHECK(files.syncDirectory(path.parent_path()));
    return report;
  }

  static std::string shownPath(const std::string& output, const std::string& relative) {
    return output + (output.ends_with('/') || output.ends_with(':') ? "" : "/") + relative;
  }

  const Environment& environment_;
};

}  // namespace

Json inputOf(const ExportJob& job) {
  const auto& dataset = job.request.dataset;
  const char* mode = job.request.mode == data::ExportMode::kBulk  ? "BULK"
                     : job.request.mode == data::ExportMode::kPut ? "PUT"
                                                                  : "ALL";
  return {{"groupUid", job.request.groupUid},
          {"dataset", dataset.name},
          {"datasetUid", dataset.uid},
          {"type", datasetTypeName(dataset.type)},
          {"schema", avroFromFields(dataset.type, dataset.fields)},
          {"mode", mode},
          {"output", job.output},
          {"groupArn", job.groupArn},
          {"datasetArn", job.datasetArn},
          {"name", job.name}};
}

Result<ExportJob> exportJobFromJson(const Json& json) {
  ExportJob job;
  job.request.groupUid = stringMember(json, "groupUid");
  job.request.dataset.name = stringMember(json, "dataset");
  job.request.dataset.uid = stringMember(json, "datasetUid");
  const auto type = datasetTypeFromName(stringMember(json, "type"));
  if (!type) return fail(ErrorCode::kInternal, "the export's input names no type of dataset");
  job.request.dataset.type = *type;
  PROFFER_TRY(job.request.dataset.fields, fieldsFromAvro(stringMember(json, "schema")));
  const std::string mode = stringMember(json, "mode");
  job.request.mode = mode == "BULK"  ? data::ExportMode::kBulk
                     : mode == "ALL" ? data::ExportMode::kAll
                                     : data::ExportMode::kPut;
  job.output = stringMember(json, "output");
  job.groupArn = stringMember(json, "groupArn");
  job.datasetArn = stringMember(json, "datasetArn");
  job.name = stringMember(json, "name");
  return job;
}

std::string exportPath(const ExportJob& job, Time day, const std::string& uuid) {
  return fmt::format("AMZN_Personalize/{}/{}/{}/{}/part-00000-{}-c000.csv", job.groupArn, job.datasetArn,
                     job.name, formatTime(day).substr(0, 10), uuid);
}

std::unique_ptr<Executor> makeExportExecutor(const Environment& environment) {
  return std::make_unique<ExportExecutor>(environment);
}

}  // namespace proffer::reconcile
