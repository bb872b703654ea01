// What data.db keeps of imports, as JSON. Pure functions; any thread.
#pragma once

#include "controller/data/group_data.h"

namespace proffer::data {

ImportReport reportFromJson(const Json& json);
Json toJson(const DatasetFigures& figures);
DatasetFigures figuresFromJson(const Json& json);

}  // namespace proffer::data
