// All open connections of a server, and the threads that serve them.
//
// A connection that waits for its next request, or has sent only part of a request's head, costs its buffer
// and no thread: it sits in an epoll set that all worker threads wait on. The thread that gets a whole head
// serves that request itself, and if it was the last one waiting another is started first, so that long polls
// never keep short requests waiting. When no more threads may be started, the connection whose client has
// kept one waiting longest (a body or an answer that goes byte by byte) is broken, so that slow clients
// cannot take all of them.
//
// start() and stop() are called by one thread; figures() by any. `serve` is called from the workers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/http/connection.h"

namespace proffer::http {

struct ConnectionLimits {
  size_t connections = 4096;
  size_t threads = 512;
  size_t headBytes = 64 << 10;
  Duration idle = std::chrono::seconds(75);
  Duration head = std::chrono::seconds(10);  ///< from a head's first byte to its last; for a TLS handshake
};

class Connections {
 public:
  /// Serves one request of the connection; whether the connection may be used for another.
  using Serve = std::function<bool(Connection&)>;
  struct Figures {
    size_t open = 0;
    size_t busy = 0;
    size_t threads = 0;
  };

  /// Takes over `listenSocket`, which is non-blocking and listening. `tls`: null for plain HTTP.
  Connections(int listenSocket, const ConnectionLimits& limits, Clock& clock, Serve serve,
              std::shared_ptr<TlsContext> tls = nullptr);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  Result<void> start();
  /// Accepts nothing more, closes what is idle, waits for the requests under way, at most `patience`; then
  /// breaks their connections and joins all threads. Idempotent.
  void stop(Duration patience);
  Figures figures() const;

 private:
  void acceptLoop();
  void acceptOne(int socket, std::string peer);
  bool makeRoom();
  void breakSlowest();
  void reapIdle();
  void workLoop();
  void startWorker();
  void serveConnection(uint64_t id);
  Connection* take(uint64_t id);
  void giveBack(Connection& connection);
  static uint32_t eventsFor(const Connection& connection);
  void close(Connection& connection);
  void closeIdle(const std::function<bool(const Connection&)>& which);

  int listenSocket_;
  int epoll_ = -1;
  int wakeAcceptor_ = -1;
  int wakeWorkers_ = -1;
  ConnectionLimits limits_;
  Clock& clock_;
  Serve serve_;
  const std::shared_ptr<TlsContext> tls_;
  std::atomic<bool> accepting_{false};
  std::atomic<bool> ending_{false};
  std::atomic<int> waiting_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> open_;
  uint64_t nextId_ = 1;
  size_t busy_ = 0;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace proffer::http
