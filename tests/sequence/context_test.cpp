// What a request says of its context counts as much as it is worth, and costs nothing where it is worth
// nothing. Generated people whose taste depends on the device; trained as recipes train.
#include <catch2/catch.hpp>
#include <cmath>

#include "recipes/sequence/sequence_model.h"
#include "recipes/sequence/sequence_recipe.h"
#include "tests/recipes/memory_views.h"

namespace context_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr size_t kDevices = 3, kGenres = 4, kFilms = 10;  // of a genre, for a device
constexpr size_t kCatalogue = kDevices * kGenres * kFilms;
constexpr size_t kPeople = 700, kWatches = 14, kAsked = 2;  // the last ones of each person
constexpr double kStrays = 0.1;
const std::vector<std::string> kDeviceNames = {"phone", "tv", "tablet"};

struct Watch {
  size_t film = 0, device = 0;
};

// Each person likes one genre, and watches other films of it on each device; now and then anything at all.
class Taste {
 public:
  Taste() {
    double sum = 0;
    for (size_t i = 0; i < kFilms; ++i) weights_.push_back(1 / std::sqrt(static_cast<double>(i + 1)));
    for (const double weight : weights_) sum += weight;
    for (double& weight : weights_) weight /= sum;
  }
  size_t draw(size_t genre, size_t device, Random& random) const {
    if (random.unit() < kStrays) return random.below(kCatalogue);
    double at = random.unit();
    size_t film = 0;
    while (film + 1 < kFilms && (at -= weights_[film]) > 0) ++film;
    return (device * kGenres + genre) * kFilms + film;
  }
  /// Of every film.
  std::vector<double> chances(size_t genre, size_t device) const {
    std::vector<double> all(kCatalogue, kStrays / static_cast<double>(kCatalogue));
    for (size_t film = 0; film < kFilms; ++film)
      all[(device * kGenres + genre) * kFilms + film] += (1 - kStrays) * weights_[film];
    return all;
  }

 private:
  std::vector<double> weights_;
};

std::string filmId(size_t film) {
  return "f" + std::to_string(1000 + film);
}

// The people's watches, without those that are asked for, and the device of each as a column. `told`: the
// device that the column names is the one that counted; otherwise any.
class Watches final : public Interactions {
 public:
  explicit Watches(bool told) : memory_(nullptr) {
    Random random(77);
    const Taste taste;
    std::vector<Row> rows;
    for (size_t film = 0; film < kCatalogue; ++film) films_.push_back(filmId(film));
    for (size_t person = 0; person < kPeople; ++person) {
      std::vector<Watch> watches;
      std::vector<uint32_t> codes;
      const size_t genre = random.below(kGenres);
      for (size_t i = 0; i < kWatches; ++i) {
        const size_t device = random.below(kDevices);
        const size_t film = taste.draw(genre, device, random);
        const size_t named = told ? device : random.below(kDevices);
        watches.push_back({film, named});
        if (i + kAsked >= kWatches) continue;
        rows.push_back(
            {"p" + std::to_string(person), films_[film], static_cast<int64_t>(person + i * 5000), "Watch"});
        codes.push_back(static_cast<uint32_t>(named));
      }
      genres_.push_back(genre);
      watches_.push_back(std::move(watches));
      codes_.push_back(std::move(codes));
    }
    memory_ = std::make_unique<MemoryInteractions>(std::move(rows), films_);
  }

  Index userCount() const override { return memory_->userCount(); }
  Index itemCount() const override { return memory_->itemCount(); }
  int64_t rowCount() const override { return memory_->rowCount(); }
  std::span<const std::string> eventTypes() const override { return memory_->eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return columns_; }
  int64_t latestTime() const override { return memory_->latestTime(); }
  History history(Index user, Scratch& scratch) const override { return memory_->history(user, scratch); }
  std::span<const uint32_t> codes(Index user, size_t, Scratch&) const override { return codes_[user]; }
  std::span<const std::string> columnValues(size_t) const override { return kDeviceNames; }
  std::string_view userId(Index user) const override { return memory_->userId(user); }
  std::string_view itemId(Index item) const override { return memory_->itemId(item); }

  size_t genre(Index user) const { return genres_[user]; }
  const std::vector<Watch>& watches(Index user) const { return watches_[user]; }
  Index item(size_t film) const { return memory_->item(films_[film]); }

 private:
  std::unique_ptr<MemoryInteractions> memory_;
  std::vector<std::string> films_;
  std::vector<size_t> genres_;
  std::vector<std::vector<Watch>> watches_;
  std::vector<std::vector<uint32_t>> codes_;
  std::vector<ColumnInfo> columns_ = {{"DEVICE", ColumnKind::kCategorical}};
};

struct Figures {
  double hits = 0;        // share of what came that was among the first ten
  double likelihood = 0;  // mean log p, nats
};

// `chances`: of every film, for one person's next watch.
template <class Chances>
Figures measured(const Watches& data, const Chances& chances) {
  Figures figures;
  for (Index user = 0; user < data.userCount(); ++user) {
    for (size_t i = kWatches - kAsked; i < kWatches; ++i) {
      const std::vector<double> all = chances(user, i);
      const double own = all[data.watches(user)[i].film];
      double sum = 0;
      size_t before = 0;
      for (const double chance : all) sum += chance, before += chance > own;
      figures.hits += before < 10;
      figures.likelihood += std::log(own / sum);
    }
  }
  const double count = static_cast<double>(data.userCount() * kAsked);
  return {figures.hits / count, figures.likelihood / count};
}

std::unique_ptr<Model> learnt(const Watches& data, bool context) {
  TrainingConfiguration configuration;
  configuration.recipe = "aws-user-personalization";
  configuration.hyperparameters = {{"hidden_dimension", 32}};
  if (!context) configuration.excludedColumns["INTERACTIONS"] = {"DEVICE"};
  Progress progress;
  auto model = SequenceRecipe().train({&data}, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

// Asked with what was watched up to then, and, if `told`, with the device.
Figures ofModel(const Watches& data, const Model& model, bool told) {
  const auto& sequence = dynamic_cast<const SequenceModel&>(model);
  return measured(data, [&](Index user, size_t at) {
    std::vector<Index> items;
    std::vector<int64_t> times;
    for (size_t i = 0; i < at; ++i) {
      items.push_back(data.item(data.watches(user)[i].film));
      times.push_back(static_cast<int64_t>(user + i * 5000));
    }
    const std::vector<uint16_t> types(at, 0);
    UserState state;
    state.user = user;
    state.history = {items, times, types, {}};
    if (told) state.context = {{"DEVICE", kDeviceNames[data.watches(user)[at].device]}};
    Question question;
    question.user = &state;
    const std::vector<float> logits = sequence.logits(question);
    std::vector<double> all(kCatalogue);
    for (size_t film = 0; film < kCatalogue; ++film)
      all[film] = std::exp(static_cast<double>(logits[model.items().fromGroup(data.item(film))]));
    return all;
  });
}

Figures ofOracle(const Watches& data, bool told) {
  const Taste taste;
  return measured(data, [&](Index user, size_t at) {
    if (told) return taste.chances(data.genre(user), data.watches(user)[at].device);
    std::vector<double> all(kCatalogue);
    for (size_t device = 0; device < kDevices; ++device) {
      const std::vector<double> one = taste.chances(data.genre(user), device);
      for (size_t film = 0; film < kCatalogue; ++film) all[film] += one[film] / kDevices;
    }
    return all;
  });
}

std::string text(const Figures& figures) {
  return fmt::format("HR@10 {:.3f}, mean log p {:.3f}", figures.hits, figures.likelihood);
}

}  // namespace

TEST_CASE("where taste depends on the device, a request that names it is answered so",
          "[sequence][quality]") {
  const Watches data(true);
  const auto without = learnt(data, false), with = learnt(data, true);
  const Figures none = ofModel(data, *without, false), model = ofModel(data, *with, true);
  const Figures untold = ofModel(data, *with, false), oracle = ofOracle(data, true);
  const double hits = (model.hits - none.hits) / (oracle.hits - none.hits);
  const double likelihood = (model.likelihood - none.likelihood) / (oracle.likelihood - none.likelihood);
  WARN("not learnt: " << text(none) << "; told: " << text(model) << "; oracle: " << text(oracle)
                      << "; learnt but not told: " << text(untold) << "; share of what the device is worth: "
                      << fmt::format("{:.2f}", hits) << " and " << fmt::format("{:.2f}", likelihood));
  CHECK(none.hits < oracle.hits - 0.2);
  CHECK(hits >= 0.7);
  CHECK(likelihood >= 0.7);
  // Whoever does not say where they are loses nothing by what others say.
  CHECK(untold.hits >= 0.95 * none.hits);
  CHECK(untold.likelihood >= 1.02 * none.likelihood);
}

TEST_CASE("where the device says nothing, telling it costs nothing", "[sequence][quality]") {
  const Watches data(false);
  const auto without = learnt(data, false), with = learnt(data, true);
  const Figures none = ofModel(data, *without, false), model = ofModel(data, *with, true);
  WARN("not learnt: " << text(none) << "; told: " << text(model)
                      << "; oracle: " << text(ofOracle(data, false)));
  CHECK(model.hits >= 0.98 * none.hits);
  CHECK(model.likelihood >= 1.02 * none.likelihood);
}

}  // namespace context_test
