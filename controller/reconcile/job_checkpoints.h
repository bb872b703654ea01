// What a training job has done so far, in a file that outlives its attempts: an attempt after a crash goes on
// from there, to the same bits as one that was never interrupted.
//
// Belongs to one attempt and its thread. The file is replaced as a whole, belongs to the job (Files::keep)
// and is collected once the job has ended. It counts only for the same request, data and program; whatever
// else is found, or cannot be read, is as if there were none.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/reconcile/environment.h"
#include "recipes/evaluation.h"
#include "recipes/recipe.h"

namespace proffer::reconcile {

class JobCheckpoints {
 public:
  /// `key`: says what the training depends on. Looks for what an earlier attempt kept.
  JobCheckpoints(const Environment& environment, const store::Job& job, std::string key);

  /// Whether an earlier attempt's work is taken up, and how far it came: for people; empty if not.
  const std::string& found() const { return found_; }
  /// When the training took place that is gone on with: what it counts as new must not move.
  Time asOf() const { return asOf_; }
  /// Time that earlier attempts spent on what is kept.
  Duration spentBefore() const { return spentBefore_; }

  /// Of the training on a part of the data, which is measured.
  recipes::Checkpoints& measuring() { return measuring_; }
  /// What measuring found, if that is done.
  const std::optional<recipes::Evaluation>& measured() const { return measured_; }
  /// Measuring is done; what is saved from now on is of the training on all data.
  void keepMeasured(recipes::Evaluation evaluation);
  /// Of the training on all data.
  recipes::Checkpoints& training() { return training_; }

 private:
  class Stage final : public recipes::Checkpoints {
   public:
    Stage(JobCheckpoints& all, bool ofAllData) : all_(all), ofAllData_(ofAllData) {}
    std::shared_ptr<const recipes::SectionReader> latest() override;
    Result<void> save(const std::function<void(recipes::SectionWriter&)>& write) override;

   private:
    JobCheckpoints& all_;
    const bool ofAllData_;
  };
  using Write = std::function<void(recipes::SectionWriter&)>;

  Result<bool> takeUp();
  Json state(bool holdsTraining) const;
  /// `write`: null: only what was measured.
  Result<void> writeFile(const Write* write);

  const Environment& environment_;
  const store::Job& job_;
  const std::string key_;
  const Time began_;
  Time asOf_;
  Time last_;  // when the file was written last
  Duration spentBefore_{};
  std::string found_;
  bool hasFile_ = false;
  std::optional<recipes::Evaluation> measured_;
  std::shared_ptr<const recipes::SectionReader> reader_;  // holds a training of the stage that measured_ says
  Stage measuring_{*this, false};
  Stage training_{*this, true};
};

}  // namespace proffer::reconcile
