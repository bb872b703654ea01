#include "recipes/content_words.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/hash.h"
#include "base/text.h"

namespace proffer::recipes {
namespace {

constexpr float kPairWeight = 0.5F;
constexpr size_t kKnots = 11;  // ten steps between them

void add(std::string_view token, uint64_t seed, float weight, std::vector<Token>& tokens,
         std::vector<TokenText>& texts) {
  const uint64_t hash = hash64(lower(token), seed);
  tokens.push_back({hash, weight});
  texts.push_back({hash, std::string(token)});
}

bool ofWord(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         static_cast<unsigned char>(byte) >= 0x80;
}

std::vector<std::string_view> wordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < text.size() && words.size() < kMostWords;) {
    size_t end = i;
    while (end < text.size() && ofWord(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

}  // namespace

void categoricalTokens(std::string_view value, uint64_t seed, std::vector<Token>& tokens,
                       std::vector<TokenText>& texts) {
  for (size_t begin = 0; begin <= value.size();) {
    const size_t bar = std::min(value.find('|', begin), value.size());
    const std::string_view one = trim(value.substr(begin, bar - begin));
    if (!one.empty()) add(one, seed, 1, tokens, texts);
    begin = bar + 1;
  }
}

void wordTokens(std::string_view text, uint64_t seed, std::vector<Token>& tokens,
                std::vector<TokenText>& texts) {
  const std::vector<std::string_view> words = wordsOf(text);
  for (const std::string_view word : words) add(word, seed, 1, tokens, texts);
  std::string pair;
  for (size_t i = 1; i < words.size(); ++i) {
    pair.assign(words[i - 1]).append(" ").append(words[i]);
    add(pair, seed, kPairWeight, tokens, texts);
  }
}

NumberScale::NumberScale(std::vector<double> values) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  for (size_t i = 0; i < kKnots; ++i) knots_.push_back(values[(values.size() - 1) * i / (kKnots - 1)]);
  knots_.erase(std::unique(knots_.begin(), knots_.end()), knots_.end());
}

void NumberScale::tokens(double value, uint64_t seed, std::vector<Token>& tokens,
                         std::vector<TokenText>& texts) const {
  if (knots_.empty() || std::isnan(value)) return;
  const auto knot = [&](size_t i, double weight) {
    if (weight < 1e-6) return;
    add(fmt::format("about {}", knots_[i]), seed, static_cast<float>(weight), tokens, texts);
  };
  const auto above =
      static_cast<size_t>(std::upper_bound(knots_.begin(), knots_.end(), value) - knots_.begin());
  if (above == 0) return knot(0, 1);
  if (above == knots_.size()) return knot(above - 1, 1);
  const double part = (value - knots_[above - 1]) / (knots_[above] - knots_[above - 1]);
  knot(above - 1, std::cos(part * std::numbers::pi / 2));
  knot(above, std::sin(part * std::numbers::pi / 2));
}

}  // namespace proffer::recipes
