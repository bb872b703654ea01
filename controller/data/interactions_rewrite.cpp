#include "controller/data/interactions_rewrite.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/parallel.h"

namespace proffer::data {
namespace {

constexpr size_t kBatchRows = 1 << 16;
constexpr char kBetween = '\n';  // neither a path nor a hash holds one

std::string textOf(const SourceKey& key) {
  return key.source + kBetween + key.definition;
}
SourceKey sourceKeyOf(const std::string& text) {
  const size_t between = text.rfind(kBetween);
  if (between == std::string::npos) return {text, ""};
  return {text.substr(0, between), text.substr(between + 1)};
}

// The codes of one kind of names over all inputs.
class Codes {
 public:
  explicit Codes(std::vector<std::string>& names) : names_(names) {}
  uint32_t add(const std::string& name) {
    const auto [at, added] = known_.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    return at->second;
  }

 private:
  std::vector<std::string>& names_;
  absl::flat_hash_map<std::string, uint32_t> known_;
};

class Rewriter {
 public:
  Rewriter(const RewritePlan& plan, const std::filesystem::path& path, const ImportTuning& tuning,
           io::FileSystem& files)
      : plan_(plan) {
    layoutColumns();
    rows_ = std::make_unique<RowStore>(layout_, tuning.rowBudget, path.string() + ".rows", files);
  }

  Result<void> read(uint32_t users, Progress& progress) {
    int64_t total = 0;
    for (const auto& input : plan_.inputs) total += input.segment->rowCount();
    progress.begin("rewriting", "rows", total);
    for (size_t i = 0; i < plan_.inputs.size(); ++i) {
      const InteractionsSegment& segment = *plan_.inputs[i].segment;
      PROFFER_CHECK(segment.file().verifyAll());
      for (uint32_t user = 0; user < users; ++user) {
        const auto rows = segment.rowsOf(user);
        if (rows.size() == 0 || (plan_.inputs[i].hidden && plan_.inputs[i].hidden(user))) continue;
        addRows(i, user, rows);
        progress.add(static_cast<int64_t>(rows.size()));
        if (batch_.size() < kBatchRows * layout_.words()) continue;
        if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the compaction was cancelled");
        PROFFER_CHECK(flush());
      }
    }
    PROFFER_CHECK(flush());
    forgetUnused();
    return rows_->seal();
  }

  Result<WrittenSegment> write(const std::filesystem::path& path, uint32_t users, uint32_t items, int threads,
                               io::FileSystem& files, Progress& progress) {
    const InteractionsInput input{.rows = rows_.get(),
                                  .names = &names_,
                                  .userCount = users,
                                  .itemCount = items,
                                  .firstTime = kept_ ? firstTime_ : 0,
                                  .lastTime = kept_ ? lastTime_ : 0};
    return writeInteractions(path, input, threads, files, progress);
  }

 private:
  struct Map {
    std::vector<uint32_t> types;
    std::vector<std::optional<size_t>> extras;  // our extra -> the input's
    std::vector<std::vector<uint32_t>> codes;   // per extra of ours: its code -> ours
    std::optional<size_t> sources;              // the input's column of sources
    std::vector<bool> dropped;                  // per code of it
    std::vector<uint32_t> sourceCodes;
    uint32_t source = kNullCode;  // of all its rows
    bool drop = false;
  };

  void layoutColumns() {
    std::vector<std::string> columns;
    for (const auto& input : plan_.inputs) {
      layout_.types = layout_.types || input.segment->hasTypes();
      layout_.values = layout_.values || input.segment->hasValues();
      for (size_t e = 0; e < input.segment->extraCount(); ++e) {
        const std::string& name = input.segment->extraName(e);
        if (name != kSourceColumn && std::find(columns.begin(), columns.end(), name) == columns.end())
          columns.push_back(name);
      }
    }
    if (plan_.merged) columns.emplace_back(kSourceColumn);
    layout_.extras = static_cast<uint32_t>(columns.size());
    for (const auto& column : columns) names_.extras.push_back({column, {}});
    Codes types(names_.types);
    std::vector<Codes> extras;
    for (auto& extra : names_.extras) extras.emplace_back(extra.values);
    for (const auto& input : plan_.inputs) maps_.push_back(mapOf(input, types, extras));
    for (const auto& extra : names_.extras) used_.emplace_back(extra.values.size());
  }

  Map mapOf(const RewritePlan::Input& input, Codes& types, std::vector<Codes>& extras) {
    Map map;
    const InteractionsSegment& segment = *input.segment;
    for (const auto& type : segment.typeNames()) map.types.push_back(types.add(type));
    for (size_t e = 0; e < names_.extras.size(); ++e) {
      auto& codes = map.codes.emplace_back();
      const bool own = names_.extras[e].column != kSourceColumn;
      map.extras.push_back(own ? segment.findExtra(names_.extras[e].column) : std::nullopt);
      if (!map.extras.back()) continue;
      for (const auto& value : segment.extraValues(*map.extras.back())) codes.push_back(extras[e].add(value));
    }
    map.sources = segment.findExtra(kSourceColumn);
    if (map.sources) {
      for (const auto& text : segment.extraValues(*map.sources)) {
        const bool dropped = plan_.without.contains(sourceKeyOf(text));
        map.dropped.push_back(dropped);
        map.sourceCodes.push_back(plan_.merged && !dropped ? extras.back().add(text) : kNullCode);
      }
    } else {
      map.drop = plan_.without.contains(input.source);
      if (plan_.merged && !map.drop) map.source = extras.back().add(textOf(input.source));
    }
    return map;
  }

  static uint32_t mapped(const std::vector<uint32_t>& map, uint32_t code) {
    return code < map.size() ? map[code] : kNullCode;
  }

  void addRows(size_t number, uint32_t user, InteractionsSegment::Rows rows) {
    const InteractionsSegment& segment = *plan_.inputs[number].segment;
    const Map& map = maps_[number];
    if (map.drop) return;
    const size_t count = rows.size();
    times_.resize(count), types_.assign(count, kNullType), codes_.resize(names_.extras.size());
    segment.times(rows, times_.data());
    if (segment.hasTypes()) segment.types(rows, types_.data());
    for (size_t e = 0; e < codes_.size(); ++e) {
      codes_[e].assign(count, kNullCode);
      if (map.extras[e]) segment.codes(*map.extras[e], rows, codes_[e].data());
    }
    sources_.assign(count, kNullCode);
    if (map.sources) segment.codes(*map.sources, rows, sources_.data());
    const auto items = segment.items(rows);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t from = sources_[i];
      if (plan_.oldest && times_[i] < *plan_.oldest) continue;
      if (map.sources && from < map.dropped.size() && map.dropped[from]) continue;
      const size_t at = batch_.size();
      batch_.resize(at + layout_.words());
      uint32_t* row = batch_.data() + at;
      row[0] = user, row[1] = items[i];
      const uint32_t type = mapped(map.types, types_[i]);
      packTime(row, times_[i], type == kNullCode ? kNullType : static_cast<uint16_t>(type));
      if (layout_.values)
        row[4] = std::bit_cast<uint32_t>(segment.hasValues() ? segment.values(rows)[i]
                                                             : std::numeric_limits<float>::quiet_NaN());
      for (size_t e = 0; e < codes_.size(); ++e) {
        const uint32_t code = mapped(map.codes[e], codes_[e][i]);
        row[layout_.firstExtra() + e] = code;
        if (code != kNullCode) used_[e][code] = true;
      }
      if (plan_.merged)
        row[layout_.firstExtra() + codes_.size() - 1] =
            map.sources ? mapped(map.sourceCodes, from) : map.source;
      firstTime_ = std::min(firstTime_, times_[i]), lastTime_ = std::max(lastTime_, times_[i]);
      kept_ = true;
    }
  }

  // What only rows said that are left out: the texts of users who were deleted must not stay.
  void forgetUnused() {
    for (size_t e = 0; e < names_.extras.size(); ++e) {
      if (names_.extras[e].column == kSourceColumn) continue;
      for (size_t code = 0; code < used_[e].size(); ++code)
        if (!used_[e][code]) names_.extras[e].values[code].clear();
    }
  }

  Result<void> flush() {
    const size_t rows = batch_.size() / layout_.words();
    if (rows == 0) return {};
    auto block = groupRows(batch_.data(), rows, layout_, blocks_++);
    batch_.clear();
    return rows_->add(std::move(block));
  }

  const RewritePlan& plan_;
  RowLayout layout_;
  InteractionNames names_;
  std::vector<Map> maps_;
  std::vector<std::vector<bool>> used_;  // per extra and code
  std::unique_ptr<RowStore> rows_;
  std::vector<uint32_t> batch_;
  int64_t blocks_ = 0;
  bool kept_ = false;
  int64_t firstTime_ = std::numeric_limits<int64_t>::max();
  int64_t lastTime_ = std::numeric_limits<int64_t>::min();
  std::vector<int64_t> times_;
  std::vector<uint16_t> types_;
  std::vector<uint32_t> sources_;
  std::vector<std::vector<uint32_t>> codes_;
};

}  // namespace

Result<WrittenSegment> rewriteInteractions(GroupState& group, const store::SegmentRow& row,
                                           const RewritePlan& plan, const ImportTuning& tuning,
                                           io::FileSystem& files, Progress& progress) {
  const auto path = group.segmentPath(row.file);
  const uint32_t users = group.names().users.size(), items = group.names().items.size();
  Rewriter rewriter(plan, path, tuning, files);
  PROFFER_CHECK(rewriter.read(users, progress));
  return rewriter.write(path, users, items, tuning.threads > 0 ? tuning.threads : parallelism(), files,
                        progress);
}

std::vector<SourceKey> sourcesOf(const InteractionsSegment& segment) {
  std::vector<SourceKey> keys;
  const auto column = segment.findExtra(kSourceColumn);
  if (!column) return keys;
  for (const auto& text : segment.extraValues(*column)) keys.push_back(sourceKeyOf(text));
  return keys;
}

bool isMerged(const store::SegmentRow& row) {
  return row.incremental && row.source.empty();
}

std::function<bool(uint32_t)> hiddenIn(const GroupState& group, const store::SegmentRow& row) {
  if (!group.hidden()->any()) return {};
  return [hidden = group.hidden(), streamed = row.streamed, number = row.id](uint32_t user) {
    return hidden->hides(user, streamed, number);
  };
}

store::SegmentRow writtenRow(store::SegmentRow row, const WrittenSegment& written) {
  row.rows = written.rows;
  row.bytes = written.file.size;
  row.checksum = written.file.checksum;
  return row;
}

}  // namespace proffer::data
