// What each route is called and what goes in and out, for /openapi.json: beside the table of routes, because
// the routes work without it. A test holds the two together and the schemas against real answers.
//
// Built once, never changed; any thread.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"

namespace proffer::http {

struct Operation {
  std::string_view method;
  std::string_view pattern;  ///< as in routes.cpp
  std::string_view id;       ///< what a generated client calls it
  std::string_view summary;
  std::string_view request;      ///< the name of the body's schema; empty: no body
  std::string_view reply;        ///< the name of the answer's schema; "text": plain text
  std::string_view alsoReplies;  ///< further statuses with the same schema, separated by blanks
};

std::span<const Operation> operations();

/// The schemas that operations() names, by name, beside "<Kind>Spec" for every kind.
const Json& answerSchemas();

/// The whole description (OpenAPI 3.1) of a server of this version.
Json openApiDocument(std::string_view version);

}  // namespace proffer::http
