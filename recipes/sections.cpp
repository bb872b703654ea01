#include "recipes/sections.h"

#include <cstdint>
#include <cstring>

namespace proffer::recipes {
namespace {
constexpr uintptr_t kAlignment = 64;
}

const char* MemorySections::Section::begin() const {
  const auto address = reinterpret_cast<uintptr_t>(storage.data());
  return reinterpret_cast<const char*>((address + kAlignment - 1) / kAlignment * kAlignment);
}

void MemorySections::put(std::string_view name, std::string_view bytes) {
  Section& section = sections_[std::string(name)];
  section.storage.assign(bytes.size() + kAlignment, std::byte{0});
  section.size = bytes.size();
  if (!bytes.empty()) std::memcpy(const_cast<char*>(section.begin()), bytes.data(), bytes.size());
}

Result<std::string_view> MemorySections::get(std::string_view name) const {
  const auto found = sections_.find(name);
  if (found == sections_.end()) return fail(ErrorCode::kCorrupt, "the model has no section {}", name);
  return std::string_view(found->second.begin(), found->second.size);
}

std::vector<std::string> MemorySections::names() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : sections_) names.push_back(name);
  return names;
}

}  // namespace proffer::recipes
