// Clock, time zones, limits and memory of this machine, as the server would meet them.
#include <absl/time/time.h>
#include <sys/resource.h>
#include <sys/timex.h>

#include <fstream>

#include "base/clock.h"
#include "base/parallel.h"
#include "base/text.h"
#include "controller/app/examine.h"

namespace proffer::app {
namespace {


std::string firstWord(const char* path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// Of "MemTotal:  23 kB" the number, in bytes.
int64_t memoryFigure(std::string_view name) {
  std::ifstream file("/proc/meminfo");
  std::string word;
  int64_t kilobytes = 0;
  while (file >> word)
    if (word == name && file >> kilobytes) return kilobytes * 1024;
  return 0;
}

void examineClock(Findings& findings) {
  constexpr const char* kAbout = "clock";
  // The program was not written before this, so a clock that says so is not set.
  static const Time kBuilt = *parseTime("2026-01-01T00:00:00Z");
  const Time now = SystemClock().now();
  timex state{};
  const int kind = ::adjtimex(&state);
  if (now < kBuilt)
    findings.push_back(fault(kAbout, fmt::format("it says {}", formatTime(now)), "set the clock"));
  else if (kind == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
    findings.push_back(
        warning(kAbout, "nothing on this machine keeps it right",
                "run a time service such as systemd-timesyncd or chrony; in a container that is "
                "the host's business"));
  else
    findings.push_back(good(kAbout, fmt::format("it says {} and is kept right", formatTime(now))));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone("Europe/Berlin", &zone))
    findings.push_back(fault("time zones", "none are known, so schedules that name one cannot run",
                             "install the package tzdata"));
}

void examineLimits(Findings& findings) {
  constexpr const char* kAbout = "limits";
  constexpr rlim_t kWanted = 8192;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < kWanted)
    findings.push_back(
        warning(kAbout, fmt::format("at most {} files and connections may be open", limit.rlim_max),
                fmt::format("raise the hard limit to {}: ulimit -n, or LimitNOFILE= of the unit", kWanted)));
  else
    findings.push_back(good(kAbout, "enough files and connections may be open"));
  ::getrlimit(RLIMIT_AS, &limit);
  if (limit.rlim_cur != RLIM_INFINITY)
    findings.push_back(warning(kAbout, "the address space is limited, and files are mapped into it",
                               "lift it: ulimit -v unlimited"));
  int64_t backlog = 0;
  if (std::ifstream file("/proc/sys/net/core/somaxconn"); file >> backlog && backlog < 1024)
    findings.push_back(warning(kAbout, fmt::format("only {} connections may wait to be accepted", backlog),
                               "sysctl -w net.core.somaxconn=4096"));
}

void examineMemory(Findings& findings) {
  constexpr const char* kAbout = "memory";
  const int64_t total = memoryFigure("MemTotal:");
  int64_t usable = total;
  const std::string bound = firstWord("/sys/fs/cgroup/memory.max");
  if (!bound.empty() && bound != "max") usable = std::min<int64_t>(total, std::stoll("0" + bound));
  const std::string message = fmt::format("{} MB{}, {} threads", withThousands(usable / kMegabyte),
                                          usable < total ? " in this control group" : "", parallelism());
  findings.push_back(
      usable < 512 * kMegabyte
          ? warning(kAbout, message, "give it more: imports and trainings hold dictionaries and models")
          : good(kAbout, message));
}

}  // namespace

void examineMachine(Findings& findings) {
  examineClock(findings);
  examineLimits(findings);
  examineMemory(findings);
}

}  // namespace proffer::app
