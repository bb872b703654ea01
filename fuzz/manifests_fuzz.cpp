// Manifests: any text is read or refused with errors; what was read prints, and reads again as the same.
#include <cstdlib>

#include "manifests/reader.h"
#include "manifests/resource.h"

using namespace proffer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ManifestSet set = readManifests({{"fuzz.yaml", text}});
  for (const Error& error : set.errors)
    if (formatError(error).empty()) std::abort();
  if (!unresolvedReferences(set, {}).empty() && set.manifests.empty()) std::abort();
  for (const Manifest& manifest : set.manifests) {
    const ManifestSet again = readManifests({{"again.yaml", toYaml(manifest.resource, false)}});
    // What a set forbids is found in the whole set only.
    if (again.manifests.size() != 1 || again.manifests.front().resource.spec != manifest.resource.spec)
      std::abort();
  }
  return 0;
}
