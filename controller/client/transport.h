// One kept connection to a server: sends a request, returns the answer's status and body.
//
// One thread at a time. A connection that the server closed meanwhile is opened again. Writing to a
// connection that breaks does not end the process by SIGPIPE, whatever the program has set for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controller/client/client.h"

namespace proffer::client {

class Transport {
 public:
  /// `authorities`: a file of certificates that an https server's is to be signed by; empty: the system's.
  Transport(std::string server, std::string token, const std::string& authorities = "");
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  const std::string& server() const { return server_; }
  void setTimeout(Duration timeout) { timeout_ = timeout; }

  /// `wait`: how much longer than usual the answer may take.
  Result<RawAnswer> send(std::string_view method, const std::string& path, const std::string& body,
                         const std::string& contentType, Duration wait);
  /// Gets a body of any length; only that of a 2xx answer is given to `take`. `body`: JSON, or empty.
  Result<void> download(std::string_view method, const std::string& path, const std::string& body,
                        const std::function<bool(std::string_view bytes)>& take);
  /// The same for JSON: the body of a 2xx answer, or the error that the server's answer describes. `all`, if
  /// given, gets every error of it.
  Result<Json> call(std::string_view method, const std::string& path, const Json& body = nullptr,
                    Duration wait = Duration(0), std::vector<Error>* all = nullptr);

 private:
  struct Library;
  std::string server_;
  std::string token_;
  Duration timeout_ = std::chrono::seconds(60);
  std::unique_ptr<Library> library_;
};

/// The errors that an answer describes, in Proffer's own form or the service's; at least one.
std::vector<Error> errorsOf(const RawAnswer& answer, const std::string& server);

}  // namespace proffer::client
