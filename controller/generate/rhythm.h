// When people come: the hours of the day, the days of the week, and slow growth. Maps an even flow onto the
// calendar: as x runs from 0 to 1, time(x) runs through the span, quickly at night and slowly in the evening.
// Immutable after construction; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/generate/generate.h"

namespace proffer::generate {

class Rhythm {
 public:
  /// begin and end in epoch seconds (UTC), end > begin.
  Rhythm(Kind kind, int64_t begin, int64_t end);

  /// Epoch seconds in [begin, end]; never falls while x rises. x is taken into [0, 1].
  int64_t time(double x) const;

 private:
  int64_t begin_;
  int64_t end_;
  std::vector<double> until_;  // share of the flow before the end of hour i, the last is 1
};

/// How busy the hour (0 to 23) of the weekday (0 is Monday) is, relative to others of the same kind.
double busyness(Kind kind, int weekday, int hour);

}  // namespace proffer::generate
