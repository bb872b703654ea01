#include "controller/data/object_store.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::data {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr size_t kLongestKey = 1024;

class TextFile final : public io::ReadableFile {
 public:
  explicit TextFile(std::string_view text) : text_(text) {}
  int64_t size() const override { return static_cast<int64_t>(text_.size()); }
  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    const auto from = std::min(text_.size(), static_cast<size_t>(offset));
    return text_.copy(to.data(), to.size(), from);
  }

 private:
  std::string_view text_;
};

}  // namespace

bool isObjectUrl(std::string_view text) {
  return text.starts_with(kScheme);
}

Result<ObjectAddress> parseObjectUrl(std::string_view url) {
  const auto refused = [&](std::string_view why) {
    return fail(
        makeError(ErrorCode::kInvalidInput, "{} {}", quoted(url), why)
            .hinting("s3://BUCKET/KEY is expected; a key that ends in / stands for what is below it"));
  };
  if (!isObjectUrl(url)) return refused("is not the address of an object");
  const std::string_view rest = url.substr(kScheme.size());
  const size_t slash = rest.find('/');
  ObjectAddress address;
  address.bucket = rest.substr(0, slash);
  if (slash != std::string_view::npos) address.key = rest.substr(slash + 1);
  const bool named = !address.bucket.empty() && address.bucket.front() != '.' &&
                     std::all_of(address.bucket.begin(), address.bucket.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '-' || c == '.' || c == '_';
                     });
  if (!named) return refused("names no bucket");
  if (address.key.size() > kLongestKey) return refused("has a key of more than 1,024 bytes");
  const bool plain = std::none_of(address.key.begin(), address.key.end(),
                                  [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!plain || !isUtf8(address.key)) return refused("has a key that is not plain text");
  return address;
}

Result<void> putText(ObjectStore& store, const ObjectAddress& address, std::string_view text) {
  return store.put(address, TextFile(text));
}

}  // namespace proffer::data
