// What the handlers that put live data work with: the store of live data, the table of its targets, and
// counts.
//
// Any thread. Outlives the server's requests.
#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "controller/data/live_data.h"
#include "controller/http/metrics.h"
#include "controller/http/put_rates.h"
#include "controller/http/put_targets.h"
#include "controller/serving/shown_answers.h"

namespace proffer::http {

class Puts {
 public:
  Puts(store::ControlStore& store, data::LiveData& live) : targets_(store), live_(live) {}

  PutTargets& targets() { return targets_; }
  PutRates& rates() { return rates_; }
  data::LiveData& live() { return live_; }

  void count(DatasetType type, const data::PutResult& result, int64_t ignoredValues);
  std::vector<MetricSample> samples() const;

 private:
  static constexpr size_t kTypes = 5;
  struct Counts {
    std::atomic<int64_t> stored{0}, duplicates{0}, ignoredValues{0};
  };
  PutTargets targets_;
  PutRates rates_;
  data::LiveData& live_;
  std::array<Counts, kTypes> counts_;
};

/// What is remembered of answers, and how often events asked for it.
std::vector<MetricSample> samplesOf(const serving::ShownAnswers& shown);

}  // namespace proffer::http
