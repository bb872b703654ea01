// What the store of streamed events takes in, every call durable: sixteen callers with one event a call and
// with ten, while the log is folded; how long a call takes; how much memory grows; and a put followed by a
// look.
//
//   bench_events [--events N] [--directory PATH]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/log.h"
#include "controller/data/group_data.h"
#include "controller/data/live_view.h"

using namespace proffer;
using namespace proffer::data;

namespace {

using Steady = std::chrono::steady_clock;
constexpr int kCallers = 16;

double secondsSince(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

double residentMegabytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0, shared = 0;
  file >> size >> resident >> shared;
  return static_cast<double>(resident - shared) * 4096 / 1e6;
}

LiveDataset interactions() {
  const auto field = [](const char* name, FieldType type, bool nullable = false) {
    SchemaField made;
    made.name = name;
    made.types = {type};
    if (nullable) made.types.push_back(FieldType::kNull);
    return made;
  };
  return {"interactions",
          "interactions-uid",
          DatasetType::kInteractions,
          {field("USER_ID", FieldType::kString), field("ITEM_ID", FieldType::kString),
           field("TIMESTAMP", FieldType::kLong), field("EVENT_TYPE", FieldType::kString, true)}};
}

LiveEvent eventNumber(int64_t number) {
  LiveEvent event;
  const auto user = static_cast<uint64_t>(number) * 2654435761U % 100'000;
  event.sessionId = fmt::format("session-{}", user);
  event.userId = fmt::format("user-{}", user);
  event.itemId = fmt::format("item-{}", static_cast<uint64_t>(number) * 40503 % 20'000);
  event.eventType = "View";
  event.time = 1'700'000'000 + number / 100;
  event.eventId = fmt::format("{:016x}", number);
  return event;
}

void orDie(const Result<PutResult>& done) {
  if (done) return;
  fmt::print(stderr, "{}\n", formatError(done.error()));
  std::exit(1);
}

void putMany(LiveData& live, int64_t first, int64_t events, int64_t perCall) {
  const LiveDataset dataset = interactions();
  std::atomic<int64_t> next{first};
  const int64_t end = first + events;
  std::vector<std::vector<double>> took(kCallers);
  const double before = residentMegabytes();
  const auto start = Steady::now();
  std::vector<std::thread> callers;
  for (size_t t = 0; t < kCallers; ++t)
    callers.emplace_back([&, t] {
      std::vector<LiveEvent> call;
      for (int64_t at = next.fetch_add(perCall); at < end; at = next.fetch_add(perCall)) {
        call.clear();
        for (int64_t i = at; i < std::min(at + perCall, end); ++i) call.push_back(eventNumber(i));
        const auto began = Steady::now();
        orDie(live.putEvents("group", dataset, call));
        took[t].push_back(secondsSince(began) * 1000);
      }
    });
  for (auto& caller : callers) caller.join();
  const double seconds = secondsSince(start);
  std::vector<double> all;
  for (const auto& one : took) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  const auto percentile = [&](double part) {
    return all[static_cast<size_t>(static_cast<double>(all.size() - 1) * part)];
  };
  fmt::print(
      "{:>2} events a call: {:>9.0f} events/s  p50 {:.2f} ms  p99 {:.2f} ms  longest {:.1f} ms  "
      "memory {:+.0f} MB\n",
      perCall, static_cast<double>(events) / seconds, percentile(0.5), percentile(0.99), all.back(),
      residentMegabytes() - before);
}

void putAndLook(LiveData& live, int64_t first) {
  constexpr int64_t kPairs = 10'000;
  const LiveDataset dataset = interactions();
  const auto view = live.view("group").value();
  int64_t missing = 0;
  std::vector<TailEvent> seen;
  const auto start = Steady::now();
  for (int64_t i = first; i < first + kPairs; ++i) {
    const LiveEvent event = eventNumber(i);
    orDie(live.putEvents("group", dataset, std::span(&event, 1)));
    view->eventsOf(event.userId, seen);
    if (seen.empty() || seen.back().item != event.itemId) ++missing;
  }
  fmt::print("put, then look: {} pairs, {} without their event, {:.0f} pairs/s\n", kPairs, missing,
             static_cast<double>(kPairs) / secondsSince(start));
}

}  // namespace

int main(int count, char** arguments) {
  int64_t events = 300'000;
  std::filesystem::path directory = std::filesystem::temp_directory_path() / "proffer-bench-events";
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(arguments[i], "--events") == 0) events = std::atoll(arguments[i + 1]);
    if (std::strcmp(arguments[i], "--directory") == 0) directory = arguments[i + 1];
  }
  std::filesystem::remove_all(directory);
  {
    SystemClock clock;
    const auto store = openGroupDataStore(directory, clock, io::posixFileSystem());
    LiveData& live = *store->live();
    live.keepFolding();
    putMany(live, 0, events, 1);
    putMany(live, events, events * 4, 10);
    putAndLook(live, events * 5);
    Progress progress;
    const auto start = Steady::now();
    if (const auto done = live.fold("group", progress); !done) return 1;
    fmt::print("folding what is left: {:.2f} s\n", secondsSince(start));
  }
  const auto start = Steady::now();
  SystemClock clock;
  const auto store = openGroupDataStore(directory, clock, io::posixFileSystem());
  const auto figures = store->live()->figures("group").value();
  fmt::print("opening again: {:.2f} s, {} put, {} interactions, {:.0f} MB on disk\n", secondsSince(start),
             figures.lastSequence, store->snapshot("group").value()->interactions().rowCount(), [&] {
               double bytes = 0;
               for (const auto& file : std::filesystem::recursive_directory_iterator(directory))
                 if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
               return bytes / 1e6;
             }());
  std::filesystem::remove_all(directory);
  return 0;
}
