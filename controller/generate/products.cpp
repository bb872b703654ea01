#include "controller/generate/products.h"

#include <fmt/format.h>

#include "base/text.h"
#include "controller/generate/random.h"

namespace proffer::generate {
namespace {

constexpr std::array<Category, 40> kCategories = {{
    {"Electronics", "Audio", 4, {{{"Headphones", 90}, {"Speaker", 110}, {"Soundbar", 190}, {"Earbuds", 60}}}},
    {"Electronics",
     "Cameras",
     2,
     {{{"Camera", 520}, {"Camera Lens", 340}, {"Tripod", 70}, {"Action Camera", 240}}}},
    {"Electronics", "Computers", 3, {{{"Laptop", 850}, {"Monitor", 230}, {"Keyboard", 55}, {"Mouse", 28}}}},
    {"Electronics",
     "Phones",
     3,
     {{{"Smartphone", 480}, {"Phone Case", 16}, {"Charger", 22}, {"Power Bank", 34}}}},
    {"Home", "Kitchen", 5, {{{"Blender", 75}, {"Kettle", 42}, {"Frying Pan", 38}, {"Knife Set", 65}}}},
    {"Home", "Furniture", 3, {{{"Armchair", 330}, {"Bookshelf", 150}, {"Coffee Table", 170}, {"Desk", 240}}}},
    {"Home", "Bedding", 3, {{{"Duvet", 80}, {"Pillow", 28}, {"Bed Sheet", 32}, {"Blanket", 40}}}},
    {"Home",
     "Lighting",
     2,
     {{{"Floor Lamp", 95}, {"Desk Lamp", 42}, {"Pendant Light", 70}, {"Light Bulb", 8}}}},
    {"Garden", "Plants", 3, {{{"Fern", 14}, {"Lavender", 9}, {"Tomato Seeds", 3}, {"Olive Tree", 38}}}},
    {"Garden",
     "Tools",
     2,
     {{{"Pruning Shears", 24}, {"Watering Can", 17}, {"Garden Hose", 36}, {"Spade", 29}}}},
    {"Garden",
     "Outdoor Living",
     2,
     {{{"Parasol", 85}, {"Hammock", 60}, {"Fire Bowl", 120}, {"Deck Chair", 55}}}},
    {"Garden",
     "Grills",
     1,
     {{{"Charcoal Grill", 140}, {"Gas Grill", 420}, {"Grill Tongs", 15}, {"Smoker", 260}}}},
    {"Clothing", "Women", 6, {{{"Dress", 65}, {"Blouse", 42}, {"Cardigan", 55}, {"Skirt", 46}}}},
    {"Clothing", "Men", 5, {{{"Shirt", 44}, {"Chinos", 52}, {"Sweater", 58}, {"Blazer", 120}}}},
    {"Clothing", "Shoes", 4, {{{"Sneakers", 85}, {"Boots", 130}, {"Sandals", 48}, {"Loafers", 95}}}},
    {"Clothing", "Accessories", 3, {{{"Scarf", 24}, {"Belt", 28}, {"Wallet", 36}, {"Sunglasses", 75}}}},
    {"Sports",
     "Fitness",
     3,
     {{{"Yoga Mat", 30}, {"Dumbbells", 48}, {"Skipping Rope", 12}, {"Rowing Machine", 390}}}},
    {"Sports", "Cycling", 2, {{{"Road Bike", 980}, {"Bike Helmet", 58}, {"Bike Lock", 32}, {"Saddle", 45}}}},
    {"Sports", "Hiking", 3, {{{"Backpack", 85}, {"Hiking Poles", 54}, {"Tent", 190}, {"Sleeping Bag", 95}}}},
    {"Sports",
     "Water",
     1,
     {{{"Swim Goggles", 18}, {"Wetsuit", 130}, {"Paddle Board", 360}, {"Snorkel Set", 34}}}},
    {"Books",
     "Fiction",
     5,
     {{{"Novel", 13}, {"Short Stories", 12}, {"Poetry Collection", 11}, {"Graphic Novel", 18}}}},
    {"Books",
     "Non-Fiction",
     4,
     {{{"Biography", 19}, {"Travel Guide", 17}, {"History Book", 24}, {"Essays", 16}}}},
    {"Books",
     "Cooking",
     2,
     {{{"Cookbook", 26}, {"Baking Book", 22}, {"Wine Guide", 24}, {"Recipe Cards", 14}}}},
    {"Books",
     "Children's Books",
     3,
     {{{"Picture Book", 11}, {"Bedtime Stories", 13}, {"Sticker Book", 7}, {"Activity Book", 8}}}},
    {"Toys",
     "Building",
     3,
     {{{"Building Blocks", 42}, {"Model Train", 130}, {"Marble Run", 48}, {"Construction Kit", 60}}}},
    {"Toys", "Games", 3, {{{"Board Game", 36}, {"Card Game", 14}, {"Puzzle", 17}, {"Dice Set", 11}}}},
    {"Toys",
     "Plush",
     2,
     {{{"Teddy Bear", 24}, {"Plush Rabbit", 19}, {"Hand Puppet", 16}, {"Plush Fox", 20}}}},
    {"Toys", "Outdoor Toys", 1, {{{"Kite", 22}, {"Scooter", 75}, {"Sandbox Set", 18}, {"Bubble Maker", 12}}}},
    {"Beauty", "Skin Care", 4, {{{"Face Cream", 28}, {"Serum", 36}, {"Cleanser", 15}, {"Sun Lotion", 17}}}},
    {"Beauty", "Hair", 3, {{{"Shampoo", 10}, {"Conditioner", 11}, {"Hair Dryer", 58}, {"Hair Brush", 14}}}},
    {"Beauty", "Make-up", 3, {{{"Lipstick", 16}, {"Mascara", 15}, {"Foundation", 24}, {"Eyeliner", 11}}}},
    {"Beauty",
     "Fragrance",
     2,
     {{{"Eau de Parfum", 78}, {"Eau de Toilette", 52}, {"Room Spray", 19}, {"Scented Candle", 22}}}},
    {"Grocery",
     "Coffee and Tea",
     3,
     {{{"Espresso Beans", 14}, {"Green Tea", 8}, {"Filter Coffee", 9}, {"Herbal Tea", 6}}}},
    {"Grocery", "Sweets", 3, {{{"Dark Chocolate", 4}, {"Caramels", 6}, {"Shortbread", 5}, {"Nougat", 7}}}},
    {"Grocery", "Pantry", 3, {{{"Olive Oil", 13}, {"Pasta", 3}, {"Sea Salt", 5}, {"Honey", 8}}}},
    {"Grocery", "Snacks", 2, {{{"Mixed Nuts", 7}, {"Crackers", 3}, {"Dried Mango", 5}, {"Popcorn", 3}}}},
    {"Pets", "Dogs", 2, {{{"Dog Bed", 55}, {"Dog Leash", 18}, {"Dog Food", 32}, {"Chew Toy", 9}}}},
    {"Pets",
     "Cats",
     2,
     {{{"Scratching Post", 48}, {"Cat Litter", 14}, {"Cat Food", 22}, {"Cat Tunnel", 19}}}},
    {"Pets",
     "Aquarium",
     1,
     {{{"Fish Tank", 110}, {"Water Filter", 38}, {"Aquarium Gravel", 9}, {"Fish Food", 6}}}},
    {"Pets",
     "Small Animals",
     1,
     {{{"Hamster Wheel", 16}, {"Rabbit Hutch", 95}, {"Hay", 6}, {"Drinking Bottle", 8}}}},
}};

constexpr std::array<std::string_view, 48> kBrands = {
    "Norvik",   "Alba",   "Castell",  "Brightwater", "Orso",    "Lumina",  "Fernhill", "Tamaro",
    "Kestrel",  "Maison", "Ostra",    "Pinewood",    "Quill",   "Rivano",  "Solenne",  "Thornbury",
    "Umbra",    "Vesper", "Wexford",  "Zephyr",      "Arden",   "Birch",   "Corvo",    "Delmar",
    "Eskil",    "Farrow", "Glenmore", "Halden",      "Isola",   "Juna",    "Kodiak",   "Larkspur",
    "Meridian", "Nimbus", "Oakley",   "Pelham",      "Ravello", "Sable",   "Tindra",   "Ulmo",
    "Varga",    "Willow", "Xenia",    "Yarrow",      "Zinnia",  "Ambrose", "Bellamy",  "Corsica"};

constexpr std::array<std::string_view, 40> kLines = {
    "Classic", "Compact",   "Deluxe", "Essential", "Heritage", "Modern", "Original", "Premium",
    "Pure",    "Signature", "Studio", "Urban",     "Vintage",  "Active", "Breeze",   "Coastal",
    "Comfort", "Everyday",  "Flex",   "Grand",     "Harmony",  "Icon",   "Light",    "Loft",
    "Mini",    "Natural",   "Nordic", "Nova",      "Pocket",   "Prime",  "Royal",    "Rustic",
    "Select",  "Silk",      "Simple", "Smart",     "Summit",   "Terra",  "Trail",    "Zen"};

constexpr std::array<std::string_view, 8> kPraises = {
    "a favourite of our customers", "new this season",       "back by popular demand",
    "chosen by our buyers",         "in recycled packaging", "the best of its kind in our tests",
    "good value, well made",        "a welcome present"};

struct Words {
  std::string_view brand;
  std::string_view line;
  const ProductType* type;
  uint32_t model;  // 0 while brand, line and type alone are enough
};

Words wordsOf(int category, uint32_t number, uint64_t seed) {
  constexpr uint32_t kTypes = 4;
  constexpr uint32_t kSize = kBrands.size() * kLines.size() * kTypes;
  // A permutation of the combinations: the multiplier is a prime above their number.
  seed = mixBits(seed + static_cast<uint64_t>(category));
  uint64_t rest = (uint64_t{number % kSize} * 2'654'435'761ULL + seed % kSize) % kSize;
  const Category& words = kCategories[static_cast<size_t>(category)];
  const ProductType* type = &words.types[rest % kTypes];
  rest /= kTypes;
  const std::string_view brand = kBrands[rest % kBrands.size()];
  rest /= kBrands.size();
  return {brand, kLines[rest], type, number / kSize};
}

}  // namespace

std::span<const Category> categories() {
  return kCategories;
}

std::string productName(int category, uint32_t number, uint64_t seed) {
  const Words words = wordsOf(category, number, seed);
  std::string name = fmt::format("{} {} {}", words.brand, words.line, words.type->name);
  if (words.model > 0) name += fmt::format(" {}", 100 + words.model);
  return name;
}

std::string_view productBrand(int category, uint32_t number, uint64_t seed) {
  return wordsOf(category, number, seed).brand;
}

double typicalPrice(int category, uint32_t number, uint64_t seed) {
  return wordsOf(category, number, seed).type->price;
}

std::string productDescription(int category, uint32_t number, uint64_t seed) {
  const Words words = wordsOf(category, number, seed);
  Random random(streamSeed(seed, 0x70726f64ULL + static_cast<uint64_t>(category), number));
  return fmt::format("The {} {} by {}: {}.", lower(words.line), lower(words.type->name), words.brand,
                     kPraises[random.below(kPraises.size())]);
}

}  // namespace proffer::generate
