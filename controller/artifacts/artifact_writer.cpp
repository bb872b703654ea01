#include <optional>
#include <set>

#include "base/hash.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/artifacts/model_file.h"

namespace proffer::artifacts {
namespace {

class FileWriter final : public ArtifactWriter {
 public:
  FileWriter(store::FileRow row, io::fs::path path, std::unique_ptr<io::WritableFile> file,
             io::FileSystem& files)
      : row_(std::move(row)), path_(std::move(path)), file_(std::move(file)), files_(files) {
    write(modelFileHeader());
  }

  void put(std::string_view name, std::string_view bytes) override {
    if (finished_ || !names_.emplace(name).second) {
      note(makeError(ErrorCode::kInternal, "section {} of {} is written twice or too late", name,
                     path_.string()));
      return;
    }
    const std::string filling(paddedSize(bytes.size()) - bytes.size(), '\0');
    appendNumber(table_, static_cast<uint32_t>(name.size()));
    table_ += name;
    appendNumber(table_, written_);
    appendNumber(table_, static_cast<uint64_t>(bytes.size()));
    appendNumber(table_, hash64(bytes));
    write(bytes);
    write(filling);
  }

  Result<void> finish() override {
    if (finished_) return fail(ErrorCode::kInternal, "{} is finished already", path_.string());
    writeTableAndTrailer();
    finished_ = true;
    checksum_ = hashHex(hasher_.digest());
    if (failure_) return fail(*failure_);
    PROFFER_CHECK(file_->sync());
    file_.reset();
    PROFFER_CHECK(files_.syncDirectory(path_.parent_path()));
    return files_.syncDirectory(
        path_.parent_path().parent_path());  // the first file makes the directory, too
  }

  const store::FileRow& row() const override { return row_; }
  int64_t size() const override { return static_cast<int64_t>(written_); }
  const std::string& checksum() const override { return checksum_; }

 private:
  void writeTableAndTrailer() {
    const uint64_t tableOffset = written_;
    write(table_);
    std::string trailer;
    appendNumber(trailer, tableOffset);
    appendNumber(trailer, static_cast<uint64_t>(table_.size()));
    appendNumber(trailer, hash64(table_));
    appendNumber(trailer, written_ + kBlock);
    appendNumber(trailer, hash64(trailer));
    trailer.resize(kBlock - kEndMagic.size(), '\0');
    trailer += kEndMagic;
    write(trailer);
  }

  // Models are saved through an interface that cannot fail: the first error waits for finish().
  void write(std::string_view bytes) {
    written_ += bytes.size();
    if (failure_ || bytes.empty()) return;
    hasher_.add(bytes);
    if (auto done = file_->append(bytes); !done) note(std::move(done).error());
  }

  void note(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  store::FileRow row_;
  io::fs::path path_;
  std::unique_ptr<io::WritableFile> file_;
  io::FileSystem& files_;
  std::set<std::string, std::less<>> names_;
  std::string table_;
  uint64_t written_ = 0;
  Hasher hasher_;
  std::string checksum_;
  std::optional<Error> failure_;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<ArtifactWriter>> ArtifactStore::create(int64_t job, int attempt,
                                                              const std::string& groupUid) {
  return createIn(kModelsDirectory, ".model", job, attempt, groupUid);
}

Result<std::unique_ptr<ArtifactWriter>> ArtifactStore::createCheckpoint(int64_t job, int attempt,
                                                                        const std::string& groupUid) {
  return createIn(kCheckpointsDirectory, ".checkpoint", job, attempt, groupUid);
}

Result<std::unique_ptr<ArtifactWriter>> ArtifactStore::createIn(std::string_view directory,
                                                                std::string_view suffix, int64_t job,
                                                                int attempt, const std::string& groupUid) {
  PROFFER_TRY(store::FileRow row, store_.files().reserve(directory, suffix, job, attempt, groupUid));
  const io::fs::path path = directory_ / row.path;
  PROFFER_CHECK(files_.createDirectories(path.parent_path()));
  PROFFER_TRY(std::unique_ptr<io::WritableFile> file, files_.create(path));
  return std::make_unique<FileWriter>(std::move(row), path, std::move(file), files_);
}

}  // namespace proffer::artifacts
