#include "recipes/comparison.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/automatic_filter.h"
#include "recipes/split_writer.h"
#include "recipes/yardsticks.h"

namespace proffer::recipes {
namespace {

enum class TaskKind { kNew, kAny, kFiltered };

std::string_view taskName(TaskKind kind) {
  return kind == TaskKind::kNew ? "NEW" : kind == TaskKind::kAny ? "ANY" : "FILTERED";
}

tl::unexpected<Error> measuringCancelled() {
  return fail(ErrorCode::kCancelled, "the measuring was cancelled");
}

class ModelRanker final : public Ranker {
 public:
  explicit ModelRanker(std::unique_ptr<Model> model) : model_(std::move(model)) {}
  Result<std::vector<Index>> rank(const Ask& ask) const override {
    UserState state;
    state.user = ask.user;
    state.history = ask.input;
    Question question;
    question.user = &state;
    question.item = ask.query;
    question.limit = ask.limit;
    question.admission.excluded = ask.excluded;
    question.seed = ask.seed;
    PROFFER_TRY(const std::vector<ScoredItem> answer, model_->recommend(question));
    std::vector<Index> ranked;
    for (const ScoredItem& item : answer) ranked.push_back(model_->items().groupIndex(item.item));
    return ranked;
  }

 private:
  std::unique_ptr<Model> model_;
};

struct Method {
  std::string name;
  bool yardstick = false;
  bool ownItemsOnly = false;  // has nothing to say where those are removed
  std::unique_ptr<Ranker> ranker;
  std::string leftOut;
};

// What the runs add up to, for one task.
class Tally {
 public:
  explicit Tally(TaskKind taskKind) : kind(taskKind) {}
  const TaskKind kind;

  void add(size_t at, const Method& method, const HeldOut& heldOut, const std::vector<RankedCase>& lists) {
    if (methods_.size() <= at) methods_.resize(at + 1);
    PerMethod& to = methods_[at];
    to.name = method.name;
    to.yardstick = method.yardstick;
    if (lists.empty() && to.leftOut.empty()) to.leftOut = method.leftOut;
    std::vector<uint8_t> shown(heldOut.catalogue.size());
    size_t distinct = 0;
    for (size_t i = 0; i < lists.size(); ++i) {
      if (lists[i].truth.empty()) continue;
      const Figures figures = figuresOf(measureList(lists[i]));
      const size_t slot = slotOf(heldOut.cases[i].user);
      if (to.sums.size() <= slot) to.sums.resize(slot + 1);
      for (size_t figure = 0; figure < kFigureCount; ++figure) to.sums[slot][figure] += figures[figure];
      for (const Index item : lists[i].ranked) distinct += shown[item] == 0 ? (shown[item] = 1) : 0;
    }
    if (!lists.empty() && heldOut.catalogueSize > 0)
      to.coverage += static_cast<double>(distinct) / static_cast<double>(heldOut.catalogueSize);
  }

  /// Once for each run.
  void addCases(const HeldOut& heldOut, const std::vector<RankedCase>& lists) {
    for (size_t i = 0; i < lists.size(); ++i) {
      if (lists[i].truth.empty()) continue;
      ++cases_[slotOf(heldOut.cases[i].user)];
      ++count_;
    }
  }

  TaskFigures figures(const ComparisonOptions& options, int runs) {
    TaskFigures task;
    task.name = taskName(kind);
    task.cases = count_;
    task.users = static_cast<int64_t>(cases_.size());
    std::vector<std::vector<Figures>> sums;
    for (PerMethod& method : methods_) {
      if (method.leftOut.empty()) method.sums.resize(cases_.size());
      sums.push_back(method.leftOut.empty() ? std::move(method.sums) : std::vector<Figures>());
    }
    const std::vector<MethodSpread> spreads = spreadOf(sums, cases_, options.resamples, options.seed);
    for (size_t i = 0; i < methods_.size(); ++i) {
      MethodFigures one;
      one.name = methods_[i].name;
      one.yardstick = methods_[i].yardstick;
      one.leftOut = methods_[i].leftOut;
      one.coverage = methods_[i].coverage / std::max(runs, 1);
      one.spread = spreads[i];
      task.methods.push_back(std::move(one));
    }
    return task;
  }

 private:
  struct PerMethod {
    std::string name;
    bool yardstick = false;
    std::string leftOut;
    double coverage = 0;
    std::vector<Figures> sums;  // per slot
  };

  size_t slotOf(Index user) {
    const auto [at, added] = slots_.emplace(user, cases_.size());
    if (added) cases_.push_back(0);
    return at->second;
  }

  std::map<Index, size_t> slots_;  // user -> place in cases_ and sums
  std::vector<uint32_t> cases_;
  int64_t count_ = 0;
  std::vector<PerMethod> methods_;
};

// One training and its questions.
class ComparisonRun {
 public:
  ComparisonRun(const TrainingInput& input, const std::vector<Contender>& contenders,
                const ComparisonOptions& options, const OrderedInteractions& interactions, int repeat,
                int fold)
      : input_(input),
        contenders_(contenders),
        options_(options),
        interactions_(interactions),
        selector_(contenders.front().configuration.events, interactions.eventTypes()),
        seed_(options.seed + static_cast<uint64_t>(repeat)),
        heldOut_(
            holdOut(interactions, input.items, selector_,
                    {options.protocol, options.folds, fold, options.seed + static_cast<uint64_t>(repeat)})),
        training_(interactions_, heldOut_.kept),
        filter_(options.automaticFilter, interactions.eventTypes()) {}

  const HeldOut& heldOut() const { return heldOut_; }
  int64_t trainingRows() const { return training_.rowCount(); }

  Result<void> train(Progress& progress) {
    for (size_t i = 0; i < contenders_.size(); ++i) {
      Method method;
      method.name = contenders_[i].name;
      Result<std::unique_ptr<Ranker>> trained = trainContender(contenders_[i], progress);
      if (!trained && (i == 0 || trained.error().code == ErrorCode::kCancelled)) return fail(trained.error());
      take(std::move(method), std::move(trained));
    }
    if (progress.cancelled()) return measuringCancelled();
    return options_.yardsticks ? trainYardsticks(progress) : Result<void>();
  }

  Result<void> ask(Tally& tally, SplitWriter* writer, Progress& progress) {
    bool counted = false;
    for (size_t at = 0; at < methods_.size(); ++at) {
      Method& method = methods_[at];
      std::vector<RankedCase> lists;
      const bool silent = method.ownItemsOnly && tally.kind == TaskKind::kNew;
      if (silent) {
        Method nothing;
        nothing.name = method.name;
        nothing.yardstick = true;
        nothing.leftOut = "lists only what the user has met";
        tally.add(at, nothing, heldOut_, {});
        continue;
      }
      if (method.ranker) {
        PROFFER_TRY(lists, askAll(method, tally.kind, progress));
      }
      if (!counted && !lists.empty()) tally.addCases(heldOut_, lists);
      counted = counted || !lists.empty();
      tally.add(at, method, heldOut_, lists);
      if (writer && !lists.empty()) writer->writeLists(taskName(tally.kind), method.name, lists);
      if (writer && writer->ended()) return measuringCancelled();
    }
    return {};
  }

 private:
  void take(Method method, Result<std::unique_ptr<Ranker>> trained) {
    if (trained)
      method.ranker = std::move(*trained);
    else
      method.leftOut = trained.error().message;
    methods_.push_back(std::move(method));
  }

  Result<std::unique_ptr<Ranker>> trainContender(const Contender& contender, Progress& progress) const {
    TrainingInput training = input_;
    training.interactions = &training_;
    TrainingConfiguration configuration = contender.configuration;
    configuration.seed += seed_ - options_.seed;
    PROFFER_TRY(auto model, contender.recipe->train(training, configuration, progress));
    return std::unique_ptr<Ranker>(std::make_unique<ModelRanker>(std::move(model)));
  }

  Result<void> trainYardsticks(Progress& progress) {
    const YardstickInput input{&training_, &selector_, &heldOut_.catalogue, options_.ties, seed_};
    const auto yardstick = [&](const char* name, Result<std::unique_ptr<Ranker>> made, bool own = false) {
      Method method;
      method.name = name;
      method.yardstick = true;
      method.ownItemsOnly = own;
      take(std::move(method), std::move(made));
    };
    yardstick("popularity", popularityYardstick(input));
    if (!options_.related) {
      yardstick("repeat last", repeatLastYardstick(input), true);
      yardstick("own most frequent", ownFrequentYardstick(input), true);
    }
    yardstick("windowed counts", countsYardstick(input, {}, progress));
    yardstick("EASE with recency", easeYardstick(input, {}, progress));
    yardstick("blend", blendYardstick(input, {}, progress));
    if (progress.cancelled()) return measuringCancelled();
    return {};
  }

  Result<std::vector<RankedCase>> askAll(const Method& method, TaskKind kind, Progress& progress) const {
    constexpr size_t kCasesPerChunk = 16;
    std::vector<RankedCase> lists(heldOut_.cases.size());
    std::mutex mutex;
    std::optional<Error> failure;
    progress.begin("asking " + method.name, "lists", static_cast<int64_t>(lists.size()));
    parallelFor((lists.size() + kCasesPerChunk - 1) / kCasesPerChunk, [&](size_t chunk) {
      const size_t end = std::min(lists.size(), (chunk + 1) * kCasesPerChunk);
      for (size_t i = chunk * kCasesPerChunk; i < end && !progress.cancelled(); ++i) {
        Result<RankedCase> one = askOne(method, kind, heldOut_.cases[i]);
        if (one) {
          lists[i] = std::move(*one);
        } else {
          std::lock_guard guard(mutex);
          if (!failure) failure = std::move(one).error();
        }
        progress.add(1);
      }
    });
    if (failure) return fail(*failure);
    if (progress.cancelled()) return measuringCancelled();
    return lists;
  }

  Result<RankedCase> askOne(const Method& method, TaskKind kind, const HeldOutCase& one) const {
    const History all = interactions_.history(one.user);
    std::vector<Index> excluded = excludedItems(firstRowsOf(all, one.input), kind);
    if (options_.related) excluded.push_back(one.query);
    std::sort(excluded.begin(), excluded.end());
    excluded.erase(std::unique(excluded.begin(), excluded.end()), excluded.end());
    RankedCase list;
    const std::vector<Index> query = {one.query};
    const std::vector<Index>& gone = kind == TaskKind::kNew ? excluded : query;
    if (kind == TaskKind::kNew || options_.related)
      std::set_difference(one.truth.begin(), one.truth.end(), gone.begin(), gone.end(),
                          std::back_inserter(list.truth));
    else
      list.truth = one.truth;
    if (list.truth.empty()) return list;
    Ask ask;
    ask.user = one.user;
    ask.query = one.query;
    ask.excluded = excluded;
    ask.limit = kMeasuredLength;
    ask.seed = seed_;
    ask.input = firstRowsOf(all, one.input);
    // What is related to an item is asked of a yardstick as if that item were all that is known.
    if (options_.related && method.yardstick) ask.input = oneRow(all, one.queryRow);
    PROFFER_TRY(list.ranked, method.ranker->rank(ask));
    if (list.ranked.size() > kMeasuredLength) list.ranked.resize(kMeasuredLength);
    return list;
  }

  static History oneRow(const History& history, size_t row) {
    return {history.items.subspan(row, 1), history.times.subspan(row, 1),
            history.types.empty() ? history.types : history.types.subspan(row, 1),
            history.values.empty() ? history.values : history.values.subspan(row, 1)};
  }

  std::vector<Index> excludedItems(const History& input, TaskKind kind) const {
    if (kind == TaskKind::kNew) return {input.items.begin(), input.items.end()};
    if (kind == TaskKind::kAny) return {};
    return filter_.excluded(input);
  }

  const TrainingInput& input_;
  const std::vector<Contender>& contenders_;
  const ComparisonOptions& options_;
  const OrderedInteractions& interactions_;
  const EventSelector selector_;
  const uint64_t seed_;
  const HeldOut heldOut_;
  const TrainingPrefix training_;
  const AutomaticFilter filter_;
  std::vector<Method> methods_;
};

Result<void> checkComparison(const TrainingInput& input, const std::vector<Contender>& contenders,
                             const ComparisonOptions& options) {
  if (contenders.empty()) return fail(ErrorCode::kInvalidInput, "there is nothing to measure");
  for (const Contender& contender : contenders) {
    const RecipeInfo* info = findRecipe(contender.configuration.recipe);
    if (info &&
        (info->type == RecipeType::kUserSegmentation || info->type == RecipeType::kPersonalizedActions))
      return fail(ErrorCode::kNotImplemented, "recipes of type {} are not measured yet",
                  recipeTypeName(info->type));
  }
  if (options.folds < 2 || options.repeats < 1)
    return fail(ErrorCode::kInvalidInput, "two folds and one repeat are the least, found {} and {}",
                options.folds, options.repeats);
  if (!input.interactions || input.interactions->rowCount() == 0)
    return fail(ErrorCode::kInvalidInput, "there are no interactions to measure with");
  return {};
}

// All folds of one repeat.
Result<void> runRepeat(const TrainingInput& input, const std::vector<Contender>& contenders,
                       const ComparisonOptions& options, int repeat, std::vector<Tally>& tallies,
                       Comparison& comparison, Progress& progress, const SplitSink& sink) {
  PROFFER_TRY(const auto interactions,
              OrderedInteractions::of(*input.interactions, options.seed + static_cast<uint64_t>(repeat),
                                      options.ties, progress));
  const bool byUser = options.protocol == Protocol::kUsers || options.protocol == Protocol::kFollowing;
  const int folds = byUser && options.allFolds ? options.folds : 1;
  for (int fold = 0; fold < folds; ++fold) {
    ComparisonRun run(input, contenders, options, *interactions, repeat, fold);
    if (comparison.runs == 0) {
      comparison.trainingUsers = run.heldOut().trainingUsers;
      comparison.trainingRows = run.trainingRows();
      comparison.catalogueSize = static_cast<int64_t>(run.heldOut().catalogueSize);
    }
    if (run.heldOut().cases.empty() || run.heldOut().trainingUsers == 0) continue;
    ++comparison.runs;
    std::optional<SplitWriter> writer;
    if (sink && repeat == 0)
      writer.emplace(sink, folds > 1 ? fmt::format("fold-{}/", fold) : "", *interactions, run.heldOut(),
                     options.protocol, options.related);
    if (writer) writer->writeSplit();
    if (writer && writer->ended()) return measuringCancelled();
    PROFFER_CHECK(run.train(progress));
    for (Tally& tally : tallies) PROFFER_CHECK(run.ask(tally, writer ? &*writer : nullptr, progress));
  }
  return {};
}

Json byMetric(const MethodFigures& method, const Figures& figures, bool coverage) {
  Json json = Json::object();
  if (coverage) json["coverage"] = method.coverage;
  for (size_t i = 0; i < kFigureCount; ++i) json[std::string(figureNames()[i])] = figures[i];
  return json;
}

Json byMetric(const std::array<Interval, kFigureCount>& intervals) {
  Json json = Json::object();
  for (size_t i = 0; i < kFigureCount; ++i)
    json[std::string(figureNames()[i])] = Json::array({intervals[i].low, intervals[i].high});
  return json;
}

}  // namespace

Result<Comparison> compare(const TrainingInput& input, const std::vector<Contender>& contenders,
                           const ComparisonOptions& options, Progress& progress, const SplitSink& sink) {
  PROFFER_CHECK(checkComparison(input, contenders, options));
  std::vector<Tally> tallies;
  if (options.automaticFilter.empty()) {
    tallies.emplace_back(TaskKind::kNew);
    tallies.emplace_back(TaskKind::kAny);
  } else {
    tallies.emplace_back(TaskKind::kFiltered);
  }
  Comparison comparison;
  for (int repeat = 0; repeat < options.repeats; ++repeat)
    PROFFER_CHECK(runRepeat(input, contenders, options, repeat, tallies, comparison, progress, sink));
  if (comparison.runs == 0)
    return fail(makeError(ErrorCode::kInvalidInput,
                          "nobody can be tested: no user of the test part has two events of those that count")
                    .hinting("more users with two events and more are needed; --protocol leave-last needs "
                             "the fewest"));
  progress.begin("drawing", "samples", options.resamples);
  for (Tally& tally : tallies) comparison.tasks.push_back(tally.figures(options, comparison.runs));
  return comparison;
}

Json toJson(const Comparison& comparison) {
  Json json{{"trainingUsers", comparison.trainingUsers},
            {"trainingRows", comparison.trainingRows},
            {"catalogueItems", comparison.catalogueSize},
            {"runs", comparison.runs}};
  json["tasks"] = Json::array();
  for (const TaskFigures& task : comparison.tasks) {
    Json methods = Json::array();
    for (const MethodFigures& method : task.methods) {
      Json one{{"name", method.name}, {"yardstick", method.yardstick}};
      if (!method.leftOut.empty()) {
        one["leftOut"] = method.leftOut;
      } else {
        one["metrics"] = byMetric(method, method.spread.mean, true);
        one["intervals"] = byMetric(method.spread.interval);
        one["difference"] = byMetric(method, method.spread.difference, false);
        one["differenceIntervals"] = byMetric(method.spread.differenceInterval);
      }
      methods.push_back(std::move(one));
    }
    json["tasks"].push_back(
        {{"name", task.name}, {"cases", task.cases}, {"users", task.users}, {"methods", std::move(methods)}});
  }
  return json;
}

}  // namespace proffer::recipes
