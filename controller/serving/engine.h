// Serving: answers requests from loaded models. It watches the store's routes, loads what they name, swaps it
// in at once, and tells the store what it has loaded; it never talks to the reconcilers.
//
// Any thread. An answer is a function of model, catalogue, user state, settings, time, request and seed.
// Requests in flight finish on the model they began with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/data/group_data.h"
#include "controller/store/control_store.h"

namespace proffer::serving {

struct RecommendRequest {
  std::string group;
  std::string name;  ///< a recommender, campaign or experiment
  std::string userId;
  std::string itemId;
  std::optional<int> numResults;  ///< default 25 (R2: 0 means the default), at most 500, 50 with metadata
  std::map<std::string, std::string> context;
  std::string filter;  ///< name; empty: none
  std::map<std::string, std::string> filterValues;
  std::vector<std::string> metadataColumns;
  bool titles = false;   ///< native route: fill RecommendedItem::title
  bool explain = false;  ///< native route: fill RecommendedItem::evidence
};

/// Why an item is in the answer, from the numbers that were used.
struct ItemEvidence {
  std::string kind;    ///< "popularity", "co-occurrence", "attribute", "event", ...
  std::string itemId;  ///< the user's or the query's item it speaks of; empty: none
  double value = 0;    ///< its weight in the score, in the kind's own unit
  int64_t count = 0;   ///< people or events behind it; 0: does not apply
  std::string detail;
};

struct RecommendedItem {
  std::string itemId;
  std::optional<double> score;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< lower-case key, raw text (R23, R24)
  std::vector<std::string> reason;
  std::string title;                   ///< empty: the catalogue has none
  std::vector<ItemEvidence> evidence;  ///< the strongest first
};

struct Answer {
  std::string recommendationId;  ///< RID-<uuid> (R4)
  std::vector<RecommendedItem> items;
  std::string version;   ///< SolutionVersion that answered; empty: the fallback of none
  std::string servedBy;  ///< "model" or "popularity fallback"
};

struct ServedModel {
  std::string group, name, kind, version, recipe;
  Time loadedAt{};
  int64_t items = 0;
};

class Engine {
 public:
  static std::unique_ptr<Engine> create(store::ControlStore& store, data::GroupDataStore& data,
                                        artifacts::ArtifactStore& artifacts, Clock& clock,
                                        std::string replica);
  virtual ~Engine() = default;  ///< stops
  /// Loads what is wanted now, then keeps watching on a thread of its own. A model that cannot be loaded is
  /// reported and tried again every half minute; what was served before keeps being served. Fails only if the
  /// routes cannot be read.
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
  /// Whether every route of the table was tried since start(): loaded, known to have nothing to serve yet, or
  /// known to be broken (one broken model must not take the others out of service).
  virtual bool ready() const = 0;
  /// kNotFound: no such recommender or campaign (the hint names a near one); kUnavailable: there, but nothing
  /// to answer with yet (the message says what it waits for); kInvalidInput: missing ids, bad numbers,
  /// unknown columns, a stopped recommender (R1..R3, R6, R24, R30), with the request's field;
  /// kNotImplemented: a filter.
  virtual Result<Answer> recommend(const RecommendRequest& request) = 0;
  virtual std::vector<ServedModel> served() const = 0;
};

}  // namespace proffer::serving
