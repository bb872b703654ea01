// What S3-compatible servers answer: lists and errors as XML, times and etags in headers. Pure functions; any
// thread. What is malformed is an error, never a crash.
#pragma once

#include <optional>

#include "controller/data/object_store.h"

namespace proffer::data {

struct ObjectPage {
  std::vector<ObjectInfo> objects;
  std::string next;  ///< the continuation token; empty: this was the last page
};
/// The answer to ListObjectsV2. kUnavailable if it is not one.
Result<ObjectPage> readObjectPage(std::string_view xml);

struct S3Trouble {
  std::string code;  ///< "NoSuchKey"; empty if the answer says none
  std::string message;
};
S3Trouble readTrouble(std::string_view xml);
/// The error of an answer that is no success, about `address`.
Error errorOfAnswer(int status, const S3Trouble& trouble, const ObjectAddress& address);

/// "Sun, 22 Nov 2026 08:15:00 GMT"
std::optional<Time> parseHttpDate(std::string_view text);
/// Without the quotes and the mark of a weak one.
std::string plainEtag(std::string_view etag);

}  // namespace proffer::data
