// Health, readiness, metrics, and what the server is.
#include "controller/http/handlers.h"
#include "controller/http/metrics.h"
#include "controller/serving/engine.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"
#include "controller/store/routes.h"

namespace proffer::http {

Result<Reply> showIndex(Services& services, const Call&) {
  return jsonReply({{"name", "proffer"},
                    {"version", services.version},
                    {"paths",
                     {"/v1/resources", "/v1/recommend", "/recommendations", "/healthz", "/readyz", "/metrics",
                      "/openapi.json"}}});
}

Result<Reply> showHealth(Services&, const Call&) {
  return jsonReply({{"status", "ok"}});
}

// Ready: the store answers, and every route that the reconcilers want is loaded or known to have nothing yet.
Result<Reply> showReadiness(Services& services, const Call&) {
  Json missing = Json::array();
  if (const auto table = services.store.routes().read(); !table)
    missing.push_back({{"part", "store"}, {"message", formatError(table.error())}});
  if (!services.engine.ready())
    missing.push_back({{"part", "serving"}, {"message", "models are being loaded"}});
  const bool ready = missing.empty();
  Json body{{"status", ready ? "ready" : "not ready"}};
  if (!ready) body["missing"] = std::move(missing);
  return jsonReply(std::move(body), ready ? 200 : 503);
}

Result<Reply> showMetrics(Services& services, const Call&) {
  Reply reply;
  reply.text = services.metrics.text();
  reply.contentType = "text/plain; version=0.0.4; charset=utf-8";
  return reply;
}

Result<Reply> showVersion(Services& services, const Call&) {
  return jsonReply({{"version", services.version}, {"apiVersion", std::string(kApiVersion)}});
}

}  // namespace proffer::http
