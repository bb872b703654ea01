#include "controller/auth/gate.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/text.h"

namespace proffer::auth {
namespace {

constexpr Duration kWindow = std::chrono::minutes(15);
constexpr std::string_view kService = "personalize";
constexpr std::string_view kMissing = "MissingAuthenticationTokenException";
constexpr std::string_view kUnknown = "UnrecognizedClientException";
constexpr std::string_view kIncomplete = "IncompleteSignature";
constexpr std::string_view kWrong = "InvalidSignatureException";
constexpr std::string_view kDenied = "AccessDeniedException";

tl::unexpected<Refusal> refuse(std::string_view type, Error error) {
  return tl::unexpected<Refusal>(Refusal{std::move(error), type, 403});
}

tl::unexpected<Refusal> refuse(std::string_view type, std::string message, std::string hint = "") {
  return refuse(type, Error{ErrorCode::kUnauthorized, std::move(message)}.hinting(std::move(hint)));
}

std::string valueOf(const RequestHead& head, std::string_view name) {
  const std::string* value = head.find(name);
  return value == nullptr ? std::string() : *value;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool equalBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// A header that decides what is done must not be exchangeable, and neither must one that is said twice be.
Checked<void> checkSignedHeaders(const RequestHead& head, const Authorization& given) {
  if (!contains(given.signedHeaders, "host"))
    return refuse(kIncomplete, "the header Host is not among the signed ones");
  if (!contains(given.signedHeaders, "x-amz-date") && !contains(given.signedHeaders, "date"))
    return refuse(kIncomplete, "the header X-Amz-Date is not among the signed ones");
  for (const Header& header : head.headers) {
    const std::string name = lower(header.name);
    if (name.starts_with("x-amz-") && !contains(given.signedHeaders, name))
      return refuse(kWrong, fmt::format("the header {} is not among the signed ones", quoted(header.name)));
  }
  for (const std::string& name : given.signedHeaders)
    if (head.find(name) == nullptr)
      return refuse(kWrong, fmt::format("the header {} is signed, but was not sent", quoted(name)),
                    "does a proxy on the way take it out?");
  return {};
}

Checked<Time> checkTime(const std::string& date, const Scope& scope, Time now) {
  const auto time = parseBasicTime(date);
  if (!time)
    return refuse(kIncomplete, fmt::format("the header X-Amz-Date is {}; the form is 20261122T081500Z",
                                           date.empty() ? "missing" : quoted(date)));
  if (date.substr(0, 8) != scope.date)
    return refuse(kWrong, "the date of the Credential is not that of X-Amz-Date");
  const std::string hint = fmt::format("it is {} here; set the client's clock",
                                       formatTime(std::chrono::floor<std::chrono::seconds>(now)));
  if (*time + kWindow < now)
    return refuse("RequestExpired",
                  fmt::format("the request was signed at {}, more than 15 minutes ago", date), hint);
  if (*time > now + kWindow)
    return refuse("RequestTimeTooSkewed",
                  fmt::format("the request was signed for {}, more than 15 minutes ahead", date), hint);
  return *time;
}

Checked<void> checkScope(const Scope& scope, const std::vector<std::string>& regions) {
  if (scope.service != kService)
    return refuse(kWrong, fmt::format("the request is signed for the service {}, this is {}",
                                      quoted(scope.service), quoted(kService)));
  if (!regions.empty() && !contains(regions, scope.region))
    return refuse(kWrong, fmt::format("the request is signed for the region {}, taken are: {}",
                                      quoted(scope.region), join(regions, ", ")));
  return {};
}

// The hash that the signature has in the place of the body's, if the head says it; empty: the body's own.
Checked<std::string> declaredHash(const RequestHead& head, const Authorization& given, bool encrypted) {
  const std::string declared = valueOf(head, "x-amz-content-sha256");
  if (declared.empty()) return std::string();
  const bool hash =
      declared.size() == 64 && declared.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hash) return declared;
  if (declared == kUnsignedPayload && encrypted && contains(given.signedHeaders, "x-amz-content-sha256"))
    return declared;
  return refuse(kWrong,
                fmt::format("the header X-Amz-Content-Sha256 is {}; the SHA-256 of the body is expected",
                            quoted(declared)),
                declared == kUnsignedPayload ? "a body that is not signed is taken over TLS only" : "");
}

Checked<void> compare(const Digest& key, const std::string& canonical, const std::string& date,
                      const Scope& scope, const std::string& given) {
  const std::string wanted = signatureOf(key, stringToSign(date, scope, canonical));
  if (equalBytes(given, wanted)) return {};
  return refuse(
      kWrong, "the signature does not match the request and the secret of its access key",
      "compare the secret; a proxy on the way must not change the path, the Host header or the body");
}

}  // namespace

Gate::Gate(Clock& clock, std::string token, std::shared_ptr<KeyFile> keys)
    : clock_(clock), token_(std::move(token)), keys_(std::move(keys)) {}

Checked<Admission> Gate::admit(const Question& question) {
  constexpr std::string_view kScheme = "bearer ";
  if (!asks()) return Admission();
  const std::string_view given = trim(question.authorization);
  if (given.empty())
    return refuse(kMissing, "this server asks for a token or a signature",
                  "send the header \"Authorization: Bearer TOKEN\" (proffer takes the token by --token-file "
                  "FILE or from PROFFER_TOKEN), or sign the request with an access key");
  if (given.size() > kScheme.size() && equalsIgnoreCase(given.substr(0, kScheme.size()), kScheme))
    return admitToken(trim(given.substr(kScheme.size())), question);
  if (isSigned(given)) return admitSigned(question);
  return refuse(kMissing, "the header Authorization is neither a Bearer token nor a signature",
                "send \"Authorization: Bearer TOKEN\"");
}

Checked<Admission> Gate::admitToken(std::string_view token, const Question& question) {
  Admission admission;
  admission.role_ = question.role;
  if (!token_.empty() && equalSecrets(token, token_)) {
    admission.caller_ = "token-file";
    return admission;
  }
  const std::shared_ptr<const KeyIndex> keys = keys_ == nullptr ? nullptr : keys_->current();
  const BearerToken* found = keys == nullptr ? nullptr : keys->findToken(token);
  if (found == nullptr)
    return refuse(kUnknown, "the token is not known here",
                  "send the text of the server's token file, or a token that `proffer keys create` made");
  if (found->expires && *found->expires <= clock_.now())
    return refuse(kUnknown,
                  fmt::format("the token {} expired at {}", quoted(found->name), formatTime(*found->expires)),
                  "`proffer keys create` makes another");
  admission.caller_ = found->name;
  admission.roles_ = found->roles;
  if (auto allowed = checkRole(admission); !allowed) return tl::unexpected<Refusal>(allowed.error());
  return admission;
}

Checked<Admission> Gate::admitSigned(const Question& question) {
  const auto given = parseAuthorization(question.authorization);
  if (!given)
    return refuse(kIncomplete,
                  Error{ErrorCode::kUnauthorized, given.error().message}.hinting(given.error().hint));
  const auto head = parseHead(question.head);
  if (!head) return refuse(kIncomplete, "the request's head cannot be read");
  const std::shared_ptr<const KeyIndex> keys = keys_ == nullptr ? nullptr : keys_->current();
  const AccessKey* key = keys == nullptr ? nullptr : keys->findAccessKey(given->accessKey);
  const Time now = clock_.now();
  if (key == nullptr || (key->expires && *key->expires <= now))
    return refuse(kUnknown,
                  key == nullptr
                      ? fmt::format("the access key {} is not known here", quoted(given->accessKey))
                      : fmt::format("the access key of {} expired", quoted(key->name)),
                  keys == nullptr ? "this server has no keys file (--keys-file), only a token"
                                  : "`proffer keys create --access-key` makes one");
  if (auto all = checkSignedHeaders(*head, *given); !all) return tl::unexpected<Refusal>(all.error());
  if (auto scope = checkScope(given->scope, keys->ring().regions); !scope)
    return tl::unexpected<Refusal>(scope.error());
  Admission admission;
  admission.date_ = valueOf(*head, contains(given->signedHeaders, "x-amz-date") ? "x-amz-date" : "date");
  const auto time = checkTime(admission.date_, given->scope, now);
  if (!time) return tl::unexpected<Refusal>(time.error());
  const std::string& session = key->credentials.sessionToken;
  if (!session.empty() && !equalSecrets(valueOf(*head, "x-amz-security-token"), session))
    return refuse(kUnknown, "the session token is not that of the access key");
  const auto hash = declaredHash(*head, *given, question.encrypted);
  if (!hash) return tl::unexpected<Refusal>(hash.error());
  admission.caller_ = key->name;
  admission.roles_ = key->roles;
  admission.role_ = question.role;
  admission.once_ = question.once;
  admission.signature_ = given->signature;
  admission.validUntil_ = *time + kWindow;
  admission.bodyHash_ = *hash;
  admission.canonical_ = canonicalHead(*head, given->signedHeaders, PathRule::kNormalised);
  admission.scope_ = given->scope;
  admission.key_ = keys->signingKeyFor(*key, given->scope);
  admission.verified_ = !admission.bodyHash_.empty();
  if (!admission.verified_) return admission;
  // The head alone shows that the caller has the key: what it may not do needs no body to be refused.
  auto matches = compare(admission.key_, admission.canonical_ + admission.bodyHash_, admission.date_,
                         admission.scope_, admission.signature_);
  if (matches) matches = checkRole(admission);
  if (!matches) return tl::unexpected<Refusal>(matches.error());
  return admission;
}

Checked<void> Gate::checkRole(const Admission& admission) const {
  if (admission.roles_.allows(admission.role_)) return {};
  Error error =
      makeError(ErrorCode::kForbidden, "{} may {}; this asks for the role {}", quoted(admission.caller_),
                join(admission.roles_.names(), ", "), roleName(admission.role_));
  error.hint = "give the key another role, or use another key";
  return refuse(kDenied, std::move(error));
}

Checked<void> Gate::confirm(const Admission& admission, std::string_view body) {
  if (admission.signature_.empty()) return {};
  if (admission.bodyHash_ != kUnsignedPayload) {
    const std::string hash = sha256Hex(body);
    if (!admission.verified_) {
      auto matches = compare(admission.key_, admission.canonical_ + hash, admission.date_, admission.scope_,
                             admission.signature_);
      if (matches) matches = checkRole(admission);
      if (!matches) return matches;
    } else if (!equalBytes(hash, admission.bodyHash_)) {
      return refuse(kWrong, "the body does not match the header X-Amz-Content-Sha256");
    }
  }
  if (!admission.once_) return {};
  switch (replays_.note(admission.signature_, clock_.now(), admission.validUntil_)) {
    case ReplayGuard::Verdict::kNew:
      return {};
    case ReplayGuard::Verdict::kReplay:
      return refuse(kWrong, "a request with this signature was answered already",
                    "sign every request anew, with the time it is sent at");
    case ReplayGuard::Verdict::kFull:
      break;
  }
  return tl::unexpected<Refusal>(
      Refusal{makeError(ErrorCode::kLimitExceeded, "too many signed changes within a quarter of an hour"),
              "ThrottlingException", 400});
}

void Gate::forget(const Admission& admission) {
  if (admission.once_ && !admission.signature_.empty()) replays_.forget(admission.signature_);
}

}  // namespace proffer::auth
