#include "controller/auth/key_ring.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "base/text.h"

namespace proffer::auth {
namespace {

constexpr size_t kShortestSecret = 16;
constexpr size_t kDerivedKeys = 256;
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// Reads one keys file; remembers the first thing that is wrong.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<KeyRing> read(const std::string& text) {
    try {
      const YAML::Node root = YAML::Load(text);
      if (!root.IsNull()) readRoot(root);
    } catch (const YAML::Exception& error) {
      note(error.mark, "", "not YAML: " + error.msg);
    }
    if (error_) return fail(std::move(*error_));
    return std::move(ring_);
  }

 private:
  void note(const YAML::Mark& mark, const std::string& field, std::string message, std::string hint = "") {
    if (error_) return;
    error_ = Error{ErrorCode::kInvalidInput, std::move(message)}
                 .in(field)
                 .at({file_, mark.line + 1, mark.column + 1})
                 .hinting(std::move(hint));
  }

  // Whether it is a map of known members only.
  bool isMapOf(const YAML::Node& node, const std::string& path, const std::vector<std::string>& known) {
    if (!node.IsMap()) {
      note(node.Mark(), path, "a map is expected, with " + join(known, ", "));
      return false;
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (std::find(known.begin(), known.end(), name) == known.end())
        note(entry.first.Mark(), path, "unknown member " + proffer::quoted(name), didYouMean(name, known));
      else if (!seen.insert(name).second)
        note(entry.first.Mark(), path, name + " is given twice");
    }
    return !error_;
  }

  std::string text(const YAML::Node& node, const std::string& path, const std::string& name, bool required) {
    const YAML::Node value = node[name];
    if (value && value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
    if (value)
      note(value.Mark(), path + "." + name, "a text is expected");
    else if (required)
      note(node.Mark(), path + "." + name, name + " is missing");
    return "";
  }

  std::vector<std::string> texts(const YAML::Node& node, const std::string& path) {
    std::vector<std::string> found;
    if (node && !node.IsSequence()) note(node.Mark(), path, "a list is expected");
    if (node && node.IsSequence())
      for (const YAML::Node& element : node) {
        if (!element.IsScalar()) note(element.Mark(), path, "a list of texts is expected");
        if (element.IsScalar()) found.push_back(element.Scalar());
      }
    return found;
  }

  RoleSet roles(const YAML::Node& node, const std::string& path) {
    const YAML::Node listed = node["roles"];
    const auto read = readRoles(texts(listed, path + ".roles"));
    if (read) return *read;
    note(listed ? listed.Mark() : node.Mark(), path + ".roles", read.error().message, read.error().hint);
    return {};
  }

  std::optional<Time> expiry(const YAML::Node& node, const std::string& path) {
    const std::string given = text(node, path, "expires", false);
    if (given.empty()) return std::nullopt;
    const auto time = parseTime(given);
    if (!time)
      note(node["expires"].Mark(), path + ".expires", "a time such as 2027-01-31T00:00:00Z is expected");
    return time;
  }

  Credentials credentials(const YAML::Node& node, const std::string& path) {
    Credentials read;
    read.accessKey = text(node, path, "accessKey", true);
    read.secret = text(node, path, "secret", true);
    read.sessionToken = text(node, path, "sessionToken", false);
    if (read.accessKey.find_first_of("/,=; \t") != std::string::npos)
      note(node["accessKey"].Mark(), path + ".accessKey", "an access key holds no blanks, slashes or commas");
    return read;
  }

  std::string freshName(const YAML::Node& node, const std::string& path) {
    const std::string name = text(node, path, "name", true);
    if (!name.empty() && !names_.insert(name).second)
      note(node["name"].Mark(), path + ".name", proffer::quoted(name) + " is given twice");
    return name;
  }

  void readAccessKey(const YAML::Node& node, const std::string& path) {
    if (!isMapOf(node, path, {"name", "accessKey", "secret", "sessionToken", "roles", "expires"})) return;
    AccessKey key{freshName(node, path), credentials(node, path), roles(node, path), expiry(node, path)};
    if (error_) return;
    if (key.credentials.secret.size() < kShortestSecret)
      note(node["secret"].Mark(), path + ".secret",
           fmt::format("a secret has at least {} characters", kShortestSecret),
           "`proffer keys create` makes one");
    if (!ids_.insert(key.credentials.accessKey).second)
      note(node["accessKey"].Mark(), path + ".accessKey", "another key has the same id");
    ring_.accessKeys.push_back(std::move(key));
  }

  void readToken(const YAML::Node& node, const std::string& path) {
    if (!isMapOf(node, path, {"name", "sha256", "roles", "expires"})) return;
    BearerToken token{freshName(node, path), lower(text(node, path, "sha256", true)), roles(node, path),
                      expiry(node, path)};
    if (error_) return;
    if (token.hash.size() != 64 || token.hash.find_first_not_of("0123456789abcdef") != std::string::npos)
      note(node["sha256"].Mark(), path + ".sha256", "64 hex digits are expected: the SHA-256 of the token",
           "printf %s TOKEN | sha256sum");
    if (!ids_.insert(token.hash).second)
      note(node["sha256"].Mark(), path + ".sha256", "another entry is of the same token");
    ring_.tokens.push_back(std::move(token));
  }

  template <class Read>
  void readList(const YAML::Node& node, const std::string& path, Read read) {
    if (!node || node.IsNull()) return;
    if (!node.IsSequence()) return note(node.Mark(), path, "a list is expected");
    for (size_t i = 0; i < node.size() && !error_; ++i) read(node[i], fmt::format("{}[{}]", path, i));
  }

  void readRoot(const YAML::Node& root) {
    if (!isMapOf(root, "", {"accessKeys", "tokens", "regions", "s3"})) return;
    readList(root["accessKeys"], "accessKeys",
             [&](const YAML::Node& node, const std::string& path) { readAccessKey(node, path); });
    readList(root["tokens"], "tokens",
             [&](const YAML::Node& node, const std::string& path) { readToken(node, path); });
    ring_.regions = texts(root["regions"], "regions");
    if (const YAML::Node s3 = root["s3"]; s3 && isMapOf(s3, "s3", {"accessKey", "secret", "sessionToken"}))
      ring_.s3 = credentials(s3, "s3");
  }

  std::string file_;
  std::optional<Error> error_;
  KeyRing ring_;
  std::set<std::string> names_;
  std::set<std::string> ids_;
};

void emitExpiry(YAML::Emitter& out, const std::optional<Time>& expires) {
  if (expires) out << YAML::Key << "expires" << YAML::Value << YAML::DoubleQuoted << formatTime(*expires);
}

void emitNames(YAML::Emitter& out, const char* key, const std::vector<std::string>& names) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << names;
}

void emitCredentials(YAML::Emitter& out, const Credentials& credentials) {
  out << YAML::Key << "accessKey" << YAML::Value << credentials.accessKey;
  out << YAML::Key << "secret" << YAML::Value << YAML::DoubleQuoted << credentials.secret;
  if (!credentials.sessionToken.empty())
    out << YAML::Key << "sessionToken" << YAML::Value << YAML::DoubleQuoted << credentials.sessionToken;
}

}  // namespace

Result<KeyRing> parseKeyRing(const std::string& text, const std::string& file) {
  return Reader(file).read(text);
}

std::string formatKeyRing(const KeyRing& ring) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (!ring.regions.empty()) emitNames(out, "regions", ring.regions);
  if (ring.s3) {
    out << YAML::Key << "s3" << YAML::Value << YAML::BeginMap;
    emitCredentials(out, *ring.s3);
    out << YAML::EndMap;
  }
  out << YAML::Key << "accessKeys" << YAML::Value << YAML::BeginSeq;
  for (const AccessKey& key : ring.accessKeys) {
    out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << key.name;
    emitCredentials(out, key.credentials);
    emitNames(out, "roles", key.roles.names());
    emitExpiry(out, key.expires);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::Key << "tokens" << YAML::Value << YAML::BeginSeq;
  for (const BearerToken& token : ring.tokens) {
    out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << token.name;
    out << YAML::Key << "sha256" << YAML::Value << YAML::DoubleQuoted << token.hash;
    emitNames(out, "roles", token.roles.names());
    emitExpiry(out, token.expires);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return fmt::format(
      "# Proffer's keys: who may talk to the server. Secrets are in here: keep it to its owner "
      "(chmod 600).\n# `proffer keys` writes it anew and keeps no comments.\n{}\n",
      out.c_str());
}

AccessKey newAccessKey(std::string name, RoleSet roles) {
  return {std::move(name), {"PROFFER" + randomWord(13, kUpper), randomWord(40, kLetters), {}}, roles, {}};
}

NewToken newToken(std::string name, RoleSet roles) {
  // 43 characters of 62 are 256 bits.
  NewToken made;
  made.token = "proffer_" + randomWord(43, kLetters);
  made.kept = {std::move(name), sha256Hex(made.token), roles, {}};
  return made;
}

KeyIndex::KeyIndex(KeyRing ring) : ring_(std::move(ring)) {
  for (const AccessKey& key : ring_.accessKeys) byId_.emplace(key.credentials.accessKey, &key);
  for (const BearerToken& token : ring_.tokens) byHash_.emplace(token.hash, &token);
}

const AccessKey* KeyIndex::findAccessKey(const std::string& id) const {
  const auto found = byId_.find(id);
  return found == byId_.end() ? nullptr : found->second;
}

// What is looked for is a hash, so the time this takes says nothing of the token.
const BearerToken* KeyIndex::findToken(std::string_view token) const {
  const auto found = byHash_.find(sha256Hex(token));
  return found == byHash_.end() ? nullptr : found->second;
}

Digest KeyIndex::signingKeyFor(const AccessKey& key, const Scope& scope) const {
  const std::string name = key.credentials.accessKey + "/" + scope.text();
  {
    std::lock_guard guard(mutex_);
    if (const auto found = derived_.find(name); found != derived_.end()) return found->second;
  }
  const Digest made = signingKey(key.credentials.secret, scope);
  std::lock_guard guard(mutex_);
  if (derived_.size() >= kDerivedKeys) derived_.clear();
  derived_.emplace(name, made);
  return made;
}

}  // namespace proffer::auth
