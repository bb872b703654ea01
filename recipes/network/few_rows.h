// Products of a few rows with a matrix that is used again and again: a step of a recurrent layer. Eigen
// copies the matrix into its own order each time, which for a few rows costs more than the product.
#pragma once

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

/// c = a b, or c += a b. Best for up to some 64 rows; any shape is right.
template <class S>
void multiplyFewRows(View<const S> a, View<const S> b, View<S> c, bool add = false);

/// to = from'.
template <class S>
void transpose(View<const S> from, View<S> to);

}  // namespace proffer::recipes::network
