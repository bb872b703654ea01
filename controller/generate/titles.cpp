#include "controller/generate/titles.h"

#include <fmt/format.h>

#include "base/text.h"
#include "controller/generate/random.h"

namespace proffer::generate {
namespace {

constexpr std::array<Genre, 18> kGenres = {{
    {"Action",
     8,
     {1, 15, 4, 14},
     {"Strike", "Pursuit", "Showdown", "Vengeance", "Fury", "Impact", "Assault", "Blaze", "Outrun", "Bullet",
      "Gauntlet", "Overdrive", "Standoff", "Siege"}},
    {"Adventure",
     7,
     {0, 7, 8, 2},
     {"Voyage", "Expedition", "Treasure", "Compass", "Horizon", "Island", "Passage", "Quest", "Map", "Summit",
      "River", "Caravan", "Lagoon", "Trail"}},
    {"Animation",
     5,
     {7, 1, 3, 8},
     {"Balloon", "Kite", "Penguin", "Robot", "Teapot", "Lantern", "Button", "Acorn", "Puddle", "Cricket",
      "Umbrella", "Marble", "Snowflake", "Whistle"}},
    {"Comedy",
     14,
     {13, 6, 7, 4},
     {"Wedding", "Roommate", "Mix-Up", "Holiday", "Neighbor", "Karaoke", "Barbecue", "Reunion", "Blunder",
      "Pancake", "Detour", "Weekend", "Audition", "Houseguest"}},
    {"Crime",
     7,
     {15, 12, 6, 0},
     {"Heist", "Alibi", "Syndicate", "Verdict", "Informant", "Ransom", "Racket", "Getaway", "Ledger",
      "Precinct", "Forger", "Accomplice", "Witness", "Debt"}},
    {"Documentary",
     5,
     {9, 11, 6, 1},
     {"Glacier", "Harvest", "Archive", "Reef", "Factory", "Migration", "Orbit", "Kitchen", "Marathon",
      "Forest", "Signal", "Workshop", "Monsoon", "Railway"}},
    {"Drama",
     15,
     {13, 9, 4, 11},
     {"Silence", "Inheritance", "Promise", "Letter", "Daughter", "Winter", "Confession", "Homecoming",
      "Garden", "Distance", "Father", "Farewell", "Orchard", "Stranger"}},
    {"Family",
     5,
     {2, 3, 1, 8},
     {"Puppy", "Treehouse", "Grandmother", "Picnic", "Pony", "Birthday", "Sleepover", "Lighthouse",
      "Backyard", "Carousel", "Snow Day", "Hideout", "Bicycle", "Bakery"}},
    {"Fantasy",
     5,
     {1, 7, 2, 13},
     {"Dragon", "Crown", "Sorcerer", "Realm", "Oracle", "Sword", "Enchantment", "Throne", "Rune", "Griffin",
      "Prophecy", "Wanderer", "Amulet", "Kingdom"}},
    {"History",
     3,
     {6, 16, 5, 13},
     {"Empire", "Dynasty", "Revolution", "Cathedral", "Emperor", "Treaty", "Rebellion", "Armada", "Palace",
      "Chronicle", "Regent", "Senate", "Exile", "Coronation"}},
    {"Horror",
     6,
     {12, 15, 14, 8},
     {"Crypt", "Haunting", "Scream", "Cellar", "Curse", "Specter", "Graveyard", "Seance", "Doll", "Asylum",
      "Omen", "Whisper", "Attic", "Mirror"}},
    {"Music",
     2,
     {6, 13, 5, 3},
     {"Ballad", "Encore", "Melody", "Chorus", "Overture", "Guitar", "Rhythm", "Concerto", "Jukebox",
      "Serenade", "Trumpet", "Lullaby", "Refrain", "Duet"}},
    {"Mystery",
     4,
     {4, 15, 10, 6},
     {"Riddle", "Key", "Vanishing", "Portrait", "Secret", "Clue", "Manor", "Cipher", "Footprint", "Locket",
      "Masquerade", "Shadow", "Labyrinth", "Clockmaker"}},
    {"Romance",
     6,
     {6, 3, 11, 8},
     {"Kiss", "Bouquet", "Sweetheart", "Summer", "Valentine", "Rendezvous", "Embrace", "Waltz", "Proposal",
      "Sunset", "Postcard", "Crush", "Moonlight", "Honeymoon"}},
    {"Science Fiction",
     5,
     {0, 1, 15, 10},
     {"Android", "Nebula", "Starship", "Paradox", "Colony", "Comet", "Machine", "Galaxy", "Singularity",
      "Astronaut", "Eclipse", "Hologram", "Outpost", "Satellite"}},
    {"Thriller",
     6,
     {4, 12, 0, 10},
     {"Hostage", "Deception", "Deadline", "Conspiracy", "Pretender", "Blackout", "Trap", "Fugitive",
      "Countdown", "Wiretap", "Obsession", "Double", "Checkpoint", "Suspect"}},
    {"War",
     2,
     {9, 6, 0, 1},
     {"Battalion", "Trench", "Bridgehead", "Armistice", "Squadron", "Convoy", "Frontline", "Sergeant",
      "Bunker", "Ambush", "Regiment", "Medic", "Submarine", "Ceasefire"}},
    {"Western",
     2,
     {0, 1, 6, 4},
     {"Sheriff", "Saloon", "Outlaw", "Stagecoach", "Canyon", "Gunslinger", "Mustang", "Frontier", "Prairie",
      "Bounty", "Homestead", "Rustler", "Spur", "Tumbleweed"}},
}};

constexpr std::array<std::string_view, 64> kAdjectives = {
    "Silent",   "Golden",   "Broken",  "Crimson",   "Hidden",     "Distant",    "Burning",    "Frozen",
    "Hollow",   "Restless", "Silver",  "Forgotten", "Wild",       "Midnight",   "Electric",   "Gentle",
    "Savage",   "Scarlet",  "Quiet",   "Lonely",    "Velvet",     "Brave",      "Crooked",    "Endless",
    "Fading",   "Glass",    "Iron",    "Ivory",     "Jade",       "Last",       "Little",     "Lost",
    "Lucky",    "Painted",  "Paper",   "Perfect",   "Reckless",   "Sacred",     "Secondhand", "Shattered",
    "Sleeping", "Stolen",   "Strange", "Sudden",    "Tender",     "Thirteenth", "Twilight",   "Unfinished",
    "Unlikely", "Vanished", "Violet",  "Wandering", "Whispering", "White",      "Wicked",     "Winding",
    "Wooden",   "Young",    "Ancient", "Bitter",    "Copper",     "Drifting",   "Faithful",   "Emerald"};

constexpr std::array<std::string_view, 48> kPlaces = {
    "Avalon",       "Lisbon",       "Kyoto",         "Marrakesh",  "Havana",       "Prague",
    "Oslo",         "Cairo",        "Venice",        "Bombay",     "Dublin",       "Istanbul",
    "Buenos Aires", "Vienna",       "Shanghai",      "Naples",     "Edinburgh",    "Tangier",
    "Seville",      "Budapest",     "Nairobi",       "Santa Fe",   "New Orleans",  "Savannah",
    "Alaska",       "Patagonia",    "Siberia",       "Sumatra",    "Madagascar",   "Brooklyn",
    "Montmartre",   "Willow Creek", "Blackwater",    "Ravenwood",  "Maple Street", "Stony Point",
    "Silverlake",   "Cedar Hill",   "Foxglove Lane", "Harrow Bay", "Greystone",    "Northgate",
    "Saint Elmo",   "Elm Hollow",   "Cape Sorrow",   "Half Moon",  "Winterfield",  "Juniper Flats"};

constexpr std::array<std::string_view, 40> kNames = {
    "Amelia", "Oscar",   "Beatrice", "Hugo",   "Clara", "Mateo",  "Daphne", "Felix",   "Eloise", "Gideon",
    "Freya",  "Idris",   "Greta",    "Jasper", "Hazel", "Kenji",  "Ines",   "Leopold", "Juno",   "Magnus",
    "Kamala", "Nikolai", "Lena",     "Omar",   "Mira",  "Pablo",  "Nadia",  "Quentin", "Odette", "Rafael",
    "Priya",  "Soren",   "Rosa",     "Tobias", "Selma", "Viktor", "Thea",   "Walter",  "Yara",   "Zoltan"};

constexpr uint32_t kNouns = 14;
constexpr uint32_t kPatterns = 7;
constexpr std::array<uint32_t, kPatterns> kPatternSizes = {
    kAdjectives.size() * kNouns, kNouns* kPlaces.size(), kNames.size() * kNouns, kNouns*(kNouns - 1),
    kNouns* kPlaces.size(),      kNouns* kPlaces.size(), kNames.size() * kNouns};
constexpr uint32_t kLongSize = kAdjectives.size() * kNouns * kPlaces.size();
constexpr uint32_t kLongestSize = kLongSize * kNames.size();

// Takes words out of a number, like digits.
class Digits {
 public:
  // A permutation of [0, size), so that neighbouring numbers get unlike words: the multiplier is a prime
  // above every size.
  Digits(uint32_t index, uint32_t size, uint64_t seed)
      : rest_((uint64_t{index} * 2'654'435'761ULL + seed % size) % size) {}
  uint32_t take(uint32_t base) {
    const auto digit = static_cast<uint32_t>(rest_ % base);
    rest_ /= base;
    return digit;
  }
  template <size_t N>
  std::string_view word(const std::array<std::string_view, N>& words) {
    return words[take(N)];
  }

 private:
  uint64_t rest_;
};

std::string shortTitle(const Genre& genre, uint32_t pattern, uint32_t index, uint64_t seed) {
  Digits digits(index, kPatternSizes[pattern], mixBits(seed + pattern));
  const uint32_t number = digits.take(kNouns);
  const std::string_view noun = genre.nouns[number];
  switch (pattern) {
    case 0:
      return fmt::format("The {} {}", digits.word(kAdjectives), noun);
    case 1:
      return fmt::format("{} of {}", noun, digits.word(kPlaces));
    case 2:
      return fmt::format("{}'s {}", digits.word(kNames), noun);
    case 3: {
      const uint32_t other = (number + 1 + digits.take(kNouns - 1)) % kNouns;
      return fmt::format("The {} and the {}", noun, genre.nouns[other]);
    }
    case 4:
      return fmt::format("{} in {}", noun, digits.word(kPlaces));
    case 5:
      return fmt::format("Last {} to {}", noun, digits.word(kPlaces));
    default:
      return fmt::format("{} and the {}", digits.word(kNames), noun);
  }
}

}  // namespace

std::span<const Genre> genres() {
  return kGenres;
}

std::string title(int genre, uint32_t number, uint64_t seed) {
  const Genre& words = kGenres[static_cast<size_t>(genre)];
  seed = mixBits(seed + static_cast<uint64_t>(genre));
  const uint32_t pattern = number % kPatterns;
  if (number / kPatterns < kPatternSizes[pattern])
    return shortTitle(words, pattern, number / kPatterns, seed);
  // The short forms of this pattern are used up. The number itself is unique, so the longer ones need no
  // other.
  if (number < kLongSize) {
    Digits digits(number, kLongSize, seed);
    const std::string_view noun = digits.word(words.nouns);
    const std::string_view adjective = digits.word(kAdjectives);
    return fmt::format("The {} {} of {}", adjective, noun, digits.word(kPlaces));
  }
  Digits digits(number % kLongestSize, kLongestSize, seed);
  const std::string_view noun = digits.word(words.nouns);
  const std::string_view adjective = digits.word(kAdjectives);
  const std::string_view place = digits.word(kPlaces);
  std::string text = fmt::format("{} and the {} {} of {}", digits.word(kNames), adjective, noun, place);
  if (number >= kLongestSize) text += fmt::format(", Volume {}", number / kLongestSize + 1);
  return text;
}

std::string titleDescription(int genre, uint32_t number, int part, uint64_t seed) {
  const Genre& words = kGenres[static_cast<size_t>(genre)];
  Random random(
      streamSeed(seed + static_cast<uint64_t>(part), 0x6465736372ULL + static_cast<uint64_t>(genre), number));
  const auto pick = [&random](const auto& list) {
    return lower(list[random.below(static_cast<uint32_t>(list.size()))]);
  };
  const std::string_view name = kNames[random.below(kNames.size())];
  const std::string_view place = kPlaces[random.below(kPlaces.size())];
  const std::string noun = pick(words.nouns);
  const std::string other = pick(words.nouns);
  const std::string adjective = pick(kAdjectives);
  switch (random.below(4)) {
    case 0:
      return fmt::format("In {}, {} finds the {} {} and cannot let it go.", place, name, adjective, noun);
    case 1:
      return fmt::format("The {} story of one {} and one {}, set in {}.", adjective, noun, other, place);
    case 2:
      return fmt::format("{} comes to {} for the {}, and stays for the {}.", name, place, noun, other);
    default:
      return fmt::format("After the {} {}, nothing in {} is as it was.", adjective, noun, place);
  }
}

}  // namespace proffer::generate
