// Objects at s3:// addresses: what datasets read from and exports write to, whatever holds the buckets (a
// directory that plays one, or an S3-compatible server).
//
// Any thread, any number of calls at once. Errors name the address and say what to do: kNotFound (bucket, key
// or prefix), kForbidden (the store refuses the key), kUnavailable (not reached, or broken off, after
// retries), kInvalidInput (no such address can be). Trying again may help with kUnavailable and kIo only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::data {

struct ObjectAddress {
  std::string bucket;
  std::string key;  ///< without a slash before it; may be empty or end in one, then it is a prefix

  std::string url() const { return "s3://" + bucket + "/" + key; }
  bool operator==(const ObjectAddress&) const = default;
};

/// Whether the text begins like an object's address: "s3://".
bool isObjectUrl(std::string_view text);
/// "s3://bucket/key"; kInvalidInput says what is wrong with it.
Result<ObjectAddress> parseObjectUrl(std::string_view url);

struct ObjectInfo {
  std::string key;
  int64_t size = 0;
  Time modified{};
  std::string etag;  ///< another content has another; as the store gives it, without quotes
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// The objects directly below a prefix that ends in "/" (or is empty): its first level only (B20), in byte
  /// order of their keys. kNotFound if the bucket is not there; an empty list if nothing is below.
  virtual Result<std::vector<ObjectInfo>> list(const ObjectAddress& prefix) = 0;
  /// One object, without its content.
  virtual Result<ObjectInfo> look(const ObjectAddress& address) = 0;
  /// Its content, read in pieces. Every piece is of the content with this etag: kUnavailable if somebody has
  /// replaced it meanwhile.
  virtual Result<std::unique_ptr<io::ReadableFile>> open(const ObjectAddress& address,
                                                         const ObjectInfo& object) = 0;
  /// Writes the whole object, over what was there. It is seen as a whole or not at all.
  virtual Result<void> put(const ObjectAddress& address, const io::ReadableFile& content) = 0;
  /// Whether the bucket is known here at all, without asking anybody: for checks of what a user declares.
  virtual Result<void> checkBucket(const std::string& bucket) const = 0;
};

/// put() of a text.
Result<void> putText(ObjectStore& store, const ObjectAddress& address, std::string_view text);

}  // namespace proffer::data
