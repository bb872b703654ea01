// All buckets that a server knows: each that a directory plays, and a store for the others.
//
// add() and setOthers() before anybody else uses it; the rest from any thread.
#pragma once

#include <map>

#include "controller/data/object_store.h"

namespace proffer::data {

class ObjectStores final : public ObjectStore {
 public:
  void add(std::string bucket, std::unique_ptr<ObjectStore> store);
  void setOthers(std::shared_ptr<ObjectStore> store);

  Result<std::vector<ObjectInfo>> list(const ObjectAddress& prefix) override;
  Result<ObjectInfo> look(const ObjectAddress& address) override;
  Result<std::unique_ptr<io::ReadableFile>> open(const ObjectAddress& address,
                                                 const ObjectInfo& object) override;
  Result<void> put(const ObjectAddress& address, const io::ReadableFile& content) override;
  Result<void> checkBucket(const std::string& bucket) const override;

 private:
  /// kNotFound, saying what there is, if nobody has the bucket.
  Result<ObjectStore*> find(const std::string& bucket) const;

  std::map<std::string, std::unique_ptr<ObjectStore>> byBucket_;
  std::shared_ptr<ObjectStore> others_;
};

}  // namespace proffer::data
