// What exploring has taught about the items of one route, and its lists with explored items in them. Held by
// the route's versions; a new model goes on with what is known.
//
// Any thread. Requests read, one thread at a time teaches.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "controller/data/group_data.h"
#include "recipes/exploration/explorer.h"
#include "recipes/model.h"

namespace proffer::serving {

/// A list with explored items in it, and how each came to its place.
struct ExploredList {
  std::vector<recipes::ScoredItem> items;
  std::vector<recipes::Explorer::Slot> slots;  ///< one for each item; Slot::item is its group index
};

/// Somebody saw a list and chose something.
struct SeenList {
  std::string_view recommendationId;  ///< empty: unknown
  std::string_view owner;             ///< the user, or the session
  std::span<const std::string> items;
  std::string_view chosen;
};

class RouteExploration {
 public:
  /// Up to where the group's events were learned from.
  struct Progress {
    std::string version;       ///< of the model
    int64_t sequence = 0;      ///< of the log
    std::string imported;      ///< fingerprint of what was imported
    int64_t importedUpTo = 0;  ///< time of the newest of its rows
  };
  struct Figures {
    int64_t answers = 0, slots = 0, explored = 0, choices = 0;
    int64_t eligible = 0;
  };

  // ---- Requests

  /// `found` is the model's answer to `question`, of which explored items take a share of `weight` of the
  /// slots. Remembers the list as that of `recommendationId`.
  Result<ExploredList> explore(const recipes::Model& model, const recipes::Question& question,
                               std::vector<recipes::ScoredItem> found, double weight,
                               std::string_view recommendationId);
  recipes::Explorer::Belief belief(recipes::Index groupItem) const;
  Figures figures() const;

  // ---- The one that teaches

  bool remembers(std::string_view recommendationId) const;
  /// False: was counted before, or says nothing.
  bool learn(const data::Snapshot& snapshot, const SeenList& seen);
  /// Group indexes, rising, of what may be explored.
  void setNewItems(std::vector<recipes::Index> items);
  /// How likely an item is to be clicked by people the model knows nothing of, by group index: for lists
  /// whose own predictions are not remembered. Empty: all alike.
  void setUsualPredictions(std::vector<float> predicted) { usual_ = std::move(predicted); }
  /// Once in a while; fits what is believed of items that nothing is known of.
  void fit();
  void moveTo(const std::string& version);  ///< the model was trained anew
  Progress& progress() { return progress_; }

  void save(recipes::SectionWriter& out) const;
  Result<void> open(const recipes::SectionReader& in);

 private:
  struct Remembered {
    uint64_t id = 0;
    std::vector<std::pair<recipes::Index, float>> predicted;  // in the order of the indexes
  };
  void remember(std::string_view recommendationId, const recipes::Model& model,
                const std::vector<recipes::ScoredItem>& items);
  std::vector<recipes::Index> candidatesOf(const recipes::Question& question) const;

  mutable std::shared_mutex mutex_;  // explorer_, newItems_
  recipes::Explorer explorer_;
  std::shared_ptr<const std::vector<recipes::Index>> newItems_ =
      std::make_shared<const std::vector<recipes::Index>>();

  mutable std::mutex rememberedMutex_;
  std::deque<Remembered> remembered_;
  absl::flat_hash_map<uint64_t, uint64_t> numbers_;  // by id: the number of the entry, the first ever is 0
  uint64_t firstNumber_ = 0;
  size_t rememberedBytes_ = 0;

  std::atomic<int64_t> answers_{0}, slots_{0}, explored_{0};
  std::vector<float> usual_;
  int64_t fittedAt_ = 0;  // choices
  Progress progress_;
};

}  // namespace proffer::serving
