#include "controller/data/interactions_segment.h"

#include <algorithm>
#include <cstring>

namespace proffer::data {
namespace {

tl::unexpected<Error> corrupt(const SegmentFile& file, std::string_view what) {
  return fail(damagedSegment(file.path(), what));
}

// Widens codes of 1, 2 or 4 bytes; all ones stay all ones.
template <class From, class To>
void widen(const char* from, size_t count, To* to) {
  for (size_t i = 0; i < count; ++i) {
    From code;
    std::memcpy(&code, from + i * sizeof code, sizeof code);
    to[i] = code == static_cast<From>(~From{0}) ? static_cast<To>(~To{0}) : static_cast<To>(code);
  }
}

template <class To>
void decode(std::string_view bytes, int width, size_t begin, size_t count, To* to) {
  const char* from = bytes.data() + begin * static_cast<size_t>(width);
  if (width == 1) return widen<uint8_t>(from, count, to);
  if (width == 2) return widen<uint16_t>(from, count, to);
  widen<uint32_t>(from, count, to);
}

}  // namespace

std::string encodeNames(const std::vector<std::string>& names) {
  std::string bytes;
  const auto put = [&](size_t number) {
    const auto value = static_cast<uint32_t>(number);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(names.size());
  for (const auto& name : names) {
    put(name.size());
    bytes += name;
  }
  return bytes;
}

std::optional<std::vector<std::string>> decodeNames(std::string_view bytes) {
  const auto take = [&]() -> std::optional<uint32_t> {
    if (bytes.size() < 4) return std::nullopt;
    uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(4);
    return value;
  };
  const auto count = take();
  if (!count || *count > bytes.size() / 4) return std::nullopt;
  std::vector<std::string> names;
  names.reserve(*count);
  for (uint32_t i = 0; i < *count; ++i) {
    const auto length = take();
    if (!length || *length > bytes.size()) return std::nullopt;
    names.emplace_back(bytes.substr(0, *length));
    bytes.remove_prefix(*length);
  }
  return names;
}

Result<std::shared_ptr<const InteractionsSegment>> InteractionsSegment::open(
    std::shared_ptr<const SegmentFile> file) {
  auto segment = std::make_shared<InteractionsSegment>();
  const Json& about = file->about();
  if (file->kind() != "interactions") return corrupt(*file, "it holds no interactions");
  segment->rowCount_ = intMember(about, "rows");
  segment->dense_ = boolMember(about, "dense");
  segment->timeBytes_ = static_cast<int>(intMember(about, "timeBytes"));
  segment->timeBase_ = intMember(about, "timeBase");
  segment->typeBytes_ = boolMember(about, "types") ? static_cast<int>(intMember(about, "typeBytes")) : 0;
  segment->hasValues_ = boolMember(about, "values");
  const auto rows = static_cast<size_t>(segment->rowCount_);
  const auto holds = [&](std::string_view name, size_t bytes) {
    const auto* section = file->find(name);
    return section && section->bytes.size() == bytes;
  };
  const bool widths = (segment->timeBytes_ == 4 || segment->timeBytes_ == 8) && segment->typeBytes_ >= 0 &&
                      segment->typeBytes_ <= 2;
  if (!widths || segment->rowCount_ < 0 || !holds("items", rows * 4) ||
      !holds("times", rows * static_cast<size_t>(segment->timeBytes_)) ||
      (segment->typeBytes_ > 0 && !holds("types", rows * static_cast<size_t>(segment->typeBytes_))) ||
      (segment->hasValues_ && !holds("values", rows * 4))) {
    return corrupt(*file, "its columns have not the length of its rows");
  }
  segment->startsSection_ = file->find("starts");
  segment->usersSection_ = file->find("users");
  segment->itemsSection_ = file->find("items");
  segment->timesSection_ = file->find("times");
  segment->typesSection_ = file->find("types");
  segment->valuesSection_ = file->find("values");
  segment->items_ = file->numbers<uint32_t>(segment->itemsSection_);
  segment->values_ = file->numbers<float>(segment->valuesSection_);
  segment->starts_ = file->numbers<uint32_t>(segment->startsSection_);
  segment->users_ = file->numbers<uint32_t>(segment->usersSection_);
  if (segment->starts_.empty() ||
      (!segment->dense_ &&
       (!segment->usersSection_ || segment->starts_.size() != segment->users_.size() + 1))) {
    return corrupt(*file, "its list of users is incomplete");
  }
  if (segment->typeBytes_ > 0) {
    const auto* section = file->find("typeNames");
    auto names = section && file->verify(*section, 0, section->bytes.size()) ? decodeNames(section->bytes)
                                                                             : std::nullopt;
    if (!names) return corrupt(*file, "its event types cannot be read");
    segment->typeNames_ = std::move(*names);
  }
  size_t number = 0;
  for (const auto& listed : member(about, "extras")) {
    Extra extra{.column = stringMember(listed, "name"),
                .bytes = static_cast<int>(intMember(listed, "bytes"))};
    const std::string name = "x" + std::to_string(number++);
    extra.codes = file->find(name);
    extra.names = file->find(name + "Names");
    const bool width = extra.bytes == 1 || extra.bytes == 2 || extra.bytes == 4;
    if (!width || !extra.names || !holds(name, rows * static_cast<size_t>(extra.bytes)))
      return corrupt(*file, "column " + extra.column + " is incomplete");
    segment->extras_.push_back(std::move(extra));
  }
  segment->file_ = std::move(file);
  return std::shared_ptr<const InteractionsSegment>(std::move(segment));
}

InteractionsSegment::Rows InteractionsSegment::rowsOf(uint32_t user) const {
  size_t at = user;
  if (dense_) {
    if (at + 1 >= starts_.size()) return {};
  } else {
    if (!file_->verify(*usersSection_, 0, usersSection_->bytes.size())) return {};
    const auto found = std::lower_bound(users_.begin(), users_.end(), user);
    if (found == users_.end() || *found != user) return {};
    at = static_cast<size_t>(found - users_.begin());
  }
  if (!file_->verify(*startsSection_, at * 4, 8)) return {};
  const Rows rows{starts_[at], starts_[at + 1]};
  if (rows.begin >= rows.end || rows.end > items_.size() || !verified(rows)) return {};
  return rows;
}

bool InteractionsSegment::verified(Rows rows) const {
  const auto good = [&](const SegmentFile::Section* section, int bytes) {
    const auto width = static_cast<size_t>(bytes);
    return bytes == 0 || file_->verify(*section, rows.begin * width, rows.size() * width);
  };
  bool all = good(itemsSection_, 4) && good(timesSection_, timeBytes_) && good(typesSection_, typeBytes_) &&
             good(valuesSection_, hasValues_ ? 4 : 0);
  for (const auto& extra : extras_) all = all && good(extra.codes, extra.bytes);
  return all;
}

void InteractionsSegment::times(Rows rows, int64_t* to) const {
  if (rows.size() == 0) return;  // `to` may be null then
  const char* from = timesSection_->bytes.data() + rows.begin * static_cast<size_t>(timeBytes_);
  if (timeBytes_ == 8) {
    std::memcpy(to, from, rows.size() * 8);
    return;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    uint32_t delta = 0;
    std::memcpy(&delta, from + i * 4, 4);
    to[i] = static_cast<int64_t>(static_cast<uint64_t>(timeBase_) + delta);  // a wrong base must not overflow
  }
}

void InteractionsSegment::types(Rows rows, uint16_t* to) const {
  decode(typesSection_->bytes, typeBytes_, rows.begin, rows.size(), to);
}

void InteractionsSegment::codes(size_t extra, Rows rows, uint32_t* to) const {
  decode(extras_[extra].codes->bytes, extras_[extra].bytes, rows.begin, rows.size(), to);
}

std::optional<size_t> InteractionsSegment::findExtra(std::string_view column) const {
  for (size_t i = 0; i < extras_.size(); ++i) {
    if (extras_[i].column == column) return i;
  }
  return std::nullopt;
}

std::vector<std::string> InteractionsSegment::extraValues(size_t extra) const {
  const SegmentFile::Section& names = *extras_[extra].names;
  if (!file_->verify(names, 0, names.bytes.size())) return {};
  return decodeNames(names.bytes).value_or(std::vector<std::string>());
}

void InteractionsSegment::addTo(std::vector<bool>& users, std::vector<bool>& items) const {
  if (dense_) {
    for (size_t user = 0; user + 1 < starts_.size() && user < users.size(); ++user) {
      if (starts_[user] < starts_[user + 1]) users[user] = true;
    }
  } else {
    for (const uint32_t user : users_) {
      if (user < users.size()) users[user] = true;
    }
  }
  const auto* set = file_->find("itemSet");
  if (!set) return;
  for (size_t item = 0; item < items.size() && item / 8 < set->bytes.size(); ++item) {
    if (set->bytes[item / 8] >> item % 8 & 1) items[item] = true;
  }
}

}  // namespace proffer::data
