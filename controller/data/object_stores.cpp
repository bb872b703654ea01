#include "controller/data/object_stores.h"

#include "base/text.h"

namespace proffer::data {

void ObjectStores::add(std::string bucket, std::unique_ptr<ObjectStore> store) {
  byBucket_[std::move(bucket)] = std::move(store);
}

void ObjectStores::setOthers(std::shared_ptr<ObjectStore> store) {
  others_ = std::move(store);
}

Result<ObjectStore*> ObjectStores::find(const std::string& bucket) const {
  if (const auto found = byBucket_.find(bucket); found != byBucket_.end()) return found->second.get();
  if (others_ != nullptr) return others_.get();
  std::vector<std::string> known;
  for (const auto& [name, store] : byBucket_) known.push_back(name);
  Error error = makeError(ErrorCode::kNotFound, "there is no bucket {} here", quoted(bucket));
  error.hint = didYouMean(bucket, known);
  if (error.hint.empty())
    error.hint = fmt::format("start the server with --s3-bucket {}=DIR, or with --s3-endpoint URL", bucket);
  return fail(std::move(error));
}

Result<std::vector<ObjectInfo>> ObjectStores::list(const ObjectAddress& prefix) {
  PROFFER_TRY(ObjectStore* const store, find(prefix.bucket));
  return store->list(prefix);
}

Result<ObjectInfo> ObjectStores::look(const ObjectAddress& address) {
  PROFFER_TRY(ObjectStore* const store, find(address.bucket));
  return store->look(address);
}

Result<std::unique_ptr<io::ReadableFile>> ObjectStores::open(const ObjectAddress& address,
                                                             const ObjectInfo& object) {
  PROFFER_TRY(ObjectStore* const store, find(address.bucket));
  return store->open(address, object);
}

Result<void> ObjectStores::put(const ObjectAddress& address, const io::ReadableFile& content) {
  PROFFER_TRY(ObjectStore* const store, find(address.bucket));
  return store->put(address, content);
}

Result<void> ObjectStores::checkBucket(const std::string& bucket) const {
  PROFFER_TRY(const ObjectStore* const store, find(bucket));
  return store->checkBucket(bucket);
}

}  // namespace proffer::data
