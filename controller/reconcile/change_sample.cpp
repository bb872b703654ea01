#include "controller/reconcile/change_sample.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/parallel.h"
#include "recipes/automatic_filter.h"

namespace proffer::reconcile {

namespace {

using recipes::Index;

constexpr uint64_t kSampleSeed = 0x70726F66666572;  // any number, but always the same

class Comparison {
 public:
  Comparison(const recipes::Model& before, const recipes::Model& after,
             const recipes::Interactions& interactions, const std::vector<std::string>& automaticFilter,
             uint64_t seed)
      : before_(before),
        after_(after),
        interactions_(interactions),
        seed_(seed),
        filter_(automaticFilter, interactions.eventTypes()) {}

  Result<void> ask(Index user, AnswerChange& change) const {
    recipes::Interactions::Scratch scratch;
    recipes::UserState state;
    state.user = user;
    state.history = interactions_.history(user, scratch);
    state.eventTypes = interactions_.eventTypes();
    const std::vector<Index> excluded = filter_.excluded(state.history);
    recipes::Question question;
    question.user = &state;
    question.limit = kSampledPlaces;
    question.seed = seed_;
    question.time = interactions_.latestTime();
    question.admission.excluded = excluded;
    PROFFER_TRY(const std::vector<Index> old, answerOf(before_, question));
    PROFFER_TRY(const std::vector<Index> now, answerOf(after_, question));
    change.people = 1;
    change.changed = old != now;
    change.places = static_cast<int64_t>(now.size());
    for (const Index item : now) {
      change.others += std::find(old.begin(), old.end(), item) == old.end();
      change.newItems += before_.items().fromGroup(item) == recipes::kNoIndex;
    }
    return {};
  }

 private:
  static Result<std::vector<Index>> answerOf(const recipes::Model& model, const recipes::Question& question) {
    PROFFER_TRY(const std::vector<recipes::ScoredItem> answer, model.recommend(question));
    std::vector<Index> items;
    for (const recipes::ScoredItem& one : answer) items.push_back(model.items().groupIndex(one.item));
    return items;
  }

  const recipes::Model& before_;
  const recipes::Model& after_;
  const recipes::Interactions& interactions_;
  const uint64_t seed_;
  const recipes::AutomaticFilter filter_;
};

}  // namespace

std::vector<Index> samplePeople(const recipes::Interactions& interactions, size_t wanted) {
  std::vector<std::pair<uint64_t, Index>> chosen;  // a heap, the largest first
  recipes::Interactions::Scratch scratch;
  for (Index user = 0; user < interactions.userCount() && wanted > 0; ++user) {
    const std::pair<uint64_t, Index> key{hash64(interactions.userId(user), kSampleSeed), user};
    if (chosen.size() == wanted && chosen.front() < key) continue;
    if (interactions.history(user, scratch).size() == 0) continue;
    chosen.push_back(key);
    std::push_heap(chosen.begin(), chosen.end());
    if (chosen.size() <= wanted) continue;
    std::pop_heap(chosen.begin(), chosen.end());
    chosen.pop_back();
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<Index> people;
  for (const auto& [hash, user] : chosen) people.push_back(user);
  return people;
}

Result<AnswerChange> compareAnswers(const recipes::Model& before, const recipes::Model& after,
                                    const recipes::Interactions& interactions,
                                    const std::vector<std::string>& automaticFilter, uint64_t seed,
                                    Progress& progress) {
  const std::vector<Index> people = samplePeople(interactions);
  const Comparison comparison(before, after, interactions, automaticFilter, seed);
  std::vector<AnswerChange> changes(people.size());
  std::mutex mutex;
  std::optional<Error> failure;
  progress.begin("comparing", "users", static_cast<int64_t>(people.size()));
  parallelFor(people.size(), [&](size_t i) {
    if (progress.cancelled()) return;
    if (auto asked = comparison.ask(people[i], changes[i]); !asked) {
      std::lock_guard guard(mutex);
      if (!failure) failure = std::move(asked).error();
      return;
    }
    progress.add(1);
  });
  if (failure) return fail(*failure);
  AnswerChange sum;
  for (const AnswerChange& one : changes) {
    sum.people += one.people;
    sum.changed += one.changed;
    sum.places += one.places;
    sum.others += one.others;
    sum.newItems += one.newItems;
  }
  return sum;
}

}  // namespace proffer::reconcile
