// Lines at the bottom of a terminal that are drawn again and again: progress bars. Elsewhere nothing is
// drawn.
//
// Main thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/cli/console.h"
#include "controller/cli/job_board.h"

namespace proffer::cli {

class LiveLines {
 public:
  explicit LiveLines(Console& console) : console_(console) {}
  ~LiveLines() { clear(); }
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  bool enabled() const { return console_.errIsTerminal; }
  /// Replaces the lines shown; each is cut to the terminal's width.
  void show(const std::vector<std::string>& lines);
  /// Takes the lines away, so that something lasting can be printed.
  void clear();

 private:
  Console& console_;
  size_t shown_ = 0;
};

/// When each phase of a job was first seen, and how far it was then: what a rate is measured from.
struct JobStart {
  std::string phase;
  Time at{};
  int64_t done = 0;
};
using JobRates = std::map<int64_t, JobStart>;

/// One line a running job: what it works for, phase, bar, units a second, time left.
std::vector<std::string> jobLines(const JobBoard& board, Time now, JobRates& rates);

}  // namespace proffer::cli
