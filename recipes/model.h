// A trained model: answers who should see what. It knows nothing of filters, campaigns, exploration or time;
// serving puts those around it.
//
// Immutable after training or opening; any number of threads may ask. Items in questions about the past are
// indexes of the group's dictionary, items in answers are the model's own (ItemSpace). An answer depends on
// the question and the model alone: same question, same bits.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "recipes/item_space.h"
#include "recipes/view.h"

namespace proffer::recipes {

/// Which items may be in the answer: one bit per item of the group's dictionary (absent: all), less the few
/// that this user must not see again.
struct Admission {
  std::span<const uint64_t>
      allowed;              ///< bit i of word i / 64; items beyond the end are not allowed; empty: all are
  bool restricted = false;  ///< whether `allowed` counts
  std::span<const Index> excluded;  ///< group indexes, sorted

  bool admits(Index groupItem) const;
};

/// What is known of the user at the moment of the question: imported history and every event since.
struct UserState {
  Index user = kNoIndex;                                     ///< kNoIndex: never seen
  History history;                                           ///< group item indexes; oldest first
  /// What the history's codes of event types are called; empty: as in the view that was trained on.
  std::span<const std::string> eventTypes;
  std::vector<std::pair<std::string, std::string>> context;  ///< of the request (R26)
};

struct Question {
  const UserState* user = nullptr;  ///< null where the recipe needs none
  Index item = kNoIndex;  ///< the query item of related-items recipes, group index; kNoIndex: unknown, and
                          ///< popular items are the answer (R12)
  size_t limit = 25;
  Admission admission;
  uint64_t seed = 0;
  int64_t time = 0;  ///< of the request, epoch seconds; 0: that of the newest interaction
  /// How much popularity and freshness count beside the recipe's own order, 0 to 1 (rankingInfluence, SE-2).
  double popularityInfluence = 0, freshnessInfluence = 0;
};

struct ScoredItem {
  Index item = kNoIndex;  ///< model index
  double score = 0;       ///< softmax over the catalogue where the recipe has scores; else any order
  bool scored = true;     ///< false: no score to show (popular filler, unknown item of a ranking)
  std::string reason;     ///< "Popular item", "Exploration"; empty: none
};

/// One reason why an item stands in an answer, in the numbers that were used (`--explain`).
struct Evidence {
  std::string kind;  ///< "popularity", "co-occurrence", "attribute", "event", "counts", "metadata", "growth"
  Index item = kNoIndex;  ///< the query's or the user's item it speaks of, group index; kNoIndex: none
  double value = 0;       ///< its weight in the score, in the kind's own unit
  int64_t count = 0;      ///< people or events behind it; 0: does not apply
  std::string detail;     ///< the attribute that agrees, or a sentence; may be empty
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ItemSpace& items() const = 0;
  /// Whether answers depend on the user's history; if not, nobody needs to look it up.
  virtual bool readsHistory() const { return true; }

  /// The best `limit` admitted items, best first; ties by bytes of the id. Fewer if fewer are admitted.
  virtual Result<std::vector<ScoredItem>> recommend(const Question& question) const = 0;
  /// The given items (group indexes) in the user's order; unknown ones last, unscored, in input order (R8,
  /// R14). kNotImplemented where the recipe does not rank.
  virtual Result<std::vector<ScoredItem>> rank(const Question& question,
                                               std::span<const Index> groupItems) const;
  /// The users (group dictionary) most likely to interact with the item (segments); kNotImplemented
  /// elsewhere.
  virtual Result<std::vector<ScoredItem>> usersFor(const Question& question) const;

  /// Why `item` (of this model) is where it is in the answer to `question`, the strongest reason first. Empty
  /// where the model has nothing to say.
  virtual Result<std::vector<Evidence>> explain(const Question& question, Index item) const;

  /// What its training found out, for people to read: an object, empty if there is nothing to say.
  virtual Json report() const { return Json::object(); }

  /// Everything needed to open the model again.
  virtual void save(SectionWriter& out) const = 0;
  /// Bytes of memory it holds beside mapped sections.
  virtual int64_t residentBytes() const = 0;
};

}  // namespace proffer::recipes
