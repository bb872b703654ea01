// Running a loop over all cores. Threads are kept (starting one costs 30 to 50 us).
#pragma once

#include <cstddef>
#include <functional>

namespace proffer {

/// How many threads parallelFor uses: the machine's cores, or what PROFFER_THREADS says.
int parallelism();

/// Calls body(i) for every i in [0, count), in any order, on all cores and the calling thread; returns when
/// all are done. Any thread may call it; calls from within a body run inline. An exception of a body is
/// rethrown here once all have stopped. Results must not depend on which thread ran what: that is what keeps
/// training deterministic.
void parallelFor(size_t count, const std::function<void(size_t)>& body);

}  // namespace proffer
