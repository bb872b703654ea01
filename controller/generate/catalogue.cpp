#include "controller/generate/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "controller/generate/alias_table.h"
#include "controller/generate/products.h"
#include "controller/generate/random.h"
#include "controller/generate/titles.h"

namespace proffer::generate {
namespace {

constexpr uint64_t kItemStream = 0x6974656d;
constexpr uint64_t kTextStream = 0x74657874;
constexpr int64_t kSecondsADay = 86'400;
// Popularity falls with this power of the rank.
constexpr double kTail = 0.85;

// Three in four are older than the first interaction, some by years; the others appear while people come.
int64_t drawCreated(Random& random, int64_t begin, int64_t end) {
  if (random.chance(0.75)) {
    return begin - kSecondsADay -
           static_cast<int64_t>(std::min(random.exponential(500.0), 3'000.0) * kSecondsADay) -
           static_cast<int64_t>(random.below(kSecondsADay));
  }
  return begin + static_cast<int64_t>(random.unit() * 0.97 * static_cast<double>(end - begin));
}

void drawGenres(Random& random, Item& item) {
  const auto& companions = genres()[item.groups[0]].companions;
  item.groupCount = static_cast<uint8_t>(1 + random.repeats(0.45, 2));
  uint32_t next = random.below(companions.size());
  for (int i = 1; i < item.groupCount; ++i) {
    item.groups[static_cast<size_t>(i)] = companions[next++ % companions.size()];
  }
}

uint32_t drawRunningTime(Random& random, int mainGenre) {
  const std::string_view genre = genres()[static_cast<size_t>(mainGenre)].name;
  const double minutes = genre == "Animation" || genre == "Family" ? 82 : genre == "Documentary" ? 64 : 104;
  return static_cast<uint32_t>(std::clamp(minutes + 17 * random.normal(), 21.0, 200.0)) * 60;
}

// Around what such things cost, with an ending that prices have.
uint32_t drawPrice(Random& random, double typical) {
  const auto whole = static_cast<uint32_t>(typical * std::exp(0.35 * random.normal()));
  constexpr std::array<uint32_t, 4> kEndings = {99, 99, 49, 95};
  return whole * 100 + kEndings[random.below(kEndings.size())];
}

// The popularity of the item that has this rank among `count`, and a little noise.
float drawWeight(Random& random, uint64_t rank) {
  const double noise = std::exp(0.35 * random.normal());
  return static_cast<float>(noise / std::pow(static_cast<double>(rank) + 2.0, kTail));
}

class Builder {
 public:
  Builder(const GenerateOptions& options, Catalogue& catalogue)
      : catalogue_(catalogue),
        groups_(groupFrequencies(options.kind)),
        used_(static_cast<size_t>(groupCount(options.kind))),
        count_(static_cast<uint32_t>(options.items)),
        rankOffset_(mixBits(options.seed) % count_) {}

  void build() {
    for (uint32_t index = 0; index < count_;) {
      Random random(streamSeed(catalogue_.seed, kItemStream, index));
      const bool many = catalogue_.kind == Kind::kStreaming && random.chance(0.1);
      const auto parts =
          std::min<uint32_t>(many ? 2 + static_cast<uint32_t>(random.repeats(0.4, 4)) : 1, count_ - index);
      collection(index, parts, random);
      index += parts;
    }
    // Something must be there when the first person comes.
    Item& first = catalogue_.items.front();
    first.created = std::min(first.created, catalogue_.begin - 30 * kSecondsADay);
  }

 private:
  // `parts` items from `first` on: one of a kind, or a film and its sequels, which come later and do worse.
  void collection(uint32_t first, uint32_t parts, Random& random) {
    Item item = drawItem(first, random);
    std::vector<int64_t> created(parts);
    for (int64_t& time : created) time = drawCreated(random, catalogue_.begin, catalogue_.end);
    std::sort(created.begin(), created.end());
    for (uint32_t part = 0; part < parts; ++part) {
      item.part = static_cast<uint8_t>(part + 1);
      item.created = created[part];
      item.next = part + 1 < parts ? first + part + 1 : kNoItem;
      catalogue_.items[first + part] = item;
      item.weight *= 0.8F;
      if (catalogue_.kind == Kind::kStreaming) item.figure = drawRunningTime(random, item.groups[0]);
    }
  }

  Item drawItem(uint32_t index, Random& random) {
    Item item;
    const uint32_t group = groups_.draw(random);
    item.groups[0] = static_cast<uint8_t>(group);
    item.number = used_[group]++;
    item.mood = static_cast<uint8_t>(random.below(kMoods));
    // A prime above every count makes this a permutation: ids say nothing about popularity.
    item.weight = drawWeight(random, (uint64_t{index} * 2'654'435'761ULL + rankOffset_) % count_);
    item.lasting = static_cast<float>(0.15 + 0.5 * random.unit() * random.unit());
    if (catalogue_.kind == Kind::kStreaming) {
      drawGenres(random, item);
      item.figure = drawRunningTime(random, item.groups[0]);
    } else {
      item.figure = drawPrice(random, typicalPrice(item.groups[0], item.number, catalogue_.seed));
    }
    return item;
  }

  Catalogue& catalogue_;
  AliasTable groups_;
  std::vector<uint32_t> used_;
  uint32_t count_;
  uint64_t rankOffset_;
};

void appendStreamingItem(const Catalogue& catalogue, uint32_t index, std::string& out) {
  const Item& item = catalogue.items[index];
  // What the parts of a collection have in common is drawn from the first part's numbers.
  Random shared(streamSeed(catalogue.seed, kTextStream, index + 1 - item.part));
  Random random(streamSeed(catalogue.seed, kTextStream + 1, index));
  constexpr std::array<std::string_view, 6> kOwners = {"Northlight", "Harbour Films", "Studio Orbis",
                                                       "Red Kite",   "Lantern House", "Own Production"};
  constexpr std::array<std::string_view, 5> kRatings = {"G", "PG", "PG-13", "R", "NC-17"};
  std::string genreNames;
  for (size_t i = 0; i < item.groupCount; ++i) {
    if (i > 0) genreNames += '|';
    genreNames += genres()[item.groups[i]].name;
  }
  const bool forChildren = genreNames.find("Family") != std::string::npos;
  const double age = shared.chance(0.45) ? 0 : std::min(shared.exponential(11.0), 70.0);
  const int year =
      1970 + static_cast<int>(static_cast<double>(item.created) / (365.2425 * kSecondsADay) - age);
  const double rating =
      std::clamp(3.4 + 0.5 * random.normal() + 0.1 * std::log(item.weight * 100 + 0.01), 1.0, 5.0);
  std::string name = title(item.groups[0], item.number, catalogue.seed);
  if (item.part > 1) name += fmt::format(" {}", item.part);
  fmt::format_to(std::back_inserter(out), ",{},{},{},{},{},{:.1f},{},{},\"{}\"\n", name, genreNames,
                 item.created, item.figure / 60, year, rating, kOwners[shared.below(kOwners.size())],
                 kRatings[forChildren ? shared.below(2) : shared.below(kRatings.size())],
                 titleDescription(item.groups[0], item.number, item.part, catalogue.seed));
}

void appendShopItem(const Catalogue& catalogue, uint32_t index, std::string& out) {
  const Item& item = catalogue.items[index];
  Random random(streamSeed(catalogue.seed, kTextStream, index));
  const int group = item.groups[0];
  const Category& category = categories()[static_cast<size_t>(group)];
  const uint32_t stock = random.chance(0.06) ? 0 : static_cast<uint32_t>(random.exponential(60.0)) + 1;
  fmt::format_to(std::back_inserter(out), ",{},{}.{:02},{},{},{},{},{},\"{}\"\n",
                 productName(group, item.number, catalogue.seed), item.figure / 100, item.figure % 100,
                 category.level1, category.level2, productBrand(group, item.number, catalogue.seed),
                 item.created, stock, productDescription(group, item.number, catalogue.seed));
}

}  // namespace

int groupCount(Kind kind) {
  return static_cast<int>(kind == Kind::kStreaming ? genres().size() : categories().size());
}

std::vector<float> groupFrequencies(Kind kind) {
  std::vector<float> frequencies;
  if (kind == Kind::kStreaming) {
    for (const Genre& genre : genres()) frequencies.push_back(genre.frequency);
  } else {
    for (const Category& category : categories()) frequencies.push_back(category.frequency);
  }
  return frequencies;
}

Catalogue makeCatalogue(const GenerateOptions& options, int64_t begin, int64_t end) {
  Catalogue catalogue{options.kind, options.seed, begin, end, {}};
  catalogue.items.resize(static_cast<size_t>(options.items));
  Builder(options, catalogue).build();
  return catalogue;
}

std::string itemsHeader(Kind kind) {
  return kind == Kind::kStreaming
             ? "ITEM_ID,TITLE,GENRES,CREATION_TIMESTAMP,DURATION,YEAR,AVERAGE_RATING,CONTENT_OWNER,"
               "CONTENT_CLASSIFICATION,PRODUCT_DESCRIPTION\n"
             : "ITEM_ID,NAME,PRICE,CATEGORY_L1,CATEGORY_L2,BRAND,CREATION_TIMESTAMP,STOCK,PRODUCT_"
               "DESCRIPTION\n";
}

void appendItem(const Catalogue& catalogue, uint32_t index, std::string& out) {
  appendItemId(catalogue.kind, index, out);
  if (catalogue.kind == Kind::kStreaming) {
    appendStreamingItem(catalogue, index, out);
  } else {
    appendShopItem(catalogue, index, out);
  }
}

void appendItemId(Kind kind, uint32_t index, std::string& out) {
  char text[16];
  text[0] = kind == Kind::kStreaming ? 't' : 'p';
  const auto end = std::to_chars(text + 1, text + sizeof text, index + 1).ptr;
  out.append(text, end);
}

}  // namespace proffer::generate
