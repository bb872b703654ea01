// What a caller may do. Plain values and pure functions; any thread.
//
// A role is a right, not a rank: who holds `ingest` may put events and nothing else. Only `admin` holds all.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace proffer::auth {

enum class Role : unsigned {
  kNone = 0,       ///< whoever is known at all
  kRead = 1,       ///< objects, history, figures
  kRecommend = 2,  ///< ask for recommendations, try filters
  kIngest = 4,     ///< put events, items and users
  kAdmin = 8,      ///< everything
};

class RoleSet {
 public:
  constexpr RoleSet() = default;
  static constexpr RoleSet all() {
    RoleSet set;
    set.add(Role::kAdmin);
    return set;
  }
  constexpr void add(Role role) { bits_ |= static_cast<unsigned>(role); }
  /// Whether what asks for `role` is allowed.
  constexpr bool allows(Role role) const {
    return role == Role::kNone ||
           (bits_ & (static_cast<unsigned>(role) | static_cast<unsigned>(Role::kAdmin)));
  }
  constexpr bool empty() const { return bits_ == 0; }
  std::vector<std::string> names() const;
  bool operator==(const RoleSet&) const = default;

 private:
  unsigned bits_ = 0;
};

std::string_view roleName(Role role);  ///< "read"; "none" for kNone
/// All that can be given: read, recommend, ingest, admin.
std::span<const Role> allRoles();
/// kInvalidInput, with the nearest name, for a name that is none.
Result<RoleSet> readRoles(const std::vector<std::string>& names);

/// What an operation of the service's control plane asks for, by its X-Amz-Target
/// ("AmazonPersonalize.DescribeCampaign"): to describe, list and get is reading, all else is kAdmin.
Role roleOfOperation(std::string_view target);

}  // namespace proffer::auth
