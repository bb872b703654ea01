#include "controller/generate/sessions.h"

#include <algorithm>
#include <array>

namespace proffer::generate {
namespace {

constexpr uint64_t kVisitStream = 0x76697369;
// Orders are numbered within a stretch from here on; a stretch has fewer.
constexpr uint64_t kOrdersPerStretch = 1 << 18;

// One visit after the other, of the stretch's one stream of random numbers.
class Visits {
 public:
  Visits(const World& world, const Popularity& popular, const Stretch& stretch, std::vector<Event>& out)
      : world_(world),
        popular_(popular),
        stretch_(stretch),
        out_(out),
        limit_(out.size() + stretch.count),
        nextOrder_(stretch.number * kOrdersPerStretch + 1),
        random_(streamSeed(world.catalogue.seed, kVisitStream, stretch.number)) {}

  void run() {
    while (!full()) {
      begin();
      if (world_.catalogue.kind == Kind::kStreaming) {
        watch();
      } else {
        shop();
      }
    }
  }

 private:
  bool full() const { return out_.size() >= limit_; }
  const Item& item(uint32_t index) const { return world_.catalogue.items[index]; }
  bool released(uint32_t index) const { return item(index).created <= world_.catalogue.begin + time_; }

  void begin() {
    const double x = stretch_.from + (stretch_.to - stretch_.from) * random_.unit();
    start_ = time_ = static_cast<uint32_t>(world_.rhythm.time(x) - world_.catalogue.begin);
    user_ = drawUser();
    const Person& person = world_.audience.people[user_];
    device_ = random_.chance(0.8) ? person.device : drawDevice(random_, world_.catalogue.kind);
    const double taste = random_.unit();
    themed_ = taste < 0.92;
    theme_ = person.favourites[taste < 0.5 ? 0 : taste < 0.78 ? 1 : 2];
    mood_ = person.mood;
    seenCount_ = 0;
  }

  // Who has joined by now; of a few, for in the first days that may be hard to find, else the earliest of
  // them.
  uint32_t drawUser() {
    uint32_t earliest = world_.audience.visits.draw(random_);
    for (int attempt = 0; attempt < 12; ++attempt) {
      if (world_.audience.people[earliest].joined <= time_) break;
      const uint32_t other = world_.audience.visits.draw(random_);
      if (world_.audience.people[other].joined < world_.audience.people[earliest].joined) earliest = other;
    }
    return earliest;
  }

  // By what the visit is about, or by what everybody looks at; then rather what suits the person's mood.
  uint32_t drawItem() {
    const bool byTheme = themed_ && random_.chance(0.75);
    const auto draw = [&] { return byTheme ? popular_.draw(random_, theme_) : popular_.draw(random_); };
    uint32_t chosen = draw();
    for (int attempt = 0; attempt < 2 && item(chosen).mood != mood_ && random_.chance(0.7); ++attempt)
      chosen = draw();
    return chosen;
  }

  // Whether the item is new to this visit; it is not afterwards.
  bool firstSight(uint32_t index) {
    const auto end = seen_.begin() + static_cast<ptrdiff_t>(seenCount_);
    if (std::find(seen_.begin(), end, index) != end) return false;
    if (seenCount_ < seen_.size()) seen_[seenCount_++] = index;
    return true;
  }

  void emit(EventType type, uint32_t index, uint32_t value = 0, uint64_t order = 0) {
    if (!full()) out_.push_back({time_, user_, index, value, order, type, device_});
  }

  void wait(double atLeast, double mean) {
    time_ += static_cast<uint32_t>(atLeast + random_.exponential(mean));
  }

  void watch() {
    const int titles = 1 + random_.repeats(0.55, 9);
    uint32_t last = kNoItem;
    for (int i = 0; i < titles && !full() && time_ - start_ < 9 * 3600; ++i) {
      uint32_t chosen = last == kNoItem ? kNoItem : item(last).next;
      if (chosen == kNoItem || !released(chosen) || !random_.chance(0.4)) chosen = drawItem();
      if (!firstSight(chosen)) continue;
      // Who goes on with what was begun before does not click on it first.
      if (!random_.chance(0.12)) {
        emit(EventType::kClick, chosen);
        wait(3, 25);
      }
      if (random_.chance(0.6)) watchTitle(chosen);
      wait(10, 90);
      last = chosen;
    }
  }

  void watchTitle(uint32_t chosen) {
    const bool liked = random_.chance(item(chosen).mood == mood_ ? 0.85 : 0.6);
    const double share =
        liked ? 1 - 0.35 * random_.unit() * random_.unit() : 0.02 + 0.5 * random_.unit() * random_.unit();
    time_ += static_cast<uint32_t>(share * item(chosen).figure);
    emit(EventType::kWatch, chosen, std::max(1U, static_cast<uint32_t>(share * 1000)));
  }

  void shop() {
    const int looks = 1 + random_.repeats(0.72, 14);
    cartCount_ = 0;
    for (int i = 0; i < looks && !full(); ++i) {
      const uint32_t chosen = drawItem();
      if (!firstSight(chosen)) continue;
      emit(EventType::kView, chosen);
      wait(5, 40);
      if (cartCount_ < cart_.size() && random_.chance(item(chosen).mood == mood_ ? 0.36 : 0.22)) {
        emit(EventType::kAddToCart, chosen);
        wait(3, 12);
        cart_[cartCount_++] = chosen;
        // What goes with it: the next category of the same department.
        if (random_.chance(0.3)) theme_ = static_cast<uint8_t>(theme_ / 4 * 4 + (theme_ + 1) % 4);
      }
    }
    if (cartCount_ == 0 || !random_.chance(0.55)) return;
    wait(40, 120);
    const uint64_t order = nextOrder_++;
    for (size_t i = 0; i < cartCount_; ++i)
      emit(EventType::kPurchase, cart_[i], item(cart_[i]).figure, order);
  }

  const World& world_;
  const Popularity& popular_;
  const Stretch& stretch_;
  std::vector<Event>& out_;
  size_t limit_;
  uint64_t nextOrder_;
  Random random_;

  uint32_t start_ = 0;
  uint32_t time_ = 0;
  uint32_t user_ = 0;
  uint8_t device_ = 0;
  uint8_t theme_ = 0;
  uint8_t mood_ = 0;
  bool themed_ = true;
  std::array<uint32_t, 16> seen_ = {};
  size_t seenCount_ = 0;
  std::array<uint32_t, 8> cart_ = {};
  size_t cartCount_ = 0;
};

}  // namespace

std::string_view eventTypeName(EventType type) {
  constexpr std::array<std::string_view, 5> kNames = {"Click", "Watch", "View", "AddToCart", "Purchase"};
  return kNames[static_cast<size_t>(type)];
}

void appendVisits(const World& world, const Popularity& popular, const Stretch& stretch,
                  std::vector<Event>& out) {
  Visits(world, popular, stretch, out).run();
}

}  // namespace proffer::generate
