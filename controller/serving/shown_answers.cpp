#include "controller/serving/shown_answers.h"

#include <algorithm>
#include <cstring>

namespace proffer::serving {
namespace {

constexpr std::string_view kMagic = "proffer shown answers 1\n";
constexpr int64_t kLargestFile = 512 << 20;

template <class Number>
void addNumber(std::string& to, Number number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
bool takeNumber(std::string_view& from, Number& number) {
  if (from.size() < sizeof number) return false;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return true;
}

void addShownText(std::string& to, std::string_view text) {
  addNumber(to, static_cast<uint32_t>(text.size()));
  to += text;
}

bool takeShownText(std::string_view& from, std::string& text) {
  uint32_t length = 0;
  if (!takeNumber(from, length) || from.size() < length) return false;
  text = from.substr(0, length);
  from.remove_prefix(length);
  return true;
}

// Of the entry in the table of numbers, which is filled to a half at worst.
constexpr size_t kTableCost = 2 * (sizeof(std::pair<uint64_t, uint64_t>) + sizeof(uint64_t) + 1);

size_t charactersIn(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::pair<uint64_t, uint64_t> numberKey(const Hash128& id) {
  return {id.high, id.low};
}

}  // namespace

size_t ShownAnswers::costOf(const Entry& entry) {
  return sizeof entry + entry.items.capacity() + kTableCost;
}

void ShownAnswers::dropOldest(Ring& ring) {
  const Entry& oldest = ring.entries.front();
  const size_t cost = costOf(oldest);
  if (const auto known = ring.numbers.find(numberKey(oldest.id));
      known != ring.numbers.end() && known->second == ring.first)
    ring.numbers.erase(known);
  ring.entries.pop_front();
  ++ring.first;
  ring.bytes -= cost;
  bytes_ -= cost;
}

void ShownAnswers::expire(Ring& ring) {
  const Time before = clock_.now() - bounds_.kept;
  while (!ring.entries.empty() && ring.entries.front().at < before) dropOldest(ring);
}

void ShownAnswers::note(const std::string& group, std::string_view recommendationId,
                        std::span<const std::string_view> items) {
  if (recommendationId.empty() || items.empty()) return;
  Entry entry;
  entry.id = hash128(recommendationId);
  size_t joined = 0, bytes = 0, count = 0;
  for (; count < items.size(); ++count) {
    joined += charactersIn(items[count]) + (count > 0);
    if (joined > kLongestJoined) break;
    bytes += items[count].size() + 1;
  }
  entry.items.reserve(bytes);
  for (const std::string_view item : items.first(count)) {
    entry.items += item;
    entry.items += '\0';
  }
  std::lock_guard guard(mutex_);
  entry.at = clock_.now();
  Ring& ring = rings_[group];
  expire(ring);
  add(ring, std::move(entry));
}

void ShownAnswers::add(Ring& ring, Entry entry) {
  const size_t cost = costOf(entry);
  ring.numbers[numberKey(entry.id)] = ring.first + ring.entries.size();
  ring.entries.push_back(std::move(entry));
  ring.bytes += cost;
  bytes_ += cost;
  while (ring.bytes > bounds_.groupBytes) dropOldest(ring);
  if (bytes_ > bounds_.allBytes) dropFromLargest();
}

// Some more than must be, so that not every answer that comes looks at all groups.
void ShownAnswers::dropFromLargest() {
  const size_t enough = bounds_.allBytes - bounds_.allBytes / 64;
  while (bytes_ > enough) {
    const auto largest = std::max_element(rings_.begin(), rings_.end(), [](const auto& a, const auto& b) {
      return a.second.bytes < b.second.bytes;
    });
    Ring& ring = largest->second;
    for (const size_t upTo = ring.bytes - ring.bytes / 64; bytes_ > enough && ring.bytes >= upTo;)
      dropOldest(ring);
  }
}

const uint64_t* ShownAnswers::numberOf(const Ring& ring, std::string_view recommendationId) {
  const auto known = ring.numbers.find(numberKey(hash128(recommendationId)));
  return known == ring.numbers.end() ? nullptr : &known->second;
}

std::vector<std::string> ShownAnswers::find(const std::string& group, std::string_view recommendationId) {
  std::vector<std::string> items;
  std::lock_guard guard(mutex_);
  const auto found = rings_.find(group);
  Ring* const ring = found == rings_.end() ? nullptr : &found->second;
  if (ring != nullptr) expire(*ring);
  const uint64_t* const number = ring == nullptr ? nullptr : numberOf(*ring, recommendationId);
  ++(number == nullptr ? unknown_ : found_);
  if (number == nullptr) return items;
  std::string_view left = ring->entries[*number - ring->first].items;
  for (size_t end = 0; (end = left.find('\0')) != std::string_view::npos; left.remove_prefix(end + 1))
    items.emplace_back(left.substr(0, end));
  return items;
}

Result<void> ShownAnswers::save(const std::filesystem::path& path, io::FileSystem& files) const {
  constexpr size_t kPiece = 1 << 20;
  std::lock_guard guard(mutex_);
  if (bytes_ == 0) return {};
  std::filesystem::path fresh = path;
  fresh += ".new";
  PROFFER_TRY(const auto file, files.create(fresh));
  Hasher hasher;
  std::string piece(kMagic);
  const auto flush = [&]() -> Result<void> {
    hasher.add(piece);
    PROFFER_CHECK(file->append(piece));
    piece.clear();
    return {};
  };
  for (const auto& [group, ring] : rings_) {
    for (const Entry& entry : ring.entries) {
      addShownText(piece, group);
      addNumber(piece, entry.id.high);
      addNumber(piece, entry.id.low);
      addNumber(piece, toMicros(entry.at));
      addShownText(piece, entry.items);
      if (piece.size() >= kPiece) PROFFER_CHECK(flush());
    }
  }
  PROFFER_CHECK(flush());
  const Hash128 digest = hasher.digest();
  addNumber(piece, digest.high);
  addNumber(piece, digest.low);
  PROFFER_CHECK(file->append(piece));
  return files.rename(fresh, path);
}

Result<void> ShownAnswers::load(const std::filesystem::path& path, io::FileSystem& files) {
  const auto text = files.read(path, kLargestFile);
  if (!text) return text.error().code == ErrorCode::kNotFound ? Result<void>() : fail(text.error());
  PROFFER_CHECK(files.remove(path));
  const auto corrupt = [&] {
    return fail(makeError(ErrorCode::kCorrupt, "{} is not what was written", path.string())
                    .hinting("nothing is to be done: what was shown before the restart is forgotten"));
  };
  constexpr size_t kDigest = 2 * sizeof(uint64_t);
  if (text->size() < kMagic.size() + kDigest || !text->starts_with(kMagic)) return corrupt();
  const std::string_view content = std::string_view(*text).substr(0, text->size() - kDigest);
  std::string_view end = std::string_view(*text).substr(content.size());
  Hash128 digest;
  if (!takeNumber(end, digest.high) || !takeNumber(end, digest.low) || digest != hash128(content))
    return corrupt();
  std::vector<std::pair<std::string, Entry>> read;
  for (std::string_view left = content.substr(kMagic.size()); !left.empty();) {
    auto& [group, entry] = read.emplace_back();
    int64_t at = 0;
    if (!takeShownText(left, group) || !takeNumber(left, entry.id.high) || !takeNumber(left, entry.id.low) ||
        !takeNumber(left, at) || !takeShownText(left, entry.items))
      return corrupt();
    entry.at = fromMicros(at);
  }
  std::lock_guard guard(mutex_);
  const Time now = clock_.now();
  for (auto& [group, entry] : read) {
    if (entry.at < now - bounds_.kept) continue;
    entry.at = std::min(entry.at, now);  // the clock was set back meanwhile
    add(rings_[group], std::move(entry));
  }
  return {};
}

ShownAnswers::Figures ShownAnswers::figures() const {
  Figures figures;
  std::lock_guard guard(mutex_);
  const Time now = clock_.now();
  bool any = false;
  for (const auto& [group, ring] : rings_) {
    if (ring.entries.empty()) continue;
    const Duration age = now - ring.entries.front().at;
    figures.horizon = any ? std::min(figures.horizon, age) : age;
    any = true;
    figures.answers += static_cast<int64_t>(ring.entries.size());
  }
  figures.bytes = static_cast<int64_t>(bytes_);
  figures.found = found_;
  figures.unknown = unknown_;
  return figures;
}

}  // namespace proffer::serving
