#include "controller/http/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace proffer::http {
namespace {

constexpr size_t kReceivePiece = 64 << 10;
constexpr size_t kSendPiece = 1 << 20;

bool pollFor(int socket, short events, Duration timeout) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  pollfd entry{socket, events, 0};
  int ready = 0;
  do ready = ::poll(&entry, 1, static_cast<int>(millis));
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

ssize_t Connection::receive(char* bytes, size_t size) {
  return tls == nullptr ? ::recv(socket, bytes, size, 0) : tls->receive(bytes, size);
}

ssize_t Connection::send(const char* bytes, size_t size) {
  return tls == nullptr ? ::send(socket, bytes, size, MSG_NOSIGNAL) : tls->send(bytes, size);
}

SocketStream::SocketStream(Connection& connection, Clock& clock, const Timeouts& timeouts)
    : connection_(connection),
      clock_(clock),
      timeouts_(timeouts),
      began_(clock.now()),
      granted_(connection.headSize) {}

SocketStream::~SocketStream() {
  connection_.received.erase(0, taken_);
}

bool SocketStream::waitFor(short events, Duration timeout) {
  connection_.waitsForPeer = toMicros(began_);
  const bool ready = pollFor(connection_.socket, events, timeout);
  connection_.waitsForPeer = 0;
  return ready;
}

bool SocketStream::receive() {
  // "100 Continue" must reach a client that waits for it before it sends the body.
  if (!flush() || clock_.now() - began_ > timeouts_.request) return false;
  if (taken_ > 0) {
    connection_.received.erase(0, taken_);
    taken_ = 0;
  }
  const size_t had = connection_.received.size();
  connection_.received.resize(had + kReceivePiece);
  ssize_t got = 0;
  while (true) {
    got = connection_.receive(connection_.received.data() + had, kReceivePiece);
    if (got >= 0) break;
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !waitFor(connection_.wanted(POLLIN), timeouts_.read))
      break;
  }
  connection_.received.resize(had + (got > 0 ? static_cast<size_t>(got) : 0));
  return got > 0;
}

ssize_t SocketStream::read(char* bytes, size_t size) {
  if (granted_ == 0) return -1;
  if (taken_ == connection_.received.size() && !receive()) return -1;
  const size_t count = std::min({size, granted_, connection_.received.size() - taken_});
  std::copy_n(connection_.received.data() + taken_, count, bytes);
  taken_ += count;
  granted_ -= count;
  return static_cast<ssize_t>(count);
}

ssize_t SocketStream::write(const char* bytes, size_t size) {
  if (broken_) return -1;
  if (closed_) return static_cast<ssize_t>(size);
  output_.append(bytes, size);
  if (output_.size() >= kSendPiece && !flush()) return -1;
  return static_cast<ssize_t>(size);
}

bool SocketStream::flush() {
  size_t sent = 0;
  const Time began = clock_.now();
  while (!broken_ && sent < output_.size()) {
    const ssize_t count = connection_.send(output_.data() + sent, output_.size() - sent);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      broken_ =
          clock_.now() - began > timeouts_.answer || !waitFor(connection_.wanted(POLLOUT), timeouts_.write);
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  output_.clear();
  return !broken_;
}

bool SocketStream::abandoned() const {
  if (connection_.tls != nullptr) return connection_.tls->ended();
  char byte = 0;
  const ssize_t peeked = ::recv(connection_.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void SocketStream::lingerBeforeClose() {
  constexpr int kRounds = 64;
  if (connection_.tls != nullptr) connection_.tls->sayGoodbye();
  ::shutdown(connection_.socket, SHUT_WR);
  std::string away(kReceivePiece, '\0');
  for (int round = 0; round < kRounds; ++round) {
    if (!waitFor(POLLIN, std::chrono::milliseconds(500))) return;
    if (::recv(connection_.socket, away.data(), away.size(), MSG_DONTWAIT) <= 0) return;
  }
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = connection_.peer;
  port = 0;
}

void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace proffer::http
