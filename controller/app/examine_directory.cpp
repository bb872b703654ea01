// The data directory as the system sees it, and the token file.
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/ids.h"
#include "base/text.h"
#include "controller/app/examine.h"
#include "controller/http/server.h"
#include "controller/io/file_system.h"

namespace proffer::app {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLongestTokenFile = 4096;
constexpr const char* kNoData =
    "--data names the directory that the server was given; a server that starts on a new one makes it";

std::string userName(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

// Files that the directory's owner does not own: a server that runs as the owner may not be able to use them.
std::vector<std::string> strangers(const fs::path& directory, uid_t owner) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (auto at = fs::recursive_directory_iterator(directory, ignored);
       at != fs::recursive_directory_iterator(); at.increment(ignored)) {
    struct stat status {};
    if (::lstat(at->path().c_str(), &status) == 0 && status.st_uid != owner)
      found.push_back(at->path().string());
  }
  return found;
}

void examineOwner(const std::string& directory, const struct stat& status, Findings& findings) {
  constexpr const char* kAbout = "permissions";
  const std::string owner = userName(status.st_uid);
  const auto mode = static_cast<unsigned>(status.st_mode & 07777);
  if (const auto others = strangers(directory, status.st_uid); !others.empty())
    findings.push_back(fault(
        kAbout, fmt::format("{} of its files are not {}'s, such as {}", others.size(), owner, others.front()),
        fmt::format("chown -R {} {}", owner, directory)));
  if ((mode & 0007) != 0)
    findings.push_back(warning(kAbout,
                               fmt::format("every user of this machine may look into it (mode {:o})", mode),
                               fmt::format("chmod 750 {}", directory)));
  else
    findings.push_back(good(kAbout, fmt::format("it belongs to {}, mode {:o}", owner, mode)));
}

// Writes and syncs a file, as the server does all the time.
void examineWriting(const fs::path& directory, io::FileSystem& files, Findings& findings) {
  constexpr const char* kAbout = "writing";
  constexpr Duration kSlow = std::chrono::milliseconds(50);
  const fs::path probe = directory / (".doctor-" + newHex(8));
  const auto written = [&]() -> Result<Duration> {
    PROFFER_TRY(const auto file, files.create(probe));
    PROFFER_CHECK(file->append(std::string(4096, 'x')));
    const auto began = std::chrono::steady_clock::now();
    PROFFER_CHECK(file->sync());
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
  }();
  (void)files.remove(probe);
  if (!written) {
    findings.push_back(fault(kAbout, formatError(written.error()),
                             "make the directory writable for the server's user, or run this as that user"));
    return;
  }
  const double millis = std::chrono::duration<double, std::milli>(*written).count();
  const std::string message = fmt::format("4 KB were on the disk after {:.1f} ms", millis);
  findings.push_back(*written > kSlow
                         ? warning(kAbout, message, "every change waits for the disk: a faster one helps")
                         : good(kAbout, message));
}

void examineSpace(const std::string& directory, Findings& findings) {
  constexpr const char* kAbout = "disk space";
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) != 0) {
    findings.push_back(fault(kAbout, fmt::format("cannot be asked for: {}", std::strerror(errno)), ""));
    return;
  }
  const auto unit = static_cast<int64_t>(disk.f_frsize);
  const int64_t freeBytes = static_cast<int64_t>(disk.f_bavail) * unit;
  const int64_t total = static_cast<int64_t>(disk.f_blocks) * unit;
  const std::string message = fmt::format("{} of {} MB are free", withThousands(freeBytes / kMegabyte),
                                          withThousands(total / kMegabyte));
  const char* remedy = "make room: an import needs about the size of its sources once more";
  if (freeBytes < 100 * kMegabyte)
    findings.push_back(fault(kAbout, message, remedy));
  else if (freeBytes < 1024 * kMegabyte || freeBytes < total / 50)
    findings.push_back(warning(kAbout, message, remedy));
  else
    findings.push_back(good(kAbout, message));
  if (disk.f_files > 0 && disk.f_favail < 1000)
    findings.push_back(fault(kAbout, fmt::format("only {} more files can be made", disk.f_favail),
                             "remove files: the file system has no inodes left"));
}

void examineToken(const std::string& file, io::FileSystem& files, Findings& findings) {
  constexpr const char* kAbout = "token file";
  const auto text = files.read(file, kLongestTokenFile);
  const auto token = text ? http::tokenFromText(*text) : fail(text.error());
  if (!token) {
    findings.push_back(fault(kAbout, fmt::format("{}: {}", file, token.error().message), token.error().hint));
    return;
  }
  struct stat status {};
  const bool open = ::stat(file.c_str(), &status) == 0 && (status.st_mode & 0004) != 0;
  findings.push_back(open ? warning(kAbout, fmt::format("every user of this machine may read {}", file),
                                    fmt::format("chmod 640 {}", file))
                          : good(kAbout, fmt::format("{} holds a token", file)));
}

}  // namespace

bool examineDirectory(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings) {
  constexpr const char* kAbout = "data directory";
  const std::string& directory = options.dataDirectory;
  struct stat status {};
  if (!options.tokenFile.empty()) examineToken(options.tokenFile, files, findings);
  if (::stat(directory.c_str(), &status) != 0) {
    const bool absent = errno == ENOENT;
    findings.push_back(
        absent ? fault(kAbout, fmt::format("{} is not there", directory), kNoData)
               : fault(kAbout, fmt::format("{} cannot be reached: {}", directory, std::strerror(errno)),
                       "run this as the server's user"));
    return false;
  }
  if (!S_ISDIR(status.st_mode)) {
    findings.push_back(
        fault(kAbout, fmt::format("{} is no directory", directory), "--data names the right one"));
    return false;
  }
  const auto database = files.stat(fs::path(directory) / "control.db");
  const bool none = !database && database.error().code == ErrorCode::kNotFound;
  findings.push_back(
      none ? fault(kAbout,
                   fmt::format("{} is no data directory of a server: it holds no control.db", directory),
                   kNoData)
           : good(kAbout, fmt::format("{} is there", directory)));
  examineOwner(directory, status, findings);
  if (::geteuid() == 0 && status.st_uid != 0)
    findings.push_back(warning("writing", "root may always write, so this says nothing of the server's user",
                               fmt::format("run this as {}", userName(status.st_uid))));
  else
    examineWriting(directory, files, findings);
  examineSpace(directory, findings);
  return !none;
}

}  // namespace proffer::app
