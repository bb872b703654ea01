#include "controller/data/interactions_import.h"

#include <algorithm>
#include <limits>

#include "base/parallel.h"

namespace proffer::data {
namespace {

constexpr size_t kUsers = 0, kItems = 1, kTypes = 2, kExtras = 3;
constexpr uint32_t kMostTypes = 0x7FFF;  // so that a piece's own number of a type fits beside its flag
constexpr uint16_t kLocalType = 0x8000;

bool isOwnColumn(const std::string& name) {
  return name == "USER_ID" || name == "ITEM_ID" || name == "TIMESTAMP" || name == "EVENT_TYPE" ||
         name == "EVENT_VALUE";
}

std::vector<std::string> namesOf(const NameSpace& space) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < space.size(); ++i) names.emplace_back(space.at(i));
  return names;
}

uint32_t bitsOf(float value) {
  return std::bit_cast<uint32_t>(value == 0 ? 0.0F : value);
}

}  // namespace

struct InteractionsImport::Parsed final : PieceResult {
  std::vector<PieceNames> names;
  std::unique_ptr<uint32_t[]> words;
  size_t kept = 0;
  int64_t firstTime = std::numeric_limits<int64_t>::max();
  int64_t lastTime = std::numeric_limits<int64_t>::min();
  int64_t number = 0;
  bool tooManyTypes = false;
  int64_t expired = 0;
};

Result<std::unique_ptr<InteractionsImport>> InteractionsImport::create(const std::vector<CellRule>& rules,
                                                                       NameSpace& users, NameSpace& items,
                                                                       const ImportTuning& tuning,
                                                                       const std::filesystem::path& overflow,
                                                                       io::FileSystem& files) {
  const auto find = [&](std::string_view name) -> std::optional<size_t> {
    for (size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].column == name) return i;
    }
    return std::nullopt;
  };
  const auto user = find("USER_ID"), item = find("ITEM_ID"), time = find("TIMESTAMP");
  if (!user || !item || !time || rules[*time].kind != CellKind::kTime || rules[*time].nullable) {
    return fail(ErrorCode::kInvalidInput,
                "the schema of interactions needs USER_ID, ITEM_ID and TIMESTAMP (long, not null)");
  }
  Columns columns{.user = *user,
                  .item = *item,
                  .time = *time,
                  .type = find("EVENT_TYPE"),
                  .value = find("EVENT_VALUE"),
                  .extras = {}};
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!isOwnColumn(rules[i].column)) columns.extras.push_back(i);
  }
  if (columns.value && rules[*columns.value].kind != CellKind::kReal &&
      rules[*columns.value].kind != CellKind::kInteger) {
    return fail(ErrorCode::kInvalidInput, "EVENT_VALUE must be a number in the schema");
  }
  return std::unique_ptr<InteractionsImport>(
      new InteractionsImport(rules, std::move(columns), users, items, tuning, overflow, files));
}

InteractionsImport::InteractionsImport(const std::vector<CellRule>& rules, Columns columns, NameSpace& users,
                                       NameSpace& items, const ImportTuning& tuning,
                                       const std::filesystem::path& overflow, io::FileSystem& files)
    : rules_(rules),
      columns_(std::move(columns)),
      layout_{columns_.type.has_value(), columns_.value.has_value(),
              static_cast<uint32_t>(columns_.extras.size())},
      tuning_(tuning),
      files_(files),
      spaces_{&users, &items},
      rows_(layout_, tuning.rowBudget, overflow, files) {
  for (size_t i = 0; i < 1 + columns_.extras.size(); ++i) {
    ownSpaces_.push_back(std::make_unique<NameSpace>(nullptr));
    spaces_.push_back(ownSpaces_.back().get());
  }
}

std::unique_ptr<PieceResult> InteractionsImport::parse(const Piece& piece) {
  auto parsed = std::make_unique<Parsed>();
  for (const auto* space : spaces_) parsed->names.emplace_back(*space, piece.text.text);
  auto& names = parsed->names;
  const size_t width = layout_.words();
  // A row takes at least 6 bytes of text ("a,b,1" and a line break), but mostly many more: grow when it is
  // short.
  size_t capacity = piece.text.text.size() / 24 + 16;
  parsed->words = std::unique_ptr<uint32_t[]>(new uint32_t[capacity * width]);
  const float noValue = std::numeric_limits<float>::quiet_NaN();

  parseRows(piece, rules_, *parsed, [&](const std::vector<Cell>& cells, const RowReader&) {
    if (cells[columns_.time].integer < oldest_) {
      ++parsed->expired;
      return;
    }
    if (parsed->kept == capacity) {
      capacity *= 2;
      std::unique_ptr<uint32_t[]> larger(new uint32_t[capacity * width]);
      std::memcpy(larger.get(), parsed->words.get(), parsed->kept * width * sizeof(uint32_t));
      parsed->words = std::move(larger);
    }
    uint32_t* row = parsed->words.get() + parsed->kept * width;
    names[kUsers].number(cells[columns_.user].text, parsed->kept, parsed->words.get(), width);
    names[kItems].number(cells[columns_.item].text, parsed->kept, parsed->words.get() + 1, width);
    ++parsed->kept;
    uint16_t type = kNullType;
    if (columns_.type && !cells[*columns_.type].null) {
      const uint32_t number = names[kTypes].number(cells[*columns_.type].text);
      parsed->tooManyTypes = parsed->tooManyTypes || (number & ~kLocalName) >= kMostTypes;
      type = static_cast<uint16_t>((number & kMostTypes) | (number & kLocalName ? kLocalType : 0));
    }
    const int64_t time = cells[columns_.time].integer;
    packTime(row, time, type);
    parsed->firstTime = std::min(parsed->firstTime, time);
    parsed->lastTime = std::max(parsed->lastTime, time);
    if (columns_.value) {
      const Cell& cell = cells[*columns_.value];
      const double value =
          rules_[*columns_.value].kind == CellKind::kReal ? cell.real : static_cast<double>(cell.integer);
      row[4] = bitsOf(cell.null ? noValue : static_cast<float>(value));
    }
    for (size_t i = 0; i < columns_.extras.size(); ++i) {
      const Cell& cell = cells[columns_.extras[i]];
      row[layout_.firstExtra() + i] = cell.null ? kNullCode : names[kExtras + i].number(cell.text);
    }
  });
  names[kUsers].settle(parsed->words.get(), width);
  names[kItems].settle(parsed->words.get() + 1, width);
  return parsed;
}

Result<void> InteractionsImport::commit(const Piece&, PieceResult& result) {
  auto& parsed = static_cast<Parsed&>(result);
  parsed.number = pieces_++;
  expiredRows_ += parsed.expired;
  for (size_t i = 0; i < spaces_.size(); ++i) {
    parsed.names[i].adopt(*spaces_[i]);
    if (spaces_[i]->size() >= Dictionary::kLimit) {
      return fail(ErrorCode::kLimitExceeded, "there are more than {} different {}", Dictionary::kLimit,
                  i == kUsers   ? "users"
                  : i == kItems ? "items"
                                : "values");
    }
  }
  if (parsed.tooManyTypes || spaces_[kTypes]->size() > kMostTypes) {
    return fail(
        makeError(ErrorCode::kLimitExceeded, "EVENT_TYPE has more than {} different values", kMostTypes)
            .hinting("is another column mapped to EVENT_TYPE?"));
  }
  if (parsed.kept == 0) return {};
  firstTime_ = goodRows_ == 0 ? parsed.firstTime : std::min(firstTime_, parsed.firstTime);
  lastTime_ = goodRows_ == 0 ? parsed.lastTime : std::max(lastTime_, parsed.lastTime);
  goodRows_ += static_cast<int64_t>(parsed.kept);
  return {};
}

Result<void> InteractionsImport::finish(const Piece&, std::unique_ptr<PieceResult> result) {
  auto& parsed = static_cast<Parsed&>(*result);
  const size_t width = layout_.words();
  uint32_t* const end = parsed.words.get() + parsed.kept * width;
  for (const size_t space : {kUsers, kItems}) {
    if (!parsed.names[space].anyNew()) continue;
    for (uint32_t* row = parsed.words.get(); row != end; row += width)
      row[space] = parsed.names[space].resolve(row[space]);
  }
  if (layout_.types && parsed.names[kTypes].anyNew()) {
    for (uint32_t* row = parsed.words.get(); row != end; row += width) {
      const uint64_t packed = packedTime(row);
      const uint16_t type = typeOf(packed);
      if (type == kNullType || !(type & kLocalType)) continue;
      packTime(row, timeOf(packed),
               static_cast<uint16_t>(parsed.names[kTypes].resolve(kLocalName | (type & kMostTypes))));
    }
  }
  for (size_t i = 0; i < columns_.extras.size(); ++i) {
    if (!parsed.names[kExtras + i].anyNew()) continue;
    for (uint32_t* row = parsed.words.get(); row != end; row += width) {
      uint32_t& code = row[layout_.firstExtra() + i];
      if (code != kNullCode) code = parsed.names[kExtras + i].resolve(code);
    }
  }
  return rows_.add(groupRows(parsed.words.get(), parsed.kept, layout_, parsed.number));
}

Result<WrittenSegment> InteractionsImport::write(const std::filesystem::path& path, Progress& progress) {
  PROFFER_CHECK(rows_.seal());
  InteractionNames names;
  if (layout_.types) names.types = namesOf(*spaces_[kTypes]);
  for (size_t i = 0; i < columns_.extras.size(); ++i) {
    names.extras.push_back({rules_[columns_.extras[i]].column, namesOf(*spaces_[kExtras + i])});
  }
  const InteractionsInput input{.rows = &rows_,
                                .names = &names,
                                .userCount = spaces_[kUsers]->size(),
                                .itemCount = spaces_[kItems]->size(),
                                .firstTime = firstTime_,
                                .lastTime = lastTime_};
  return writeInteractions(path, input, tuning_.threads > 0 ? tuning_.threads : parallelism(), files_,
                           progress);
}

}  // namespace proffer::data
