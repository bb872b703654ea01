#include "controller/http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>

#include "base/log.h"
#include "base/text.h"

namespace proffer::http {
namespace {

constexpr int64_t kLargestFile = 1 << 20;
constexpr Duration kLookEvery = std::chrono::seconds(1);

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Certificate = std::unique_ptr<X509, Freed<::X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<::EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<::BIO_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<::SSL_CTX_free>>;

int socketOf(BIO* bio) {
  return static_cast<int>(reinterpret_cast<intptr_t>(::BIO_get_data(bio)));
}

bool isBusy(int problem) {
  return problem == EAGAIN || problem == EWOULDBLOCK || problem == EINTR;
}

// OpenSSL's own socket BIO calls write(), which raises SIGPIPE on a broken connection.
int writeToSocket(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(socketOf(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && isBusy(errno)) ::BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int readFromSocket(BIO* bio, char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(socketOf(bio), bytes, static_cast<size_t>(size), 0);
  if (count < 0 && isBusy(errno)) ::BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socketMethod() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    ::BIO_meth_set_write(method, writeToSocket);
    ::BIO_meth_set_read(method, readFromSocket);
    ::BIO_meth_set_ctrl(method, control);
    return method;
  }();
  return kMethod;
}

std::string reasonOf() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

tl::unexpected<Error> unusable(const std::filesystem::path& path, std::string_view what) {
  return fail(
      makeError(ErrorCode::kInvalidInput, "{} holds no {} in PEM form ({})", quoted(path.string()), what,
                reasonOf())
          .hinting("-----BEGIN CERTIFICATE----- or -----BEGIN PRIVATE KEY----- begins such a file; keys with "
                   "a passphrase are not read"));
}

Bio bioOf(const std::string& text) {
  return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The certificate and those that signed it.
Result<void> useCertificates(SSL_CTX* context, const std::string& text, const std::filesystem::path& path) {
  const Bio bio = bioOf(text);
  const Certificate own(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1) return unusable(path, "certificate");
  while (true) {
    Certificate signer(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!signer) break;
    if (::SSL_CTX_add1_chain_cert(context, signer.get()) != 1) return unusable(path, "chain of certificates");
  }
  ::ERR_clear_error();
  return {};
}

int noPassphrase(char*, int, int, void*) {
  return -1;
}

Result<void> useKey(SSL_CTX* context, const std::string& text, const std::filesystem::path& path) {
  const Bio bio = bioOf(text);
  const PrivateKey key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
  if (!key) return unusable(path, "private key");
  if (::SSL_CTX_use_PrivateKey(context, key.get()) == 1 && ::SSL_CTX_check_private_key(context) == 1)
    return {};
  (void)reasonOf();
  return fail(ErrorCode::kInvalidInput, "the key in {} is not that of the certificate",
              quoted(path.string()));
}

std::string stampOf(const std::filesystem::path& path, io::FileSystem& files) {
  const auto info = files.stat(path);
  return info ? fmt::format("{} {};", info->size, toMicros(info->modified)) : "none;";
}

}  // namespace

// Sessions
// ----------------------------------------------------------------------------------------------------------

TlsSession::TlsSession(SSL* session, int socket) : session_(session), wanted_(POLLIN) {
  BIO* bio = ::BIO_new(socketMethod());
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(socket)));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(session_, bio, bio);
  ::SSL_set_accept_state(session_);
}

TlsSession::~TlsSession() {
  ::SSL_free(session_);
}

ssize_t TlsSession::outcome(int result) {
  if (result > 0) return result;
  const int problem = errno;
  const int kind = ::SSL_get_error(session_, result);
  ::ERR_clear_error();
  switch (kind) {
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      wanted_ = kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      errno = EAGAIN;
      return -1;
    default:
      errno = kind == SSL_ERROR_SYSCALL && problem != 0 && !isBusy(problem) ? problem : EPROTO;
      return -1;
  }
}

ssize_t TlsSession::receive(char* bytes, size_t size) {
  ::ERR_clear_error();
  errno = 0;
  wanted_ = POLLIN;
  return outcome(::SSL_read(session_, bytes, static_cast<int>(std::min<size_t>(size, 1 << 30))));
}

ssize_t TlsSession::send(const char* bytes, size_t size) {
  ::ERR_clear_error();
  errno = 0;
  return outcome(::SSL_write(session_, bytes, static_cast<int>(std::min<size_t>(size, 1 << 30))));
}

bool TlsSession::hasPending() const {
  return ::SSL_pending(session_) > 0;
}

bool TlsSession::established() const {
  return ::SSL_is_init_finished(session_) == 1;
}

bool TlsSession::ended() {
  char byte = 0;
  ::ERR_clear_error();
  errno = 0;
  const ssize_t peeked = outcome(::SSL_peek(session_, &byte, 1));
  return peeked == 0 || (peeked < 0 && errno != EAGAIN);
}

void TlsSession::sayGoodbye() {
  if (!established()) return;
  ::SSL_shutdown(session_);
  ::ERR_clear_error();
}

// The certificate
// ----------------------------------------------------------------------------------------------------------

TlsContext::TlsContext(std::filesystem::path certificate, std::filesystem::path key, Clock& clock,
                       io::FileSystem& files)
    : certificate_(std::move(certificate)), key_(std::move(key)), clock_(clock), files_(files) {}

TlsContext::~TlsContext() {
  ::SSL_CTX_free(context_);
}

Result<std::unique_ptr<TlsContext>> TlsContext::open(std::filesystem::path certificate,
                                                     std::filesystem::path key, Clock& clock,
                                                     io::FileSystem& files) {
  std::unique_ptr<TlsContext> made(new TlsContext(std::move(certificate), std::move(key), clock, files));
  PROFFER_CHECK(made->load());
  made->looked_ = clock.now();
  return made;
}

Result<void> TlsContext::load() {
  seen_ = stampOf(certificate_, files_) + stampOf(key_, files_);
  PROFFER_TRY(const std::string certificate, files_.read(certificate_, kLargestFile));
  PROFFER_TRY(const io::FileInfo info, files_.stat(key_));
  if ((info.permissions & 07) != 0)
    return fail(makeError(ErrorCode::kForbidden, "everybody on this machine may read the key {}",
                          quoted(key_.string()))
                    .hinting(fmt::format("chmod 600 {}", key_.string())));
  PROFFER_TRY(const std::string key, files_.read(key_, kLargestFile));
  Context context(::SSL_CTX_new(::TLS_server_method()));
  if (!context) return fail(ErrorCode::kInternal, "OpenSSL cannot be set up: {}", reasonOf());
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
  // A client that ends without a goodbye is no error worth a difference.
  ::SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  PROFFER_CHECK(useCertificates(context.get(), certificate, certificate_));
  PROFFER_CHECK(useKey(context.get(), key, key_));
  ::SSL_CTX_free(context_);
  context_ = context.release();
  return {};
}

void TlsContext::look() {
  const Time now = clock_.now();
  if (now - looked_ < kLookEvery && now >= looked_) return;
  looked_ = now;
  if (seen_ == stampOf(certificate_, files_) + stampOf(key_, files_)) return;
  if (auto loaded = load(); !loaded)
    logLine(LogLevel::kError, "tls",
            "the certificate that was read before stays in force: " + formatError(loaded.error()));
  else
    logLine(LogLevel::kInfo, "tls", "the certificate was read anew", {{"file", certificate_.string()}});
}

std::unique_ptr<TlsSession> TlsContext::begin(int socket) {
  std::lock_guard guard(mutex_);
  look();
  SSL* session = ::SSL_new(context_);
  return session == nullptr ? nullptr : std::make_unique<TlsSession>(session, socket);
}

Result<CertificateTimes> certificateTimes(const std::filesystem::path& path, io::FileSystem& files) {
  PROFFER_TRY(const std::string text, files.read(path, kLargestFile));
  const Bio bio = bioOf(text);
  const Certificate certificate(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return unusable(path, "certificate");
  const auto timeOf = [](const ASN1_TIME* time) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1) return Time{};
    return fromMicros(int64_t{::timegm(&parts)} * 1'000'000);
  };
  return CertificateTimes{timeOf(::X509_get0_notBefore(certificate.get())),
                          timeOf(::X509_get0_notAfter(certificate.get()))};
}

}  // namespace proffer::http
