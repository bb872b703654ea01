#include "controller/app/backups.h"

#include <atomic>
#include <memory>

#include "controller/backup/restore.h"
#include "controller/io/file_system.h"

namespace proffer::app {
namespace {

// Set while it lives.
class Turn {
 public:
  explicit Turn(std::shared_ptr<std::atomic<bool>> taken) : taken_(std::move(taken)) {}
  ~Turn() { taken_->store(false); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::shared_ptr<std::atomic<bool>> taken_;
};

}  // namespace

std::function<Result<http::ByteStream>()> dumpStream(backup::Sources sources) {
  const auto taken = std::make_shared<std::atomic<bool>>(false);
  return [sources, taken]() -> Result<http::ByteStream> {
    if (taken->exchange(true))
      return fail(
          makeError(ErrorCode::kUnavailable, "another dump is being sent").hinting("ask again later"));
    const auto turn = std::make_shared<Turn>(taken);
    PROFFER_TRY(auto made, backup::Dump::take(sources));
    const std::shared_ptr<backup::Dump> dump = std::move(made);
    return http::ByteStream([dump, turn](const http::ByteSink& send) { return dump->write(send); });
  };
}

Result<cli::Restoration> restore(const cli::RestoreOptions& options) {
  PROFFER_TRY(const auto done, backup::restore(io::posixFileSystem(), options.file, options.dataDirectory));
  return cli::Restoration{done.bytes, done.groups, done.program, done.created};
}

}  // namespace proffer::app
