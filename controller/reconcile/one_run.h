// What kinds share whose objects are one run of one job, with a final end: exports and deletions.
//
// See reconciler.h; a derived class says what the job is given and how its end is shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/reconciler.h"
#include "controller/store/jobs.h"

namespace proffer::reconcile {

class OneRunReconciler : public Reconciler {
 public:
  struct Words {
    std::string_view job;      ///< its type: "export"
    std::string_view running;  ///< reasons of conditions
    std::string_view failed;
    std::string_view what;  ///< "the export"
  };
  OneRunReconciler(const Environment& environment, Words words) : environment_(environment), words_(words) {}

  Outcome reconcile(Run& run) final;
  Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) final;

 protected:
  struct Start {
    std::string groupUid;
    Json input;
  };
  /// What the job begins with; Blocked: it waits.
  virtual Result<std::variant<Start, Blocked>> start(const Run& run) = 0;
  /// Writes the result into the status, and the Ready condition; returns what the journal says.
  virtual std::string finish(Run& run, const Json& result, Report& report) = 0;

  const Environment& environment_;

 private:
  void describe(Run& run, const store::Job& job);
  const Words words_;
};

}  // namespace proffer::reconcile
