#include "controller/cli/live_lines.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "controller/cli/objects.h"

namespace proffer::cli {
namespace {

constexpr int kBarWidth = 24;

// Cuts at `width` columns, passing colour sequences through uncounted.
std::string fitted(std::string_view line, int width) {
  std::string out;
  int used = 0;
  bool coloured = false;
  for (size_t i = 0; i < line.size();) {
    size_t end = i + 1;
    if (line[i] == '\x1b') {
      while (end < line.size() && line[end - 1] != 'm') ++end;
      coloured = true;
      out += line.substr(i, end - i);
      i = end;
      continue;
    }
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) ++end;
    const std::string_view letter = line.substr(i, end - i);
    used += displayWidth(letter);
    if (used >= width) break;
    out += static_cast<unsigned char>(letter.front()) < 0x20 ? std::string_view(" ") : letter;
    i = end;
  }
  return coloured ? out + "\x1b[0m" : out;
}

std::string bar(double part) {
  const int full = static_cast<int>(std::lround(part * kBarWidth));
  std::string out = "[" + std::string(static_cast<size_t>(full), '=');
  if (full < kBarWidth) out += '>' + std::string(static_cast<size_t>(kBarWidth - full - 1), ' ');
  return out + "]";
}

std::string roundedRate(double perSecond) {
  if (perSecond >= 10e6) return fmt::format("{:.0f} M ", perSecond / 1e6);
  if (perSecond >= 1e6) return fmt::format("{:.1f} M ", perSecond / 1e6);
  if (perSecond >= 10e3) return fmt::format("{:.0f} k ", perSecond / 1e3);
  return withThousands(std::llround(perSecond)) + " ";
}

std::string jobLine(const client::JobInfo& job, const ResourceKey& subject, Time now, JobRates& rates) {
  JobStart& start = rates[job.id];
  if (start.phase != job.phase || job.done < start.done) start = {job.phase, now, job.done};
  const double seconds = static_cast<double>((now - start.at).count()) / 1e6;
  double rate = seconds > 0.15 ? static_cast<double>(job.done - start.done) / seconds : 0;
  if (rate <= 0 && job.started && job.done > 0) {  // a phase that began before we looked
    const double since = static_cast<double>((now - *job.started).count()) / 1e6;
    if (since > 0.1) rate = static_cast<double>(job.done) / since;
  }
  std::string line = fmt::format("{}  {}", displayName(subject), job.phase.empty() ? job.type : job.phase);
  if (job.total > 0) {
    const double part = std::clamp(static_cast<double>(job.done) / static_cast<double>(job.total), 0.0, 1.0);
    line += fmt::format(" {} {:3.0f} %", bar(part), part * 100);
  } else if (job.done > 0) {
    line += fmt::format(" {} {}", withThousands(job.done), job.unit);
  }
  if (rate > 0) line += fmt::format("  {}{}/s", roundedRate(rate), job.unit);
  if (rate > 0 && job.total > job.done) {
    const double left = static_cast<double>(job.total - job.done) / rate;
    line += fmt::format("  {} left", formatAge(Duration(static_cast<int64_t>(left * 1e6) + 999'999)));
  }
  return line;
}

}  // namespace

void LiveLines::show(const std::vector<std::string>& lines) {
  if (!enabled()) return;
  std::string frame;
  if (shown_ > 0) frame += fmt::format("\x1b[{}A", shown_);
  for (const std::string& line : lines) frame += "\r\x1b[2K" + fitted(line, console_.width) + "\n";
  if (shown_ > lines.size()) frame += "\x1b[J";
  console_.err << frame << std::flush;
  shown_ = lines.size();
}

void LiveLines::clear() {
  if (shown_ == 0) return;
  console_.err << fmt::format("\x1b[{}A\r\x1b[J", shown_) << std::flush;
  shown_ = 0;
}

std::vector<std::string> jobLines(const JobBoard& board, Time now, JobRates& rates) {
  std::vector<std::string> lines;
  for (const client::JobInfo& job : board.jobs())
    if (job.state == "running") lines.push_back(jobLine(job, board.subject(job), now, rates));
  return lines;
}

}  // namespace proffer::cli
