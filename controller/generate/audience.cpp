#include "controller/generate/audience.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/parallel.h"
#include "controller/generate/random.h"

namespace proffer::generate {
namespace {

constexpr uint64_t kPersonStream = 0x70657273;
constexpr uint64_t kProfileStream = 0x75736572;
constexpr size_t kPeopleChunk = 16'384;

constexpr std::array<std::string_view, 4> kDevices = {"tv", "phone", "web", "tablet"};
constexpr std::array<std::string_view, 6> kAges = {"under 18", "18-24", "25-34",
                                                   "35-49",    "50-64", "65 and over"};

uint8_t drawAge(Random& random) {
  const double x = random.unit();
  constexpr std::array<double, 5> kUntil = {0.05, 0.19, 0.43, 0.71, 0.89};
  uint8_t age = 0;
  while (age < kUntil.size() && x >= kUntil[age]) ++age;
  return age;
}

Person drawPerson(Random& random, Kind kind, const AliasTable& groups, int64_t seconds) {
  Person person;
  if (random.chance(0.35))
    person.joined = static_cast<uint32_t>(random.unit() * 0.97 * static_cast<double>(seconds));
  for (uint8_t& group : person.favourites) group = static_cast<uint8_t>(groups.draw(random));
  person.ageGroup = drawAge(random);
  // People of an age often, not always, like the same.
  person.mood = random.chance(0.6) ? person.ageGroup : static_cast<uint8_t>(random.below(kMoods));
  person.device = drawDevice(random, kind);
  return person;
}

}  // namespace

std::span<const std::string_view> deviceNames() {
  return kDevices;
}

uint8_t drawDevice(Random& random, Kind kind) {
  const double x = random.unit();
  if (kind == Kind::kStreaming) return x < 0.48 ? 0 : x < 0.76 ? 1 : x < 0.9 ? 2 : 3;
  return x < 0.55 ? 1 : x < 0.92 ? 2 : 3;
}

Audience makeAudience(const GenerateOptions& options, int64_t begin, int64_t end) {
  const AliasTable groups(groupFrequencies(options.kind));
  Audience audience;
  const auto count = static_cast<size_t>(options.users);
  audience.people.resize(count);
  std::vector<float> activity(count);
  parallelFor((count + kPeopleChunk - 1) / kPeopleChunk, [&](size_t chunk) {
    for (size_t i = chunk * kPeopleChunk; i < std::min(count, (chunk + 1) * kPeopleChunk); ++i) {
      Random random(streamSeed(options.seed, kPersonStream, i));
      audience.people[i] = drawPerson(random, options.kind, groups, end - begin);
      activity[i] = static_cast<float>(std::exp(0.9 * random.normal()));
    }
  });
  audience.visits = AliasTable(activity);
  return audience;
}

std::string usersHeader(Kind kind) {
  return fmt::format("USER_ID,{},AGE_GROUP,COUNTRY\n",
                     kind == Kind::kStreaming ? "SUBSCRIPTION_MODEL" : "MEMBERSHIP_STATUS");
}

void appendUser(const Audience& audience, Kind kind, uint64_t seed, uint32_t index, std::string& out) {
  constexpr std::array<std::string_view, 4> kSubscriptions = {"ad-supported", "basic", "standard", "premium"};
  constexpr std::array<std::string_view, 4> kMemberships = {"none", "none", "member", "gold"};
  constexpr std::array<std::string_view, 8> kCountries = {"US", "US", "US", "GB", "DE", "FR", "CA", "IN"};
  Random random(streamSeed(seed, kProfileStream, index));
  appendUserId(index, out);
  out += ',';
  out += (kind == Kind::kStreaming ? kSubscriptions : kMemberships)[random.below(4)];
  out += ',';
  out += kAges[audience.people[index].ageGroup];
  out += ',';
  out += kCountries[random.below(kCountries.size())];
  out += '\n';
}

void appendUserId(uint32_t index, std::string& out) {
  char text[16];
  text[0] = 'u';
  const auto end = std::to_chars(text + 1, text + sizeof text, index + 1).ptr;
  out.append(text, end);
}

}  // namespace proffer::generate
