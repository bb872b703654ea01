// How much of what people are recommended an update changes: a fixed sample of them asks the model before and
// after it.
//
// Pure and deterministic; the sample is asked in parallel.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "recipes/model.h"

namespace proffer::reconcile {

inline constexpr size_t kSampledPeople = 200;
inline constexpr size_t kSampledPlaces = 25;

struct AnswerChange {
  int64_t people = 0;    ///< asked
  int64_t changed = 0;   ///< whose list is another one, be it in order only
  int64_t places = 0;    ///< of all lists after the update, at most 25 each
  int64_t others = 0;    ///< of these: items that were not in the person's list before
  int64_t newItems = 0;  ///< of these: items that the model did not know before
};

/// The people with interactions whose ids' hashes are the smallest: the same ones every time, as far as they
/// are still there.
std::vector<recipes::Index> samplePeople(const recipes::Interactions& interactions,
                                         size_t wanted = kSampledPeople);

/// Both models are asked with the histories of `interactions`, so that only what the update did to the model
/// counts. `automaticFilter`: event types whose items a person does not see again. Less than all is counted
/// when `progress` is cancelled; an error of a model ends it.
Result<AnswerChange> compareAnswers(const recipes::Model& before, const recipes::Model& after,
                                    const recipes::Interactions& interactions,
                                    const std::vector<std::string>& automaticFilter, uint64_t seed,
                                    Progress& progress);

}  // namespace proffer::reconcile
