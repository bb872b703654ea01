// The served group with the items that were put until now: what is put is in the next answer.
//
// Any thread. The first request after a put makes the new version, others that come meanwhile wait for it.
#pragma once

#include <memory>

#include "controller/serving/served_table.h"

namespace proffer::serving {

std::shared_ptr<const ServedGroup> upToDate(const std::shared_ptr<const ServedGroup>& group);

}  // namespace proffer::serving
