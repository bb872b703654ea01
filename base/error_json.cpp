#include "base/error_json.h"

namespace proffer {

Json toJson(const Error& error) {
  Json json{{"type", errorCodeName(error.code)}, {"message", error.message}};
  if (!error.field.empty()) json["field"] = error.field;
  if (error.position.known() || !error.position.file.empty()) {
    Json position = Json::object();
    if (!error.position.file.empty()) position["file"] = error.position.file;
    if (error.position.line > 0) position["line"] = error.position.line;
    if (error.position.column > 0) position["column"] = error.position.column;
    json["position"] = std::move(position);
  }
  if (!error.hint.empty()) json["hint"] = error.hint;
  if (!error.sourceLine.empty()) json["sourceLine"] = error.sourceLine;
  return json;
}

Error errorFromJson(const Json& json) {
  Error error;
  error.code = errorCodeFromName(stringMember(json, "type"));
  error.message = stringMember(json, "message");
  error.field = stringMember(json, "field");
  const Json& position = member(json, "position");
  error.position.file = stringMember(position, "file");
  error.position.line = static_cast<int>(intMember(position, "line"));
  error.position.column = static_cast<int>(intMember(position, "column"));
  error.hint = stringMember(json, "hint");
  error.sourceLine = stringMember(json, "sourceLine");
  return error;
}

}  // namespace proffer
