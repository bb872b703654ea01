// A directory that plays a bucket: the object s3://NAME/a/b.csv is the file a/b.csv below it.
//
// Any thread. Nothing outside the directory is read or written, links that lead out included. An etag is the
// file's size and time.
#pragma once

#include "controller/data/object_store.h"

namespace proffer::data {

class BucketDirectory final : public ObjectStore {
 public:
  /// `directory` is real (links followed); kInvalidInput if it is none.
  static Result<std::unique_ptr<BucketDirectory>> open(std::string bucket,
                                                       const std::filesystem::path& directory,
                                                       io::FileSystem& files);

  Result<std::vector<ObjectInfo>> list(const ObjectAddress& prefix) override;
  Result<ObjectInfo> look(const ObjectAddress& address) override;
  Result<std::unique_ptr<io::ReadableFile>> open(const ObjectAddress& address,
                                                 const ObjectInfo& object) override;
  Result<void> put(const ObjectAddress& address, const io::ReadableFile& content) override;
  Result<void> checkBucket(const std::string& bucket) const override;

 private:
  BucketDirectory(std::string bucket, std::filesystem::path directory, io::FileSystem& files);
  /// Where the key's file is to be; what is there of the way does not lead out.
  Result<std::filesystem::path> pathOf(const ObjectAddress& address) const;
  Result<void> write(const std::filesystem::path& partial, const io::ReadableFile& content) const;

  const std::string bucket_;
  const std::filesystem::path directory_;
  io::FileSystem& files_;
};

}  // namespace proffer::data
