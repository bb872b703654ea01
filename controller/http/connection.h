// One accepted socket, and the stream that cpp-httplib reads a request from and writes its answer to.
//
// A Connection belongs to one thread at a time: to whoever took it out of the table of connections. The
// stream lives for one request. It gives the library exactly the bytes that belong to the request (its head,
// then what setBody() grants), so that no request can read into the next one or more than its limit, and
// sends the answer in one piece.
#pragma once

#include <httplib.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "controller/http/tls.h"

namespace proffer::http {

struct Connection {
  uint64_t id = 0;
  int socket = -1;
  std::unique_ptr<TlsSession> tls;  ///< null: plain HTTP
  std::string peer;                 ///< address of the other side, for logs
  std::string received;             ///< bytes read from the socket and not yet given to a request
  size_t headSize = 0;  ///< of the request at the start of `received`, with its blank line; 0: not complete
  bool headTooLarge = false;
  bool busy = false;  ///< a thread has it
  Time since{};       ///< when it was accepted or became idle; when the head's first bytes came
  /// While a thread waits for the other side to send or to take something: when that request began, in
  /// microseconds; else 0.
  std::atomic<int64_t> waitsForPeer{0};

  /// As recv() and send() without signals, through TLS if there is any.
  ssize_t receive(char* bytes, size_t size);
  ssize_t send(const char* bytes, size_t size);
  /// What receive() or send() waits for when it gave EAGAIN, where they would wait for `usual`.
  short wanted(short usual) const { return tls == nullptr ? usual : tls->wanted(); }
  /// Bytes are there that the socket does not tell of.
  bool hasPending() const { return tls != nullptr && tls->hasPending(); }
};

class SocketStream final : public httplib::Stream {
 public:
  struct Timeouts {
    Duration read = std::chrono::seconds(10);     ///< between two pieces of a body
    Duration request = std::chrono::seconds(60);  ///< for the whole body
    Duration write = std::chrono::seconds(30);    ///< between two pieces of the answer
    Duration answer = std::chrono::minutes(5);    ///< for the whole answer
  };
  SocketStream(Connection& connection, Clock& clock, const Timeouts& timeouts);

  /// The request's head as it was sent, until anything of the body is read.
  std::string_view head() const {
    return std::string_view(connection_.received).substr(0, connection_.headSize);
  }
  /// From now on this many further bytes may be read (the head is granted from the beginning).
  void setBody(size_t bytes) { granted_ += bytes; }
  /// How many granted bytes the library has not read.
  size_t unread() const { return granted_; }
  /// Sends what was written; false if the other side does not take it.
  bool flush();
  /// Everything was said: what is written from now on is thrown away.
  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  /// Whether the other side has closed the connection: nobody waits for the answer.
  bool abandoned() const;
  /// Says that nothing more will be sent and reads away, for a moment, what is still coming, so that the
  /// answer is not lost to a reset.
  void lingerBeforeClose();

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return connection_.socket; }
  const std::string& peer() const { return connection_.peer; }
  bool encrypted() const { return connection_.tls != nullptr; }

 private:
  bool receive();
  bool waitFor(short events, Duration timeout);

  Connection& connection_;
  Clock& clock_;
  Timeouts timeouts_;
  Time began_;
  size_t taken_ = 0;  ///< bytes of connection_.received that this request has read
  size_t granted_ = 0;
  std::string output_;
  bool broken_ = false;
  bool closed_ = false;

 public:
  /// Removes this request's bytes from what the connection has received.
  ~SocketStream() override;
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;
};

}  // namespace proffer::http
