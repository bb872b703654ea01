#include "controller/generate/rhythm.h"

#include <algorithm>
#include <array>

namespace proffer::generate {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;

// Shares of a day by the hour; only the proportions matter.
constexpr std::array<double, 24> kStreamingHours = {26, 15, 8,  5,  4,  4,  6,  10, 13, 15, 17, 20,
                                                    24, 25, 25, 27, 31, 38, 50, 68, 88, 96, 80, 48};
constexpr std::array<double, 24> kShopHours = {14, 7,  4,  3,  3,  5,  12, 24, 36, 46, 54, 58,
                                               66, 58, 50, 48, 50, 54, 60, 72, 80, 76, 52, 28};
// Monday to Sunday.
constexpr std::array<double, 7> kStreamingDays = {0.86, 0.84, 0.86, 0.90, 1.10, 1.28, 1.24};
constexpr std::array<double, 7> kShopDays = {1.12, 1.05, 1.03, 1.00, 0.94, 0.86, 1.02};

// Traffic at the end of the span over that at its beginning.
constexpr double kGrowth = 1.3;

}  // namespace

double busyness(Kind kind, int weekday, int hour) {
  const auto& hours = kind == Kind::kStreaming ? kStreamingHours : kShopHours;
  const auto& days = kind == Kind::kStreaming ? kStreamingDays : kShopDays;
  double busy = hours[static_cast<size_t>(hour)] * days[static_cast<size_t>(weekday)];
  // Nobody has to get up: weekend mornings begin later, afternoons are fuller.
  if (weekday >= 5 && hour >= 10 && hour <= 17) busy *= kind == Kind::kStreaming ? 1.5 : 1.15;
  return busy;
}

Rhythm::Rhythm(Kind kind, int64_t begin, int64_t end) : begin_(begin), end_(end) {
  double sum = 0;
  for (int64_t hour = begin; hour < end; hour += kHour) {
    const int64_t day = hour / kDay;
    const int weekday = static_cast<int>((day + 3) % 7);  // 1970 began on a Thursday
    const double part = static_cast<double>(std::min(kHour, end - hour)) / kHour;
    const double growth =
        1 + (kGrowth - 1) * static_cast<double>(hour - begin) / static_cast<double>(end - begin);
    sum += busyness(kind, weekday, static_cast<int>(hour % kDay / kHour)) * part * growth;
    until_.push_back(sum);
  }
  for (double& share : until_) share /= sum;
  until_.back() = 1;
}

int64_t Rhythm::time(double x) const {
  x = std::clamp(x, 0.0, 1.0);
  const auto found = std::lower_bound(until_.begin(), until_.end(), x);
  const auto hour = static_cast<size_t>(found - until_.begin());
  const double before = hour == 0 ? 0 : until_[hour - 1];
  const double inside = (x - before) / (until_[hour] - before);
  const int64_t start = begin_ + static_cast<int64_t>(hour) * kHour;
  const int64_t length = std::min(kHour, end_ - start);
  return start + static_cast<int64_t>(inside * static_cast<double>(length));
}

}  // namespace proffer::generate
