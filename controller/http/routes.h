// The table of routes: every path that the server answers, in the order in which they are looked up.
//
// Built once, never changed; any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/auth/roles.h"
#include "controller/http/call.h"

namespace proffer::http {

enum Trait : unsigned {
  kPlain = 0,
  kOpen = 1,       ///< answers without a token
  kWrites = 2,     ///< changes something: asks for a JSON or YAML content type, is logged at info
  kLargeBody = 4,  ///< a whole set of manifests
  kUnbound = 8,    ///< waits for long, or is bounded elsewhere: takes no core of the others
};

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< "{name}" stands for one segment
  std::string_view query;    ///< the parameters it knows, separated by blanks
  Handler handler;
  unsigned traits = kPlain;
  Style style = Style::kNative;
  auth::Role role = auth::Role::kNone;  ///< kNone: what roleOf() makes of the method
};

std::span<const Route> routes();

/// What a caller must hold: nothing where the route is open; its own role; else kRead for GET and kAdmin for
/// all other methods. `target`: the header X-Amz-Target, which says what `POST /` does.
auth::Role roleOf(const Route& route, std::string_view target);
/// Whether a signed request must not be done twice: it changes something, and saying it again later would
/// undo what came between.
bool isOnce(const Route& route, auth::Role role);

struct RouteMatch {
  const Route* route = nullptr;  ///< null: no such path, or not with this method
  std::map<std::string, std::string> parts;
  std::vector<std::string> methods;  ///< that the path knows; empty: no such path
};
/// HEAD is GET without the body.
RouteMatch findRoute(std::string_view method, std::string_view path);

/// Whether a path that is no route is answered in Proffer's own style or in the service's.
Style styleOfPath(std::string_view path);

/// "%2F" to "/"; `plus`: "+" to a blank as in queries. Nothing if an escape is broken.
std::optional<std::string> percentDecode(std::string_view text, bool plus);
/// The parameters of "a=1&b=2"; kInvalidInput for broken escapes and for names given twice.
Result<std::map<std::string, std::string>> parseQuery(std::string_view query);
/// kInvalidInput, with the nearest name, for a parameter that the route does not know.
Result<void> checkQuery(const Route& route, const std::map<std::string, std::string>& query);

}  // namespace proffer::http
