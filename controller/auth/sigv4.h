// Signature Version 4: what a request's signature is made of. One code signs what we send and checks what we
// are sent.
//
// Pure functions; any thread. Nothing here knows of keys files or of the time window (see gate.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/auth/digest.h"

namespace proffer::auth {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
/// In the place of a body's hash where the body is not signed.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct Header {
  std::string name;  ///< as sent
  std::string value;
};

/// A request without its body, its bytes as they are sent: nothing is decoded.
struct RequestHead {
  std::string method;
  std::string target;  ///< path and query
  std::vector<Header> headers;

  /// The first header of this name, in any case; null if there is none.
  const std::string* find(std::string_view name) const;
};

/// Reads "POST /x HTTP/1.1\r\nHost: ...\r\n\r\n"; a line that begins with a blank continues the one before.
/// Nothing if it is not of that form.
std::optional<RequestHead> parseHead(std::string_view bytes);

/// How the path goes in: every service normalises it and encodes what is encoded already once more, but S3,
/// where keys may hold anything.
enum class PathRule { kNormalised, kAsSent };

struct Scope {
  std::string date;  ///< yyyymmdd
  std::string region;
  std::string service;
  /// "20150830/us-east-1/personalize/aws4_request"
  std::string text() const;
};

/// Letters, digits and "-._~" stay (and "/" if told so), all else becomes %XX.
std::string uriEncode(std::string_view text, bool keepSlash = false);
std::string canonicalPath(std::string_view path, PathRule rule);
/// Names and values decoded ("+" is a blank, as our routes read it), encoded anew, and sorted.
std::string canonicalQuery(std::string_view query);
/// All but the last line, the hash of the body: that may be known later only. `signedHeaders` are lower-case
/// and sorted; a header that is not there counts as empty.
std::string canonicalHead(const RequestHead& head, const std::vector<std::string>& signedHeaders,
                          PathRule rule);

/// `date`: "20150830T123600Z".
std::string stringToSign(std::string_view date, const Scope& scope, std::string_view canonicalRequest);
Digest signingKey(std::string_view secret, const Scope& scope);
/// 64 lower-case hex digits.
std::string signatureOf(const Digest& signingKey, std::string_view stringToSign);

/// "20150830T123600Z" and back.
std::string basicTime(Time time);
std::optional<Time> parseBasicTime(std::string_view text);

/// What the header Authorization says.
struct Authorization {
  std::string accessKey;
  Scope scope;
  std::vector<std::string> signedHeaders;
  std::string signature;
};
/// Whether it is meant to be a signature of this kind at all.
bool isSigned(std::string_view authorization);
/// kInvalidInput says which part is missing or malformed.
Result<Authorization> parseAuthorization(std::string_view authorization);

struct Credentials {
  std::string accessKey;
  std::string secret;
  std::string sessionToken = {};  ///< empty: none
};

struct Signing {
  Credentials credentials;
  std::string region;
  std::string service;
  PathRule rule = PathRule::kNormalised;
};
/// Adds X-Amz-Date, X-Amz-Security-Token (with a session token), X-Amz-Content-Sha256 (with kAsSent, as S3
/// wants it) and Authorization. Every header that is there before is signed, so Host must be among them.
void sign(RequestHead& head, std::string_view payloadHash, const Signing& signing, Time now);

}  // namespace proffer::auth
