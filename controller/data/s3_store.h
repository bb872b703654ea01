// Objects of an S3-compatible server, over HTTP(S), signed by the code that also checks signatures.
//
// Any thread. Addresses are path-style (http://endpoint/bucket/key). What may help is tried again, a few
// times with growing pauses: a server that is not reached, breaks off, or answers 429 or 5xx. Content is read
// in ranges, each with the etag that the object had, so that a broken connection costs one range and an
// object that is replaced meanwhile is noticed. Memory: one range an open object.
#pragma once

#include <optional>

#include "controller/auth/sigv4.h"
#include "controller/data/object_store.h"

namespace proffer::data {

struct S3Options {
  std::string endpoint;  ///< "https://s3.example:9000": scheme, host, port
  std::string region = "us-east-1";
  std::optional<auth::Credentials> credentials;  ///< absent: requests are not signed
  int attempts = 5;
  Duration pause = std::chrono::milliseconds(200);  ///< before the second attempt; doubles
  Duration patience = std::chrono::seconds(30);     ///< for a piece of an answer
  size_t rangeBytes = 8 << 20;
};

/// kInvalidInput for an endpoint that is none. Nothing is sent yet.
Result<std::shared_ptr<ObjectStore>> openS3Store(S3Options options, Clock& clock);

}  // namespace proffer::data
