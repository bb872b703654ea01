#include "controller/auth/roles.h"

#include <array>

#include "base/text.h"

namespace proffer::auth {
namespace {

constexpr std::array kRoles{Role::kRead, Role::kRecommend, Role::kIngest, Role::kAdmin};

}  // namespace

std::string_view roleName(Role role) {
  switch (role) {
    case Role::kRead:
      return "read";
    case Role::kRecommend:
      return "recommend";
    case Role::kIngest:
      return "ingest";
    case Role::kAdmin:
      return "admin";
    case Role::kNone:
      break;
  }
  return "none";
}

std::span<const Role> allRoles() {
  return kRoles;
}

std::vector<std::string> RoleSet::names() const {
  std::vector<std::string> names;
  for (const Role role : kRoles)
    if ((bits_ & static_cast<unsigned>(role)) != 0) names.emplace_back(roleName(role));
  return names;
}

Result<RoleSet> readRoles(const std::vector<std::string>& names) {
  RoleSet set;
  std::vector<std::string> known;
  for (const Role role : kRoles) known.emplace_back(roleName(role));
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      Error error = makeError(ErrorCode::kInvalidInput, "unknown role {}; roles are {}", quoted(name),
                              join(known, ", "));
      error.hint = didYouMean(name, known);
      return fail(std::move(error));
    }
    set.add(kRoles[static_cast<size_t>(found - known.begin())]);
  }
  if (set.empty()) return fail(ErrorCode::kInvalidInput, "no role is given; roles are {}", join(known, ", "));
  return set;
}

Role roleOfOperation(std::string_view target) {
  const std::string_view operation = target.substr(target.rfind('.') + 1);
  for (const std::string_view reading : {"Describe", "List", "Get"})
    if (operation.starts_with(reading)) return Role::kRead;
  return Role::kAdmin;
}

}  // namespace proffer::auth
