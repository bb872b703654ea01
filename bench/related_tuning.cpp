// How the settings of related items were chosen: on validation cuts inside what the tests of
// tests/recipes/related_quality_test.cpp train on. Nothing that those ask for is seen here.
//
//   bench_related_tuning bought     Frequently bought together, UCI Online Retail
//   bench_related_tuning watched    Because you watched X, MovieLens latest-small
//   bench_related_tuning similar    Similar-Items, both
//
// PROFFER_TEST_DATA names the data. From the setting that is named first, one value at a time is changed and
// the best one kept, until none helps. What is best is said before: see each function.
#include <cmath>
#include <cstdio>

#include "recipes/co_occurrence_recipe.h"
#include "recipes/content.h"
#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail.h"
#include "tests/recipes/related_protocol.h"

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

// One number of a setting, and what it may be.
template <class Settings>
struct Knob {
  const char* name;
  std::function<double&(Settings&)> value;
  std::vector<double> choices;
};

struct Verdict {
  double score = 0;
  std::string figures;
};

template <class Settings>
Settings climb(Settings settings, const std::vector<Knob<Settings>>& knobs,
               const std::function<Verdict(const Settings&)>& judge) {
  const auto tried = [&](Settings one) {
    const Verdict verdict = judge(one);
    for (const auto& knob : knobs) std::printf("%s %g  ", knob.name, knob.value(one));
    std::printf("-> %.5f  %s\n", verdict.score, verdict.figures.c_str());
    std::fflush(stdout);
    return verdict.score;
  };
  double best = tried(settings);
  for (bool better = true; better;) {
    better = false;
    for (const auto& knob : knobs) {
      const Settings from = settings;
      for (const double choice : knob.choices) {
        Settings other = from;
        if (knob.value(other) == choice) continue;
        knob.value(other) = choice;
        const double score = tried(other);
        if (score <= best) continue;
        best = score, settings = other, better = true;
      }
    }
  }
  std::printf("chosen: ");
  for (const auto& knob : knobs) std::printf("%s %g  ", knob.name, knob.value(settings));
  std::printf("-> %.5f\n", best);
  return settings;
}

template <class Settings>
void tryAll(const Settings& settings, const std::vector<Knob<Settings>>& knobs,
            const std::function<Verdict(const Settings&)>& judge) {
  double best = -1;
  size_t count = 1;
  for (const auto& knob : knobs) count *= knob.choices.size();
  for (size_t number = 0; number < count; ++number) {
    Settings one = settings;
    size_t rest = number;
    for (const auto& knob : knobs) {
      knob.value(one) = knob.choices[rest % knob.choices.size()];
      rest /= knob.choices.size();
      std::printf("%s %g  ", knob.name, knob.value(one));
    }
    const Verdict verdict = judge(one);
    std::printf("-> %.5f  %s%s\n", verdict.score, verdict.figures.c_str(),
                verdict.score > best ? "  (best so far)" : "");
    std::fflush(stdout);
    best = std::max(best, verdict.score);
  }
}

TrainingConfiguration configurationOf(const char* recipe) {
  TrainingConfiguration configuration;
  configuration.recipe = recipe;
  return configuration;
}

struct Related {
  double discount = 0, damping = 0, lifetime = 0, window = 0, inverseGap = 0;
};

Trainer relatedTrainer(const char* recipe, const Related& settings) {
  return [recipe, settings](const TrainingInput& input) {
    const TrainingConfiguration configuration = configurationOf(recipe);
    RelatedProfile profile = *relatedProfile(configuration);
    profile.discount = settings.discount;
    profile.damping = settings.damping;
    profile.counting.lifetimeWeight = settings.lifetime;
    profile.counting.window = static_cast<uint32_t>(settings.window);
    profile.counting.inverseGap = settings.inverseGap > 0;
    Progress progress;
    return std::move(*trainRelated(input, configuration, profile, progress));
  };
}

// The rows that both tests train on: those before the last 30 days that are in nobody's last order. Of them,
// everybody's last order is asked for. Best: HR@10 times P@10, where the 20 best sellers have at most 15 %
// of the slots and 80 % of the items are listed.
int chooseBought() {
  const auto retail = onlineRetail();
  if (!retail) return 1;
  const Orders test = lastOrders(retail->lines);
  int64_t newest = 0;
  for (const Row& row : retail->lines) newest = std::max(newest, row.time);
  const std::vector<Row> rows =
      rowsThat(test.training, [&](const Row& row) { return row.time <= newest - 30 * 86'400; });
  const Orders orders = lastOrders(rows);
  std::printf("%zu rows, %zu orders are asked for\n", rows.size(), orders.tested.size());
  const std::vector<Knob<Related>> knobs = {
      {"discount", [](Related& one) -> double& { return one.discount; }, {0.15, 0.3, 0.4, 0.45, 0.5, 0.6}},
      {"damping", [](Related& one) -> double& { return one.damping; }, {0, 0.25, 0.5, 0.75, 1, 2}},
      {"lifetime", [](Related& one) -> double& { return one.lifetime; }, {0.05, 0.1, 0.2}}};
  tryAll<Related>({}, knobs, [&](const Related& one) {
    const RestOfOrder judged =
        judgeRestOfOrder(orders, relatedTrainer("aws-ecomm-frequently-bought-together", one));
    const bool allowed = judged.bestSellerSlots <= 0.15 && judged.listed >= 0.8;
    return Verdict{allowed ? judged.hitRate * judged.precision : 0,
                   fmt::format("HR@10 {:.4f} P@10 {:.4f} best sellers {:.3f} listed {:.3f}", judged.hitRate,
                               judged.precision, judged.bestSellerSlots, judged.listed)};
  });
  return 0;
}

// Of each fold's training part a quarter of the users. Best: P@10.
int chooseWatched() {
  const auto rows = movieLensRatings();
  if (!rows) return 1;
  NextTenSplit split;
  split.validation = true;
  split.oneOf = 2;
  const std::vector<Knob<Related>> knobs = {
      {"window", [](Related& one) -> double& { return one.window; }, {5, 10, 20, 40, 80, 0}},
      {"1/gap", [](Related& one) -> double& { return one.inverseGap; }, {0, 1}},
      {"discount", [](Related& one) -> double& { return one.discount; }, {0, 0.05, 0.1, 0.2, 0.3, 0.5}}};
  climb<Related>({0.2, 0, 0, 10, 1}, knobs, [&](const Related& one) {
    const NextTen judged =
        judgeNextTen(*rows, {relatedTrainer("aws-vod-because-you-watched-x", one)}, split).front();
    std::string figures = fmt::format("rare {:.4f} folds", judged.rarePrecision());
    for (const auto& fold : judged.folds)
      figures += fmt::format(" {:.4f}", fold.sum / static_cast<double>(fold.queries));
    return Verdict{judged.precision(), figures};
  });
  return 0;
}

struct Similar {
  double window = 20, lifetime = 0.2;
  RowSettings rows;
};

Trainer similarTrainer(const Similar& settings) {
  return [settings](const TrainingInput& input) {
    const TrainingConfiguration configuration = configurationOf("aws-similar-items");
    ContentSettings content = *contentSettings(configuration);
    content.window = static_cast<uint32_t>(settings.window);
    content.lifetimeWeight = settings.lifetime;
    const RowSettings hyperparameters = content.rows;
    content.rows = settings.rows;
    content.rows.keep = hyperparameters.keep;
    content.rows.lenders = hyperparameters.lenders;
    content.rows.popularityDiscount = hyperparameters.popularityDiscount;
    Progress progress;
    return std::move(*trainContent(input, configuration, content, progress));
  };
}

// All films, as above; new films and new products: what the tests hide is left out altogether, and another
// fifth of the items hidden. Best: the geometric mean of the four P@10.
int chooseSimilar() {
  const auto films = movieLensRatings();
  const auto retail = onlineRetail();
  if (!films || !retail) return 1;
  const auto asked = lastOrdersOfTwo(retail->lines);
  const auto known = [](const Row& row) { return !oneItemOfFive(row.item, 3); };
  const auto hidden = [](const std::string& item) { return oneItemOfFive(item, 4); };
  const std::vector<Row> knownFilms = rowsThat(*films, known);
  const std::vector<Row> knownLines = rowsThat(retail->lines, [&](const Row& row) {
    const auto at = asked.find(row.user);
    return known(row) && (at == asked.end() || at->second != row.time);
  });
  NextTenSplit all;
  all.validation = true;
  all.oneOf = 8;
  NextTenSplit cold = all;
  cold.oneOf = 2;
  cold.hidden = hidden;
  const TableMaker products = [&](const MemoryInteractions& interactions) {
    return retailTable(retail->products, interactions);
  };
  const auto row = [](const char* name, double RowSettings::*value, std::vector<double> choices) {
    return Knob<Similar>{name, [value](Similar& one) -> double& { return one.rows.*value; },
                         std::move(choices)};
  };
  const std::vector<Knob<Similar>> knobs = {
      row("lent", &RowSettings::lent, {3, 10, 30}),
      row("alike", &RowSettings::alike, {0.1, 0.5, 2}),
      row("popular", &RowSettings::popular, {0.1, 0.5, 2}),
      row("sharpness", &RowSettings::sharpness, {2, 4, 8}),
      row("prior", &RowSettings::lenderPrior, {2, 5, 15}),
      {"window", [](Similar& one) -> double& { return one.window; }, {10, 20, 40}},
      {"lifetime", [](Similar& one) -> double& { return one.lifetime; }, {0.1, 0.2, 0.4}}};
  Similar start;
  start.window = 10, start.lifetime = 0.1;
  start.rows.lent = 3, start.rows.alike = 2, start.rows.popular = 2;
  start.rows.sharpness = 2, start.rows.lenderPrior = 2;
  climb<Similar>(start, knobs, [&](const Similar& one) {
    const Trainer train = similarTrainer(one);
    const NextTen judged = judgeNextTen(*films, {train}, all, movieLensFilms).front();
    const double newFilms = judgeNextTen(knownFilms, {train}, cold, movieLensFilms).front().precision();
    const double newProducts = judgeNewProducts(knownLines, {train}, hidden, products).front();
    const double product = judged.precision() * judged.rarePrecision() * newFilms * newProducts;
    return Verdict{std::pow(product, 0.25),
                   fmt::format("films {:.4f} rare {:.4f} new {:.4f}, new products {:.4f}", judged.precision(),
                               judged.rarePrecision(), newFilms, newProducts)};
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "bought") return chooseBought();
  if (what == "watched") return chooseWatched();
  if (what == "similar") return chooseSimilar();
  std::fprintf(stderr, "bench_related_tuning bought|watched|similar\n");
  return 2;
}
