// Serving: answers requests from loaded models. It watches the store's routes, loads what they name, swaps it
// in at once, and tells the store what it has loaded; it never talks to the reconcilers.
//
// Any thread. An answer is a function of model, catalogue, user state, settings, time, request and seed.
// Requests in flight finish on the model they began with.
#pragma once

#include <filesystem>
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
#include "dsl/check.h"
#include "dsl/evaluate.h"

namespace proffer::serving {

struct RecommendRequest {
  std::string group;
  std::string name;  ///< a recommender, campaign or experiment
  std::string userId;
  std::string itemId;
  std::vector<std::string> inputList;  ///< of recipes that rank: the items to put in order, at most 500 (Q4)
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
  std::string title;   ///< of that item; empty: the catalogue has none
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

/// What the filters did, in items of the model.
struct FilterEffect {
  int64_t items = 0;                        ///< that the model knows
  std::string filter;                       ///< of the request; empty: none
  int64_t passing = 0;                      ///< the request's filter, of those that may be recommended
  std::vector<std::string> automaticTypes;  ///< what this user has such an event of is left out; empty: none
  int64_t automatic = 0;                    ///< so many are
};

struct Answer {
  std::string recommendationId;  ///< RID-<uuid> (R4)
  std::vector<RecommendedItem> items;
  std::string version;                   ///< SolutionVersion that answered; empty: the fallback of none
  std::string servedBy;                  ///< "model" or "popularity fallback"
  std::optional<FilterEffect> filtered;  ///< if the request asks for explanations
};

struct FilterCheck {
  std::string canonical;      ///< if there are no errors
  dsl::Uses uses;             ///< if there are no errors
  std::vector<Error> errors;  ///< in order of position, with place within the expression and its line
};

/// A filter tried out: one of the group, or an expression.
struct FilterTrial {
  std::string group;
  std::string filter;      ///< a name; empty: `expression`
  std::string expression;  ///< in the dialect `dialect`
  std::string dialect = "extended";
  std::string userId, itemId;
  std::map<std::string, std::string> filterValues;
  size_t sample = 20;       ///< how many of the items that pass are shown
  std::string explainItem;  ///< empty: none
};
struct FilterOutcome {
  std::string canonical;
  int64_t passing = 0;                  ///< of the items that may be recommended
  int64_t items = 0;                    ///< that may be recommended
  std::vector<RecommendedItem> sample;  ///< spread evenly over those that pass; id and title only
  std::optional<dsl::Explanation> explanation;
};

/// Of all routes that explore, since this process began.
struct ExplorationFigures {
  int64_t answers = 0;
  int64_t slots = 0, explored = 0;  ///< of these answers; how many of the slots were explored
  int64_t choices = 0;              ///< learned from, ever
  int64_t eligible = 0;             ///< items that may be explored now
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
  /// to answer with (the message says which condition it is in or what it waits for); kInvalidInput: missing
  /// ids, bad numbers, unknown columns, a stopped recommender, a filter that cannot be used here (R1..R3, R6,
  /// R24, R30, F15, F33..F37), with the request's field; a list for a recipe that ranks none, or none for one
  /// that does (R6); kNotFound with the field `filter`: no such filter.
  virtual Result<Answer> recommend(const RecommendRequest& request) = 0;
  /// Holds an expression against the columns of a group. kNotFound: no such group; kInvalidInput: no such
  /// dialect.
  virtual Result<FilterCheck> checkFilter(const std::string& group, const std::string& expression,
                                          const std::string& dialect) = 0;
  /// Errors as recommend()'s; kNotFound with the field `explainItem` for an item that was never seen.
  virtual Result<FilterOutcome> tryFilter(const FilterTrial& trial) = 0;
  virtual std::vector<ServedModel> served() const = 0;
  /// Where what exploring teaches is kept over a restart; called before start().
  virtual void keepExplorationIn(const std::filesystem::path& directory, io::FileSystem& files) {
    (void)directory, (void)files;
  }
  virtual ExplorationFigures exploration() const { return {}; }
};

}  // namespace proffer::serving
