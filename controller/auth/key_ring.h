// Who may talk to a server: access keys that sign requests, and bearer tokens, with their roles. The text of
// a keys file (docs/security.md), read and written.
//
// KeyRing is a plain value. KeyIndex is built once and never changes; any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/auth/roles.h"
#include "controller/auth/sigv4.h"

namespace proffer::auth {

struct AccessKey {
  std::string name;  ///< whose it is: stands in logs, names it in commands
  Credentials credentials;
  RoleSet roles;
  std::optional<Time> expires = {};
};

struct BearerToken {
  std::string name;
  std::string hash;  ///< sha256Hex of the token, which itself is kept nowhere
  RoleSet roles;
  std::optional<Time> expires = {};
};

struct KeyRing {
  std::vector<AccessKey> accessKeys;
  std::vector<BearerToken> tokens;
  std::vector<std::string> regions;  ///< that signatures may be for; empty: any (W24)
  std::optional<Credentials> s3;     ///< what the server signs its own requests to an object store with
};

/// kInvalidInput with line and column: not YAML, unknown members, names or ids given twice, unknown roles,
/// secrets that are too short.
Result<KeyRing> parseKeyRing(const std::string& text, const std::string& file);
/// What parseKeyRing reads, with a line on top that says what it is.
std::string formatKeyRing(const KeyRing& ring);

/// A new key or token with random secrets.
AccessKey newAccessKey(std::string name, RoleSet roles);
struct NewToken {
  BearerToken kept;
  std::string token;  ///< to be shown once
};
NewToken newToken(std::string name, RoleSet roles);

/// A ring that is looked things up in, and the signing keys that were derived from it.
class KeyIndex {
 public:
  explicit KeyIndex(KeyRing ring);
  KeyIndex(const KeyIndex&) = delete;
  KeyIndex& operator=(const KeyIndex&) = delete;

  const KeyRing& ring() const { return ring_; }
  const AccessKey* findAccessKey(const std::string& id) const;
  const BearerToken* findToken(std::string_view token) const;
  /// signingKey(), remembered for the last few scopes.
  Digest signingKeyFor(const AccessKey& key, const Scope& scope) const;

 private:
  KeyRing ring_;
  std::unordered_map<std::string, const AccessKey*> byId_;
  std::unordered_map<std::string, const BearerToken*> byHash_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Digest> derived_;
};

}  // namespace proffer::auth
