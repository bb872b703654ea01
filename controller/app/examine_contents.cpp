// Rows and files of a data directory against their checksums. The databases are opened only if no server has
// them.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/app/examine.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/data/segment_file.h"
#include "controller/io/file_system.h"
#include "controller/store/control_store.h"
#include "controller/store/files.h"
#include "controller/store/group_store.h"
#include "controller/store/jobs.h"
#include "controller/store/journal.h"
#include "controller/store/resource_store.h"
#include "controller/store/routes.h"

namespace proffer::app {
namespace {

namespace fs = std::filesystem;

class Contents {
 public:
  Contents(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings)
      : root_(options.dataDirectory), reads_(options.contents), files_(files), findings_(findings) {}

  void examine() {
    struct stat status {};
    // What root makes beside a database (its write-ahead log), the server's user could not open.
    if (::geteuid() == 0 && ::stat(root_.c_str(), &status) == 0 && status.st_uid != 0)
      findings_.push_back(warning("databases", "root leaves another user's databases alone",
                                  "run this as the directory's owner to have their rows checked"));
    else
      examineDatabases();
    for (const fs::path& group : below("groups")) examineGroup(root_ / "groups" / group);
    if (reads_) examineModels();
  }

 private:
  void examineDatabases() {
    auto opened = store::ControlStore::open(root_, clock_, files_);
    mayOpen_ = opened.has_value();
    if (!opened && opened.error().code == ErrorCode::kUnavailable) {
      findings_.push_back(good("databases", "a server has them open: " + opened.error().message));
    } else if (!opened) {
      add("control.db", opened.error(), "restore it from a backup");
    } else {
      examineControl(**opened);
    }
  }

  std::vector<fs::path> below(const fs::path& name) {
    auto listed = files_.list(root_ / name);
    return listed ? std::move(*listed) : std::vector<fs::path>{};
  }

  void add(const std::string& about, const Error& error, std::string remedy) {
    Error found = error;
    if (!found.hint.empty()) remedy = std::exchange(found.hint, "");
    findings_.push_back(fault(about, formatError(found), std::move(remedy)));
  }

  // Reading everything compares every row's checksum.
  Result<std::string> readRows(store::ControlStore& control) {
    PROFFER_TRY(const auto resources, control.resources().list({}));
    PROFFER_TRY(const auto entries, control.journal().read({"", "", "", 0, store::Journal::kTotal}));
    PROFFER_TRY(const auto jobs, control.jobs().list(false));
    PROFFER_TRY(const auto files, control.files().list());
    PROFFER_TRY(const auto routes, control.routes().read());
    if (!entries.empty() && entries.back().last > clock_.now() + std::chrono::minutes(5))
      findings_.push_back(fault("clock",
                                fmt::format("the newest entry of the journal is of {}, which is yet to come",
                                            formatTime(entries.back().last)),
                                "set the clock: schedules and retention go by it"));
    return fmt::format("{} resources, {} journal entries, {} jobs, {} files and {} routes are as written",
                       resources.items.size(), entries.size(), jobs.size(), files.size(),
                       routes.routes.size());
  }

  void examineControl(store::ControlStore& control) {
    const auto rows = readRows(control);
    if (!rows) return add("control.db", rows.error(), "restore it from a backup");
    findings_.push_back(good("control.db", *rows));
    const auto files = control.files().list();
    for (const store::FileRow& row : files ? *files : std::vector<store::FileRow>{}) {
      if (row.state != store::FileState::kLive || files_.stat(root_ / row.path)) continue;
      findings_.push_back(
          fault("models", fmt::format("{} is named by a row and not there", row.path),
                "restore it from a backup, or delete the version that it belongs to and train again"));
    }
  }

  void examineGroup(const fs::path& directory) {
    const std::string about = "group data";
    const std::string name = directory.filename().string();
    if (!files_.stat(directory / "data.db")) return;
    int64_t names = 0;
    if (mayOpen_) {
      const auto counted = readGroup(directory);
      if (!counted) return add(about, counted.error(), "restore the group's directory from a backup");
      names = *counted;
    }
    int segments = 0;
    if (reads_) segments = examineSegments(directory / "segments");
    if (segments < 0) return;
    std::string message = "groups/" + name;
    if (mayOpen_) message += fmt::format(": {} names", withThousands(names));
    if (reads_) message += fmt::format("{} {} segments are as written", mayOpen_ ? "," : ":", segments);
    findings_.push_back(good(about, message));
  }

  Result<int64_t> readGroup(const fs::path& directory) {
    PROFFER_TRY(const auto group, store::GroupStore::open(directory / "data.db", files_));
    int64_t names = 0;
    for (const auto kind : {store::DictionaryKind::kUsers, store::DictionaryKind::kItems})
      PROFFER_CHECK(group->loadDictionary(kind, [&](std::string_view) -> Result<void> {
        ++names;
        return {};
      }));
    PROFFER_TRY(const auto datasets, group->datasets());
    for (const store::DatasetRow& dataset : datasets) PROFFER_CHECK(group->sources(dataset.uid));
    PROFFER_TRY(const auto segments, group->segments(store::SegmentState::kLive));
    for (const store::SegmentRow& row : segments)
      if (!files_.stat(directory / "segments" / row.file))
        findings_.push_back(fault(
            "group data",
            fmt::format("{} is named by a row and not there", (directory / "segments" / row.file).string()),
            "restore it from a backup, or delete the dataset and apply it again to import anew"));
    return names;
  }

  /// How many; -1 if one is damaged.
  int examineSegments(const fs::path& directory) {
    int count = 0;
    bool damaged = false;
    const auto listed = files_.list(directory);
    for (const fs::path& name : listed ? *listed : std::vector<fs::path>{}) {
      ++count;
      const auto file = data::SegmentFile::open(directory / name, files_);
      auto whole = file ? (*file)->verifyAll() : fail(file.error());
      if (whole) continue;
      damaged = true;
      add("group data", whole.error(),
          "restore the file from a backup, or delete the dataset and apply it again to import anew");
    }
    return damaged ? -1 : count;
  }

  void examineModels() {
    int count = 0;
    bool damaged = false;
    for (const fs::path& name : below("models")) {
      ++count;
      auto whole = artifacts::verifyModelFile(root_ / "models" / name, files_);
      if (whole) continue;
      damaged = true;
      add("models", whole.error(), "delete the version that it belongs to, so that it is trained again");
    }
    if (count > 0 && !damaged)
      findings_.push_back(good("models", fmt::format("{} files are as written", count)));
  }

  const fs::path root_;
  const bool reads_;
  bool mayOpen_ = false;
  io::FileSystem& files_;
  Findings& findings_;
  SystemClock clock_;
};

}  // namespace

void examineContents(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings) {
  // What is found is said by the findings, once.
  configureLog(LogLevel::kError, LogFormat::kText);
  if (!files.stat(fs::path(options.dataDirectory) / "control.db")) return;
  Contents(options, files, findings).examine();
}

}  // namespace proffer::app
