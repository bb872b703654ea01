// The words of a shop: categories, brands and product names. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace proffer::generate {

struct ProductType {
  std::string_view name;
  double price;  ///< what one typically costs, in the shop's currency
};

/// A second-level category. Neighbours in the list share the first level; those of one first level are
/// together.
struct Category {
  std::string_view level1;
  std::string_view level2;
  float frequency;                   ///< how many products it has
  std::array<ProductType, 4> types;  ///< none in two categories, so that names differ between them
};

std::span<const Category> categories();

/// A name for every number, no two the same: neither within a category nor between two. `seed` changes which.
std::string productName(int category, uint32_t number, uint64_t seed);
/// The brand that the name begins with.
std::string_view productBrand(int category, uint32_t number, uint64_t seed);
/// What such a product typically costs; prices of single ones scatter around it.
double typicalPrice(int category, uint32_t number, uint64_t seed);
std::string productDescription(int category, uint32_t number, uint64_t seed);

}  // namespace proffer::generate
