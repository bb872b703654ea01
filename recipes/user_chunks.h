// Going over all users of a view on all cores, in chunks that share a Scratch.
//
// Any thread. The order in which users are visited is not fixed: what bodies write must not depend on it (a
// place per user, or sums of integers).
#pragma once

#include <algorithm>

#include "base/parallel.h"
#include "base/progress.h"
#include "recipes/view.h"

namespace proffer::recipes {

inline constexpr Index kUsersPerChunk = 512;

/// Calls visitChunk(first, last, scratch) for ranges [first, last) that cover all users. With a `progress` it
/// adds the users that are done, and skips what is left once cancelled.
template <class VisitChunk>
void forEachUserChunk(const Interactions& interactions, Progress* progress, const VisitChunk& visitChunk) {
  const Index users = interactions.userCount();
  parallelFor((size_t{users} + kUsersPerChunk - 1) / kUsersPerChunk, [&](size_t chunk) {
    if (progress && progress->cancelled()) return;
    Interactions::Scratch scratch;
    const Index first = static_cast<Index>(chunk) * kUsersPerChunk;
    const Index last = std::min<Index>(users, first + kUsersPerChunk);
    visitChunk(first, last, scratch);
    if (progress) progress->add(last - first);
  });
}

}  // namespace proffer::recipes
