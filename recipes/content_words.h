// What a value of a column says about an item: tokens. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::recipes {

struct Token {
  uint64_t hash = 0;
  float weight = 0;
};

/// How tokens look to people, asked for only where the hash is new.
struct TokenText {
  uint64_t hash = 0;
  std::string text;
};

/// The values of a categorical column, parted by `|`; case does not matter.
void categoricalTokens(std::string_view value, uint64_t seed, std::vector<Token>& tokens,
                       std::vector<TokenText>& texts);
/// Words (letters, digits and whatever is beyond ASCII; case does not matter) and, at half their weight,
/// pairs of neighbours. Of at most kMostWords words.
void wordTokens(std::string_view text, uint64_t seed, std::vector<Token>& tokens,
                std::vector<TokenText>& texts);
inline constexpr size_t kMostWords = 1000;

/// Where a number lies among a column's values: one or two neighbouring knots, so that near numbers agree
/// almost wholly and far ones not at all. The knots are quantiles.
class NumberScale {
 public:
  explicit NumberScale(std::vector<double> values);
  void tokens(double value, uint64_t seed, std::vector<Token>& tokens, std::vector<TokenText>& texts) const;

 private:
  std::vector<double> knots_;
};

}  // namespace proffer::recipes
