// SIGTERM and SIGINT as something to wait for. The first one asks for a clean end; a second one ends the
// process at once with 128 + its number, as a shell expects.
//
// Make one on the main thread before any other thread is started, so that they all inherit the blocked
// signals.
#pragma once

#include <csignal>

namespace proffer::app {

class StopSignal {
 public:
  StopSignal();
  /// Waits for the first signal; its number. From then on a second signal ends the process.
  int wait();

 private:
  sigset_t signals_;
};

}  // namespace proffer::app
