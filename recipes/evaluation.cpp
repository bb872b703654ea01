#include "recipes/evaluation.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/text.h"
#include "recipes/automatic_filter.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr size_t kAsked = 25;

// The view without the histories of the users that are tested.
class TrainingPart final : public Interactions {
 public:
  TrainingPart(const Interactions& all, const std::vector<uint8_t>& tested) : all_(all), tested_(tested) {}

  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return all_.rowCount(); }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return all_.columns(); }
  int64_t latestTime() const override { return all_.latestTime(); }
  History history(Index user, Scratch& scratch) const override {
    return tested_[user] ? History{} : all_.history(user, scratch);
  }
  std::span<const uint32_t> codes(Index user, size_t column, Scratch& scratch) const override {
    return tested_[user] ? std::span<const uint32_t>{} : all_.codes(user, column, scratch);
  }
  std::span<const std::string> columnValues(size_t column) const override {
    return all_.columnValues(column);
  }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  const Interactions& all_;
  const std::vector<uint8_t>& tested_;
};

struct Split {
  std::vector<uint8_t> tested;   // per user
  std::vector<Index> testUsers;  // ascending
  int64_t trainingUsers = 0;
};

// `seen`: per item, set if any row has it.
Split splitUsers(const Interactions& interactions, const EventSelector& selector,
                 const TrainingConfiguration& configuration, const EvaluationOptions& options,
                 std::vector<std::atomic<uint8_t>>& seen, Progress& progress) {
  Split split;
  split.tested.assign(interactions.userCount(), 0);
  std::atomic<int64_t> training{0};
  progress.begin("splitting", "users", interactions.userCount());
  forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      size_t records = 0;
      for (size_t i = 0; i < history.size(); ++i) {
        records += selector.weight(history, i) > 0;
        seen[history.items[i]].store(1, std::memory_order_relaxed);
      }
      const uint64_t part =
          hash64(interactions.userId(user), configuration.seed) % static_cast<uint64_t>(options.folds);
      if (records >= 2 && part == static_cast<uint64_t>(options.fold))
        split.tested[user] = 1;
      else if (records > 0)
        training.fetch_add(1, std::memory_order_relaxed);
    }
  });
  split.trainingUsers = training;
  for (Index user = 0; user < interactions.userCount(); ++user)
    if (split.tested[user]) split.testUsers.push_back(user);
  return split;
}

// The first rows of a history.
History firstRows(const History& history, size_t count) {
  return {history.items.first(count), history.times.first(count),
          history.types.empty() ? history.types : history.types.first(count),
          history.values.empty() ? history.values : history.values.first(count)};
}

class Examiner {
 public:
  Examiner(const Model& model, const Interactions& interactions, const EventSelector& selector,
           const TrainingConfiguration& configuration, const EvaluationOptions& options)
      : model_(model),
        interactions_(interactions),
        selector_(selector),
        seed_(configuration.seed),
        filter_(options.automaticFilter, interactions.eventTypes()) {}

  Result<RankedCase> ask(Index user, Interactions::Scratch& scratch) const {
    const History all = interactions_.history(user, scratch);
    std::vector<size_t> records;
    for (size_t i = 0; i < all.size(); ++i)
      if (selector_.weight(all, i) > 0) records.push_back(i);
    const size_t held = std::max<size_t>(1, records.size() / 10);
    RankedCase one;
    for (size_t i = records.size() - held; i < records.size(); ++i)
      one.truth.push_back(all.items[records[i]]);
    std::sort(one.truth.begin(), one.truth.end());
    one.truth.erase(std::unique(one.truth.begin(), one.truth.end()), one.truth.end());

    UserState state;
    state.user = user;
    state.history = firstRows(all, records[records.size() - held]);
    const std::vector<Index> excluded = filter_.excluded(state.history);
    Question question;
    question.user = &state;
    question.item = all.items[records[records.size() - held - 1]];
    question.limit = kAsked;
    question.admission.excluded = excluded;
    question.seed = seed_;
    PROFFER_TRY(const std::vector<ScoredItem> answer, model_.recommend(question));
    for (const ScoredItem& item : answer) one.ranked.push_back(model_.items().groupIndex(item.item));
    return one;
  }

 private:
  const Model& model_;
  const Interactions& interactions_;
  const EventSelector& selector_;
  uint64_t seed_;
  const AutomaticFilter filter_;
};

Result<std::vector<RankedCase>> askAll(const Examiner& examiner, const std::vector<Index>& users,
                                       Progress& progress) {
  constexpr size_t kPerChunk = 16;
  std::vector<RankedCase> cases(users.size());
  std::mutex mutex;
  std::optional<Error> failure;
  progress.begin("measuring", "users", static_cast<int64_t>(users.size()));
  parallelFor((users.size() + kPerChunk - 1) / kPerChunk, [&](size_t chunk) {
    Interactions::Scratch scratch;
    for (size_t i = chunk * kPerChunk; i < std::min(users.size(), (chunk + 1) * kPerChunk); ++i) {
      if (progress.cancelled()) return;
      Result<RankedCase> one = examiner.ask(users[i], scratch);
      if (!one) {
        std::lock_guard guard(mutex);
        if (!failure) failure = std::move(one).error();
        return;
      }
      cases[i] = std::move(*one);
      progress.add(1);
    }
  });
  if (failure) return fail(*failure);
  return cases;
}

Result<void> checkOptions(const TrainingConfiguration& configuration, const EvaluationOptions& options) {
  const RecipeInfo* info = findRecipe(configuration.recipe);
  if (info && (info->type == RecipeType::kUserSegmentation || info->type == RecipeType::kPersonalizedActions))
    return fail(ErrorCode::kNotImplemented, "recipes of type {} are not measured yet",
                recipeTypeName(info->type));
  if (options.folds < 2 || options.fold < 0 || options.fold >= options.folds)
    return fail(ErrorCode::kInvalidInput, "fold {} of {}: there must be two or more, counted from 0",
                options.fold, options.folds);
  return {};
}

size_t catalogueSize(const TrainingInput& input, const std::vector<std::atomic<uint8_t>>& seen) {
  size_t items = 0;
  const Index described = input.items ? input.items->size() : 0;
  for (Index item = 0; item < std::max<Index>(described, static_cast<Index>(seen.size())); ++item)
    items += (item < seen.size() && seen[item].load(std::memory_order_relaxed)) ||
             (item < described && input.items->has(item));
  return items;
}

}  // namespace

Result<Evaluation> evaluate(const Recipe& recipe, const TrainingInput& input,
                            const TrainingConfiguration& configuration, Progress& progress,
                            const EvaluationOptions& options) {
  PROFFER_CHECK(checkOptions(configuration, options));
  Evaluation evaluation;
  if (!input.interactions) return evaluation;
  const Interactions& interactions = *input.interactions;
  const EventSelector selector(configuration.events, interactions.eventTypes());
  std::vector<std::atomic<uint8_t>> seen(interactions.itemCount());
  const Split split = splitUsers(interactions, selector, configuration, options, seen, progress);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
  evaluation.trainingUsers = split.trainingUsers;
  if (split.testUsers.empty() || split.trainingUsers == 0) return evaluation;

  const TrainingPart part(interactions, split.tested);
  TrainingInput training = input;
  training.interactions = &part;
  PROFFER_TRY(const std::unique_ptr<Model> model,
              recipe.train(training, configuration, progress, options.checkpoints));
  const Examiner examiner(*model, interactions, selector, configuration, options);
  PROFFER_TRY(const std::vector<RankedCase> cases, askAll(examiner, split.testUsers, progress));
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
  evaluation.testUsers = static_cast<int64_t>(cases.size());
  evaluation.metrics = rankingMetrics(cases, catalogueSize(input, seen));
  return evaluation;
}

DataCounts countData(const Interactions& interactions, const std::vector<EventRule>& events) {
  const EventSelector selector(events, interactions.eventTypes());
  const size_t types = interactions.eventTypes().size();
  std::vector<std::atomic<uint8_t>> touched(interactions.itemCount());
  std::mutex mutex;
  std::vector<int64_t> perType(types + 1);
  DataCounts counts;
  forEachUserChunk(interactions, nullptr, [&](Index first, Index last, Interactions::Scratch& scratch) {
    DataCounts mine;
    std::vector<int64_t> mineByType(types + 1);
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      int64_t records = 0;
      for (size_t i = 0; i < history.size(); ++i) {
        mineByType[history.types.empty() ? types : std::min<size_t>(history.types[i], types)] += 1;
        if (selector.weight(history, i) <= 0) continue;
        ++records;
        touched[history.items[i]].store(1, std::memory_order_relaxed);
      }
      mine.interactions += records;
      mine.users += records > 0;
      mine.usersWithTwo += records > 1;
    }
    std::lock_guard guard(mutex);
    counts.interactions += mine.interactions;
    counts.users += mine.users;
    counts.usersWithTwo += mine.usersWithTwo;
    for (size_t type = 0; type <= types; ++type) perType[type] += mineByType[type];
  });
  for (const auto& item : touched) counts.items += item.load(std::memory_order_relaxed);
  for (size_t type = 0; type <= types; ++type)
    if (perType[type] > 0)
      counts.perEventType[type < types ? interactions.eventTypes()[type] : std::string()] = perType[type];
  return counts;
}

}  // namespace proffer::recipes
