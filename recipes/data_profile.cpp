#include "recipes/data_profile.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>

#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr int64_t kDaySeconds = 86400;
constexpr uint32_t kNullCode = 0xFFFFFFFF;

template <size_t N>
size_t barOf(const std::array<int64_t, N>& ends, int64_t value) {
  return static_cast<size_t>(std::lower_bound(ends.begin(), ends.end(), value) - ends.begin());
}

struct Period {
  int64_t first = std::numeric_limits<int64_t>::max(), last = std::numeric_limits<int64_t>::min();
};

// What one chunk of users adds; everything is a whole number, so the order of the chunks does not show.
class Profiler {
 public:
  Profiler(const Interactions& interactions, Period period, int64_t now)
      : interactions_(interactions),
        period_(period),
        now_(now),
        typeCounts_(interactions.eventTypes().size() + 1),
        emptyCodes_(interactions.columns().size()) {
    profile_.perItem.resize(interactions.itemCount());
    profile_.perItemNewest.resize(interactions.itemCount());
  }

  void add(const History& history) {
    if (history.size() == 0) return;
    profile_.users += 1;
    profile_.events += static_cast<int64_t>(history.size());
    profile_.usersWithOne += history.size() == 1;
    profile_.longestHistory = std::max(profile_.longestHistory, static_cast<int64_t>(history.size()));
    ++profile_.perUser[barOf(kCountEnds, static_cast<int64_t>(history.size()))];
    addRepeats(history);
    for (size_t i = 0; i < history.size(); ++i) addEvent(history, i);
  }

  void addCodes(size_t column, std::span<const uint32_t> codes) {
    emptyCodes_[column] += std::count(codes.begin(), codes.end(), kNullCode);
  }

  // REQUIRES the lock of `whole`.
  void mergeInto(DataProfile& whole, std::vector<int64_t>& types, std::vector<int64_t>& emptyCodes) const {
    for (auto member :
         {&DataProfile::events, &DataProfile::users, &DataProfile::usersWithOne, &DataProfile::ties,
          &DataProfile::repeats, &DataProfile::sameAgain, &DataProfile::typed, &DataProfile::valued,
          &DataProfile::future, &DataProfile::newestEvents})
      whole.*member += profile_.*member;
    whole.longestHistory = std::max(whole.longestHistory, profile_.longestHistory);
    for (size_t i = 0; i < whole.perUser.size(); ++i) whole.perUser[i] += profile_.perUser[i];
    for (size_t i = 0; i < whole.gaps.size(); ++i) whole.gaps[i] += profile_.gaps[i];
    for (size_t i = 0; i < kTimeSlices; ++i) whole.perSlice[i] += profile_.perSlice[i];
    for (size_t i = 0; i < types.size(); ++i) types[i] += typeCounts_[i];
    for (size_t i = 0; i < emptyCodes.size(); ++i) emptyCodes[i] += emptyCodes_[i];
    for (const Index item : touched_) {
      whole.perItem[item] += profile_.perItem[item];
      whole.perItemNewest[item] += profile_.perItemNewest[item];
    }
  }

 private:
  void addEvent(const History& history, size_t i) {
    const int64_t time = history.times[i];
    const Index item = history.items[i];
    if (profile_.perItem[item]++ == 0) touched_.push_back(item);
    const bool typed = !history.types.empty() && history.types[i] < interactions_.eventTypes().size();
    profile_.typed += typed;
    ++typeCounts_[typed ? history.types[i] : typeCounts_.size() - 1];
    profile_.valued += !history.values.empty() && !std::isnan(history.values[i]);
    profile_.future += time > now_ + kDaySeconds;
    const int64_t length = std::max<int64_t>(period_.last - period_.first, 1);
    const double place = static_cast<double>(time - period_.first) / static_cast<double>(length);
    ++profile_.perSlice[std::min(kTimeSlices - 1, static_cast<size_t>(place * kTimeSlices))];
    if (place >= 0.9) {
      ++profile_.perItemNewest[item];
      ++profile_.newestEvents;
    }
    if (i == 0) return;
    ++profile_.gaps[barOf(kGapEnds, time - history.times[i - 1])];
    profile_.ties += time == history.times[i - 1];
  }

  void addRepeats(const History& history) {
    rows_.clear();
    for (size_t i = 0; i < history.size(); ++i) rows_.emplace_back(history.items[i], history.times[i]);
    std::sort(rows_.begin(), rows_.end());
    for (size_t i = 1; i < rows_.size(); ++i) {
      profile_.repeats += rows_[i].first == rows_[i - 1].first;
      profile_.sameAgain += rows_[i] == rows_[i - 1];
    }
  }

  const Interactions& interactions_;
  const Period period_;
  const int64_t now_;
  DataProfile profile_;
  std::vector<int64_t> typeCounts_, emptyCodes_;
  std::vector<Index> touched_;
  std::vector<std::pair<Index, int64_t>> rows_;
};

Period periodOf(const Interactions& interactions, Progress& progress) {
  Period whole;
  std::mutex mutex;
  forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
    Period mine;
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      if (history.size() == 0) continue;
      mine.first = std::min(mine.first, history.times.front());
      mine.last = std::max(mine.last, history.times.back());
    }
    std::lock_guard guard(mutex);
    whole.first = std::min(whole.first, mine.first);
    whole.last = std::max(whole.last, mine.last);
  });
  return whole;
}

void addTable(const MetadataTable* table, const char* dataset, std::vector<ColumnFill>& columns) {
  if (!table) return;
  for (size_t column = 0; column < table->columns().size(); ++column) {
    ColumnFill fill{dataset, table->columns()[column].name, table->rowCount(), 0};
    for (Index entity = 0; entity < table->size(); ++entity)
      fill.empty +=
          table->has(entity) && (table->isNull(entity, column) || table->text(entity, column).empty());
    columns.push_back(std::move(fill));
  }
}

}  // namespace

Result<DataProfile> profileData(const TrainingInput& input, int64_t now, Progress& progress) {
  DataProfile whole;
  if (input.interactions) {
    const Interactions& interactions = *input.interactions;
    progress.begin("counting", "users", 2 * int64_t{interactions.userCount()});
    const Period period = periodOf(interactions, progress);
    whole.perItem.resize(interactions.itemCount());
    whole.perItemNewest.resize(interactions.itemCount());
    whole.storedRows = interactions.rowCount();
    const auto names = interactions.eventTypes();
    std::vector<int64_t> types(names.size() + 1), emptyCodes(interactions.columns().size());
    std::mutex mutex;
    // A few users a chunk would each hold a count per item: one profiler serves many chunks.
    std::vector<std::unique_ptr<Profiler>> idle;
    forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
      std::unique_ptr<Profiler> mine;
      {
        std::lock_guard guard(mutex);
        if (!idle.empty()) {
          mine = std::move(idle.back());
          idle.pop_back();
        }
      }
      if (!mine) mine = std::make_unique<Profiler>(interactions, period, now);
      for (Index user = first; user < last; ++user) {
        const History history = interactions.history(user, scratch);
        mine->add(history);
        if (history.size() == 0) continue;
        for (size_t column = 0; column < interactions.columns().size(); ++column)
          if (interactions.columns()[column].kind == ColumnKind::kCategorical)
            mine->addCodes(column, interactions.codes(user, column, scratch));
      }
      std::lock_guard guard(mutex);
      idle.push_back(std::move(mine));
    });
    for (const auto& profiler : idle) profiler->mergeInto(whole, types, emptyCodes);
    if (whole.events > 0) {
      whole.firstTime = period.first;
      whole.lastTime = period.last;
    }
    for (size_t type = 0; type < types.size(); ++type)
      if (types[type] > 0) whole.types[type < names.size() ? names[type] : std::string()] = types[type];
    for (size_t column = 0; column < interactions.columns().size(); ++column)
      if (interactions.columns()[column].kind == ColumnKind::kCategorical)
        whole.columns.push_back(
            {"INTERACTIONS", interactions.columns()[column].name, whole.events, emptyCodes[column]});
  }
  addTable(input.items, "ITEMS", whole.columns);
  addTable(input.users, "USERS", whole.columns);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the diagnosis was cancelled");
  return whole;
}

}  // namespace proffer::recipes
