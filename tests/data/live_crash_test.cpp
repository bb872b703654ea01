// Power cuts while data is streamed, folded and merged: what was acknowledged is there, once.
#include <catch2/catch.hpp>

#include <map>
#include <random>

#include "controller/io/simulated_file_system.h"
#include "tests/data/support.h"

namespace proffer::data::live_crash_test {
namespace {

LiveEvent numbered(int number) {
  LiveEvent event;
  event.sessionId = "s" + std::to_string(number % 3);
  if (number % 4 != 0) event.userId = "u" + std::to_string(number % 3);
  event.itemId = "i" + std::to_string(number % 7);
  event.eventId = "e" + std::to_string(number);
  event.time = number;
  return event;
}

}  // namespace

TEST_CASE("a power cut at any change loses no event that was acknowledged, and doubles none") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  SystemClock clock;
  const LiveDataset dataset{"interactions", "interactions-uid", DatasetType::kInteractions,
                            interactionFields()};
  for (const io::Survival survival : {io::Survival::kNothing, io::Survival::kSome, io::Survival::kAll}) {
    io::SimulatedFileSystem files(clock);
    REQUIRE(files.createDirectories("/data"));
    std::map<std::string, bool> sent;  // event id: acknowledged
    int number = 0;
    for (int life = 0; life < 25; ++life) {
      INFO("survival " << static_cast<int>(survival) << ", life " << life);
      files.cutPowerAfter(static_cast<int64_t>(random() % 400));
      {
        const auto store = openGroupDataStore("/data", clock, files);
        bool lives = store->sweep().has_value();
        Progress progress;
        for (int call = 0; lives && call < 40; ++call) {
          if (random() % 6 == 0) {
            lives = store->live()->fold("group", progress).has_value();
            continue;
          }
          std::vector<LiveEvent> events;
          for (uint64_t i = 0; i <= random() % 3; ++i) events.push_back(numbered(number++));
          if (number > 5 && random() % 4 == 0) events.push_back(numbered(static_cast<int>(random() % 5)));
          for (const auto& event : events) sent.try_emplace(event.eventId, false);
          lives = store->live()->putEvents("group", dataset, events).has_value();
          if (lives)
            for (const auto& event : events) sent[event.eventId] = true;
        }
      }
      files.crash(survival, random());
      const auto store = openGroupDataStore("/data", clock, files);
      REQUIRE(store->sweep());
      std::map<std::string, int> there;
      for (int64_t after = 0;;) {
        const auto batch = store->live()->readEvents("group", dataset.uid, after, 50);
        INFO((batch ? std::string() : formatError(batch.error())));
        REQUIRE(batch);
        for (const auto& one : batch->events) ++there[one.event.eventId];
        if (!batch->more) break;
        after = batch->sequence;
      }
      for (const auto& [id, acknowledged] : sent) {
        INFO(id);
        if (acknowledged) REQUIRE(there[id] == 1);
        REQUIRE(there[id] <= 1);
      }
      REQUIRE(store->snapshot("group"));
      REQUIRE((*store->snapshot("group"))->verify());
    }
  }
}

}  // namespace proffer::data::live_crash_test
