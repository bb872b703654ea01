// The model of the sequence family: a network's answer to a person's events so far, and the counts of what
// follows their latest items, in one softmax over the catalogue.
//
// Immutable but for the cache of states, which changes no answer; any thread. An opened one lies over the
// sections' bytes, which must outlive it. A person's state is the imported history and every event since;
// what an answer depends on is the question alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recipes/model.h"
#include "recipes/network/network.h"
#include "recipes/sequence/catalogue_scan.h"
#include "recipes/sequence/following_counts.h"
#include "recipes/sequence/fusion.h"
#include "recipes/sequence/inputs.h"
#include "recipes/sequence/state_cache.h"
#include "recipes/sequence/stored_bags.h"

namespace proffer::recipes {

/// What a model is made of.
struct SequenceParts {
  ItemSpace items;
  SequenceInputs inputs;
  StoredBags itemBags, userBags;
  std::shared_ptr<const SectionReader> networkBytes;  ///< that the network lies over, if they are its own
  std::unique_ptr<Network> network;
  /// Per item of the model the network's own; kNoIndex: it came later, and has a vector by its bag alone.
  /// Empty: the network knows all, in the same order.
  std::vector<Index> ofNetwork;
  FollowingCounts counts;
  Fusion fusion;
  std::vector<uint32_t> interactions;  ///< per item, that were trained on
  std::vector<uint8_t> answered;       ///< per item: whether recommend() may answer it; empty: all
  Json report = Json::object();        ///< what training found
};

class SequenceModel final : public Model {
 public:
  /// Catalogues of at least `scannedFrom` numbers (items x dimension) are answered from a copy of half the
  /// size.
  explicit SequenceModel(SequenceParts parts, size_t scannedFrom = kScannedFrom);
  static Result<std::unique_ptr<Model>> open(const SectionReader& sections);

  const ItemSpace& items() const override { return parts_.items; }
  Result<std::vector<ScoredItem>> recommend(const Question& question) const override;
  /// The softmax is over the list. Items without interactions are not scored (PR-2).
  Result<std::vector<ScoredItem>> rank(const Question& question,
                                       std::span<const Index> groupItems) const override;
  /// "event": how much the item's logit, held against those of popular items, owes to each of the latest
  /// events (without it, the rest the same); "counts", "metadata", "popularity": the parts of the logit.
  Result<std::vector<Evidence>> explain(const Question& question, Index item) const override;
  Json report() const override { return parts_.report; }
  void save(SectionWriter& out) const override;
  int64_t residentBytes() const override;

  const SequenceParts& parts() const { return parts_; }
  /// Logits of all items, as answers have them.
  std::vector<float> logits(const Question& question) const;
  /// The network's vector for a question, whose products with the items' vectors are the dense part of
  /// logits.
  std::vector<float> answerOf(const Question& question) const { return asked(question).answer; }
  std::vector<SequenceEvent> eventsAsked(const Question& question) const { return eventsOf(question); }
  void forgetStates() const { cache_.clear(); }

  /// Events from so many before the end on are read, however long a history is: a number that depends on the
  /// length alone, and grows in steps, so that an event more seldom moves the beginning.
  static size_t firstEvent(size_t events);
  static constexpr size_t kLongestRead = 1024, kReadStep = 512;
  static constexpr size_t kScannedFrom = size_t{1} << 21;

 private:
  // What all logits of an answer depend on.
  struct Asked {
    std::vector<SequenceEvent> events;
    std::vector<float> answer;  // the network's, from the cache or computed
    uint64_t hash = 0;          // of the events and whose they are
  };
  Asked asked(const Question& question) const;
  std::vector<float> answerTo(const Question& question, std::span<const SequenceEvent> events,
                              uint64_t& hash) const;
  void step(std::span<const SequenceEvent> events, size_t row, Index user,
            std::span<const std::pair<std::string, std::string>> context, std::span<float> state,
            std::span<float> answer) const;
  std::vector<SequenceEvent> eventsOf(const Question& question) const;
  struct About {
    std::span<const float> logits;  // of all items; until the thread asks again
    float offBy = 0;                // each of them at most
  };
  About aboutLogits(const Asked& asked) const;
  // The network's part of an item's logit.
  float denseLogit(Index item, std::span<const float> answer) const;
  float logitFrom(float product, Index item) const {
    return static_cast<float>(parts_.fusion.scale) * (product + biases_[item]);
  }
  void gatherVectors();
  std::span<const float> vectorOf(Index item) const {
    return vectors_.subspan(item * size_t{dimension_}, dimension_);
  }
  void explainEvents(const Question& question, std::span<const SequenceEvent> events, Index item,
                     std::vector<Evidence>& reasons) const;
  double standing(std::span<const float> answer, std::span<const SequenceEvent> events, Index item) const;
  // Exact logits of a few items.
  std::vector<double> logitsOf(std::span<const Index> items, std::span<const float> answer,
                               std::span<const SequenceEvent> events) const;

  SequenceParts parts_;
  size_t dimension_ = 0;
  std::span<const float> vectors_, biases_;    // of all items
  std::vector<float> ownVectors_, ownBiases_;  // if the network does not know all
  std::optional<CatalogueScan> scan_;          // if there are many items
  const uint64_t number_;                      // of this model in the process
  std::vector<Index> popular_;                 // what explanations hold items against
  std::optional<HistoryReader> reader_;        // for histories whose types are those of the training
  mutable StateCache cache_;
};

}  // namespace proffer::recipes
