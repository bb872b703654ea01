#include "recipes/sequence/state_cache.h"

namespace proffer::recipes {

std::shared_ptr<const CachedState> StateCache::find(uint64_t key) {
  Part& part = partOf(key);
  std::lock_guard guard(part.mutex);
  const auto found = part.byKey.find(key);
  if (found == part.byKey.end()) return nullptr;
  part.entries.splice(part.entries.begin(), part.entries, found->second);
  return found->second->state;
}

void StateCache::put(uint64_t key, std::shared_ptr<const CachedState> state) {
  Part& part = partOf(key);
  const size_t bytes = state->bytes();
  if (bytes > mostBytesOfPart_) return;
  std::lock_guard guard(part.mutex);
  const auto found = part.byKey.find(key);
  if (found != part.byKey.end()) {
    part.bytes -= found->second->state->bytes();
    part.entries.erase(found->second);
    part.byKey.erase(found);
  }
  while (part.bytes + bytes > mostBytesOfPart_) {
    part.bytes -= part.entries.back().state->bytes();
    part.byKey.erase(part.entries.back().key);
    part.entries.pop_back();
  }
  part.entries.push_front({key, std::move(state)});
  part.byKey.emplace(key, part.entries.begin());
  part.bytes += bytes;
}

void StateCache::clear() {
  for (Part& part : parts_) {
    std::lock_guard guard(part.mutex);
    part.entries.clear();
    part.byKey.clear();
    part.bytes = 0;
  }
}

size_t StateCache::bytes() const {
  size_t bytes = 0;
  for (const Part& part : parts_) {
    std::lock_guard guard(part.mutex);
    bytes += part.bytes;
  }
  return bytes;
}

}  // namespace proffer::recipes
