// Dumps: the first byte 0: the rest is a file as somebody gives it. Else members are taken from the rest and
// put into a tar file with a list and checksums that fit, so that what is behind them is met; 2: with the
// list, or the checksums, that the rest begins with.
#include <cstdlib>

#include "base/clock.h"
#include "base/log.h"
#include "controller/backup/archive.h"
#include "controller/backup/format.h"
#include "controller/backup/restore.h"
#include "controller/io/simulated_file_system.h"
#include "fuzz/bytes.h"

using namespace proffer;
using namespace proffer::backup;

namespace {

std::string archiveOf(fuzz::Bytes& input, bool ownTexts) {
  const std::string ownHead(ownTexts ? input.block() : "");
  const std::string ownChecksums(ownTexts ? input.block() : "");
  Head head;
  std::vector<std::string> contents;
  while (!input.empty() && contents.size() < 20) {
    const std::string name(input.block());
    contents.emplace_back(input.block());
    head.members.push_back({name, static_cast<int64_t>(contents.back().size())});
  }
  std::string bytes;
  ArchiveWriter writer([&](std::string_view piece) {
    bytes += piece;
    return true;
  });
  std::vector<Sum> sums;
  const auto put = [&](const std::string& name, std::string_view content) {
    sums.push_back({name, hash128(content)});
    if (writer.begin(name, static_cast<int64_t>(content.size()), Time{})) (void)writer.append(content);
  };
  put(std::string(kHeadName), ownHead.empty() ? headText(head) : ownHead);
  for (size_t i = 0; i < contents.size(); ++i) put(head.members[i].name, contents[i]);
  const std::string last = ownChecksums.empty() ? checksumsText(sums) : ownChecksums;
  if (writer.begin(std::string(kChecksumsName), static_cast<int64_t>(last.size()), Time{}))
    (void)writer.append(last);
  (void)writer.finish();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SimulatedClock clock(fromMicros(0));
  io::SimulatedFileSystem files(clock);
  fuzz::Bytes input(data, size);
  const uint8_t manner = input.byte();
  files.put("/dump.tar", manner != 0 ? archiveOf(input, manner == 2) : std::string(input.rest()));
  const bool restored = restore(files, "/dump.tar", "/data").has_value();
  // All or nothing, and nothing beside the directory.
  if (files.stat("/data/control.db").has_value() != restored) std::abort();
  for (const auto& path : files.filesBelow("/"))
    if (path != "/dump.tar" && !path.string().starts_with("/data/")) std::abort();
  if (!restored && !files.filesBelow("/data").empty()) std::abort();
  return 0;
}
