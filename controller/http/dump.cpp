// GET /v1/dump: everything durable, as one stream.
#include "controller/http/handlers.h"

namespace proffer::http {

Result<Reply> dumpServer(Services& services, const Call&) {
  if (!services.dump) return fail(ErrorCode::kNotImplemented, "this server makes no dumps");
  Reply reply;
  PROFFER_TRY(reply.stream, services.dump());
  reply.contentType = "application/x-tar";
  return reply;
}

}  // namespace proffer::http
