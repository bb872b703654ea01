// How fast a model of the sequence family answers over a large catalogue, in process: at a fixed rate of
// questions that do not wait for each other, and as many as go; beside the plain scan in single precision.
// Every kind of answer is held against one in double precision, and where the time goes is printed.
//
//   bench_sequence_serving [ITEMS [RATE]]     default 100,000 items at 500 questions a second
//
// The network is one of hidden 149 that has learned next to nothing: the work is the same.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/parallel.h"
#include "recipes/sequence/scorer.h"
#include "recipes/sequence/sequence_model.h"
#include "tests/recipes/memory_views.h"

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;
using Stopwatch = std::chrono::steady_clock;

namespace {

constexpr size_t kPeople = 2000, kEvents = 50, kDimension = 149;

double since(Stopwatch::time_point start) {
  return std::chrono::duration<double, std::micro>(Stopwatch::now() - start).count();
}

// Every item once, and then histories with a long tail.
MemoryInteractions madeInteractions(size_t items) {
  Random random(1);
  std::vector<Row> rows;
  for (size_t item = 0; item < items; ++item)
    rows.push_back({"once" + std::to_string(item / 100), "i" + std::to_string(item),
                    static_cast<int64_t>(1'600'000'000 + item)});
  for (size_t person = 0; person < kPeople; ++person)
    for (size_t i = 0; i < kEvents; ++i) {
      const double place = random.unit() * random.unit() * random.unit();
      rows.push_back({"u" + std::to_string(person),
                      "i" + std::to_string(static_cast<size_t>(place * static_cast<double>(items))),
                      static_cast<int64_t>(1'610'000'000 + i * 5'000)});
    }
  return MemoryInteractions(std::move(rows));
}

// Two batches, so that there is something to learn from.
class FewEvents final : public BatchSource {
 public:
  FewEvents(size_t items, size_t features) : items_(items), features_(features), counts_(items, 1) {}
  size_t lanes() const override { return 8; }
  size_t steps() const override { return 16; }
  size_t batchesPerEpoch() const override { return 2; }
  int64_t targetsPerEpoch() const override { return 256; }
  std::span<const uint32_t> targetCounts() const override { return counts_; }
  Result<void> fill(uint64_t, size_t, Batch& out) override {
    out.steps = steps(), out.lanes = lanes();
    out.items.clear(), out.targets.clear(), out.weights.clear(), out.resets.clear(), out.features.clear();
    for (size_t i = 0; i < steps() * lanes(); ++i) {
      out.resets.push_back(i < lanes());
      out.items.push_back(i < lanes() ? kNoIndex : static_cast<Index>(random_.below(items_)));
      out.targets.push_back(static_cast<Index>(random_.below(items_)));
      out.weights.push_back(1);
      out.features.add({static_cast<uint32_t>(random_.below(features_)), 1.F});
      out.features.close();
    }
    return {};
  }

 private:
  size_t items_, features_;
  std::vector<uint32_t> counts_;
  Random random_{2};
};

// The trained network with vectors as spread as those of a network that has learned: logits differ by
// about 2.
class SpreadNetwork final : public Network {
 public:
  explicit SpreadNetwork(std::unique_ptr<Network> inner) : inner_(std::move(inner)) {
    Random random(3);
    vectors_.assign(inner_->itemVectors().begin(), inner_->itemVectors().end());
    for (float& number : vectors_) {
      const double pushed = random.unit() + random.unit() + random.unit() - 1.5;
      number += static_cast<float>(pushed);
    }
  }
  const NetworkShape& shape() const override { return inner_->shape(); }
  size_t stateSize() const override { return inner_->stateSize(); }
  void initial(std::span<float> state) const override { inner_->initial(state); }
  void step(Index item, std::span<const Feature> features, std::span<float> state,
            std::span<float> answer) const override {
    inner_->step(item, features, state, answer);
    double size = 0;
    for (const float number : answer) size += double{number} * double{number};
    const auto factor = static_cast<float>(4 / std::sqrt(std::max(size, 1e-12)));
    for (float& number : answer) number *= factor;
  }
  std::span<const float> itemVectors() const override { return vectors_; }
  std::span<const float> itemBiases() const override { return inner_->itemBiases(); }
  void vectorOf(std::span<const Feature> bag, std::span<float> vector) const override {
    inner_->vectorOf(bag, vector);
  }
  void save(SectionWriter& out) const override { inner_->save(out); }
  int64_t residentBytes() const override { return inner_->residentBytes(); }

 private:
  std::unique_ptr<Network> inner_;
  std::vector<float> vectors_;
};

SequenceParts madeParts(const MemoryInteractions& interactions) {
  TrainingConfiguration configuration;
  configuration.recipe = "aws-user-personalization";
  Progress progress;
  std::vector<Index> all;
  for (Index item = 0; item < interactions.itemCount(); ++item) all.push_back(item);
  SequenceParts parts;
  parts.items = ItemSpace::of(interactions, all);
  parts.inputs = *SequenceInputs::learn({&interactions}, configuration, all, {}, progress);
  parts.counts = *FollowingCounts::of(interactions, configuration, parts.items, false, progress);
  NetworkShape shape;
  shape.items = all.size();
  shape.inputFeatures = parts.inputs.rows();
  shape.itemFeatures = parts.inputs.items().size();
  shape.dimension = shape.hidden = kDimension;
  TrainingPlan plan;
  plan.epochs = 1;
  FewEvents source(all.size(), parts.inputs.rows());
  parts.itemBags = StoredBags(parts.inputs.itemBags(nullptr, all));
  parts.network = std::make_unique<SpreadNetwork>(std::move(*trainNetwork(
      shape, parts.inputs.itemBags(nullptr, all), plan, source, nullptr, progress, nullptr, nullptr)));
  parts.fusion.counts = 0.5;
  parts.interactions.assign(all.size(), 1);
  return parts;
}

struct Person {
  Interactions::Scratch scratch;
  UserState state;
  Question question;
};

struct Figures {
  double perSecond = 0, p50 = 0, p99 = 0;  // milliseconds
};

Figures figuresOf(std::vector<double> latencies, double seconds) {
  std::sort(latencies.begin(), latencies.end());
  return {static_cast<double>(latencies.size()) / seconds, latencies[latencies.size() / 2] / 1e3,
          latencies[latencies.size() * 99 / 100] / 1e3};
}

// `callers` threads ask; with a rate each question has its time, and what it waits for a free caller counts.
Figures ask(const SequenceModel& model, std::vector<Person>& people, size_t callers, double rate,
            double seconds) {
  std::atomic<size_t> next = 0;
  std::vector<std::vector<double>> latencies(callers);
  const auto start = Stopwatch::now();
  std::vector<std::thread> threads;
  for (size_t caller = 0; caller < callers; ++caller)
    threads.emplace_back([&, caller] {
      for (;;) {
        const size_t number = next.fetch_add(1);
        auto begin = Stopwatch::now();
        if (rate > 0) {
          begin = start +
                  std::chrono::nanoseconds(static_cast<int64_t>(1e9 * static_cast<double>(number) / rate));
          std::this_thread::sleep_until(begin);
        }
        if (since(start) > seconds * 1e6) return;
        const auto answer = model.recommend(people[number % people.size()].question);
        if (answer && answer->size() == 25) latencies[caller].push_back(since(begin));
      }
    });
  for (std::thread& thread : threads) thread.join();
  const double took = since(start) / 1e6;
  std::vector<double> all;
  for (const auto& some : latencies) all.insert(all.end(), some.begin(), some.end());
  return figuresOf(std::move(all), took);
}

void print(const char* what, const Figures& figures) {
  std::printf("%-52s %8.0f /s   p50 %7.2f ms   p99 %7.2f ms\n", what, figures.perSecond, figures.p50,
              figures.p99);
  std::fflush(stdout);
}

// Held against logits whose dense part is taken in double precision.
void compare(const SequenceModel& model, std::vector<Person>& people, size_t asked) {
  double worstScore = 0, worstSum = 0;
  size_t otherItems = 0, places = 0;
  const auto& parts = model.parts();
  for (size_t i = 0; i < asked; ++i) {
    Question question = people[i].question;
    const std::vector<float> plain = model.logits(question);
    const std::vector<float> h = model.answerOf(question);
    std::vector<std::pair<double, Index>> exact;
    double sum = 0;
    for (Index item = 0; item < plain.size(); ++item) {
      const float* const vector = parts.network->itemVectors().data() + item * kDimension;
      double dense = 0;
      for (size_t k = 0; k < kDimension; ++k) dense += double{vector[k]} * double{h[k]};
      const float single = innerProduct(vector, h.data(), kDimension);
      const double logit = double{plain[item]} + parts.fusion.scale * (dense - double{single});
      exact.emplace_back(-logit, item);
      sum += std::exp(logit);
    }
    std::partial_sort(exact.begin(), exact.begin() + 26, exact.end());
    const auto answer = *model.recommend(question);
    for (size_t place = 0; place < answer.size(); ++place, ++places) {
      const double mine = std::exp(-exact[place].first) / sum;
      worstScore = std::max(worstScore, std::abs(answer[place].score / mine - 1));
      double same = 0;  // the exact score of the item that stands here
      for (const auto& [negative, item] : exact)
        if (item == answer[place].item) same = std::exp(-negative) / sum;
      otherItems += answer[place].item != exact[place].second && std::abs(same / mine - 1) > 1e-5;
    }
    if (i > 4) continue;
    question.limit = plain.size();
    double total = 0;
    const auto all = model.recommend(question);
    for (const ScoredItem& item : *all) total += item.score;
    worstSum = std::max(worstSum, std::abs(total - 1));
  }
  std::printf(
      "beside double precision, %zu answers: scores off by at most %.1e (relative), sums of all scores "
      "by %.1e; %zu of %zu places hold an item whose score is not that place's within 1e-5\n",
      asked, worstScore, worstSum, otherItems, places);
}

template <class Work>
void stage(const char* what, size_t times, const Work& work) {
  const auto start = Stopwatch::now();
  for (size_t i = 0; i < times; ++i) work(i);
  std::printf("  %-50s %8.1f us\n", what, since(start) / static_cast<double>(times));
}

void whereTheTimeGoes(const SequenceModel& model, const SequenceModel& plain, std::vector<Person>& people) {
  const auto& parts = model.parts();
  const CatalogueScan scan(parts.network->itemVectors(), kDimension);
  std::printf("where the time goes, one thread (%.0f MB of vectors, %.0f MB of their copy):\n",
              static_cast<double>(parts.network->itemVectors().size_bytes()) / 1e6,
              static_cast<double>(scan.bytes()) / 1e6);
  std::vector<float> out(parts.items.size());
  std::vector<std::vector<float>> answers;
  for (Person& person : people) answers.push_back(model.answerOf(person.question));
  constexpr size_t kTimes = 40;
  stage("the person's state, at hand", kTimes, [&](size_t i) { model.answerOf(people[i].question); });
  model.forgetStates();
  stage("the person's state, 50 events anew", kTimes, [&](size_t i) { model.answerOf(people[i].question); });
  stage("plain products, single precision", kTimes, [&](size_t i) {
    denseLogits(parts.network->itemVectors(), parts.network->itemBiases(), answers[i], 1, out);
  });
  stage("products from the copy, one answer", kTimes, [&](size_t i) { scan.products(answers[i], out); });
  std::vector<std::vector<float>> many(CatalogueScan::kTogether, out);
  stage("the same, eight answers in one pass", kTimes / 4,
        [&](size_t i) { scan.together(std::span(answers).subspan(i * 8, 8), many); });
  CountSums sums;
  stage("counts", kTimes, [&](size_t i) {
    addCounts(parts.fusion, parts.counts, model.eventsAsked(people[i].question), sums, out);
  });
  stage("the sum of exponentials", kTimes, [&](size_t) { (void)ExponentialSum(out).log(); });
  stage("an answer whole, plain", kTimes, [&](size_t i) { (void)plain.recommend(people[i].question); });
  stage("an answer whole", kTimes, [&](size_t i) { (void)model.recommend(people[i].question); });
  stage("the same asked again, as who explores does", kTimes,
        [&](size_t) { (void)model.recommend(people[0].question); });
}

}  // namespace

int main(int argc, char** argv) {
  const size_t items = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const double rate = argc > 2 ? std::strtod(argv[2], nullptr) : 500;
  const MemoryInteractions interactions = madeInteractions(items);
  SequenceParts parts = madeParts(interactions);
  SequenceParts again = madeParts(interactions);
  const auto start = Stopwatch::now();
  const SequenceModel model(std::move(parts));
  std::printf("%zu items, hidden %zu, %d threads; made ready to serve in %.2f s\n", items, kDimension,
              parallelism(), since(start) / 1e6);
  const SequenceModel plain(std::move(again), SIZE_MAX);
  std::vector<Person> people(kPeople);
  for (size_t i = 0; i < kPeople; ++i) {
    Person& person = people[i];
    person.state.user = interactions.user("u" + std::to_string(i));
    person.state.history = interactions.history(person.state.user, person.scratch);
    person.question.user = &person.state;
  }
  compare(model, people, 40);
  whereTheTimeGoes(model, plain, people);
  const std::string fixed =
      "at " + std::to_string(static_cast<int>(rate)) + " questions a second, 16 callers";
  print(fixed.c_str(), ask(model, people, 16, rate, 10));
  print("plain, the same", ask(plain, people, 16, rate, 10));
  for (const size_t callers : {size_t{2}, size_t{16}}) {
    const std::string most = "as many as go, " + std::to_string(callers) + " callers";
    print(most.c_str(), ask(model, people, callers, 0, 6));
    print("plain, the same", ask(plain, people, callers, 0, 6));
  }
  return 0;
}
