#include "controller/http/protocol.h"

#include <cctype>
#include <charconv>
#include <ctime>

#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/http/errors.h"
#include "controller/http/guard.h"
#include "controller/http/metrics.h"

namespace proffer::http {
namespace {

constexpr size_t kLongestRequestId = 64;
constexpr size_t kChunkOverhead = 64 << 10;

// A caller's own id is taken if it cannot confuse a log.
std::string requestIdFrom(const httplib::Request& request) {
  const std::string given = request.get_header_value("X-Request-Id");
  const bool sane = !given.empty() && given.size() <= kLongestRequestId &&
                    std::all_of(given.begin(), given.end(),
                                [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
  return sane ? given : newUuid();
}

bool isChunked(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding");
}

std::optional<size_t> lengthOf(const httplib::Request& request) {
  const std::string text = request.get_header_value("Content-Length");
  size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

// "/base/events" and "/base" (W2: boto3 sends the latter for "/").
std::string withoutPrefix(std::string path, const std::string& prefix) {
  if (prefix.empty() || !path.starts_with(prefix)) return path;
  if (path.size() > prefix.size() && path[prefix.size()] != '/') return path;
  path.erase(0, prefix.size());
  return path.empty() ? "/" : path;
}

bool isDocument(const std::string& contentType) {
  return contentType == "application/json" || contentType == "application/merge-patch+json" ||
         contentType == "application/yaml" || contentType == "application/x-yaml" ||
         contentType == "text/yaml" || contentType == "text/x-yaml";
}

}  // namespace

thread_local Protocol::Exchange* Protocol::current_ = nullptr;

const std::string& httpDate(Time time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  thread_local std::pair<std::time_t, std::string> last;
  if (last.first == seconds && !last.second.empty()) return last.second;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  last = {seconds,
          fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<size_t>(parts.tm_wday)],
                      parts.tm_mday, kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900,
                      parts.tm_hour, parts.tm_min, parts.tm_sec)};
  return last.second;
}

Protocol::Protocol(Services& services, const ProtocolOptions& options)
    : services_(services), options_(options), cores_(options.cores) {
  // Every path is the library's "/": see prepare(). What the table of routes does not know was refused
  // before.
  const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
    current_->call.body = request.body;
    const Reply reply = answer(*current_);
    if (reply.stream && current_->call.method != "HEAD") sendStream(*current_, reply);
    write(reply, response);
  };
  Get("/", handle);
  Post("/", handle);
  Put("/", handle);
  Patch("/", handle);
  Delete("/", handle);
  set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    if (!current_->refusal) return HandlerResponse::Unhandled;
    write(replyTo(*current_, *current_->refusal), response);
    return HandlerResponse::Handled;
  });
  // 100: send the body. Anything else is answered without reading it; the error handler below writes that
  // answer, as the library would leave out the body of one that is written here.
  set_expect_100_continue_handler([this](const httplib::Request&, httplib::Response& response) {
    response.status = current_->refusal ? replyTo(*current_, *current_->refusal).status : 100;
    return response.status;
  });
  set_error_handler(HandlerWithResponse([this](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return HandlerResponse::Unhandled;
    if (current_->call.requestId.empty()) current_->call.requestId = newUuid();
    Refusal refusal{makeError(ErrorCode::kInvalidInput, "not a request that can be read"), response.status};
    if (response.status == 414) refusal.error.message = "the address is longer than 8192 bytes";
    write(replyTo(*current_, current_->refusal.value_or(refusal)), response);
    return HandlerResponse::Handled;
  }));
  set_exception_handler([this](const httplib::Request&, httplib::Response& response,
                               std::exception_ptr thrown) {
    std::string what = "unknown exception";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      what = exception.what();
    } catch (...) {
    }
    logLine(LogLevel::kError, "http", "a handler threw: " + what, {{"requestID", current_->call.requestId}});
    write(replyTo(*current_, {makeError(ErrorCode::kInternal, "internal error; the server's log has it")}),
          response);
  });
  set_post_routing_handler(
      [this](const httplib::Request&, httplib::Response& response) { finish(response); });
  set_payload_max_length(options_.largeBodyBytes);
}

bool Protocol::serve(Connection& connection) {
  if (connection.headTooLarge) connection.headSize = 0;
  SocketStream stream(connection, services_.clock, options_.timeouts);
  Exchange exchange{stream, services_.clock.now()};
  current_ = &exchange;
  bool ends = false;
  bool answered = false;
  if (connection.headTooLarge) {
    exchange.call.requestId = newUuid();
    const Reply reply =
        errorReply(Style::kNative, makeError(ErrorCode::kInvalidInput, "the request's head is too large"),
                   exchange.call.requestId, 431);
    const std::string body = dumpJson(reply.body) + "\n";
    const std::string head = fmt::format(
        "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nDate: {}\r\nContent-Length: {}\r\n\r\n",
        httpDate(services_.clock.now()), body.size());
    stream.write(head.data(), head.size());
    stream.write(body.data(), body.size());
    exchange.status = reply.status;
    ends = exchange.unreadBody = true;
    answered = true;
  } else {
    answered = process_request(stream, draining_, ends,
                               [&](httplib::Request& request) { prepare(request, exchange); });
  }
  largeBodies_ -= exchange.reserved;
  answered = stream.flush() && answered;
  current_ = nullptr;
  const Duration took = services_.clock.now() - exchange.began;
  if (exchange.status != 0) {
    services_.metrics.observeRequest(exchange.route == nullptr ? "none" : exchange.route->pattern,
                                     exchange.call.method, exchange.status, took);
    log(exchange, took);
  }
  const bool unread = exchange.unreadBody || stream.unread() > 0;
  if (unread && answered) stream.lingerBeforeClose();
  return answered && !ends && !unread && !draining_ && !stream.closed();
}

// Called by the library when it has read the head, before it reads a body. All that can be refused without
// the body is refused here. What the library would make of the request by itself is taken out: ranges,
// compressed answers (brotli at its slowest setting), forms, a body without a length (it would wait for the
// connection's end), and its routes, which are regular expressions over the path.
void Protocol::prepare(httplib::Request& request, Exchange& exchange) {
  Call& call = exchange.call;
  call.requestId = requestIdFrom(request);
  call.method = request.method;
  call.path =
      withoutPrefix(request.target.substr(0, request.target.find_first_of("?#")), options_.pathPrefix);
  call.contentType = lower(trim(split(request.get_header_value("Content-Type") + ";", ';').front()));
  call.target = request.get_header_value("X-Amz-Target");
  call.abandoned = [&stream = exchange.stream] { return stream.abandoned(); };
  request.path = "/";
  request.ranges.clear();
  request.headers.erase("Accept-Encoding");
  request.headers.erase("Content-Type");
  if (!isChunked(request) && !request.has_header("Content-Length")) request.set_header("Content-Length", "0");

  exchange.refusal = refuse(request, exchange);
  if (!exchange.refusal) exchange.refusal = refuseBody(request, exchange);
  if (!exchange.refusal) exchange.refusal = reserveBody(request, exchange);
  const bool hasBody = isChunked(request) || lengthOf(request).value_or(1) > 0;
  if (exchange.refusal) {
    exchange.unreadBody = hasBody;
  } else if (isChunked(request)) {
    const bool large = (exchange.route->traits & kLargeBody) != 0;
    exchange.stream.setBody((large ? options_.largeBodyBytes : options_.bodyBytes) + kChunkOverhead);
  } else {
    exchange.stream.setBody(lengthOf(request).value_or(0));
  }
  // The rest of a refused or chunked body is not looked for, so the connection cannot be used again.
  if ((exchange.refusal && hasBody) || isChunked(request)) {
    request.headers.erase("Connection");
    request.set_header("Connection", "close");
  }
}

std::optional<Protocol::Refusal> Protocol::refuse(const httplib::Request& request, Exchange& exchange) {
  Call& call = exchange.call;
  RouteMatch match = findRoute(call.method, call.path);
  exchange.route = match.route;
  exchange.style = match.route != nullptr ? match.route->style : styleOfPath(call.path);
  if (options_.checkHost && !isLoopbackHost(request.get_header_value("Host")) &&
      (request.has_header("Host") || request.version == "HTTP/1.1"))
    return Refusal{
        makeError(ErrorCode::kForbidden,
                  "the Host header names {}, and this server answers only for localhost",
                  quoted(request.get_header_value("Host")))
            .hinting("ask for http://localhost or http://127.0.0.1, or start the server with --listen "
                     "and --token-file to answer other names")};
  if (auto refused = admit(request, exchange)) return refused;
  if (match.methods.empty()) {
    return Refusal{makeError(ErrorCode::kNotFound, "there is no path {}", quoted(call.path))
                       .hinting("docs/http-api.md lists the paths"),
                   404, 0, "UnknownOperationException"};
  }
  if (match.route == nullptr) {
    const std::string known = join(match.methods, ", ");
    return Refusal{
        makeError(ErrorCode::kInvalidInput, "{} is not possible here, only {}", call.method, known), 405, 0,
        "UnknownOperationException", known};
  }
  call.parts = std::move(match.parts);
  const size_t question = request.target.find('?');
  auto query =
      parseQuery(question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1));
  if (!query) return Refusal{query.error()};
  call.query = std::move(*query);
  if (auto known = checkQuery(*exchange.route, call.query); !known) return Refusal{known.error()};
  return std::nullopt;
}

Protocol::Refusal Protocol::refusalOf(const auth::Refusal& refusal) {
  return Refusal{refusal.error, 0, refusal.serviceStatus, std::string(refusal.serviceType)};
}

// A path that is not there is said to be so only to those who are known.
std::optional<Protocol::Refusal> Protocol::admit(const httplib::Request& request, Exchange& exchange) {
  const Route* route = exchange.route;
  if (!options_.gate->asks() || (route != nullptr && (route->traits & kOpen) != 0)) return std::nullopt;
  const std::string authorization = request.get_header_value("Authorization");
  auth::Question question;
  question.authorization = authorization;
  question.head = exchange.stream.head();
  question.role =
      route == nullptr ? auth::Role::kNone : roleOf(*route, request.get_header_value("X-Amz-Target"));
  question.once = route != nullptr && isOnce(*route, question.role);
  question.encrypted = exchange.stream.encrypted();
  auto admitted = options_.gate->admit(question);
  if (!admitted) return refusalOf(admitted.error());
  exchange.admission = std::move(*admitted);
  exchange.call.caller = exchange.admission.caller();
  return std::nullopt;
}

std::optional<Protocol::Refusal> Protocol::refuseBody(const httplib::Request& request,
                                                      const Exchange& exchange) const {
  const unsigned traits = exchange.route->traits;
  const auto length = lengthOf(request);
  if (request.get_header_value_count("Content-Length") > 1 ||
      (isChunked(request) ? request.has_header("Content-Length") : !length.has_value()))
    return Refusal{makeError(ErrorCode::kInvalidInput, "the length of the body is not clear")};
  if (isChunked(request) && !equalsIgnoreCase(request.get_header_value("Transfer-Encoding"), "chunked"))
    return Refusal{makeError(ErrorCode::kInvalidInput, "the only transfer encoding is chunked"), 501};
  const size_t limit = (traits & kLargeBody) != 0 ? options_.largeBodyBytes : options_.bodyBytes;
  if (!isChunked(request) && *length > limit)
    return Refusal{
        makeError(ErrorCode::kInvalidInput, "the body has {} bytes, at most {} are read here",
                  withThousands(static_cast<int64_t>(*length)), withThousands(static_cast<int64_t>(limit))),
        413};
  const std::string encoding = request.get_header_value("Content-Encoding");
  if (!encoding.empty() && !equalsIgnoreCase(encoding, "identity"))
    return Refusal{
        makeError(ErrorCode::kInvalidInput, "the body is encoded as {}; send it as it is", quoted(encoding)),
        415};
  const bool needsType = (traits & kWrites) != 0 && exchange.call.method != "DELETE";
  if (needsType && !isDocument(exchange.call.contentType))
    return Refusal{makeError(ErrorCode::kInvalidInput,
                             "the content type is {}; allowed are application/json and "
                             "application/yaml",
                             quoted(exchange.call.contentType))
                       .hinting("send the header Content-Type: application/json"),
                   415};
  return std::nullopt;
}

std::optional<Protocol::Refusal> Protocol::reserveBody(const httplib::Request& request, Exchange& exchange) {
  if ((exchange.route->traits & kLargeBody) == 0) return std::nullopt;
  const size_t size = isChunked(request) ? options_.largeBodyBytes : lengthOf(request).value_or(0);
  if (size <= options_.bodyBytes) return std::nullopt;
  if (largeBodies_.fetch_add(size) + size <= options_.largeBodiesBytes) {
    exchange.reserved = size;
    return std::nullopt;
  }
  largeBodies_ -= size;
  return Refusal{
      makeError(ErrorCode::kUnavailable, "other large bodies are being read; ask again in a moment")};
}

Reply Protocol::answer(Exchange& exchange) {
  const Route& route = *exchange.route;
  const size_t limit = (route.traits & kLargeBody) != 0 ? options_.largeBodyBytes : options_.bodyBytes;
  if (exchange.call.body.size() > limit)
    return replyTo(exchange,
                   {makeError(ErrorCode::kInvalidInput, "the body has more than {} bytes", limit), 413});
  if (auto confirmed = options_.gate->confirm(exchange.admission, exchange.call.body); !confirmed)
    return replyTo(exchange, refusalOf(confirmed.error()));
  Reply reply = handle(exchange);
  if (reply.status >= 500) options_.gate->forget(exchange.admission);
  return reply;
}

Reply Protocol::handle(Exchange& exchange) {
  const Route& route = *exchange.route;
  const LogScope scope("requestID", exchange.call.requestId);
  std::optional<LogScope> caller;
  if (!exchange.call.caller.empty()) caller.emplace("caller", exchange.call.caller);
  std::optional<serving::CoreLimit::Hold> core;
  if ((route.traits & kUnbound) == 0) core.emplace(cores_);
  Result<Reply> reply = route.handler(services_, exchange.call);
  if (reply) return std::move(*reply);
  return errorReply(route.style, reply.error(), exchange.call.requestId);
}

Reply Protocol::replyTo(const Exchange& exchange, const Refusal& refusal) const {
  Reply reply = exchange.style == Style::kService && !refusal.serviceType.empty()
                    ? serviceReply(refusal.serviceType, formatError(refusal.error),
                                   refusal.serviceStatus == 0 ? refusal.status : refusal.serviceStatus)
                    : errorReply(exchange.style, refusal.error, exchange.call.requestId, refusal.status);
  if (!refusal.allow.empty()) reply.headers.emplace_back("Allow", refusal.allow);
  if (refusal.error.code == ErrorCode::kUnauthorized)
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

void Protocol::write(const Reply& reply, httplib::Response& response) const {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  const std::string text = reply.body.is_null() ? reply.text : dumpJson(reply.body) + "\n";
  response.set_content(text, reply.contentType);
}

void Protocol::sendStream(Exchange& exchange, const Reply& reply) const {
  SocketStream& stream = exchange.stream;
  const std::string head = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
      "Date: {}\r\nX-Request-Id: {}\r\n\r\n",
      reply.contentType, httpDate(services_.clock.now()), exchange.call.requestId);
  const auto put = [&](std::string_view bytes) { return stream.write(bytes.data(), bytes.size()) >= 0; };
  bool takes = put(head);
  const auto sent = reply.stream([&](std::string_view bytes) {
    if (bytes.empty()) return takes;
    takes = takes && !draining_ && put(fmt::format("{:x}\r\n", bytes.size())) && put(bytes) && put("\r\n") &&
            (!reply.prompt || stream.flush());
    return takes;
  });
  if (sent && takes) put("0\r\n\r\n");
  stream.flush();
  stream.close();
  if (!sent)
    logLine(LogLevel::kWarning, "http", "the answer was cut off: " + formatError(sent.error()),
            {{"requestID", exchange.call.requestId}});
}

// Called by the library before it sends any answer, its own errors included.
void Protocol::finish(httplib::Response& response) {
  response.headers.erase("Keep-Alive");
  if (draining_ && !response.has_header("Connection")) response.set_header("Connection", "close");
  response.set_header("Date", httpDate(services_.clock.now()));
  const bool service = current_->style == Style::kService;
  response.set_header(service ? "x-amzn-RequestId" : "X-Request-Id", current_->call.requestId);
  current_->status = response.status;
}

void Protocol::log(const Exchange& exchange, Duration took) const {
  const bool writes = exchange.route != nullptr && (exchange.route->traits & kWrites) != 0;
  const LogLevel level = exchange.status >= 500 && exchange.status != 503 ? LogLevel::kWarning
                         : writes                                         ? LogLevel::kInfo
                                                                          : LogLevel::kDebug;
  if (!logs(level)) return;  // most requests: their fields would be made for nobody
  std::optional<LogScope> caller;
  if (!exchange.call.caller.empty()) caller.emplace("caller", exchange.call.caller);
  const double millis = std::chrono::duration<double, std::milli>(took).count();
  logLine(level, "http", fmt::format("{} {}", exchange.call.method, exchange.call.path),
          {{"status", std::to_string(exchange.status)},
           {"ms", fmt::format("{:.1f}", millis)},
           {"peer", std::string(exchange.stream.peer())},
           {"requestID", exchange.call.requestId}});
}

}  // namespace proffer::http
