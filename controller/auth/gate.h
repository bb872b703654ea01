// Who is let in, and to what: bearer tokens, signatures, roles, the time window and replays (W20..W24).
//
// Any thread. A gate without a token and without a keys file lets everybody in; then the server listens on
// loopback only. What depends on a request's body is checked in a second step, so that most of what is
// refused is refused before the body is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "controller/auth/key_file.h"
#include "controller/auth/replay_guard.h"
#include "controller/auth/roles.h"

namespace proffer::auth {

/// Why somebody is not let in, in both of the server's styles.
struct Refusal {
  Error error;
  std::string_view serviceType;  ///< the name by which SDK clients know it
  int serviceStatus = 403;       ///< and the status it has for them
};
template <class T>
using Checked = tl::expected<T, Refusal>;

/// What is asked, by a request's head.
struct Question {
  std::string_view authorization;  ///< the header; empty if there is none
  std::string_view head;           ///< the whole head as it was sent; needed for signatures
  Role role = Role::kAdmin;        ///< what the route asks for
  bool once = false;               ///< it changes something, and must not be done again by a replay
  bool encrypted = false;          ///< came over TLS
};

/// Somebody who was let in, as far as the head goes.
class Admission {
 public:
  const std::string& caller() const { return caller_; }  ///< the key's or token's name; empty: not asked for

 private:
  friend class Gate;
  std::string caller_;
  RoleSet roles_ = RoleSet::all();
  Role role_ = Role::kNone;
  bool once_ = false;
  // The rest is for signed requests.
  std::string signature_;
  Time validUntil_{};
  std::string bodyHash_;   ///< that the head declares and the signature covers; empty: none
  bool verified_ = true;   ///< false: the signature waits for the body
  std::string canonical_;  ///< all but the hash of the body
  std::string date_;
  Scope scope_;
  Digest key_{};
};

class Gate {
 public:
  /// `token`: one that may do everything, empty for none; `keys`: null for none.
  Gate(Clock& clock, std::string token, std::shared_ptr<KeyFile> keys);

  /// Whether anything is asked for.
  bool asks() const { return !token_.empty() || keys_ != nullptr; }
  Checked<Admission> admit(const Question& question);
  /// The second step, when the body is there and before anything is done.
  Checked<void> confirm(const Admission& admission, std::string_view body);
  /// The request failed by our fault: it may be sent again with the same signature.
  void forget(const Admission& admission);

 private:
  Checked<Admission> admitToken(std::string_view token, const Question& question);
  Checked<Admission> admitSigned(const Question& question);
  Checked<void> checkRole(const Admission& admission) const;

  Clock& clock_;
  const std::string token_;
  const std::shared_ptr<KeyFile> keys_;
  ReplayGuard replays_;
};

}  // namespace proffer::auth
