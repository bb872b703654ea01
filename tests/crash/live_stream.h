// A server of the story that is streamed into: what was sent, what was acknowledged, and what is there.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/data/live_data.h"
#include "tests/crash/reference.h"

namespace proffer::crash {

class LiveStream {
 public:
  /// The story's groups, served, with a filter and a tracker for streamed events.
  LiveStream();

  /// Puts an event of its own; it is acknowledged if this succeeds.
  Result<void> put();
  Result<void> putItem(int number);
  Result<void> fold();
  /// What is not as it should be: acknowledged events that are not there, and events that are there twice.
  /// The error if they cannot be read.
  Result<std::vector<std::string>> wrong();
  /// What is recommended to a user, without what they did something with.
  std::vector<std::string> offeredTo(const std::string& user);
  /// Items that answers show to users who were acknowledged to have seen them.
  std::vector<std::string> shownAgain();
  /// As after a restart, on the same disk.
  Result<void> restart();
  void stop() { server->stop(); }

  SimulatedClock clock{kStart};
  io::SimulatedFileSystem files{clock};
  std::unique_ptr<SimulatedServer> server;
  std::string groupUid;
  std::string trackingId;
  data::LiveDataset events, items;

 private:
  struct Sent {
    data::LiveEvent event;
    bool acknowledged = false;
  };
  std::map<std::string, Sent> sent_;  // by event id
  int number_ = 0;
};

}  // namespace proffer::crash
