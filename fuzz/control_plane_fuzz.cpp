// The service's control plane: each line is an operation, a blank and its body, asked one after the other of
// a server that is empty at first, so that what is made by one is met by the next. Every one is answered in
// the service's words, and none of them is the server's own fault. The words `settle` and `collect` do what a
// controller would: everything becomes Ready, and what is being deleted goes.
#include <cstdlib>

#include "base/log.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"
#include "controller/wire/control_plane.h"

using namespace proffer;

namespace {

constexpr int kMostLines = 24;

void need(bool holds) {
  if (!holds) std::abort();
}

void settle(store::ControlStore& store, SimulatedClock& clock) {
  clock.advance(std::chrono::seconds(1));
  const auto list = store.resources().list({});
  need(list.has_value());
  for (Resource resource : list->items) {
    if (resource.deleting()) continue;
    if (resource.kind == "DatasetImport" || resource.kind == "DatasetExport" ||
        resource.kind == "SolutionVersion" || resource.kind == "DataDeletion")
      resource.status["run"] = {{"state", "Succeeded"},
                                {"started", formatTime(clock.now())},
                                {"finished", formatTime(clock.now())}};
    setCondition(resource, kReady, ConditionStatus::kTrue, "Available", "", clock.now());
    need(store.resources().updateStatus(resource).has_value());
  }
}

void collect(store::ControlStore& store) {
  const auto list = store.resources().list({});
  need(list.has_value());
  for (Resource resource : list->items) {
    if (!resource.deleting()) continue;
    resource.metadata.finalizers.clear();
    (void)store.resources().update(resource);
  }
}

void ask(store::ControlStore& store, std::string_view line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string target = "AmazonPersonalize." + std::string(line.substr(0, end));
  const wire::Answer answer = wire::answer(store, target, line.substr(end));
  need(answer.status == 200 || answer.status == 400);
  need(answer.errorType.empty() == (answer.status == 200));
  if (!answer.errorType.empty()) need(!stringMember(answer.body, "message").empty());
  need(parseJson(dumpJson(answer.body)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  configureLog(LogLevel::kError, LogFormat::kText);
  SimulatedClock clock(fromMicros(1'700'000'000'000'000));
  const auto store = store::ControlStore::openInMemory(clock);
  if (!store) std::abort();
  std::string_view left(reinterpret_cast<const char*>(data), size);
  for (int i = 0; i < kMostLines && !left.empty(); ++i) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    if (line == "settle")
      settle(**store, clock);
    else if (line == "collect")
      collect(**store);
    else
      ask(**store, line);
  }
  return 0;
}
