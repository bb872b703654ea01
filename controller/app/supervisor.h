// What systemd is told of the server's life: a datagram to the socket that NOTIFY_SOCKET names
// (sd_notify(3)), and the keep-alives that its watchdog asks for. Without that variable nothing is sent.
//
// notifySupervisor: any thread. Watchdog: made and destroyed by one thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

namespace proffer::app {

/// "READY=1", "STOPPING=1", "STATUS=...", lines of NAME=VALUE; false if nobody listens.
bool notifySupervisor(std::string_view state);

/// Sends WATCHDOG=1 at half of the interval that WATCHDOG_USEC asks for, as long as it lives.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace proffer::app
