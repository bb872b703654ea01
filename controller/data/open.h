// Opening the groups' data with another tuning than the usual one: for tests and benchmarks.
#pragma once

#include "controller/data/import_reader.h"

namespace proffer::data {

std::unique_ptr<GroupDataStore> openGroupDataStore(const std::filesystem::path& directory, Clock& clock,
                                                   io::FileSystem& files, const ImportTuning& tuning);

}  // namespace proffer::data
