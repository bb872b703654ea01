// The words of a streaming service: genres and titles. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace proffer::generate {

struct Genre {
  std::string_view name;
  float frequency;                    ///< how many titles have it as their main genre
  std::array<uint8_t, 4> companions;  ///< numbers of genres that often stand beside it
  std::array<std::string_view, 14>
      nouns;  ///< no noun belongs to two genres, so that titles differ between them
};

std::span<const Genre> genres();

/// A title for every number, no two the same: neither within a genre nor between two. `seed` changes which.
std::string title(int genre, uint32_t number, uint64_t seed);
/// A sentence about it, or about the part of it if it has several.
std::string titleDescription(int genre, uint32_t number, int part, uint64_t seed);

}  // namespace proffer::generate
