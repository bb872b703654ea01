// What a route's handler is given and what it gives back: nothing here knows of sockets or of the HTTP
// library.
//
// Plain values. A handler runs on a worker's thread, any number of them at once, and may throw only
// std::bad_alloc.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace proffer::store {
class ControlStore;
}
namespace proffer::serving {
class Engine;
class ShownAnswers;
}  // namespace proffer::serving

namespace proffer::http {

class Arns;
class Metrics;
class Puts;

/// A body that is sent piece by piece: calls `send` until it returns false (nobody takes more) or all is
/// sent. After an error the client sees an answer that was cut off.
using ByteSink = std::function<bool(std::string_view bytes)>;
using ByteStream = std::function<Result<void>(const ByteSink& send)>;

/// What `proffer evaluate` asks for. Names are checked by whoever measures.
struct EvaluationRequest {
  std::string group, name;           ///< a solution, recommender, campaign or solution version
  std::vector<std::string> against;  ///< the same, or recipes and use cases
  std::string protocol = "users";
  bool allFolds = false;
  int repeats = 1;
  int resamples = 1000;
  std::optional<uint64_t> seed = {};  ///< absent: the solution's
  bool tiesById = false;
  bool split = false;  ///< send the split and the lists, too
};

/// Measurements and diagnoses, made by whoever started the server.
struct Measurements {
  /// Lines of JSON; `abandoned` says that nobody waits for them any more. Errors of the request come at once.
  std::function<Result<ByteStream>(const EvaluationRequest& request, std::function<bool()> abandoned)>
      evaluate;
  std::function<Result<Json>(const std::string& group)> diagnose;
};

/// What handlers work with. Everything outlives the server.
struct Services {
  store::ControlStore& store;
  serving::Engine& engine;
  Arns& arns;
  Metrics& metrics;
  Clock& clock;
  std::string version;
  /// Begins a dump of the whole server; empty: this server makes none.
  std::function<Result<ByteStream>()> dump = {};
  /// Takes live data; null: this server takes none.
  Puts* puts = nullptr;
  /// Remembers what answers showed; null: nothing is remembered.
  serving::ShownAnswers* shown = nullptr;
  /// Empty functions: this server measures nothing.
  Measurements measurements = {};
};

/// How a route speaks: Proffer's own JSON, or the shapes of the service that it can stand in for.
enum class Style { kNative, kService };

struct Call {
  std::string method;
  std::string path;                          ///< as sent, without the query
  std::map<std::string, std::string> parts;  ///< what stands for {name} in the route's pattern, decoded
  std::map<std::string, std::string> query;  ///< decoded; only names that the route knows
  std::string body;
  std::string contentType;  ///< lower case, without parameters
  std::string target;       ///< the header X-Amz-Target, which names an operation of the control plane
  std::string requestId;
  std::string caller;               ///< the name of the key or token it came with; empty: none was asked for
  std::function<bool()> abandoned;  ///< the client has gone: no answer is awaited any more

  std::string part(const std::string& name) const {
    const auto found = parts.find(name);
    return found == parts.end() ? std::string() : found->second;
  }
  std::string parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

/// A query parameter as a number or as true/false; kInvalidInput names the parameter.
Result<int64_t> integerParameter(const Call& call, const std::string& name, int64_t otherwise);
Result<bool> booleanParameter(const Call& call, const std::string& name);

struct Reply {
  int status = 200;
  Json body;  ///< null: `text` is the body
  std::string text;
  ByteStream stream = {};  ///< set: the body, in place of both
  bool prompt = false;     ///< each piece of the stream is sent at once
  std::string contentType = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

inline Reply jsonReply(Json body, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

using Handler = Result<Reply> (*)(Services& services, const Call& call);

}  // namespace proffer::http
