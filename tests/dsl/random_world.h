// Random schemas, catalogues, users with histories, and requests, for the agreement test. Small vocabularies
// and ranges, so that random tests hit; nulls, values that do not parse, empty lists and awkward texts among
// them.
//
// The same Dice give the same worlds. One thread at a time.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "reference_evaluator.h"

namespace proffer::dsl::reference {

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return engine_() % n; }
  int between(int from, int to) {
    const int64_t low = from;
    return static_cast<int>(low + static_cast<int64_t>(below(static_cast<uint64_t>(to - low + 1))));
  }
  bool percent(unsigned chance) { return below(100) < chance; }
  template <class T>
  const T& pick(const std::vector<T>& of) {
    return of[below(of.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// The time that worlds and requests lie around, epoch seconds.
inline constexpr int64_t kNow = 1'700'000'000;

/// Whether the numbers of a field are times (by its name); all others are small numbers.
bool isTime(const std::string& field);

/// Texts of one element, of event types, and of numbers, as data and parameters have them.
std::string randomWord(Dice& dice);
std::string randomEventType(Dice& dice);
std::string randomNumber(Dice& dice, bool time);
std::string randomBoolean(Dice& dice);
/// What events have as EVENT_VALUE: few numbers, some of which a float holds exactly.
double randomRating(Dice& dice);
/// A cell of the field as imported; sometimes one that reads as null.
std::string randomCell(Dice& dice, const Field& field);
/// A cell for every field, but for nulls.
Row randomRow(Dice& dice, const DatasetFields& fields);

/// Items, Interactions, Users, Actions and Action_Interactions, each with a field of each type at least.
World randomWorld(Dice& dice);

/// Who asks, about which item, when; without parameters.
Request randomRequest(Dice& dice, const World& world);

}  // namespace proffer::dsl::reference
