// A job as a row: the columns that are searched, and the rest as JSON.
#pragma once

#include "controller/store/database.h"
#include "controller/store/jobs.h"

namespace proffer::store {

Json jobBody(const Job& job);
int64_t jobChecksum(const Job& job, const std::string& body);
/// id, type, owner_uid, state, attempt, not_before, body, checksum: in this order.
inline constexpr std::string_view kJobColumns =
    "id, type, owner_uid, state, attempt, not_before, body, checksum";
Result<Job> jobFromRow(const Statement& row, const std::filesystem::path& path);

}  // namespace proffer::store
