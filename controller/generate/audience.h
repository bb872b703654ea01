// The people of a generated service: how often they come, since when, and what they like.
// Immutable after makeAudience(); any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "controller/generate/alias_table.h"
#include "controller/generate/catalogue.h"

namespace proffer::generate {

struct Person {
  uint32_t joined = 0;  ///< seconds after the beginning of the interactions; 0 for who was there before
  std::array<uint8_t, 3> favourites = {};  ///< groups, the dearest first
  uint8_t mood = 0;
  uint8_t device = 0;  ///< index into deviceNames()
  uint8_t ageGroup = 0;
};

struct Audience {
  std::vector<Person> people;
  AliasTable visits;  ///< draws who comes
};

std::span<const std::string_view> deviceNames();
/// A service for watching is used on the large screen, a shop on the small one.
uint8_t drawDevice(Random& random, Kind kind);

Audience makeAudience(const GenerateOptions& options, int64_t begin, int64_t end);

std::string usersHeader(Kind kind);
void appendUser(const Audience& audience, Kind kind, uint64_t seed, uint32_t index, std::string& out);
/// "u17": the USER_ID of the person with index 16.
void appendUserId(uint32_t index, std::string& out);

}  // namespace proffer::generate
