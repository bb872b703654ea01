// A directory of manifests as a set: what lies in it is applied at start and on every change, and what it no
// longer holds is deleted (`serve --manifests DIR`).
//
// start() and stop() belong to one thread, the rest to any. The files are looked at every second (names,
// sizes, times). A directory with an error changes nothing: all of it is applied, or none. A prune that would
// delete everything is refused, so an unmounted directory empties nothing. The set is "manifests/<name of the
// directory>".
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"
#include "controller/store/control_store.h"

namespace proffer::gitops {

class ManifestDirectory {
 public:
  struct Options {
    Duration poll = std::chrono::seconds(1);
    Duration retry = std::chrono::seconds(5);  ///< after an apply that was refused
    Duration resync =
        std::chrono::minutes(1);  ///< applied again though nothing changed: heals what others did
  };
  /// kNotFound or kInvalidInput if `directory` is no directory.
  static Result<std::unique_ptr<ManifestDirectory>> open(store::ControlStore& store, Clock& clock,
                                                         io::FileSystem& files,
                                                         const std::filesystem::path& directory,
                                                         Options options);
  ~ManifestDirectory();

  /// Applies once on the calling thread, then follows on one of its own. An error of that first time is kept
  /// and logged, not returned: the server runs, and the next change may mend it.
  void start();
  void stop();
  /// One look: applies if something changed or it is time again. Whether it applied. For tests, instead of
  /// start().
  bool step();

  const std::string& manager() const { return manager_; }
  /// Why the newest content is not what is applied; empty: it is.
  std::vector<Error> lastErrors() const;
  /// Whether the content was applied at least once.
  bool applied() const;

 private:
  struct Stamp {
    int64_t size = 0;
    Time modified{};
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::map<std::string, Stamp>;

  ManifestDirectory(store::ControlStore& store, Clock& clock, io::FileSystem& files,
                    std::filesystem::path directory, Options options);
  Result<void> stampsBelow(const std::filesystem::path& directory, int depth, Stamps& stamps) const;
  std::vector<Error> apply();
  void keep(std::vector<Error> errors);
  void loop();

  store::ControlStore& store_;
  Clock& clock_;
  io::FileSystem& files_;
  const std::filesystem::path directory_;
  const std::string manager_;
  const Options options_;

  // Of the following thread.
  Stamps seen_;
  Time next_{};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Error> errors_;
  bool applied_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace proffer::gitops
