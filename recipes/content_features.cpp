#include "recipes/content_features.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_map>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/content_words.h"

namespace proffer::recipes {

// Hashes of all items first, then numbers for those that two items share, then the vectors.
class FeatureBuilder {
 public:
  FeatureBuilder(const MetadataTable& table, const ItemSpace& items, const FeatureChoice& choice,
                 Progress& progress)
      : table_(table), items_(items), progress_(progress) {
    const auto columns = table.columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      const ColumnKind kind = columns[i].kind;
      if (kind == ColumnKind::kPlain || choice.excluded.contains(columns[i].name)) continue;
      if (choice.textOnly && kind != ColumnKind::kText) continue;
      columns_.push_back({i, kind, columns[i].name, NumberScale({})});
    }
  }

  Result<ItemFeatures> build() {
    for (Column& column : columns_) makeScale(column);
    chunks_.resize((size_t{items_.size()} + kItemsPerChunk - 1) / kItemsPerChunk);
    progress_.begin("reading items", "items", items_.size());
    parallelFor(chunks_.size(), [&](size_t chunk) {
      if (!progress_.cancelled()) readChunk(chunk);
    });
    if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
    auto storage = std::make_shared<ItemFeatures::Storage>();
    number(*storage);
    makeEntries(*storage);
    ItemFeatures features;
    for (const Column& column : columns_) features.columns_.push_back(column.name);
    features.pointAt(std::move(storage));
    return features;
  }

 private:
  static constexpr size_t kItemsPerChunk = 4096;

  struct Column {
    size_t index;
    ColumnKind kind;
    std::string name;
    NumberScale scale;
  };
  struct Block {  // one column of one item: tokens [begin, end) of the chunk, distinct, in order of hashes
    uint32_t begin, end;
  };
  struct Chunk {
    std::vector<Token> tokens;
    std::vector<Block> blocks;  // items x columns
    std::unordered_map<uint64_t, std::string> texts;
  };

  void makeScale(Column& column) {
    if (column.kind != ColumnKind::kNumeric) return;
    std::vector<double> values;
    for (Index item = 0; item < items_.size(); ++item)
      if (const double value = numberOf(item, column); !std::isnan(value)) values.push_back(value);
    column.scale = NumberScale(std::move(values));
  }

  double numberOf(Index item, const Column& column) const {
    const Index groupItem = items_.groupIndex(item);
    return groupItem < table_.size() ? table_.number(groupItem, column.index) : kNoValue;
  }

  void readChunk(size_t number) {
    Chunk& chunk = chunks_[number];
    const size_t last = std::min<size_t>(items_.size(), (number + 1) * kItemsPerChunk);
    std::vector<Token> tokens;
    std::vector<TokenText> texts;
    for (size_t item = number * kItemsPerChunk; item < last; ++item) {
      for (size_t column = 0; column < columns_.size(); ++column) {
        tokens.clear();
        texts.clear();
        tokensOf(static_cast<Index>(item), column, tokens, texts);
        for (TokenText& one : texts) chunk.texts.try_emplace(one.hash, std::move(one.text));
        const auto begin = static_cast<uint32_t>(chunk.tokens.size());
        addDistinct(tokens, chunk.tokens);
        chunk.blocks.push_back({begin, static_cast<uint32_t>(chunk.tokens.size())});
      }
    }
    progress_.add(static_cast<int64_t>(last - number * kItemsPerChunk));
  }

  void tokensOf(Index item, size_t number, std::vector<Token>& tokens, std::vector<TokenText>& texts) const {
    const Index groupItem = items_.groupIndex(item);
    if (groupItem >= table_.size() || !table_.has(groupItem)) return;
    const Column& column = columns_[number];
    const uint64_t seed = number + 1;
    switch (column.kind) {
      case ColumnKind::kCategorical:
        return categoricalTokens(table_.text(groupItem, column.index), seed, tokens, texts);
      case ColumnKind::kText:
        return wordTokens(table_.text(groupItem, column.index), seed, tokens, texts);
      case ColumnKind::kNumeric:
        return column.scale.tokens(numberOf(item, column), seed, tokens, texts);
      case ColumnKind::kPlain:
        return;
    }
  }

  // The more often, the more; but twice as often is not twice as much.
  static void addDistinct(std::vector<Token>& tokens, std::vector<Token>& out) {
    std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) { return a.hash < b.hash; });
    for (size_t i = 0; i < tokens.size();) {
      size_t end = i;
      while (end < tokens.size() && tokens[end].hash == tokens[i].hash) ++end;
      out.push_back({tokens[i].hash, tokens[i].weight * (1 + std::log(static_cast<float>(end - i)))});
      i = end;
    }
  }

  // Numbers for the hashes that at least two items have, in order of columns and hashes.
  void number(ItemFeatures::Storage& storage) {
    std::vector<std::pair<uint16_t, uint64_t>> all;
    for (const Chunk& chunk : chunks_)
      for (size_t block = 0; block < chunk.blocks.size(); ++block)
        for (uint32_t i = chunk.blocks[block].begin; i < chunk.blocks[block].end; ++i)
          all.emplace_back(static_cast<uint16_t>(block % columns_.size()), chunk.tokens[i].hash);
    std::sort(all.begin(), all.end());
    storage.textOffsets.push_back(0);
    std::unordered_map<uint64_t, std::string> texts;
    for (Chunk& chunk : chunks_) texts.merge(chunk.texts);  // as the first item writes it
    for (size_t i = 0; i < all.size();) {
      size_t end = i;
      while (end < all.size() && all[end] == all[i]) ++end;
      if (end - i >= 2) {
        numbers_.emplace(all[i].second, Known{static_cast<uint32_t>(storage.columnOf.size()),
                                              rarity(all[i].first, end - i)});
        storage.columnOf.push_back(all[i].first);
        storage.text += texts[all[i].second];
        storage.textOffsets.push_back(storage.text.size());
      }
      i = end;
    }
  }

  // How much it says that an item has what `count` items have.
  float rarity(uint16_t column, size_t count) const {
    if (columns_[column].kind == ColumnKind::kNumeric) return 1;
    return static_cast<float>(
        std::log((1 + static_cast<double>(items_.size())) / static_cast<double>(count)) + 0.1);
  }

  // Each column's block has length 1 before what no other item has is left out.
  void makeEntries(ItemFeatures::Storage& storage) const {
    storage.offsets.push_back(0);
    for (const Chunk& chunk : chunks_) {
      for (size_t block = 0; block < chunk.blocks.size(); ++block) {
        const auto column = static_cast<uint16_t>(block % columns_.size());
        const auto [begin, end] = chunk.blocks[block];
        double squares = 0;
        for (uint32_t i = begin; i < end; ++i) squares += std::pow(weightOf(chunk.tokens[i], column), 2);
        for (uint32_t i = begin; i < end; ++i) {
          const auto known = numbers_.find(chunk.tokens[i].hash);
          if (known == numbers_.end()) continue;
          const double weight = weightOf(chunk.tokens[i], column) / std::sqrt(squares);
          storage.entries.push_back({known->second.feature, static_cast<float>(weight)});
        }
        if (column + 1U < columns_.size()) continue;
        std::sort(storage.entries.begin() + static_cast<ptrdiff_t>(storage.offsets.back()),
                  storage.entries.end(),
                  [](const FeatureEntry& a, const FeatureEntry& b) { return a.feature < b.feature; });
        storage.offsets.push_back(storage.entries.size());
      }
    }
    storage.offsets.resize(size_t{items_.size()} + 1, storage.entries.size());
  }

  double weightOf(const Token& token, uint16_t column) const {
    const auto known = numbers_.find(token.hash);
    return token.weight * (known == numbers_.end() ? rarity(column, 1) : known->second.rarity);
  }

  struct Known {
    uint32_t feature;
    float rarity;
  };

  const MetadataTable& table_;
  const ItemSpace& items_;
  Progress& progress_;
  std::vector<Column> columns_;
  std::vector<Chunk> chunks_;
  std::unordered_map<uint64_t, Known> numbers_;
};

ItemFeatures ItemFeatures::none(Index items) {
  auto storage = std::make_shared<Storage>();
  storage->offsets.assign(size_t{items} + 1, 0);
  storage->textOffsets.assign(1, 0);
  ItemFeatures features;
  features.pointAt(std::move(storage));
  return features;
}

Result<ItemFeatures> ItemFeatures::read(const MetadataTable& table, const ItemSpace& items,
                                        const FeatureChoice& choice, Progress& progress) {
  return FeatureBuilder(table, items, choice, progress).build();
}

void ItemFeatures::pointAt(std::shared_ptr<Storage> storage) {
  offsets_ = storage->offsets;
  entries_ = storage->entries;
  columnOf_ = storage->columnOf;
  textOffsets_ = storage->textOffsets;
  text_ = storage->text;
  storage_ = std::move(storage);
}

void ItemFeatures::weigh(std::span<const double> shares) {
  double sum = 0;
  for (const double share : shares) sum += share;
  std::vector<float> factors;
  for (const double share : shares)
    factors.push_back(
        static_cast<float>(std::sqrt(sum > 0 ? share / sum : 1 / static_cast<double>(shares.size()))));
  for (FeatureEntry& entry : storage_->entries) entry.weight *= factors[columnOf_[entry.feature]];
}

template <class Visit>
void ItemFeatures::forEachShared(Index a, Index b, const Visit& visit) const {
  const auto left = of(a), right = of(b);
  for (size_t i = 0, j = 0; i < left.size() && j < right.size();) {
    if (left[i].feature == right[j].feature) {
      visit(left[i].feature, double{left[i].weight} * right[j].weight);
      ++i;
      ++j;
    } else if (left[i].feature < right[j].feature) {
      ++i;
    } else {
      ++j;
    }
  }
}

double ItemFeatures::similarity(Index a, Index b) const {
  double sum = 0;
  forEachShared(a, b, [&](uint32_t, double product) { sum += product; });
  return sum;
}

std::vector<double> ItemFeatures::similarityByColumn(Index a, Index b) const {
  std::vector<double> sums(columns_.size());
  forEachShared(a, b, [&](uint32_t feature, double product) { sums[columnOf_[feature]] += product; });
  return sums;
}

std::vector<uint32_t> ItemFeatures::agreement(Index a, Index b, size_t column, size_t limit) const {
  std::vector<std::pair<double, uint32_t>> shared;
  forEachShared(a, b, [&](uint32_t feature, double product) {
    if (columnOf_[feature] == column) shared.emplace_back(-product, feature);
  });
  std::sort(shared.begin(), shared.end());
  std::vector<uint32_t> features;
  for (size_t i = 0; i < std::min(limit, shared.size()); ++i) features.push_back(shared[i].second);
  return features;
}

int64_t ItemFeatures::residentBytes() const {
  if (!storage_) return 0;
  return static_cast<int64_t>(storage_->offsets.size() * sizeof(uint64_t) + storage_->text.size() +
                              storage_->entries.size() * sizeof(FeatureEntry) +
                              storage_->columnOf.size() * (sizeof(uint16_t) + sizeof(uint64_t)));
}

void ItemFeatures::save(SectionWriter& out) const {
  out.put("content/columns", join(columns_, "\n"));
  out.putArray<uint64_t>("content/feature-offsets", offsets_);
  out.putArray<FeatureEntry>("content/features", entries_);
  out.putArray<uint16_t>("content/feature-columns", columnOf_);
  out.putArray<uint64_t>("content/feature-text-offsets", textOffsets_);
  out.put("content/feature-text", text_);
}

namespace {

bool rising(std::span<const uint64_t> offsets, size_t end) {
  return !offsets.empty() && offsets.front() == 0 && offsets.back() == end &&
         std::is_sorted(offsets.begin(), offsets.end());
}

}  // namespace

Result<ItemFeatures> ItemFeatures::open(const SectionReader& in, Index items) {
  ItemFeatures features;
  PROFFER_TRY(const std::string_view columns, in.get("content/columns"));
  features.columns_ = split(columns, '\n');
  PROFFER_TRY(features.offsets_, in.getArray<uint64_t>("content/feature-offsets"));
  PROFFER_TRY(features.entries_, in.getArray<FeatureEntry>("content/features"));
  PROFFER_TRY(features.columnOf_, in.getArray<uint16_t>("content/feature-columns"));
  PROFFER_TRY(features.textOffsets_, in.getArray<uint64_t>("content/feature-text-offsets"));
  PROFFER_TRY(features.text_, in.get("content/feature-text"));
  const size_t count = features.columnOf_.size();
  if (features.offsets_.size() != size_t{items} + 1 || !rising(features.offsets_, features.entries_.size()) ||
      features.textOffsets_.size() != count + 1 || !rising(features.textOffsets_, features.text_.size()))
    return fail(ErrorCode::kCorrupt, "the model's features of {} items contradict each other", items);
  for (const uint16_t column : features.columnOf_)
    if (column >= features.columns_.size())
      return fail(ErrorCode::kCorrupt, "a feature of the model is of column {} of {}", column,
                  features.columns_.size());
  for (const FeatureEntry& entry : features.entries_)
    if (entry.feature >= count || !std::isfinite(entry.weight))
      return fail(ErrorCode::kCorrupt, "an item of the model has feature {} of {}", entry.feature, count);
  return features;
}

}  // namespace proffer::recipes
