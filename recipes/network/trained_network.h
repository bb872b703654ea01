// The Network that answers: tables lie over the sections' bytes, the encoder's few numbers are copied.
#pragma once

#include <memory>

#include "base/error.h"
#include "recipes/network/learned.h"
#include "recipes/network/network.h"

namespace proffer::recipes::network {

/// Writes the sections that Network::open reads. docs: at the top of trained_network.cpp.
void saveNetwork(const NetworkShape& shape, Learned& learned, SectionWriter& out);

/// The finished network, holding its sections itself.
Result<std::unique_ptr<Network>> ownedNetwork(const NetworkShape& shape, Learned& learned);

/// kInvalidInput, naming what is out of bounds; kCorrupt is what open() makes of it.
Result<void> checkShape(const NetworkShape& shape);

}  // namespace proffer::recipes::network
