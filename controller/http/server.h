// The HTTP server: native routes under /v1, the runtime route of the service, health and metrics
// (docs/http-api.md).
//
// start() and stop() are called by one thread; requests are served on threads of its own. It listens on this
// machine only, unless a token or a key is asked for. Everything in `services` outlives it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/auth/key_file.h"
#include "controller/http/call.h"
#include "controller/http/metrics.h"
#include "controller/http/tls.h"

namespace proffer::store {
class ControlStore;
}
namespace proffer::serving {
class Engine;
}
namespace proffer::data {
class LiveData;
}

namespace proffer::http {

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< a name or an address, IPv6 without brackets
  int port = 0;                    ///< 0: any free one
  std::string token;               ///< one that may do everything; empty: none
  /// Who else may do what; null: nobody. Without a token and keys only loopback may be listened on.
  std::shared_ptr<auth::KeyFile> keys = {};
  std::shared_ptr<TlsContext> tls = {};  ///< null: plain HTTP
  std::string version = "0";             ///< of the program, as /v1/version says it
  /// What a proxy or a client's endpoint puts before every path ("/base", W2): it is taken off. Paths without
  /// it are answered, too. Empty: nothing.
  std::string pathPrefix = {};
  size_t bodyBytes = 1 << 20;
  size_t largeBodyBytes = 64 << 20;
  size_t largeBodiesBytes = 256 << 20;  ///< of all that are in memory at once
  size_t connections = 4096;
  size_t threads = 512;
  Duration idle = std::chrono::seconds(75);
  Duration head = std::chrono::seconds(10);
  Duration patience = std::chrono::seconds(20);  ///< how long stop() waits for requests under way
};

class Server {
 public:
  Server(store::ControlStore& store, serving::Engine& engine, Clock& clock, ServerOptions options);
  ~Server();  ///< stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Asked at every scrape of /metrics. Before start().
  void addMetrics(MetricSource source);
  /// Begins a dump, for GET /v1/dump. Before start().
  void setDump(std::function<Result<ByteStream>()> dump);
  /// Measures and diagnoses. Before start().
  void setMeasurements(Measurements measurements);
  /// Takes live data, which otherwise is refused as not available. Before start().
  void setLive(data::LiveData& live);
  /// Where what answers showed is kept over a restart: the file is read now and removed, stop() writes it.
  /// Before start().
  void keepShownIn(std::filesystem::path file, io::FileSystem& files);
  /// Listens; returns the port. kForbidden: another host than this machine without a token or keys;
  /// kUnavailable: the address is in use; kInvalidInput: no such host.
  Result<int> start();
  /// Accepts nothing more, ends the waiting watches, finishes the requests under way. Idempotent.
  void stop();
  struct Figures {
    size_t connections = 0;
    size_t busy = 0;
    size_t threads = 0;
  };
  Figures figures() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// The token in a file's text: its first line, trimmed. kInvalidInput if it is shorter than 16 characters or
/// holds blanks.
Result<std::string> tokenFromText(std::string_view text);

}  // namespace proffer::http
