#include "controller/http/errors.h"

#include "base/error_json.h"

namespace proffer::http {

int statusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput:
      return 400;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kInUse:
      return 409;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kLimitExceeded:
      return 429;
    case ErrorCode::kNotImplemented:
      return 501;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kTimedOut:
      return 504;
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

// Something that is there but cannot be used, or is not built yet, is the caller's input for the service's
// clients: it has no other modelled error, and a 5xx would make them try again (R30, W25).
ServiceError serviceErrorOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return {"ResourceNotFoundException", 404};
    case ErrorCode::kInUse:
      return {"ResourceInUseException", 409};
    case ErrorCode::kUnauthorized:
      return {"UnrecognizedClientException", 403};
    case ErrorCode::kForbidden:
      return {"AccessDeniedException", 403};
    case ErrorCode::kLimitExceeded:
      return {"ThrottlingException", 400};
    case ErrorCode::kCancelled:
    case ErrorCode::kTimedOut:
      return {"ServiceUnavailable", 503};
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return {"InternalFailure", 500};
    default:
      return {"InvalidInputException", 400};
  }
}

Reply serviceReply(std::string_view type, std::string_view message, int status) {
  Reply reply = jsonReply({{"__type", type}, {"message", message}}, status);
  reply.headers.emplace_back("x-amzn-ErrorType", type);
  return reply;
}

Reply errorReply(Style style, std::span<const Error> errors, const std::string& requestId, int status) {
  const Error& first = errors.front();
  if (style == Style::kService) {
    const ServiceError known = serviceErrorOf(first);
    return serviceReply(known.type, formatError(first), status == 0 ? known.status : status);
  }
  Json body;
  body["error"] = toJson(first);
  body["error"]["requestId"] = requestId;
  if (errors.size() > 1) {
    Json all = Json::array();
    for (const Error& error : errors) all.push_back(toJson(error));
    body["errors"] = std::move(all);
  }
  return jsonReply(std::move(body), status == 0 ? statusOf(first.code) : status);
}

Reply errorReply(Style style, const Error& error, const std::string& requestId, int status) {
  return errorReply(style, std::span(&error, 1), requestId, status);
}

}  // namespace proffer::http
