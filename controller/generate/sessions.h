// What people do in one visit: look around, choose by taste, watch or buy.
// World and Popularity are only read; the functions may run on any number of threads at once.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "controller/generate/audience.h"
#include "controller/generate/catalogue.h"
#include "controller/generate/popularity.h"
#include "controller/generate/rhythm.h"

namespace proffer::generate {

enum class EventType : uint8_t { kClick, kWatch, kView, kAddToCart, kPurchase };
/// As it stands in the EVENT_TYPE column.
std::string_view eventTypeName(EventType type);

struct Event {
  uint32_t time = 0;  ///< seconds after the beginning
  uint32_t user = 0;
  uint32_t item = 0;
  uint32_t value = 0;  ///< Watch: thousandths watched; Purchase: cents paid; else 0
  uint64_t order = 0;  ///< Purchase: the number of the order, from 1; else 0
  EventType type = EventType::kClick;
  uint8_t device = 0;

  auto operator<=>(const Event&) const = default;  // by time first: the order of the file
};

struct World {
  const Catalogue& catalogue;
  const Audience& audience;
  const Rhythm& rhythm;
};

/// No visit lasts longer, in seconds.
constexpr int64_t kLongestVisit = 14 * 3600;

/// The events of the visits that begin in one stretch of time: the flow between `from` and `to` (see Rhythm),
/// and exactly `count` of them. Not sorted; the last may lie kLongestVisit after the stretch.
struct Stretch {
  uint64_t number = 0;  ///< seeds the random numbers and the order numbers
  double from = 0;
  double to = 0;
  size_t count = 0;
};
void appendVisits(const World& world, const Popularity& popular, const Stretch& stretch,
                  std::vector<Event>& out);

}  // namespace proffer::generate
