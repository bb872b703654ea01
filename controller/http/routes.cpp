#include "controller/http/routes.h"

#include <array>
#include <charconv>

#include "base/text.h"
#include "controller/http/handlers.h"

namespace proffer::http {
namespace {

using auth::Role;

constexpr std::string_view kListQuery = "kind group labelSelector managedBy";
constexpr std::string_view kInKindQuery = "group labelSelector managedBy";
constexpr std::string_view kInGroupQuery = "labelSelector managedBy";
constexpr std::string_view kApplyQuery = "set prune allowPruneAll dryRun replace";

// A literal path stands before a pattern that would match it too.
constexpr std::array kRoutes{
    Route{"GET", "/", "", showIndex, kOpen | kUnbound},
    Route{"GET", "/healthz", "", showHealth, kOpen | kUnbound},
    Route{"GET", "/readyz", "", showReadiness, kOpen | kUnbound},
    Route{"GET", "/metrics", "", showMetrics},
    Route{"GET", "/openapi.json", "", showOpenApi},

    Route{"GET", "/v1/version", "", showVersion},
    Route{"GET", "/v1/resources", kListQuery, listResources},
    Route{"GET", "/v1/watch", "resourceVersion timeoutSeconds kind group labelSelector managedBy",
          watchResources, kUnbound},
    Route{"POST", "/v1/apply", kApplyQuery, applyManifests, kWrites | kLargeBody},
    Route{"GET", "/v1/journal", "kind group name after limit", readJournal},
    Route{"GET", "/v1/jobs", "unfinished", listJobs},
    Route{"GET", "/v1/dump", "", dumpServer, kUnbound, Style::kNative, Role::kAdmin},
    Route{"POST", "/v1/evaluate", "", evaluateSolution, kUnbound},
    Route{"POST", "/v1/recommend", "", recommend, kUnbound, Style::kNative, Role::kRecommend},
    Route{"POST", "/v1/filters/check", "", checkFilter, kUnbound, Style::kNative, Role::kRecommend},
    Route{"POST", "/v1/filters/eval", "", evaluateFilter, kUnbound, Style::kNative, Role::kRecommend},

    // They wait for the disk together with others, and each asks for its content type itself.
    Route{"POST", "/v1/groups/{group}/events", "", putGroupEvents, kLargeBody | kUnbound, Style::kNative,
          Role::kIngest},
    Route{"POST", "/v1/groups/{group}/items", "", putGroupItems, kLargeBody | kUnbound, Style::kNative,
          Role::kIngest},
    Route{"POST", "/v1/groups/{group}/users", "", putGroupUsers, kLargeBody | kUnbound, Style::kNative,
          Role::kIngest},

    Route{"GET", "/v1/groups/{group}/diagnosis", "", diagnoseGroup},
    Route{"GET", "/v1/groups/{group}/{plural}", kInGroupQuery, listResources},
    Route{"GET", "/v1/groups/{group}/{plural}/{name}", "", getResource},
    Route{"PUT", "/v1/groups/{group}/{plural}/{name}", "set dryRun replace", putResource, kWrites},
    Route{"PATCH", "/v1/groups/{group}/{plural}/{name}", "set dryRun replace resourceVersion", patchResource,
          kWrites},
    Route{"DELETE", "/v1/groups/{group}/{plural}/{name}", "set dryRun resourceVersion", removeResource,
          kWrites},

    Route{"GET", "/v1/{plural}", kInKindQuery, listResources},
    Route{"GET", "/v1/{plural}/{name}", "", getResource},
    Route{"PUT", "/v1/{plural}/{name}", "set dryRun replace", putResource, kWrites},
    Route{"PATCH", "/v1/{plural}/{name}", "set dryRun replace resourceVersion", patchResource, kWrites},
    Route{"DELETE", "/v1/{plural}/{name}", "set dryRun resourceVersion", removeResource, kWrites},

    Route{"POST", "/", "", answerControlPlane, kPlain, Style::kService},
    Route{"POST", "/recommendations", "", getRecommendations, kUnbound, Style::kService, Role::kRecommend},
    Route{"POST", "/personalize-ranking", "", getPersonalizedRanking, kUnbound, Style::kService,
          Role::kRecommend},
    Route{"POST", "/action-recommendations", "", operationNotBuilt, kUnbound, Style::kService,
          Role::kRecommend},

    Route{"POST", "/events", "", putEvents, kUnbound, Style::kService, Role::kIngest},
    Route{"POST", "/items", "", putItems, kUnbound, Style::kService, Role::kIngest},
    Route{"POST", "/users", "", putUsers, kUnbound, Style::kService, Role::kIngest},
    Route{"POST", "/actions", "", putActions, kUnbound, Style::kService, Role::kIngest},
    Route{"POST", "/action-interactions", "", putActionInteractions, kUnbound, Style::kService,
          Role::kIngest},
};

// Takes the next segment off the front of a path that begins with "/".
std::string_view nextSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::map<std::string, std::string>& parts) {
  parts.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = nextSegment(pattern);
    const std::string_view given = nextSegment(path);
    if (wanted.size() > 2 && wanted.front() == '{') {
      auto value = percentDecode(given, false);
      if (!value || value->empty()) return false;
      parts[std::string(wanted.substr(1, wanted.size() - 2))] = std::move(*value);
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

auth::Role roleOf(const Route& route, std::string_view target) {
  if ((route.traits & kOpen) != 0) return auth::Role::kNone;
  if (route.role != auth::Role::kNone) return route.role;
  if (route.method == "POST" && route.pattern == "/") return auth::roleOfOperation(target);
  return route.method == "GET" ? auth::Role::kRead : auth::Role::kAdmin;
}

bool isOnce(const Route& route, auth::Role role) {
  return role == auth::Role::kAdmin && route.method != "GET";
}

RouteMatch findRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  if (path.empty() || path.front() != '/') return match;
  if (method == "HEAD") method = "GET";
  std::string_view pattern;
  for (const Route& route : kRoutes) {
    if (pattern.empty() && matches(route.pattern, path, match.parts)) pattern = route.pattern;
    if (pattern.empty() || route.pattern != pattern) continue;
    match.methods.emplace_back(route.method);
    if (route.method == method) match.route = &route;
  }
  return match;
}

Style styleOfPath(std::string_view path) {
  if (path.empty() || path == "/" || path == "/v1" || path.substr(0, 4) == "/v1/") return Style::kNative;
  for (const Route& route : kRoutes)
    if (route.pattern == path) return route.style;
  return Style::kService;
}

std::optional<std::string> percentDecode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hexDigit(text[i + 1]);
      const int low = hexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> parseQuery(std::string_view query) {
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const auto name = percentDecode(pair.substr(0, equals), true);
    const auto value = percentDecode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value)
      return fail(ErrorCode::kInvalidInput, "the query holds a broken escape: {}", quoted(pair));
    if (!parameters.emplace(*name, *value).second)
      return fail(ErrorCode::kInvalidInput, "the query parameter {} is given twice", quoted(*name));
  }
  return parameters;
}

Result<void> checkQuery(const Route& route, const std::map<std::string, std::string>& query) {
  if (query.empty()) return {};
  const std::vector<std::string> known = split(route.query, ' ');
  for (const auto& [name, value] : query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Error error = makeError(ErrorCode::kInvalidInput, "unknown query parameter {}; {}", quoted(name),
                            known.empty() ? "there are none here" : "known here: " + join(known, ", "));
    error.hint = didYouMean(name, known);
    return fail(std::move(error));
  }
  return {};
}

Result<int64_t> integerParameter(const Call& call, const std::string& name, int64_t otherwise) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return otherwise;
  const std::string& text = found->second;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return fail(
        makeError(ErrorCode::kInvalidInput, "{} is not a whole number from 0 up", quoted(text)).in(name));
  return value;
}

Result<bool> booleanParameter(const Call& call, const std::string& name) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return false;
  if (found->second == "true" || found->second.empty()) return true;
  if (found->second == "false") return false;
  return fail(
      makeError(ErrorCode::kInvalidInput, "{} is neither true nor false", quoted(found->second)).in(name));
}

}  // namespace proffer::http
