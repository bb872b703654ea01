#include "controller/app/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace proffer::app {
namespace {

// Half of what WATCHDOG_USEC says, if it is meant for this process; 0: nobody watches.
std::chrono::microseconds keepAliveInterval() {
  const auto number = [](const char* name) {
    const char* text = std::getenv(name);
    long value = 0;
    if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
    return value;
  };
  const long process = number("WATCHDOG_PID");
  if (process != 0 && process != ::getpid()) return {};
  return std::chrono::microseconds(number("WATCHDOG_USEC") / 2);
}

}  // namespace

bool notifySupervisor(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path, length);
  // A leading @ stands for the zero byte of Linux's abstract names.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const ssize_t sent = ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  ::close(socket);
  return sent == static_cast<ssize_t>(state.size());
}

Watchdog::Watchdog() {
  const std::chrono::microseconds interval = keepAliveInterval();
  if (interval.count() <= 0) return;
  thread_ = std::thread([this, interval] {
    std::unique_lock lock(mutex_);
    // The supervisor measures real time, whatever clock the program runs on.
    while (!changed_.wait_for(lock, interval, [this] { return ending_; })) notifySupervisor("WATCHDOG=1");
  });
}

Watchdog::~Watchdog() {
  {
    std::lock_guard guard(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace proffer::app
