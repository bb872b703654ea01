#include "controller/auth/sigv4.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace proffer::auth {
namespace {

constexpr std::string_view kTerminator = "aws4_request";

bool isUnreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What is no escape stays as it is.
std::string queryDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 && hexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Without blanks around, and with one blank for every run of them.
std::string collapsed(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && !out.empty() && out.back() == ' ') continue;
    out += blank ? ' ' : c;
  }
  return out;
}

std::string withoutDots(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& segment : split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..")
      kept.push_back(std::move(segment));
    else if (!kept.empty())
      kept.pop_back();
  }
  if (kept.empty()) return "/";
  return "/" + join(kept, "/") + (path.ends_with('/') ? "/" : "");
}

std::string headersText(const RequestHead& head, const std::vector<std::string>& signedHeaders) {
  std::map<std::string, std::string, std::less<>> values;
  for (const Header& header : head.headers) {
    const auto [at, added] = values.emplace(lower(header.name), collapsed(header.value));
    if (!added) at->second += "," + collapsed(header.value);
  }
  std::string text;
  for (const std::string& name : signedHeaders) {
    const auto found = values.find(name);
    text += name + ":" + (found == values.end() ? std::string() : found->second) + "\n";
  }
  return text;
}

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != ',' && c != '=' && c != '/' && c != ';';
  });
}

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(makeError(ErrorCode::kInvalidInput, "the header Authorization {}", what)
                  .hinting("AWS4-HMAC-SHA256 Credential=KEY/yyyymmdd/REGION/SERVICE/aws4_request, "
                           "SignedHeaders=host;x-amz-date, Signature=64 hex digits"));
}

// KEY/yyyymmdd/REGION/SERVICE/aws4_request
Result<void> readCredential(std::string_view text, Authorization& into) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() != 5 || parts[4] != kTerminator || !std::all_of(parts.begin(), parts.end(), isToken))
    return malformed("has no Credential of five parts that end in aws4_request");
  if (parts[1].size() != 8 || parts[1].find_first_not_of("0123456789") != std::string::npos)
    return malformed("has no date of the form yyyymmdd in its Credential");
  into.accessKey = parts[0];
  into.scope = {parts[1], parts[2], parts[3]};
  return {};
}

Result<void> readSignedHeaders(std::string_view text, Authorization& into) {
  into.signedHeaders = split(text, ';');
  for (const std::string& name : into.signedHeaders)
    if (!isToken(name) || name != lower(name)) return malformed("has no lower-case names in SignedHeaders");
  if (!std::is_sorted(into.signedHeaders.begin(), into.signedHeaders.end()) ||
      std::adjacent_find(into.signedHeaders.begin(), into.signedHeaders.end()) != into.signedHeaders.end())
    return malformed("has SignedHeaders that are not sorted");
  return {};
}

}  // namespace

const std::string* RequestHead::find(std::string_view name) const {
  for (const Header& header : headers)
    if (equalsIgnoreCase(header.name, name)) return &header.value;
  return nullptr;
}

std::optional<RequestHead> parseHead(std::string_view bytes) {
  RequestHead head;
  bool first = true;
  while (!bytes.empty()) {
    const size_t end = bytes.find("\r\n");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 2);
    if (first) {
      const size_t afterMethod = line.find(' ');
      const size_t afterTarget = line.rfind(' ');
      if (afterMethod == std::string_view::npos || afterTarget <= afterMethod) return std::nullopt;
      head.method = line.substr(0, afterMethod);
      head.target = line.substr(afterMethod + 1, afterTarget - afterMethod - 1);
      first = false;
    } else if (line.empty()) {
      return head;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (head.headers.empty()) return std::nullopt;
      head.headers.back().value += line;
    } else {
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) return std::nullopt;
      head.headers.push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
    }
  }
  if (first) return std::nullopt;
  return head;
}

std::string Scope::text() const {
  return fmt::format("{}/{}/{}/{}", date, region, service, kTerminator);
}

std::string uriEncode(std::string_view text, bool keepSlash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (isUnreserved(byte) || (keepSlash && c == '/')) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string canonicalPath(std::string_view path, PathRule rule) {
  if (path.empty()) return "/";
  if (rule == PathRule::kAsSent) return std::string(path);
  return uriEncode(withoutDots(path), true);
}

std::string canonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& pair : split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view text = pair;
    pairs.emplace_back(
        uriEncode(queryDecode(text.substr(0, equals))),
        equals == std::string::npos ? std::string() : uriEncode(queryDecode(text.substr(equals + 1))));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::string canonicalHead(const RequestHead& head, const std::vector<std::string>& signedHeaders,
                          PathRule rule) {
  const std::string_view target = head.target;
  const size_t question = target.find('?');
  const std::string_view query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n", head.method, canonicalPath(target.substr(0, question), rule),
                     canonicalQuery(query), headersText(head, signedHeaders), join(signedHeaders, ";"));
}

std::string stringToSign(std::string_view date, const Scope& scope, std::string_view canonicalRequest) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, scope.text(), sha256Hex(canonicalRequest));
}

Digest signingKey(std::string_view secret, const Scope& scope) {
  const Digest date = hmacSha256("AWS4" + std::string(secret), scope.date);
  const Digest region = hmacSha256(bytesOf(date), scope.region);
  const Digest service = hmacSha256(bytesOf(region), scope.service);
  return hmacSha256(bytesOf(service), kTerminator);
}

std::string signatureOf(const Digest& signingKey, std::string_view stringToSign) {
  return hex(hmacSha256(bytesOf(signingKey), stringToSign));
}

std::string basicTime(Time time) {
  // formatTime adds a fraction where there is one.
  std::string text = formatTime(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<Time> parseBasicTime(std::string_view text) {
  const bool formed = text.size() == 16 && text[8] == 'T' && text[15] == 'Z';
  if (!formed) return std::nullopt;
  const std::string digits = std::string(text.substr(0, 8)) + std::string(text.substr(9, 6));
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return parseTime(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                               text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
}

bool isSigned(std::string_view authorization) {
  const std::string_view text = trim(authorization);
  return text.substr(0, text.find_first_of(" \t")).starts_with("AWS4-");
}

Result<Authorization> parseAuthorization(std::string_view authorization) {
  std::string_view rest = trim(authorization);
  const std::string_view algorithm = rest.substr(0, rest.find(' '));
  if (algorithm != kAlgorithm)
    return malformed(fmt::format("names the algorithm {}, which is not AWS4-HMAC-SHA256", quoted(algorithm)));
  rest.remove_prefix(algorithm.size());
  std::map<std::string, std::string> parts;
  for (const std::string& part : split(rest, ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) return malformed("has a part without =");
    if (!parts.emplace(trim(part.substr(0, equals)), trim(part.substr(equals + 1))).second)
      return malformed("has a part twice");
  }
  for (const std::string name : {"Credential", "SignedHeaders", "Signature"})
    if (!parts.contains(name)) return malformed(fmt::format("has no {}", name));
  Authorization read;
  PROFFER_CHECK(readCredential(parts["Credential"], read));
  PROFFER_CHECK(readSignedHeaders(parts["SignedHeaders"], read));
  read.signature = parts["Signature"];
  if (read.signature.size() != 64 ||
      read.signature.find_first_not_of("0123456789abcdef") != std::string::npos)
    return malformed("has a Signature that is not 64 lower-case hex digits");
  return read;
}

void sign(RequestHead& head, std::string_view payloadHash, const Signing& signing, Time now) {
  const std::string date = basicTime(now);
  head.headers.push_back({"X-Amz-Date", date});
  if (!signing.credentials.sessionToken.empty())
    head.headers.push_back({"X-Amz-Security-Token", signing.credentials.sessionToken});
  if (signing.rule == PathRule::kAsSent)
    head.headers.push_back({"X-Amz-Content-Sha256", std::string(payloadHash)});
  std::vector<std::string> names;
  for (const Header& header : head.headers) names.push_back(lower(header.name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const Scope scope{date.substr(0, 8), signing.region, signing.service};
  const std::string canonical = canonicalHead(head, names, signing.rule) + std::string(payloadHash);
  const std::string signature =
      signatureOf(signingKey(signing.credentials.secret, scope), stringToSign(date, scope, canonical));
  head.headers.push_back({"Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                                       kAlgorithm, signing.credentials.accessKey,
                                                       scope.text(), join(names, ";"), signature)});
}

}  // namespace proffer::auth
