#include "controller/http/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "base/parallel.h"
#include "controller/http/arns.h"
#include "controller/http/connections.h"
#include "controller/http/protocol.h"
#include "controller/http/puts.h"
#include "controller/serving/shown_answers.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"

namespace proffer::http {
namespace {

constexpr int kBacklog = 1024;

struct Listener {
  int socket = -1;
  int port = 0;
};

bool isLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24) == 127;
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

int portOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

Result<Listener> listenOn(const std::string& host, int port, bool anywhere) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int unknown = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (unknown != 0)
    return fail(ErrorCode::kInvalidInput, "cannot listen on \"{}\": {}", host, ::gai_strerror(unknown));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (!anywhere && !isLoopback(at->ai_addr))
      return fail(
          makeError(ErrorCode::kForbidden,
                    "{} can be reached from other machines, which needs keys or a token", host)
              .hinting(
                  "make keys: proffer keys create NAME --role admin --keys-file keys.yaml; then --keys-file "
                  "keys.yaml (or one token for everything: --token-file FILE)"));
    const int socket = ::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) continue;
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket, at->ai_addr, at->ai_addrlen) == 0 && ::listen(socket, kBacklog) == 0)
      return Listener{socket, portOf(socket)};
    why = std::strerror(errno);
    ::close(socket);
  }
  return fail(makeError(ErrorCode::kUnavailable, "cannot listen on {}:{}: {}", host, port, why)
                  .hinting("is another server running there? choose another with --listen HOST:PORT"));
}

}  // namespace

struct Server::Inside {
  Inside(store::ControlStore& store, serving::Engine& engine, Clock& clock, ServerOptions given)
      : options(std::move(given)),
        arns(store),
        shown(clock),
        services{store, engine, arns, metrics, clock, options.version, {}, nullptr, &shown},
        gate(clock, options.token, options.keys),
        protocol(services, protocolOptions(options, gate)) {}

  static ProtocolOptions protocolOptions(const ServerOptions& options, auth::Gate& gate) {
    ProtocolOptions protocol;
    protocol.gate = &gate;
    protocol.checkHost = !gate.asks();
    protocol.pathPrefix = options.pathPrefix;
    protocol.bodyBytes = options.bodyBytes;
    protocol.largeBodyBytes = options.largeBodyBytes;
    protocol.largeBodiesBytes = options.largeBodiesBytes;
    protocol.cores = 2 * parallelism();
    return protocol;
  }

  ServerOptions options;
  Metrics metrics;
  Arns arns;
  serving::ShownAnswers shown;
  Services services;
  auth::Gate gate;
  Protocol protocol;
  std::unique_ptr<Puts> puts;
  std::unique_ptr<Connections> connections;
  std::function<void()> saveShown;  // once
};

Server::Server(store::ControlStore& store, serving::Engine& engine, Clock& clock, ServerOptions options)
    : inside_(std::make_unique<Inside>(store, engine, clock, std::move(options))) {
  inside_->metrics.addSource([this] {
    const Figures now = figures();
    const auto gauge = [](std::string name, std::string help, size_t value) {
      MetricSample sample{std::move(name), std::move(help), MetricSample::Type::kGauge, {}, 0, {}, {}, 0};
      sample.value = static_cast<double>(value);
      return sample;
    };
    return std::vector<MetricSample>{
        gauge("proffer_http_connections", "Open connections", now.connections),
        gauge("proffer_http_requests_in_flight", "Requests that are being served", now.busy),
        gauge("proffer_http_threads", "Threads that serve requests", now.threads)};
  });
}

Server::~Server() {
  stop();
}

void Server::addMetrics(MetricSource source) {
  inside_->metrics.addSource(std::move(source));
}

void Server::setDump(std::function<Result<ByteStream>()> dump) {
  inside_->services.dump = std::move(dump);
}

void Server::setMeasurements(Measurements measurements) {
  inside_->services.measurements = std::move(measurements);
}

void Server::setLive(data::LiveData& live) {
  inside_->puts = std::make_unique<Puts>(inside_->services.store, live);
  inside_->services.puts = inside_->puts.get();
  addMetrics([puts = inside_->services.puts] { return puts->samples(); });
  addMetrics([shown = &inside_->shown] { return samplesOf(*shown); });
}

void Server::keepShownIn(std::filesystem::path file, io::FileSystem& files) {
  const auto log = [](std::string_view what, const Error& error) {
    logLine(LogLevel::kWarning, "http", what, {{"error", formatError(error)}});
  };
  if (const auto loaded = inside_->shown.load(file, files); !loaded)
    log("what was shown before the restart is forgotten", loaded.error());
  inside_->saveShown = [this, log, file = std::move(file), &files] {
    if (const auto saved = inside_->shown.save(file, files); !saved)
      log("what was shown cannot be kept over the restart", saved.error());
  };
}

Result<int> Server::start() {
  const ServerOptions& options = inside_->options;
  PROFFER_TRY(const Listener listener, listenOn(options.host, options.port, inside_->gate.asks()));
  ConnectionLimits limits;
  limits.connections = options.connections;
  limits.threads = options.threads;
  limits.idle = options.idle;
  limits.head = options.head;
  inside_->connections = std::make_unique<Connections>(
      listener.socket, limits, inside_->services.clock,
      [this](Connection& connection) { return inside_->protocol.serve(connection); }, options.tls);
  PROFFER_CHECK(inside_->connections->start());
  return listener.port;
}

void Server::stop() {
  if (!inside_->connections) return;
  inside_->protocol.drain();
  inside_->services.store.resources().interruptWatches();
  inside_->connections->stop(inside_->options.patience);
  if (const auto save = std::exchange(inside_->saveShown, nullptr)) save();
}

Server::Figures Server::figures() const {
  if (!inside_->connections) return {};
  const Connections::Figures now = inside_->connections->figures();
  return {now.open, now.busy, now.threads};
}

}  // namespace proffer::http
