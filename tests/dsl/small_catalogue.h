// A catalogue small enough to check a filter's answer by eye: ten items, four users, four actions, and their
// events. The head of cases/filters.txt shows it as a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/evaluate.h"

namespace small {

inline constexpr int64_t kNow = 1'700'000'000;

const proffer::dsl::Fields& fields();
std::shared_ptr<const proffer::dsl::ItemIndex> items();
std::shared_ptr<const proffer::dsl::ItemIndex> users();
std::shared_ptr<const proffer::dsl::ItemIndex> actions();
/// ann, bob, cat, dan (without a row); null for anyone else.
const proffer::dsl::UserHistory* history(std::string_view user);
const proffer::dsl::UserHistory* actionHistory(std::string_view user);
const proffer::dsl::Attributes* attributes(std::string_view user);
proffer::dsl::Histories& histories();

}  // namespace small
