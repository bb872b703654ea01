// TLS of the server's side: a certificate with its key, followed on the disk, and a session for each
// connection.
//
// TlsContext: any thread; connections that are open keep what they began with when the files change. A
// TlsSession belongs to whoever has its connection.
#pragma once

#include <openssl/types.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::http {

/// One encrypted connection over a non-blocking socket, which it does not own. The handshake is part of the
/// first reads. Writing to a broken connection is an error and raises no signal.
class TlsSession {
 public:
  TlsSession(SSL* session, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// As recv() and send(): -1 with errno EAGAIN where the socket must become what wanted() says first; 0 at
  /// the end.
  ssize_t receive(char* bytes, size_t size);
  ssize_t send(const char* bytes, size_t size);
  /// POLLIN or POLLOUT: what the last call that gave EAGAIN waits for.
  short wanted() const { return wanted_; }
  /// Decrypted bytes are there that the socket does not tell of.
  bool hasPending() const;
  bool established() const;
  /// Whether the other side has said goodbye or is gone; reads nothing away.
  bool ended();
  /// Tells the other side that nothing follows, if that can be done at once.
  void sayGoodbye();

 private:
  ssize_t outcome(int result);

  SSL* session_;
  short wanted_;
};

class TlsContext {
 public:
  /// Files in PEM form, the certificate first and those that signed it after it. kInvalidInput: not of that
  /// form, or the key is another's; kForbidden: everybody may read the key.
  static Result<std::unique_ptr<TlsContext>> open(std::filesystem::path certificate,
                                                  std::filesystem::path key, Clock& clock,
                                                  io::FileSystem& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// For a socket that was just accepted; null if there is no memory. The files are looked at once a second
  /// at most.
  std::unique_ptr<TlsSession> begin(int socket);

 private:
  TlsContext(std::filesystem::path certificate, std::filesystem::path key, Clock& clock,
             io::FileSystem& files);
  Result<void> load();
  void look();

  const std::filesystem::path certificate_;
  const std::filesystem::path key_;
  Clock& clock_;
  io::FileSystem& files_;
  std::mutex mutex_;
  SSL_CTX* context_ = nullptr;
  std::string seen_;  ///< sizes and times of the files when they were read, or tried
  Time looked_{};
};

struct CertificateTimes {
  Time from{}, until{};
};
/// Of the first certificate of a file in PEM form. kInvalidInput: it holds none.
Result<CertificateTimes> certificateTimes(const std::filesystem::path& path, io::FileSystem& files);

}  // namespace proffer::http
