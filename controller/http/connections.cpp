#include "controller/http/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace proffer::http {
namespace {

constexpr uint64_t kWakeId = 0;
constexpr size_t kDrainPiece = 16 << 10;
constexpr int kHousekeepingMillis = 1000;

Error systemError(std::string_view what) {
  return makeError(ErrorCode::kIo, "cannot {}: {}", what, std::strerror(errno));
}

std::string addressText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  else if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  return text;
}

bool hasPendingBytes(int socket) {
  int pending = 0;
  return ::ioctl(socket, FIONREAD, &pending) == 0 && pending > 0;
}

enum class HeadState { kComplete, kIncomplete, kClosed };

// Looks for the blank line that ends a head, reading what has come without waiting.
HeadState readHead(Connection& connection, size_t limit) {
  connection.headSize = 0;
  size_t searchFrom = 0;
  while (true) {
    // Blank lines before a request are allowed (RFC 9112, 2.2).
    const size_t first = connection.received.find_first_not_of("\r\n");
    connection.received.erase(0, std::min(first, connection.received.size()));
    const size_t end = connection.received.find("\r\n\r\n", searchFrom);
    if (end != std::string::npos && end + 4 <= limit) {
      connection.headSize = end + 4;
      return HeadState::kComplete;
    }
    if (connection.received.size() > limit || end != std::string::npos) {
      connection.headTooLarge = true;
      return HeadState::kComplete;
    }
    const size_t had = connection.received.size();
    searchFrom = had > 3 ? had - 3 : 0;
    thread_local std::array<char, kDrainPiece> piece;
    const ssize_t got = connection.receive(piece.data(), piece.size());
    if (got > 0) connection.received.append(piece.data(), static_cast<size_t>(got));
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? HeadState::kIncomplete : HeadState::kClosed;
  }
}

}  // namespace

Connections::Connections(int listenSocket, const ConnectionLimits& limits, Clock& clock, Serve serve,
                         std::shared_ptr<TlsContext> tls)
    : listenSocket_(listenSocket),
      limits_(limits),
      clock_(clock),
      serve_(std::move(serve)),
      tls_(std::move(tls)) {}

Connections::~Connections() {
  stop(Duration(0));
  for (const int descriptor : {epoll_, wakeAcceptor_, wakeWorkers_})
    if (descriptor >= 0) ::close(descriptor);
}

Result<void> Connections::start() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wakeAcceptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  wakeWorkers_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wakeAcceptor_ < 0 || wakeWorkers_ < 0) return fail(systemError("watch sockets"));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeId;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeWorkers_, &event) != 0)
    return fail(systemError("watch sockets"));
  accepting_ = true;
  {
    std::lock_guard guard(mutex_);
    startWorker();
    startWorker();
  }
  acceptor_ = std::thread([this] { acceptLoop(); });
  return {};
}

void Connections::startWorker() {
  workers_.emplace_back([this] { workLoop(); });
}

// Accepting
// ----------------------------------------------------------------------------------------------------------

void Connections::acceptLoop() {
  while (true) {
    const bool last = !accepting_;
    pollfd entries[2] = {{listenSocket_, POLLIN, 0}, {wakeAcceptor_, POLLIN, 0}};
    if (!last) ::poll(entries, 2, kHousekeepingMillis);
    while (true) {
      sockaddr_storage address{};
      socklen_t length = sizeof address;
      const int socket = ::accept4(listenSocket_, reinterpret_cast<sockaddr*>(&address), &length,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        acceptOne(socket, addressText(address));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        // No descriptor is free: those that wait for nothing go first, and the listener rests for a moment.
        if (!makeRoom()) ::poll(nullptr, 0, 50);
        break;
      } else if (errno != EINTR && errno != ECONNABORTED) {
        break;
      }
    }
    // The queue of the listening socket was emptied once more after stop() had said so.
    if (last) break;
    reapIdle();
  }
  ::close(listenSocket_);
}

void Connections::acceptOne(int socket, std::string peer) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_unique<Connection>();
  if (tls_ != nullptr) {
    connection->tls = tls_->begin(socket);
    if (connection->tls == nullptr) {
      ::close(socket);
      return;
    }
  }
  std::unique_lock lock(mutex_);
  if (open_.size() >= limits_.connections) {
    lock.unlock();
    if (!makeRoom()) {
      ::close(socket);
      return;
    }
    lock.lock();
  }
  connection->id = nextId_++;
  connection->socket = socket;
  connection->peer = std::move(peer);
  connection->since = clock_.now();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
  event.data.u64 = connection->id;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) {
    ::close(socket);
    return;
  }
  open_.emplace(connection->id, std::move(connection));
}

/// Closes the connection that has been idle longest; false if all are busy.
bool Connections::makeRoom() {
  std::lock_guard guard(mutex_);
  Connection* oldest = nullptr;
  for (const auto& [id, connection] : open_)
    if (!connection->busy && (oldest == nullptr || connection->since < oldest->since))
      oldest = connection.get();
  if (oldest == nullptr) return false;
  close(*oldest);
  return true;
}

/// With mutex_ held. Its thread sees the end of the connection and closes it.
void Connections::breakSlowest() {
  const Connection* slowest = nullptr;
  int64_t since = 0;
  for (const auto& [id, connection] : open_) {
    const int64_t waits = connection->waitsForPeer;
    if (waits == 0 || (slowest != nullptr && waits >= since)) continue;
    slowest = connection.get();
    since = waits;
  }
  if (slowest != nullptr) ::shutdown(slowest->socket, SHUT_RDWR);
}

void Connections::reapIdle() {
  const Time now = clock_.now();
  closeIdle([&](const Connection& connection) {
    const bool begun =
        !connection.received.empty() || (connection.tls != nullptr && !connection.tls->established());
    return now - connection.since > (begun ? limits_.head : limits_.idle);
  });
}

void Connections::closeIdle(const std::function<bool(const Connection&)>& which) {
  std::lock_guard guard(mutex_);
  std::vector<Connection*> going;
  for (const auto& [id, connection] : open_)
    if (!connection->busy && which(*connection)) going.push_back(connection.get());
  for (Connection* connection : going) close(*connection);
}

// Serving
// ------------------------------------------------------------------------------------------------------------

void Connections::workLoop() {
  while (!ending_) {
    epoll_event event{};
    waiting_.fetch_add(1);
    const int ready = ::epoll_wait(epoll_, &event, 1, -1);
    const bool wasLast = waiting_.fetch_sub(1) == 1;
    if (ready <= 0 || event.data.u64 == kWakeId) continue;
    if (wasLast) {
      std::lock_guard guard(mutex_);
      if (workers_.size() >= limits_.threads)
        breakSlowest();
      else if (!ending_)
        startWorker();
    }
    serveConnection(event.data.u64);
  }
}

Connection* Connections::take(uint64_t id) {
  std::lock_guard guard(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end() || found->second->busy) return nullptr;
  found->second->busy = true;
  ++busy_;
  return found->second.get();
}

// A handshake may wait until it can send.
uint32_t Connections::eventsFor(const Connection& connection) {
  const bool sends = connection.wanted(POLLIN) == POLLOUT;
  return static_cast<uint32_t>(sends ? EPOLLOUT : EPOLLIN) | EPOLLRDHUP | EPOLLONESHOT;
}

void Connections::giveBack(Connection& connection) {
  std::lock_guard guard(mutex_);
  connection.busy = false;
  --busy_;
  epoll_event event{};
  event.events = eventsFor(connection);
  event.data.u64 = connection.id;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event) != 0) close(connection);
  changed_.notify_all();
}

/// With mutex_ held.
void Connections::close(Connection& connection) {
  if (connection.tls != nullptr) connection.tls->sayGoodbye();
  ::close(connection.socket);
  if (connection.busy) --busy_;
  open_.erase(connection.id);
  changed_.notify_all();
}

void Connections::serveConnection(uint64_t id) {
  Connection* connection = take(id);
  if (connection == nullptr) return;
  while (true) {
    const bool hadBytes = !connection->received.empty();
    const HeadState state = readHead(*connection, limits_.headBytes);
    if (state == HeadState::kIncomplete) {
      // The time limit of a head runs from its first byte, that of an idle connection from its last answer.
      if (!hadBytes && !connection->received.empty()) connection->since = clock_.now();
      return giveBack(*connection);
    }
    if (state == HeadState::kClosed || !serve_(*connection)) break;
    connection->since = clock_.now();
    // The next request is seldom there already: waiting for it says so without another look.
    if (connection->received.empty() && !connection->hasPending()) return giveBack(*connection);
  }
  std::lock_guard guard(mutex_);
  close(*connection);
}

// Ending
// -------------------------------------------------------------------------------------------------------------

void Connections::stop(Duration patience) {
  if (!accepting_.exchange(false)) return;
  ::eventfd_write(wakeAcceptor_, 1);
  if (acceptor_.joinable()) acceptor_.join();
  constexpr Duration kRound = std::chrono::milliseconds(20);
  constexpr Duration kGrace = std::chrono::milliseconds(200);
  constexpr Duration kRecent = std::chrono::seconds(1);
  const Time now = clock_.now();
  for (Duration waited{0};; waited += kRound) {
    // What has sent bytes already is served once more, with an answer that ends the connection; who asked a
    // moment ago and is likely to ask again gets the time to do so, as it could not tell a closed connection
    // from a lost request.
    closeIdle([&](const Connection& connection) {
      return !hasPendingBytes(connection.socket) && (waited >= kGrace || now - connection.since > kRecent);
    });
    std::unique_lock lock(mutex_);
    if (open_.empty() || waited >= patience) break;
    changed_.wait_for(lock, kRound);
  }
  {
    std::lock_guard guard(mutex_);
    for (const auto& [id, connection] : open_) ::shutdown(connection->socket, SHUT_RDWR);
    ending_ = true;
  }
  ::eventfd_write(wakeWorkers_, 1);
  // No worker starts another once `ending_` is set under the mutex, so the list is stable now.
  for (std::thread& worker : workers_) worker.join();
  std::lock_guard guard(mutex_);
  while (!open_.empty()) close(*open_.begin()->second);
}

Connections::Figures Connections::figures() const {
  std::lock_guard guard(mutex_);
  return {open_.size(), busy_, workers_.size()};
}

}  // namespace proffer::http
