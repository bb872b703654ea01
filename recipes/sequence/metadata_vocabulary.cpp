#include "recipes/sequence/metadata_vocabulary.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>

#include "base/hash.h"
#include "base/parallel.h"
#include "recipes/content_words.h"

namespace proffer::recipes {
namespace {

constexpr size_t kEntitiesPerPart = 2048;
constexpr size_t kKnotsOfNumber = 11;  // ten steps between them

void metadataTokens(ColumnKind kind, std::string_view column, std::string_view text,
                    std::vector<Token>& tokens) {
  std::vector<TokenText> texts;
  const uint64_t seed = hash64(column);
  if (kind == ColumnKind::kText)
    wordTokens(text, seed, tokens, texts);
  else
    categoricalTokens(text, seed, tokens, texts);
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) { return a.hash < b.hash; });
  size_t kept = 0;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (kept == 0 || tokens[kept - 1].hash != tokens[i].hash) tokens[kept++] = tokens[i];
  tokens.resize(kept);
}

std::vector<double> quantilesOf(std::vector<double> values) {
  std::vector<double> knots;
  if (values.empty()) return knots;
  std::sort(values.begin(), values.end());
  for (size_t i = 0; i < kKnotsOfNumber; ++i)
    knots.push_back(values[(values.size() - 1) * i / (kKnotsOfNumber - 1)]);
  knots.erase(std::unique(knots.begin(), knots.end()), knots.end());
  return knots;
}

struct Counted {
  uint32_t entities = 0;
  uint16_t column = 0;
};
using TokenCounts = absl::flat_hash_map<uint64_t, Counted>;

}  // namespace

Result<MetadataVocabulary> MetadataVocabulary::learn(const MetadataTable& table,
                                                     std::span<const Index> entities,
                                                     const std::set<std::string>& excludedColumns,
                                                     const Limits& limits, Progress& progress) {
  MetadataVocabulary vocabulary;
  std::vector<size_t> places;
  for (size_t i = 0; i < table.columns().size(); ++i) {
    const ColumnInfo& column = table.columns()[i];
    if (column.kind == ColumnKind::kPlain || excludedColumns.contains(column.name)) continue;
    vocabulary.columns_.push_back({column.name, column.kind, {}, 0});
    places.push_back(i);
  }
  TokenCounts all;
  std::vector<std::vector<double>> numbers(places.size());
  std::mutex mutex;
  const size_t parts = (entities.size() + kEntitiesPerPart - 1) / kEntitiesPerPart;
  parallelFor(parts, [&](size_t part) {
    if (progress.cancelled()) return;
    TokenCounts mine;
    std::vector<std::vector<double>> mineNumbers(places.size());
    std::vector<Token> tokens;
    for (const Index entity :
         entities.subspan(part * kEntitiesPerPart)
             .first(std::min(kEntitiesPerPart, entities.size() - part * kEntitiesPerPart))) {
      if (entity >= table.size() || !table.has(entity)) continue;
      for (size_t i = 0; i < places.size(); ++i) {
        const Column& column = vocabulary.columns_[i];
        if (column.kind == ColumnKind::kNumeric) {
          const double value = table.number(entity, places[i]);
          if (std::isfinite(value)) mineNumbers[i].push_back(value);
          continue;
        }
        tokens.clear();
        metadataTokens(column.kind, column.name, table.text(entity, places[i]), tokens);
        for (const Token& token : tokens) {
          Counted& counted = mine[token.hash];
          ++counted.entities;
          counted.column = static_cast<uint16_t>(i);
        }
      }
    }
    std::lock_guard guard(mutex);
    for (const auto& [hash, counted] : mine) {
      all[hash].entities += counted.entities;
      all[hash].column = counted.column;
    }
    for (size_t i = 0; i < places.size(); ++i)
      numbers[i].insert(numbers[i].end(), mineNumbers[i].begin(), mineNumbers[i].end());
  });
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");

  std::vector<std::pair<uint32_t, uint64_t>> frequent;
  for (const auto& [hash, counted] : all)
    if (counted.entities >= limits.least) frequent.emplace_back(counted.entities, hash);
  std::sort(frequent.begin(), frequent.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (frequent.size() > limits.most) frequent.resize(limits.most);
  for (const auto& [count, hash] : frequent) vocabulary.hashes_.push_back(hash);
  std::sort(vocabulary.hashes_.begin(), vocabulary.hashes_.end());
  for (const uint64_t hash : vocabulary.hashes_) vocabulary.columnOf_.push_back(all[hash].column);
  for (size_t i = 0; i < places.size(); ++i)
    vocabulary.columns_[i].knots = quantilesOf(std::move(numbers[i]));
  vocabulary.number();
  return vocabulary;
}

void MetadataVocabulary::number() {
  rows_ = hashes_.size();
  for (Column& column : columns_) {
    column.firstRow = static_cast<uint32_t>(rows_);
    rows_ += column.knots.size();
  }
}

size_t MetadataVocabulary::columnOf(uint32_t row) const {
  if (row < columnOf_.size()) return columnOf_[row];
  for (size_t i = 0; i < columns_.size(); ++i)
    if (row >= columns_[i].firstRow && row < columns_[i].firstRow + columns_[i].knots.size()) return i;
  return 0;
}

uint32_t MetadataVocabulary::rowOf(uint64_t hash) const {
  const auto found = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
  if (found == hashes_.end() || *found != hash) return kNoIndex;
  return static_cast<uint32_t>(found - hashes_.begin());
}

void MetadataVocabulary::appendTokens(const Column& column, std::string_view text, uint32_t firstRow,
                                      std::vector<Feature>& out) const {
  std::vector<Token> tokens;
  metadataTokens(column.kind, column.name, text, tokens);
  const size_t before = out.size();
  float squares = 0;
  for (const Token& token : tokens) {
    const uint32_t row = rowOf(token.hash);
    if (row == kNoIndex) continue;
    out.push_back({firstRow + row, token.weight});
    squares += token.weight * token.weight;
  }
  for (size_t i = before; i < out.size(); ++i) out[i].weight /= std::sqrt(squares);
}

// Between two knots a number is some of each, so that near numbers agree almost wholly and far ones not.
void MetadataVocabulary::appendNumber(const Column& column, double value, uint32_t firstRow,
                                      std::vector<Feature>& out) const {
  const std::vector<double>& knots = column.knots;
  if (knots.empty() || !std::isfinite(value)) return;
  const auto put = [&](size_t knot, double weight) {
    if (weight > 1e-6)
      out.push_back({firstRow + column.firstRow + static_cast<uint32_t>(knot), static_cast<float>(weight)});
  };
  const auto above = static_cast<size_t>(std::upper_bound(knots.begin(), knots.end(), value) - knots.begin());
  if (above == 0) return put(0, 1);
  if (above == knots.size()) return put(above - 1, 1);
  const double part = (value - knots[above - 1]) / (knots[above] - knots[above - 1]);
  put(above - 1, std::cos(part * std::numbers::pi / 2));
  put(above, std::sin(part * std::numbers::pi / 2));
}

MetadataVocabulary::Reader::Reader(const MetadataVocabulary& vocabulary, const MetadataTable& table)
    : vocabulary_(vocabulary), table_(table) {
  for (const Column& column : vocabulary.columns_) {
    size_t place = 0;
    while (place < table.columns().size() &&
           (table.columns()[place].name != column.name || table.columns()[place].kind != column.kind))
      ++place;
    places_.push_back(place);
  }
}

void MetadataVocabulary::Reader::append(Index entity, uint32_t firstRow, std::vector<Feature>& out) const {
  if (entity >= table_.size() || !table_.has(entity)) return;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] >= table_.columns().size()) continue;
    const Column& column = vocabulary_.columns_[i];
    if (column.kind == ColumnKind::kNumeric)
      vocabulary_.appendNumber(column, table_.number(entity, places_[i]), firstRow, out);
    else
      vocabulary_.appendTokens(column, table_.text(entity, places_[i]), firstRow, out);
  }
}

void MetadataVocabulary::save(SectionWriter& out, std::string_view name) const {
  Json columns = Json::array();
  for (const Column& column : columns_)
    columns.push_back(
        {{"name", column.name}, {"kind", static_cast<int>(column.kind)}, {"knots", column.knots}});
  const std::string prefix(name);
  out.put(prefix + "/columns", dumpJson(columns));
  out.putArray<uint64_t>(prefix + "/hashes", hashes_);
  out.putArray<uint16_t>(prefix + "/hash-columns", columnOf_);
}

Result<MetadataVocabulary> MetadataVocabulary::open(const SectionReader& in, std::string_view name) {
  MetadataVocabulary vocabulary;
  const std::string prefix(name);
  PROFFER_TRY(const std::string_view text, in.get(prefix + "/columns"));
  PROFFER_TRY(const std::span<const uint64_t> hashes, in.getArray<uint64_t>(prefix + "/hashes"));
  PROFFER_TRY(const std::span<const uint16_t> columns, in.getArray<uint16_t>(prefix + "/hash-columns"));
  const auto wrong = [&] {
    return fail(ErrorCode::kCorrupt, "the model's words of {} cannot be read", name);
  };
  const Result<Json> json = parseJson(text);
  if (!json || !json->is_array() || hashes.size() != columns.size() ||
      !std::is_sorted(hashes.begin(), hashes.end()))
    return wrong();
  try {
    for (const Json& one : *json) {
      Column column{one.at("name").get<std::string>(), static_cast<ColumnKind>(one.at("kind").get<int>()),
                    one.at("knots").get<std::vector<double>>(), 0};
      if (!std::is_sorted(column.knots.begin(), column.knots.end()) ||
          column.kind < ColumnKind::kCategorical || column.kind > ColumnKind::kText)
        return wrong();
      vocabulary.columns_.push_back(std::move(column));
    }
  } catch (const std::exception&) {
    return wrong();
  }
  for (const uint16_t column : columns)
    if (column >= vocabulary.columns_.size()) return wrong();
  vocabulary.hashes_.assign(hashes.begin(), hashes.end());
  vocabulary.columnOf_.assign(columns.begin(), columns.end());
  vocabulary.number();
  return vocabulary;
}

}  // namespace proffer::recipes
