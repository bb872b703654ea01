// Products of matrices: the only place where Eigen's kernels are instantiated for them. One thread; callers
// share work out themselves. The same operands give the same bits, wherever they lie (rows aligned or not).
#pragma once

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

/// c = a b, or c += a b.
template <class S>
void multiply(View<const S> a, View<const S> b, View<S> c, bool add = false);
/// c = a b', or c += a b'.
template <class S>
void multiplyByTransposed(View<const S> a, View<const S> b, View<S> c, bool add = false);
/// c = a' b, or c += a' b.
template <class S>
void multiplyTransposed(View<const S> a, View<const S> b, View<S> c, bool add = false);
/// c[j] += sum of column j of a.
template <class S>
void addColumnSums(View<const S> a, S* c);

/// Eigen chooses the size of its blocks by the machine's caches; told the same sizes everywhere, it adds in
/// the same order everywhere.
void fixBlockSizes();

}  // namespace proffer::recipes::network
