#include "dsl/column.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>

#include "base/text.h"
#include "dsl/chunk_bits.h"

namespace proffer::dsl::detail {
namespace {

// From so many items of a chunk on, a value has a set of its own.
constexpr size_t kManyItems = 64;
// From so many on, up to what CRoaring holds as an array, its bits are kept as well.
constexpr Index kLongArray = 768, kLongestArray = 4096;
constexpr size_t kBlocksInChunk = kChunkItems / kBlockItems;

uint64_t pairOf(uint32_t code, uint16_t item) {
  return uint64_t{code} << 16 | item;
}

uint32_t codeOf(uint64_t pair) {
  return static_cast<uint32_t>(pair >> 16);
}

// The pairs of one code.
std::span<const uint64_t> pairsOf(const TextLists& lists, uint32_t code) {
  const auto first = std::lower_bound(lists.pairs.begin(), lists.pairs.end(), pairOf(code, 0));
  auto last = first;
  while (last != lists.pairs.end() && codeOf(*last) == code) ++last;  // fewer than kManyItems
  return {first, last};
}

Chunk chunkOfPairs(std::span<const uint64_t> pairs) {
  std::vector<uint16_t> items;
  items.reserve(pairs.size());
  for (const uint64_t pair : pairs) items.push_back(static_cast<uint16_t>(pair));
  return chunkOfSorted(items);
}

// Brings the kept bits of a code in line with its set.
void keepWords(TextLists& lists, uint32_t code) {
  const auto set = lists.sets.find(code);
  const Index count = set == lists.sets.end() ? 0 : countOf(set->second);
  if (count < kLongArray || count > kLongestArray) {
    lists.words.erase(code);
    return;
  }
  auto words = std::make_shared<ChunkWords>();
  orInto(set->second, words->data());
  lists.words[code] = std::move(words);
}

std::shared_ptr<const TextLists> buildTextLists(std::vector<uint64_t> pairs) {
  std::sort(pairs.begin(), pairs.end());
  auto lists = std::make_shared<TextLists>();
  for (size_t i = 0; i < pairs.size();) {
    size_t end = i;
    while (end < pairs.size() && codeOf(pairs[end]) == codeOf(pairs[i])) ++end;
    const std::span<const uint64_t> same(pairs.data() + i, end - i);
    if (same.size() >= kManyItems) {
      lists->sets.emplace(codeOf(pairs[i]), chunkOfPairs(same));
      keepWords(*lists, codeOf(pairs[i]));
    } else {
      lists->pairs.insert(lists->pairs.end(), same.begin(), same.end());
    }
    i = end;
  }
  lists->pairs.shrink_to_fit();
  return lists;
}

std::shared_ptr<const NumberList> buildNumberList(std::vector<std::pair<double, uint16_t>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  auto list = std::make_shared<NumberList>();
  list->values.reserve(pairs.size());
  list->items.reserve(pairs.size());
  for (const auto& [value, item] : pairs) {
    list->values.push_back(value);
    list->items.push_back(item);
  }
  return list;
}

void addPair(TextLists& lists, uint32_t code, uint16_t item) {
  if (const auto set = lists.sets.find(code); set != lists.sets.end()) {
    set->second = chunkWith(set->second, item, true);
    keepWords(lists, code);
    return;
  }
  const uint64_t pair = pairOf(code, item);
  lists.pairs.insert(std::lower_bound(lists.pairs.begin(), lists.pairs.end(), pair), pair);
  const std::span<const uint64_t> same = pairsOf(lists, code);
  if (same.size() < kManyItems) return;
  lists.sets.emplace(code, chunkOfPairs(same));
  const auto first = lists.pairs.begin() + (same.data() - lists.pairs.data());
  lists.pairs.erase(first, first + static_cast<ptrdiff_t>(same.size()));
}

void dropPair(TextLists& lists, uint32_t code, uint16_t item) {
  if (const auto set = lists.sets.find(code); set != lists.sets.end()) {
    set->second = chunkWith(set->second, item, false);
    if (!set->second) lists.sets.erase(set);
    keepWords(lists, code);
    return;
  }
  const auto found = std::lower_bound(lists.pairs.begin(), lists.pairs.end(), pairOf(code, item));
  if (found != lists.pairs.end() && *found == pairOf(code, item)) lists.pairs.erase(found);
}

std::shared_ptr<const TextBlock> blockWith(const TextBlock* block, size_t at,
                                           std::span<const uint32_t> codes) {
  auto copy = std::make_shared<TextBlock>();
  for (size_t i = 0; i < kBlockItems; ++i) {
    const std::span<const uint32_t> own = i == at ? codes
                                          : block ? block->of(i)
                                                  : std::span<const uint32_t>();
    copy->codes.insert(copy->codes.end(), own.begin(), own.end());
    copy->offsets[i + 1] = static_cast<uint32_t>(copy->codes.size());
  }
  return copy;
}

void replaceTexts(ColumnChunk& chunk, uint16_t item, std::span<const uint32_t> before, const Cell& cell) {
  auto lists = std::make_shared<TextLists>(chunk.textLists ? *chunk.textLists : TextLists{});
  for (const uint32_t code : before) dropPair(*lists, code, item);
  for (const uint32_t code : cell.codes) addPair(*lists, code, item);
  chunk.textLists = std::move(lists);
  auto& block = chunk.texts[item / kBlockItems];
  block = blockWith(block.get(), item % kBlockItems, cell.codes);
}

void replaceNumber(ColumnChunk& chunk, uint16_t item, double before, double after) {
  auto list = std::make_shared<NumberList>(chunk.numberList ? *chunk.numberList : NumberList{});
  if (!std::isnan(before)) {
    const auto [first, last] = std::equal_range(list->values.begin(), list->values.end(), before);
    auto own = list->items.begin() + (first - list->values.begin());
    while (own != list->items.begin() + (last - list->values.begin()) && *own != item) ++own;
    list->values.erase(list->values.begin() + (own - list->items.begin()));
    list->items.erase(own);
  }
  if (!std::isnan(after)) {
    const auto at = std::upper_bound(list->values.begin(), list->values.end(), after) - list->values.begin();
    list->values.insert(list->values.begin() + at, after);
    list->items.insert(list->items.begin() + at, item);
  }
  chunk.numberList = std::move(list);
  auto& block = chunk.numbers[item / kBlockItems];
  auto copy = std::make_shared<NumberBlock>();
  if (block) {
    *copy = *block;
  } else {
    copy->fill(kNullNumber);
  }
  (*copy)[item % kBlockItems] = after;
  block = std::move(copy);
}

// Sets the bits of items[first, last).
Chunk chunkOfRange(const NumberList& list, size_t first, size_t last, const Chunk& present) {
  if (first >= last) return nullptr;
  if (last - first == list.items.size()) return present;
  const auto wordsOf = [&](size_t begin, size_t end, std::vector<uint64_t>& words) {
    for (size_t i = begin; i < end; ++i) words[list.items[i] >> 6] |= uint64_t{1} << (list.items[i] & 63);
  };
  std::vector<uint64_t> words(kChunkWords);
  // The smaller side is marked.
  if (last - first <= list.items.size() / 2) {
    wordsOf(first, last, words);
    return chunkOfWords(words.data());
  }
  std::vector<uint64_t> outside(kChunkWords);
  wordsOf(0, first, outside);
  wordsOf(last, list.items.size(), outside);
  orInto(present, words.data());
  for (size_t i = 0; i < kChunkWords; ++i) words[i] &= ~outside[i];
  return chunkOfWords(words.data());
}

struct ChunkBuild {
  std::shared_ptr<ColumnChunk> chunk = std::make_shared<ColumnChunk>();
  std::vector<uint64_t> pairs;
  std::vector<std::pair<double, uint16_t>> numbers;
  std::vector<uint16_t> present;
};

void buildTextBlock(ChunkBuild& build, Index first, size_t block, Index last,
                    const std::function<Cell(Index)>& cellAt) {
  auto texts = std::make_shared<TextBlock>();
  for (size_t i = 0; i < kBlockItems; ++i) {
    const Index item = first + static_cast<Index>(i);
    if (item < last) {
      const auto local = static_cast<uint16_t>(block * kBlockItems + i);
      const Cell cell = cellAt(item);
      for (const uint32_t code : cell.codes) {
        texts->codes.push_back(code);
        build.pairs.push_back(pairOf(code, local));
      }
      if (!cell.codes.empty()) build.present.push_back(local);
    }
    texts->offsets[i + 1] = static_cast<uint32_t>(texts->codes.size());
  }
  texts->codes.shrink_to_fit();
  if (!texts->codes.empty()) build.chunk->texts[block] = std::move(texts);
}

void buildNumberBlock(ChunkBuild& build, Index first, size_t block, Index last,
                      const std::function<Cell(Index)>& cellAt) {
  auto numbers = std::make_shared<NumberBlock>();
  numbers->fill(kNullNumber);
  bool any = false;
  for (size_t i = 0; i < kBlockItems && first + i < last; ++i) {
    const double number = cellAt(first + static_cast<Index>(i)).number;
    if (std::isnan(number)) continue;
    any = true;
    const auto local = static_cast<uint16_t>(block * kBlockItems + i);
    (*numbers)[i] = number;
    build.numbers.emplace_back(number, local);
    build.present.push_back(local);
  }
  if (any) build.chunk->numbers[block] = std::move(numbers);
}

}  // namespace

uint32_t ValueNames::find(std::string_view text) const {
  const std::shared_lock lock(mutex_);
  const auto found = codes_.find(text);
  return found == codes_.end() ? kNoCode : found->second;
}

uint32_t ValueNames::code(std::string_view text) {
  if (const uint32_t known = find(text); known != kNoCode) return known;
  const std::unique_lock lock(mutex_);
  if (const auto found = codes_.find(text); found != codes_.end()) return found->second;
  const auto code = static_cast<uint32_t>(names_.size());
  codes_.emplace(names_.emplace_back(text), code);
  bytes_ += static_cast<int64_t>(sizeof(std::string) + text.size() + 32);
  return code;
}

std::string_view ValueNames::name(uint32_t code) const {
  const std::shared_lock lock(mutex_);
  return names_[code];
}

int64_t ValueNames::bytes() const {
  const std::shared_lock lock(mutex_);
  return bytes_;
}

std::span<const uint32_t> Column::codesOf(Index item) const {
  if (item / kChunkItems >= chunks.size()) return {};
  const ColumnChunk& chunk = *chunks[item / kChunkItems];
  const auto& block = chunk.texts[item % kChunkItems / kBlockItems];
  return block ? block->of(item % kBlockItems) : std::span<const uint32_t>();
}

double Column::numberOf(Index item) const {
  if (item / kChunkItems >= chunks.size()) return kNullNumber;
  const ColumnChunk& chunk = *chunks[item / kChunkItems];
  const auto& block = chunk.numbers[item % kChunkItems / kBlockItems];
  return block ? (*block)[item % kBlockItems] : kNullNumber;
}

ItemSet Column::present(Index size) const {
  std::vector<Chunk> sets;
  for (const auto& chunk : chunks) sets.push_back(chunk->present);
  return ItemSet::fromChunks(size, std::move(sets));
}

ItemSet Column::withAnyOf(std::span<const uint32_t> codes, Index size) const {
  std::vector<Chunk> sets;
  for (const auto& chunk : chunks) {
    std::vector<Chunk> found;
    for (const uint32_t code : codes) {
      if (!chunk->textLists || code == kNoCode) continue;
      const auto set = chunk->textLists->sets.find(code);
      found.push_back(set != chunk->textLists->sets.end() ? set->second
                                                          : chunkOfPairs(pairsOf(*chunk->textLists, code)));
    }
    sets.push_back(anyOf(found));
  }
  return ItemSet::fromChunks(size, std::move(sets));
}

void Column::orAnyOf(std::span<const uint32_t> codes, uint64_t* words) const {
  for (const auto& chunk : chunks) {
    for (const uint32_t code : codes) {
      if (!chunk->textLists || code == kNoCode) continue;
      if (const auto kept = chunk->textLists->words.find(code); kept != chunk->textLists->words.end()) {
        for (size_t i = 0; i < kChunkWords; ++i) words[i] |= (*kept->second)[i];
        continue;
      }
      if (const auto set = chunk->textLists->sets.find(code); set != chunk->textLists->sets.end()) {
        orInto(set->second, words);
        continue;
      }
      for (const uint64_t pair : pairsOf(*chunk->textLists, code)) {
        const auto item = static_cast<uint16_t>(pair);
        words[item >> 6] |= uint64_t{1} << (item & 63);
      }
    }
    words += kChunkWords;
  }
}

ItemSet Column::within(double low, double high, Index size) const {
  std::vector<Chunk> sets;
  for (const auto& chunk : chunks) {
    if (!chunk->numberList) {
      sets.push_back(nullptr);
      continue;
    }
    const std::vector<double>& values = chunk->numberList->values;
    const auto first = std::lower_bound(values.begin(), values.end(), low) - values.begin();
    const auto last = std::upper_bound(values.begin(), values.end(), high) - values.begin();
    sets.push_back(chunkOfRange(*chunk->numberList, static_cast<size_t>(first), static_cast<size_t>(last),
                                chunk->present));
  }
  return ItemSet::fromChunks(size, std::move(sets));
}

int64_t Column::bytes() const {
  size_t bytes = 0;
  for (const auto& chunk : chunks) {
    for (const auto& block : chunk->texts)
      if (block) bytes += sizeof(TextBlock) + block->codes.capacity() * sizeof(uint32_t);
    for (const auto& block : chunk->numbers)
      if (block) bytes += sizeof(NumberBlock);
    if (chunk->numberList) bytes += chunk->numberList->values.size() * (sizeof(double) + sizeof(uint16_t));
    if (!chunk->textLists) continue;
    bytes += chunk->textLists->pairs.capacity() * sizeof(uint64_t);
    bytes += chunk->textLists->words.size() * (sizeof(ChunkWords) + 64);
    for (const auto& [code, set] : chunk->textLists->sets) bytes += 64 + set->bits.getSizeInBytes();
  }
  return static_cast<int64_t>(bytes) + (names ? names->bytes() : 0);
}

std::optional<double> parseNumber(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number == 0 ? 0 : number;  // -0 is 0
}

std::optional<double> parseBoolean(std::string_view text) {
  text = trim(text);
  if (text == "1" || equalsIgnoreCase(text, "true")) return 1;
  if (text == "0" || equalsIgnoreCase(text, "false")) return 0;
  return std::nullopt;
}

Cell cellOf(const Field& field, ValueNames* names, std::optional<std::string_view> text) {
  Cell cell;
  if (!text) return cell;
  if (field.type == ValueType::kNumber) {
    cell.number = parseNumber(*text).value_or(kNullNumber);
  } else if (field.type == ValueType::kBoolean) {
    cell.number = parseBoolean(*text).value_or(kNullNumber);
  } else if (!field.multiValued) {
    cell.codes.push_back(names->code(*text));
  } else {
    for (size_t at = 0; at <= text->size();) {
      const size_t end = std::min(text->find('|', at), text->size());
      if (end > at) {
        const uint32_t code = names->code(text->substr(at, end - at));
        if (std::find(cell.codes.begin(), cell.codes.end(), code) == cell.codes.end())
          cell.codes.push_back(code);
      }
      at = end + 1;
    }
  }
  return cell;
}

std::shared_ptr<const Column> buildColumn(const Field& field, Index size,
                                          const std::function<Cell(Index, ValueNames*)>& cellAt) {
  auto column = std::make_shared<Column>();
  column->field = field;
  if (column->isText()) column->names = std::make_shared<ValueNames>();
  ValueNames* names = column->names.get();
  const std::function<Cell(Index)> cell = [&](Index item) { return cellAt(item, names); };
  for (size_t first = 0; first < size; first += kChunkItems) {
    ChunkBuild build;
    build.chunk->texts.resize(kBlocksInChunk);
    build.chunk->numbers.resize(kBlocksInChunk);
    for (size_t block = 0; block < kBlocksInChunk; ++block) {
      const auto begin = static_cast<Index>(std::min<size_t>(first + block * kBlockItems, size));
      if (begin >= size) break;
      if (column->isText()) {
        buildTextBlock(build, begin, block, size, cell);
      } else {
        buildNumberBlock(build, begin, block, size, cell);
      }
    }
    if (column->isText()) {
      build.chunk->textLists = buildTextLists(std::move(build.pairs));
    } else {
      build.chunk->numberList = buildNumberList(std::move(build.numbers));
    }
    build.chunk->present = chunkOfSorted(build.present);
    column->chunks.push_back(std::move(build.chunk));
  }
  return column;
}

std::shared_ptr<const Column> columnWith(const std::shared_ptr<const Column>& column, Index item,
                                         const Cell& cell) {
  const std::span<const uint32_t> codes = column->codesOf(item);
  const double number = column->numberOf(item);
  if (Cell{{codes.begin(), codes.end()}, number} == cell) return column;
  auto copy = std::make_shared<Column>(*column);
  while (copy->chunks.size() <= item / kChunkItems) {
    auto empty = std::make_shared<ColumnChunk>();
    empty->texts.resize(kBlocksInChunk);
    empty->numbers.resize(kBlocksInChunk);
    copy->chunks.push_back(std::move(empty));
  }
  auto& slot = copy->chunks[item / kChunkItems];
  auto chunk = std::make_shared<ColumnChunk>(*slot);
  const auto local = static_cast<uint16_t>(item % kChunkItems);
  if (column->isText()) {
    replaceTexts(*chunk, local, codes, cell);
  } else {
    replaceNumber(*chunk, local, number, cell.number);
  }
  chunk->present = chunkWith(chunk->present, local, !cell.codes.empty() || !std::isnan(cell.number));
  slot = std::move(chunk);
  return copy;
}

}  // namespace proffer::dsl::detail
