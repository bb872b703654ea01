#include "recipes/sequence/sequence_model.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "recipes/sequence/training_part.h"
#include "tests/sequence/fake_network.h"

namespace sequence_model_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

// A model of a fake network and real counts.
struct World {
  explicit World(Fusion fusion = {}, uint64_t seed = 1, size_t scannedFrom = SequenceModel::kScannedFrom)
      : interactions(randomRows(seed, 40, 60, 12), {"never"}) {
    TrainingConfiguration configuration;
    configuration.recipe = "aws-user-personalization";
    Progress progress;
    std::vector<Index> all;
    for (Index item = 0; item < interactions.itemCount(); ++item) all.push_back(item);
    SequenceParts parts;
    parts.items = ItemSpace::of(interactions, all);
    parts.inputs = *SequenceInputs::learn({&interactions}, configuration, all, {}, progress);
    parts.counts = *FollowingCounts::of(interactions, configuration, parts.items, false, progress);
    auto own = std::make_unique<FakeNetwork>(all.size(), parts.inputs.rows(), 0);
    network = own.get();
    parts.network = std::move(own);
    parts.fusion = fusion;
    parts.interactions.assign(all.size(), 1);
    parts.interactions[parts.items.fromGroup(interactions.item("never"))] = 0;
    model = std::make_unique<SequenceModel>(std::move(parts), scannedFrom);
  }
  UserState state(Index user, size_t events) {
    const History all = interactions.history(user, scratch);
    events = std::min(events, all.size());
    UserState state;
    state.user = user;
    state.history = {all.items.first(events), all.times.first(events), all.types.first(events),
                     all.values.first(events)};
    return state;
  }
  std::vector<float> logits(const UserState& state) const {
    Question question;
    question.user = &state;
    return model->logits(question);
  }

  MemoryInteractions interactions;
  Interactions::Scratch scratch;
  const FakeNetwork* network = nullptr;
  std::unique_ptr<SequenceModel> model;
};

Fusion someFusion() {
  Fusion fusion;
  fusion.counts = 1.5;
  fusion.rest = 0.02;
  fusion.seen = -1;
  fusion.again = 0.5;
  return fusion;
}

Index longestUser(World& world) {
  Index best = 0;
  size_t most = 0;
  for (Index user = 0; user < world.interactions.userCount(); ++user) {
    const size_t size = world.interactions.history(user, world.scratch).size();
    if (size > most) most = size, best = user;
  }
  return best;
}

}  // namespace

TEST_CASE("scores are the softmax of network and counts, as computed plainly", "[sequence]") {
  World world(someFusion());
  const Index user = longestUser(world);
  const UserState state = world.state(user, 9);
  Question question;
  question.user = &state;
  question.limit = 1000;
  const auto answer = world.model->recommend(question);
  REQUIRE(answer);
  const SequenceParts& parts = world.model->parts();
  REQUIRE(answer->size() == parts.items.size());

  // Plainly, in double.
  std::vector<SequenceEvent> events;
  HistoryReader(parts.inputs, world.interactions.eventTypes()).read(state.history, parts.items, events);
  const size_t dimension = parts.network->shape().dimension;
  std::vector<float> hidden(dimension), h(dimension);
  parts.network->step(kNoIndex, std::vector<Feature>{{SequenceInputs::kStart, 1}}, hidden, h);
  for (size_t i = 0; i < events.size(); ++i) {
    std::vector<Feature> features;
    parts.inputs.appendEvent(events[i], i > 0 ? &events[i - 1] : nullptr, features);
    parts.network->step(events[i].item, features, hidden, h);
  }
  std::vector<double> scores;
  double sum = 0;
  for (Index item = 0; item < parts.items.size(); ++item) {
    double logit = parts.network->itemBiases()[item];
    for (size_t i = 0; i < dimension; ++i)
      logit += double{parts.network->itemVectors()[item * dimension + i]} * h[i];
    double counted = 0;
    int times = 0;
    for (size_t k = 0; k < events.size(); ++k) {
      const SequenceEvent& event = events[events.size() - 1 - k];
      times += event.item == item;
      for (const Neighbour& neighbour : parts.counts.row(event.item))
        if (neighbour.item == item)
          counted += std::exp(-static_cast<double>(k) / parts.fusion.decay) * neighbour.score;
    }
    logit += parts.fusion.counts * std::log(1 + counted / parts.fusion.rest);
    if (times > 0) logit += parts.fusion.seen + parts.fusion.again * std::log(times);
    scores.push_back(std::exp(logit));
    sum += scores.back();
  }
  double total = 0;
  for (const ScoredItem& item : *answer) {
    CHECK(item.score == Approx(scores[item.item] / sum).epsilon(1e-4));
    total += item.score;
  }
  CHECK(total == Approx(1).epsilon(1e-5));
  for (size_t i = 1; i < answer->size(); ++i) CHECK((*answer)[i - 1].score >= (*answer)[i].score);
}

TEST_CASE("a catalogue that is scanned is answered as one that is not", "[sequence]") {
  World plain(someFusion()), scanned(someFusion(), 1, 0);
  for (Index user = 0; user < plain.interactions.userCount(); ++user) {
    const UserState one = plain.state(user, 8), other = scanned.state(user, 8);
    Question question;
    question.limit = 1 + user % 30;
    if (user % 3 == 0) question.admission.excluded = one.history.items.first(2);
    question.user = &one;
    const auto expected = plain.model->recommend(question);
    question.user = &other;
    for (int again = 0; again < 2; ++again) {  // the second time from what the thread has at hand
      const auto answer = scanned.model->recommend(question);
      REQUIRE(answer);
      REQUIRE(answer->size() == expected->size());
      for (size_t i = 0; i < answer->size(); ++i) {
        CHECK((*answer)[i].item == (*expected)[i].item);
        CHECK((*answer)[i].score == Approx((*expected)[i].score).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("an event costs one step, and answers are those from scratch", "[sequence]") {
  World world(someFusion());
  const World fresh(someFusion());
  const Index user = longestUser(world);
  const size_t events = world.interactions.history(user, world.scratch).size();
  REQUIRE(events > 10);
  world.logits(world.state(user, 5));
  for (size_t count = 6; count <= events; ++count) {
    const UserState state = world.state(user, count);
    const size_t before = world.network->steps;
    const auto now = world.logits(state);
    CHECK(world.network->steps == before + 1);
    fresh.model->forgetStates();
    CHECK(now == fresh.logits(state));
    CHECK(world.logits(state) == now);
    CHECK(world.network->steps == before + 1);
  }
}

TEST_CASE("late events, deletions and forgotten states change no answer", "[sequence]") {
  World world(someFusion());
  const World fresh(someFusion());
  Random random(11);
  for (int round = 0; round < 1000; ++round) {
    const auto user = static_cast<Index>(random.below(world.interactions.userCount()));
    const UserState whole = world.state(user, random.below(30));
    std::vector<Index> items(whole.history.items.begin(), whole.history.items.end());
    std::vector<int64_t> times(whole.history.times.begin(), whole.history.times.end());
    std::vector<uint16_t> types(whole.history.types.begin(), whole.history.types.end());
    std::vector<float> values(whole.history.values.begin(), whole.history.values.end());
    const uint64_t kind = random.below(4);
    if (kind == 0 && !items.empty()) {
      const auto at = static_cast<ptrdiff_t>(random.below(items.size()));
      items.erase(items.begin() + at);
      times.erase(times.begin() + at);
      types.erase(types.begin() + at);
      values.erase(values.begin() + at);
    } else if (kind == 1) {
      const auto at = static_cast<ptrdiff_t>(random.below(items.size() + 1));
      items.insert(items.begin() + at, static_cast<Index>(random.below(60)));
      times.insert(times.begin() + at, at > 0 ? times[static_cast<size_t>(at) - 1] : 0);
      types.insert(types.begin() + at, uint16_t{0});
      values.insert(values.begin() + at, kNoValue);
    } else if (kind == 2) {
      world.model->forgetStates();
    }
    UserState changed;
    changed.user = random.below(5) == 0 ? kNoIndex : user;
    changed.history = {items, times, types, values};
    fresh.model->forgetStates();
    REQUIRE(world.logits(changed) == fresh.logits(changed));
  }
}

TEST_CASE("rankings: the softmax of the list, the unknown last and without a score", "[sequence]") {
  World world(someFusion());
  const UserState state = world.state(0, 10);
  Question question;
  question.user = &state;
  std::vector<Index> list;
  for (const char* id : {"never", "i3", "i1", "i2"}) list.push_back(world.interactions.item(id));
  list.insert(list.begin(), 9999);
  const auto ranked = world.model->rank(question, list);
  REQUIRE(ranked);
  REQUIRE(ranked->size() == 5);
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) {
    CHECK((*ranked)[i].scored);
    sum += (*ranked)[i].score;
  }
  CHECK(sum == Approx(1));
  CHECK((*ranked)[0].score >= (*ranked)[1].score);
  CHECK((*ranked)[3].item == kNoIndex);
  CHECK(world.model->items().id((*ranked)[4].item) == "never");
  CHECK_FALSE((*ranked)[4].scored);

  question.admission.excluded = std::span(&list[2], 1);
  CHECK(world.model->rank(question, list)->size() == 4);
}

TEST_CASE("long histories are read from a place that moves seldom", "[sequence]") {
  size_t moves = 0;
  for (size_t events = 1; events < 10'000; ++events) {
    const size_t first = SequenceModel::firstEvent(events);
    REQUIRE(first < events);
    REQUIRE(events - first <= SequenceModel::kLongestRead);
    REQUIRE(first >= SequenceModel::firstEvent(events - 1));
    moves += first != SequenceModel::firstEvent(events - 1);
  }
  CHECK(moves < 20);
}

TEST_CASE("an explanation names the events that count", "[sequence]") {
  World world(someFusion());
  const Index user = longestUser(world);
  const UserState state = world.state(user, 12);
  Question question;
  question.user = &state;
  question.limit = 1;
  const auto best = world.model->recommend(question);
  REQUIRE(best);
  const auto reasons = world.model->explain(question, best->front().item);
  REQUIRE(reasons);
  std::set<std::string> kinds;
  const std::set<Index> own(state.history.items.begin(), state.history.items.end());
  for (const Evidence& reason : *reasons) {
    kinds.insert(reason.kind);
    if (reason.kind == "event") CHECK(own.contains(reason.item));
  }
  CHECK(kinds.contains("event"));
  CHECK(kinds.contains("popularity"));
}

TEST_CASE("an event of an item that the model does not know says nothing", "[sequence]") {
  World world(someFusion());
  const UserState before = world.state(longestUser(world), 10);
  std::vector<Index> items(before.history.items.begin(), before.history.items.end());
  std::vector<int64_t> times(before.history.times.begin(), before.history.times.end());
  std::vector<uint16_t> types(before.history.types.begin(), before.history.types.end());
  std::vector<float> values(before.history.values.begin(), before.history.values.end());
  items.push_back(9999);
  times.push_back(times.back() + 100);
  types.push_back(types.back());
  values.push_back(1);
  UserState after = before;
  after.history = {items, times, types, values};
  CHECK(world.logits(after) == world.logits(before));
}

TEST_CASE("new people are answered from START alone, whoever they are", "[sequence]") {
  World world;
  const UserState nobody;
  UserState unknown;
  unknown.user = 12'345;
  Question question;
  CHECK(world.model->logits(question) == world.logits(nobody));
  CHECK(world.logits(unknown) == world.logits(nobody));
}

}  // namespace sequence_model_test
