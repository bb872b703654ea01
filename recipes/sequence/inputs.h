// What a sequence network is told of a person's events: which rows of a history count, and which rows of the
// table of input features each of them is.
//
//   START of a history   a row of its own, and the person's metadata
//   an event             its type, where its value lies, how long after the one before (log2, a bucket of its
//                        own for 0), whether a session begins
//   what is asked for    the context of the event to come (DEVICE and the like), in the last input before it
//
// Learnt from the data that is trained on, then immutable; any thread. Names, values and columns that were
// not there say nothing later.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/item_space.h"
#include "recipes/network/batch.h"
#include "recipes/recipe.h"
#include "recipes/sequence/metadata_vocabulary.h"

namespace proffer::recipes {

/// A row of a history that counts.
struct SequenceEvent {
  Index item = kNoIndex;  ///< of the model; kNoIndex: it does not know it
  uint32_t place = 0;     ///< row of the history
  int64_t time = 0;
  float value = kNoValue;
  float weight = 1;         ///< of this event as a target; the mean over the event rules is 1 (TO-31)
  uint16_t type = kNoType;  ///< of SequenceInputs
};

struct InputChoice {
  bool metadata = true;  ///< of persons and items
  bool context = true;   ///< columns of the interactions
  bool values = true;    ///< EVENT_VALUE
};

class SequenceInputs {
 public:
  SequenceInputs() = default;
  /// kCancelled. `entities`: group indexes of the items that the model is about.
  static Result<SequenceInputs> learn(const TrainingInput& input, const TrainingConfiguration& configuration,
                                      std::span<const Index> entities, const InputChoice& choice,
                                      Progress& progress);

  size_t rows() const { return users_.size() + firstUserRow_; }  ///< of the table of input features
  const MetadataVocabulary& items() const { return items_; }
  const MetadataVocabulary& users() const { return users_; }
  const std::vector<EventRule>& rules() const { return rules_; }
  /// As the view that was learnt from names them, in the order of its codes.
  std::span<const std::string> eventTypes() const { return eventTypes_; }
  uint32_t firstUserRow() const { return firstUserRow_; }
  bool hasContext() const { return !contexts_.empty(); }
  std::vector<std::string> contextColumns() const;

  static constexpr uint32_t kStart = 0;
  /// The features of an event; `before`: the one before, null if there is none.
  void appendEvent(const SequenceEvent& event, const SequenceEvent* before, std::vector<Feature>& out) const;
  /// What a request says of its context; columns and values that are not known say nothing.
  void appendContext(std::span<const std::pair<std::string, std::string>> context,
                     std::vector<Feature>& out) const;

  /// Bags of item metadata, one for each of `groupItems`; of size 0 if nothing is known of items.
  FeatureBags itemBags(const MetadataTable* table, std::span<const Index> groupItems) const;
  /// Bags of the persons' metadata, by index of the group; of size 0 if nothing is known of persons.
  FeatureBags userBags(const MetadataTable* table) const;

  void save(SectionWriter& out) const;  ///< sections "sequence/..."
  static Result<SequenceInputs> open(const SectionReader& in);

 private:
  friend class HistoryReader;
  friend class ContextReader;
  struct Context {
    std::string column;
    std::vector<std::string> values;  // in order of the rows
    uint32_t firstRow = 0;
    absl::flat_hash_map<std::string, uint32_t> rows;
  };
  void number();
  uint16_t typeOf(const std::string& name) const;
  Result<void> learnContexts(const Interactions& interactions, const std::set<std::string>& excluded,
                             const EventSelector& selector, Progress& progress);
  void learnValues(const Interactions& interactions, const EventSelector& selector, Progress& progress);

  std::vector<EventRule> rules_;
  std::vector<std::string> eventTypes_;
  std::vector<std::string> types_;  // lower case, ascending
  std::vector<float> valueKnots_;   // upper ends of all buckets but the last
  bool values_ = false;             // whether there are buckets at all
  std::vector<Context> contexts_;
  MetadataVocabulary items_, users_;
  uint32_t firstType_ = 0, firstValue_ = 0, firstGap_ = 0, session_ = 0, firstUserRow_ = 0;
};

/// Picks the rows of histories that count. `eventTypes`: the names of the histories' codes. Immutable; any
/// thread.
class HistoryReader {
 public:
  /// What is done with events whose items the model does not know. Trainings keep their rows, which others
  /// count too. Answers leave them out: an item that was streamed and is new to the group has no index before
  /// it is folded, and folding must not change an answer.
  enum class Unknown { kLeftOut, kKept };
  HistoryReader(const SequenceInputs& inputs, std::span<const std::string> eventTypes,
                Unknown unknown = Unknown::kLeftOut);
  /// Replaces what was in `events`; of longer histories the newest `kLongest`.
  void read(const History& history, const ItemSpace& items, std::vector<SequenceEvent>& events) const;
  bool counts(const History& history, size_t row) const { return selector_.weight(history, row) > 0; }
  static constexpr size_t kLongest = 10'000;

 private:
  EventSelector selector_;
  std::vector<uint16_t> typeOf_;  // code of the history -> of the inputs
  Unknown unknown_;
};

/// The context that events came with. One per thread; both must outlive it.
class ContextReader {
 public:
  ContextReader(const SequenceInputs& inputs, const Interactions& interactions);
  /// For the rows of the user's whole history; empty columns are left out.
  void read(Index user);
  void append(uint32_t place, std::vector<Feature>& out) const;

 private:
  struct Column {
    size_t place = 0;                 // of the view
    std::vector<uint32_t> rowOfCode;  // kNoIndex: says nothing
    std::vector<uint32_t> codes;      // of the user that was read
  };
  const Interactions& interactions_;
  std::vector<Column> columns_;
  Interactions::Scratch scratch_;
};

}  // namespace proffer::recipes
