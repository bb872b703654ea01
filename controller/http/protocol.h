// One request, from its bytes to its answer: cpp-httplib reads and writes HTTP, this decides what is
// answered.
//
// serve() is called by any number of threads at once. The library is used for one exchange at a time on our
// own stream; its accept loop, thread pool and regular-expression routes are not (docs/architecture.md says
// why).
#pragma once

#include <httplib.h>

#include <atomic>
#include <optional>
#include <string>

#include "controller/auth/gate.h"
#include "controller/http/call.h"
#include "controller/http/connection.h"
#include "controller/http/routes.h"
#include "controller/serving/core_limit.h"

namespace proffer::http {

struct ProtocolOptions {
  auth::Gate* gate = nullptr;  ///< who is let in; never null
  bool checkHost = true;       ///< answer only requests for this machine's own names
  size_t bodyBytes = 1 << 20;
  size_t largeBodyBytes = 64 << 20;
  SocketStream::Timeouts timeouts;
  std::string pathPrefix = {};          ///< what requests' paths may begin with besides; see ServerOptions
  int cores = 8;                        ///< how many requests of the control plane may compute at once
  size_t largeBodiesBytes = 256 << 20;  ///< of all bodies above bodyBytes that are in memory at once
};

class Protocol final : private httplib::Server {
 public:
  Protocol(Services& services, const ProtocolOptions& options);
  /// Serves the request whose head the connection holds; whether the connection may be used again.
  bool serve(Connection& connection);
  /// From now on every answer ends its connection.
  void drain() { draining_ = true; }

 private:
  struct Refusal {
    Error error;
    int status = 0;                ///< 0: what the error's code says
    int serviceStatus = 0;         ///< of the service's style, if it is another
    std::string serviceType = {};  ///< for the service's style, if the error's code does not say it
    std::string allow = {};        ///< the header of a 405
  };
  struct Exchange {
    SocketStream& stream;
    Time began;
    Call call = {};
    const Route* route = nullptr;
    Style style = Style::kNative;
    std::optional<Refusal> refusal = {};
    auth::Admission admission = {};
    bool unreadBody = false;
    size_t reserved = 0;  ///< of what all large bodies may take
    int status = 0;
  };

  void prepare(httplib::Request& request, Exchange& exchange);
  std::optional<Refusal> refuse(const httplib::Request& request, Exchange& exchange);
  std::optional<Refusal> admit(const httplib::Request& request, Exchange& exchange);
  std::optional<Refusal> refuseBody(const httplib::Request& request, const Exchange& exchange) const;
  /// Sets room aside for a large body; a refusal if others have taken it.
  std::optional<Refusal> reserveBody(const httplib::Request& request, Exchange& exchange);
  Reply answer(Exchange& exchange);
  Reply handle(Exchange& exchange);
  static Refusal refusalOf(const auth::Refusal& refusal);
  Reply replyTo(const Exchange& exchange, const Refusal& refusal) const;
  void write(const Reply& reply, httplib::Response& response) const;
  /// Sends a reply whose body is a stream, in chunks. The library cannot: it takes its lack of a listening
  /// socket for the end of the server. What it writes afterwards is thrown away with the connection.
  void sendStream(Exchange& exchange, const Reply& reply) const;
  void finish(httplib::Response& response);
  void log(const Exchange& exchange, Duration took) const;

  Services& services_;
  ProtocolOptions options_;
  std::atomic<bool> draining_{false};
  std::atomic<size_t> largeBodies_{0};  ///< bytes reserved
  serving::CoreLimit cores_;
  /// The exchange that this worker is busy with: the library's callbacks have no other way to it.
  static thread_local Exchange* current_;
};

/// "Sun, 22 Nov 2026 08:15:00 GMT", as the Date header has it.
const std::string& httpDate(Time time);

}  // namespace proffer::http
