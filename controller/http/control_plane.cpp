// The service's control plane: POST / with the operation in the header X-Amz-Target.
#include "controller/wire/control_plane.h"
#include "controller/http/handlers.h"

namespace proffer::http {

Result<Reply> answerControlPlane(Services& services, const Call& call) {
  wire::Answer answer = wire::answer(services.store, call.target, call.body);
  Reply reply = jsonReply(std::move(answer.body), answer.status);
  reply.contentType = "application/x-amz-json-1.1";
  if (!answer.errorType.empty()) reply.headers.emplace_back("x-amzn-ErrorType", std::move(answer.errorType));
  return reply;
}

}  // namespace proffer::http
