// Keys files: any text is read or refused with its place; what was read is written so that it reads back as
// the same.
#include <cstdlib>

#include "base/text.h"
#include "controller/auth/key_ring.h"

using namespace proffer;
using namespace proffer::auth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto ring = parseKeyRing(text, "keys.yaml");
  if (!ring) {
    if (ring.error().message.empty() || ring.error().position.file != "keys.yaml") std::abort();
    return 0;
  }
  if (!isUtf8(text)) return 0;  // is not written as it was
  const std::string written = formatKeyRing(*ring);
  const auto again = parseKeyRing(written, "keys.yaml");
  if (!again || formatKeyRing(*again) != written) std::abort();
  const KeyIndex index(*ring);
  for (const AccessKey& key : ring->accessKeys)
    if (index.findAccessKey(key.credentials.accessKey) == nullptr) std::abort();
  return 0;
}
