#include "controller/client/transport.h"

#include <httplib.h>

#include <csignal>
#include <optional>

#include "base/error_json.h"
#include "base/text.h"
#include "controller/client/url.h"

namespace proffer::client {
namespace {

constexpr size_t kLongestError = 1 << 20;

// While it lives, this thread's writes to a broken connection fail instead of raising SIGPIPE.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigset_t pending;
    ::sigpending(&pending);
    wasPending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec now{0, 0};
    if (!wasPending_) ::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool wasPending_ = false;
};

Error notReached(const std::string& server, httplib::Error why, Duration waited) {
  if (why == httplib::Error::Read || why == httplib::Error::Write)
    return makeError(ErrorCode::kIo, "the server at {} broke off, or did not answer within {}", server,
                     formatDuration(waited))
        .hinting("its own log, on its standard error, may say why");
  if (why == httplib::Error::SSLServerVerification || why == httplib::Error::SSLLoadingCerts)
    return makeError(ErrorCode::kIo, "the certificate of {} is not signed by anybody that is trusted here",
                     server)
        .hinting(
            "--ca-file FILE names a file with the certificate of who signed it; the name in the address must "
            "be "
            "the certificate's");
  if (why == httplib::Error::SSLConnection)
    return makeError(ErrorCode::kIo, "{} does not speak TLS", server)
        .hinting("is it http://? or is the server's certificate unreadable? its log says so");
  return makeError(ErrorCode::kIo, "no server answers at {} ({})", server, lower(httplib::to_string(why)))
      .hinting("is `proffer serve` running? another address is given by --server URL or PROFFER_SERVER");
}

ErrorCode codeOfStatus(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthorized;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 410:
      return ErrorCode::kGone;
    case 429:
      return ErrorCode::kLimitExceeded;
    case 501:
      return ErrorCode::kNotImplemented;
    case 502:
    case 503:
      return ErrorCode::kIo;  // somebody before the server says that he does not reach it
    default:
      return status >= 500 ? ErrorCode::kInternal : ErrorCode::kInvalidInput;
  }
}

}  // namespace

std::vector<Error> errorsOf(const RawAnswer& answer, const std::string& server) {
  std::vector<Error> errors;
  const auto body = parseJson(answer.body);
  if (body) {
    if (const Json& all = member(*body, "errors"); all.is_array())
      for (const Json& error : all) errors.push_back(errorFromJson(error));
    if (const Json& one = member(*body, "error"); errors.empty() && one.is_object())
      errors.push_back(errorFromJson(one));
    if (errors.empty() && member(*body, "message").is_string())
      errors.push_back(Error{codeOfStatus(answer.status), stringMember(*body, "message")});
  }
  if (errors.empty())
    errors.push_back(makeError(codeOfStatus(answer.status),
                               "{} answered with status {}, not in Proffer's form", server, answer.status)
                         .hinting("is it a Proffer server?"));
  return errors;
}

struct Transport::Library {
  Result<ServerAddress> address;
  std::optional<httplib::Client> client;
  httplib::Headers headers;
};

Transport::Transport(std::string server, std::string token, const std::string& authorities)
    : server_(std::move(server)), token_(std::move(token)), library_(std::make_unique<Library>()) {
  library_->address = parseServer(server_);
  if (!library_->address) return;
  const ServerAddress& address = *library_->address;
  const bool six = address.host.find(':') != std::string::npos;
  library_->headers.emplace(
      "Host", fmt::format("{}:{}", six ? "[" + address.host + "]" : address.host, address.port));
  if (!token_.empty()) library_->headers.emplace("Authorization", "Bearer " + token_);
  if (address.secure) {
    library_->client.emplace(
        fmt::format("https://{}:{}", six ? "[" + address.host + "]" : address.host, address.port));
    if (!authorities.empty()) library_->client->set_ca_cert_path(authorities);
  } else {
    library_->client.emplace(address.host, address.port);
  }
  library_->client->set_keep_alive(true);
  library_->client->set_tcp_nodelay(true);
  library_->client->set_url_encode(false);
  library_->client->set_connection_timeout(std::chrono::seconds(5));
}

Transport::~Transport() = default;

Result<RawAnswer> Transport::send(std::string_view method, const std::string& path, const std::string& body,
                                  const std::string& contentType, Duration wait) {
  if (!library_->address) return fail(library_->address.error());
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = library_->headers;
  request.body = body;
  if (!body.empty()) request.set_header("Content-Type", contentType);
  library_->client->set_read_timeout(timeout_ + wait);
  library_->client->set_write_timeout(timeout_);
  const NoBrokenPipe guard;
  const httplib::Result result = library_->client->send(request);
  if (!result) return fail(notReached(server_, result.error(), timeout_ + wait));
  return RawAnswer{result->status, result->get_header_value("Content-Type"), result->body};
}

Result<void> Transport::download(std::string_view method, const std::string& path, const std::string& body,
                                 const std::function<bool(std::string_view)>& take) {
  if (!library_->address) return fail(library_->address.error());
  RawAnswer answer;
  bool taken = true;
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = library_->headers;
  request.body = body;
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  request.response_handler = [&](const httplib::Response& head) {
    answer.status = head.status;
    return true;
  };
  request.content_receiver = [&](const char* bytes, size_t size, uint64_t, uint64_t) {
    if (answer.status == 200) return taken = take({bytes, size});
    answer.body.append(bytes, size);
    return answer.body.size() < kLongestError;
  };
  library_->client->set_read_timeout(timeout_);
  const NoBrokenPipe guard;
  const httplib::Result result = library_->client->send(request);
  if (answer.status != 0 && answer.status != 200) return fail(errorsOf(answer, server_).front());
  if (result) return {};
  if (!taken) return fail(ErrorCode::kCancelled, "the answer was not taken to its end");
  if (answer.status == 0) return fail(notReached(server_, result.error(), timeout_));
  return fail(makeError(ErrorCode::kIo, "{} ended its answer before it was whole", server_)
                  .hinting("ask again; the server's log says why"));
}

Result<Json> Transport::call(std::string_view method, const std::string& path, const Json& body,
                             Duration wait, std::vector<Error>* all) {
  const std::string text = body.is_null() ? std::string() : dumpJson(body);
  PROFFER_TRY(const RawAnswer answer, send(method, path, text, "application/json", wait));
  if (answer.status < 200 || answer.status > 299) {
    std::vector<Error> errors = errorsOf(answer, server_);
    Error first = errors.front();
    if (all != nullptr) *all = std::move(errors);
    return fail(std::move(first));
  }
  auto json = parseJson(answer.body);
  if (json) return json;
  return fail(makeError(ErrorCode::kInternal, "{} answered what is not JSON", server_)
                  .hinting("is it a Proffer server?"));
}

}  // namespace proffer::client
