// How well sequences are learnt: the recipes of the family beside the yardsticks, each as the sum of network
// and counts and as either alone, with paired intervals by user. Prints; never passes or fails.
//
//   bench_accuracy [movielens|retail|generated EVENTS] [--protocol rolling] [--repeats 3] [RECIPE...]
//
// movielens, retail: the public data that PROFFER_TEST_DATA names; generated: sequences with a taste and an
// order. Differences are from the first recipe's sum.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "recipes/comparison.h"
#include "recipes/sequence/sequence_model.h"
#include "recipes/sequence/sequence_recipe.h"
#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail.h"

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

// Trains once for all parts of an answer; a part is the same model with other weights.
class TrainedOnce {
 public:
  Result<std::shared_ptr<const MemorySections>> of(const TrainingInput& input,
                                                   const TrainingConfiguration& configuration,
                                                   Progress& progress) {
    const std::string key = configuration.recipe + std::to_string(configuration.seed);
    auto& known = models_[key];
    if (known) return std::shared_ptr<const MemorySections>(known);
    const auto start = std::chrono::steady_clock::now();
    PROFFER_TRY(const auto model, SequenceRecipe().train(input, configuration, progress));
    auto sections = std::make_shared<MemorySections>();
    model->save(*sections);
    known = sections;
    std::printf("%s, seed %llu: %.1f s; %s\n", configuration.recipe.c_str(),
                static_cast<unsigned long long>(configuration.seed),
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                dumpJson(model->report()).c_str());
    std::fflush(stdout);
    return std::shared_ptr<const MemorySections>(known);
  }

 private:
  std::map<std::string, std::shared_ptr<const MemorySections>> models_;
};

class PartOf final : public Recipe {
 public:
  PartOf(TrainedOnce& once, std::string part) : once_(once), part_(std::move(part)) {}
  std::string_view family() const override { return "sequence"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints*) const override {
    PROFFER_TRY(const auto whole, once_.of(input, configuration, progress));
    auto sections = std::make_unique<MemorySections>();
    for (const std::string& name : whole->names()) {
      std::string bytes(*whole->get(name));
      if (name == "sequence/settings" && part_ != "sum") {
        Json settings = *parseJson(bytes);
        const Json& weights = member(member(member(settings, "report"), "heldOut"), part_);
        if (weights.is_object()) settings["fusion"] = weights.at("weights");
        bytes = dumpJson(settings);
      }
      sections->put(name, bytes);
    }
    const std::lock_guard guard(mutex_);
    kept_.push_back(std::move(sections));
    return SequenceRecipe().open(*kept_.back());
  }
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override {
    return SequenceRecipe().open(sections);
  }

 private:
  TrainedOnce& once_;
  std::string part_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<MemorySections>> kept_;  // models lie over them
};

struct Data {
  std::unique_ptr<MemoryInteractions> interactions;
  std::unique_ptr<MemoryTable> items;
};

std::optional<Data> movielens() {
  const auto rows = movieLensRatings();
  if (!rows) return std::nullopt;
  Data data;
  data.interactions = std::make_unique<MemoryInteractions>(*rows);
  data.items = std::make_unique<MemoryTable>(
      std::vector<ColumnInfo>{{"GENRES", ColumnKind::kCategorical}, {"YEAR", ColumnKind::kNumeric}},
      data.interactions->itemCount());
  std::ifstream in(std::string(std::getenv("PROFFER_TEST_DATA")) + "/movielens-small/movies.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t first = line.find(','), last = line.rfind(','), year = line.rfind("(", last);
    if (first == std::string::npos || first == last) continue;
    const Index item = data.interactions->item(line.substr(0, first));
    if (item == kNoIndex) continue;
    std::optional<std::string> made;
    if (year != std::string::npos && year > first) made = line.substr(year + 1, 4);
    data.items->set(item, {line.substr(last + 1), made});
  }
  return data;
}

std::optional<Data> retail() {
  const auto shop = onlineRetail();
  if (!shop) return std::nullopt;
  Data data;
  data.interactions = std::make_unique<MemoryInteractions>(shop->lines);
  data.items = std::make_unique<MemoryTable>(retailTable(shop->products, *data.interactions));
  return data;
}

// People move among items near each other, mostly to the right; each has places where they like to be.
Data generated(size_t events) {
  constexpr size_t kItems = 5'000, kPerUser = 50;
  Random random(1);
  std::vector<Row> rows;
  for (size_t user = 0; user < events / kPerUser; ++user) {
    const double taste = random.unit();
    double place = taste;
    for (size_t i = 0; i < kPerUser; ++i) {
      const double kind = random.unit();
      if (kind < 0.5)
        place += 0.002 * random.unit();
      else if (kind < 0.8)
        place = taste + 0.02 * (random.unit() - 0.5);
      else
        place = random.unit() * random.unit();
      place -= std::floor(place);
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string(static_cast<size_t>(place * kItems)),
                      static_cast<int64_t>(1'600'000'000 + user * 10 + i * 5'000), "Watch"});
    }
  }
  Data data;
  data.interactions = std::make_unique<MemoryInteractions>(std::move(rows));
  return data;
}

void print(const Comparison& comparison) {
  std::printf("%lld people trained on, %lld rows, %lld items, %d runs\n",
              static_cast<long long>(comparison.trainingUsers),
              static_cast<long long>(comparison.trainingRows),
              static_cast<long long>(comparison.catalogueSize), comparison.runs);
  for (const TaskFigures& task : comparison.tasks) {
    std::printf("\n%s: %lld cases of %lld people\n", task.name.c_str(), static_cast<long long>(task.cases),
                static_cast<long long>(task.users));
    std::printf("%-40s %8s %8s %8s   difference of NDCG@10 from the first\n", "", "NDCG@10", "HR@10",
                "MRR@25");
    for (const MethodFigures& method : task.methods) {
      if (!method.leftOut.empty()) {
        std::printf("%-40s left out: %s\n", method.name.c_str(), method.leftOut.c_str());
        continue;
      }
      const MethodSpread& spread = method.spread;
      std::printf("%-40s %8.4f %8.4f %8.4f   %+.4f [%+.4f, %+.4f]\n", method.name.c_str(), spread.mean[2],
                  spread.mean[8], spread.mean[0], spread.difference[2], spread.differenceInterval[2].low,
                  spread.differenceInterval[2].high);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string source = "movielens", protocol = "rolling";
  std::vector<std::string> names;
  ComparisonOptions options;
  size_t events = 1'000'000;
  options.repeats = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--protocol" && more)
      protocol = argv[++i];
    else if (word == "--repeats" && more)
      options.repeats = std::atoi(argv[++i]);
    else if (word == "generated" && more)
      source = word, events = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "movielens" || word == "retail")
      source = word;
    else
      names.push_back(word);
  }
  if (names.empty()) names = {"aws-user-personalization"};
  const auto chosen = protocolNamed(protocol);
  std::optional<Data> data = source == "generated" ? generated(events)
                             : source == "retail"  ? retail()
                                                   : movielens();
  if (!data || !chosen) {
    std::fprintf(stderr, "no data (PROFFER_TEST_DATA), or no such protocol\n");
    return 1;
  }
  options.protocol = *chosen;
  TrainedOnce once;
  std::vector<std::unique_ptr<PartOf>> recipes;
  std::vector<Contender> contenders;
  for (const std::string& name : names) {
    for (const char* part : {"sum", "network", "counts"}) {
      recipes.push_back(std::make_unique<PartOf>(once, part));
      Contender contender;
      contender.name = name + " " + part;
      contender.recipe = recipes.back().get();
      contender.configuration.recipe = name;
      contenders.push_back(std::move(contender));
    }
  }
  Progress progress;
  const auto comparison =
      compare({data->interactions.get(), data->items.get()}, contenders, options, progress);
  if (!comparison) {
    std::fprintf(stderr, "%s\n", comparison.error().message.c_str());
    return 1;
  }
  print(*comparison);
  return 0;
}
