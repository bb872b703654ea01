#include "recipes/co_occurrence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

constexpr Index kRowsPerBlock = 32;

// Where each item stands: places, ascending.
struct Occurrences {
  size_t people = 0;
  std::vector<uint64_t> offsets;  // items + 1
  std::vector<uint32_t> places;
  std::span<const uint32_t> of(Index item) const {
    return std::span(places).subspan(offsets[item], offsets[item + 1] - offsets[item]);
  }
};

// Several threads, each for the items of one range: what is written does not depend on who writes.
Occurrences findOccurrences(const Places& places) {
  constexpr size_t kRanges = 4;
  const Index count = places.itemCount();
  Occurrences found;
  found.offsets.resize(size_t{count} + 1);
  for (const Index item : places.items) {
    if (item < Places::kEndOfBasket) ++found.offsets[item + 1];
    found.people += item == Places::kEndOfPerson;
  }
  for (Index item = 0; item < count; ++item) found.offsets[item + 1] += found.offsets[item];
  found.places.resize(found.offsets.back());
  parallelFor(kRanges, [&](size_t range) {
    const auto boundary = [&](size_t part) {
      const auto at =
          std::lower_bound(found.offsets.begin(), found.offsets.end(), found.offsets.back() * part / kRanges);
      return static_cast<Index>(part == kRanges ? count
                                                : std::min<ptrdiff_t>(at - found.offsets.begin(), count));
    };
    const Index first = boundary(range), last = boundary(range + 1);
    std::vector<uint64_t> next(found.offsets.begin() + first, found.offsets.begin() + last);
    for (size_t place = 0; place < places.items.size(); ++place) {
      const Index item = places.items[place];
      if (item >= first && item < last) found.places[next[item - first]++] = static_cast<uint32_t>(place);
    }
  });
  return found;
}

// The pairs of one item so far.
struct Cell {
  double weight = 0;
  uint32_t people = 0;
  uint32_t person = 0;  // who was counted last: the place before that history, and one
};

struct Candidate {
  double score = 0;  // without the row's factor
  Index item = 0;
  uint32_t people = 0;
};

// The best `limit` of what is offered: higher scores first, then lower items.
class BestNeighbours {
 public:
  void begin(size_t limit) {
    limit_ = limit;
    kept_.clear();
    threshold_ = 0;
  }
  void offer(const Candidate& candidate) {
    if (!(candidate.score > 0) || candidate.score < threshold_) return;
    kept_.push_back(candidate);
    if (kept_.size() >= 2 * limit_ + 64) shrink();
  }
  std::span<const Candidate> sorted() {
    if (kept_.size() > limit_) shrink();
    std::sort(kept_.begin(), kept_.end(), before);
    return kept_;
  }

 private:
  static bool before(const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  }
  void shrink() {
    if (limit_ == 0) return kept_.clear();
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<ptrdiff_t>(limit_ - 1), kept_.end(), before);
    kept_.resize(limit_);
    threshold_ = kept_.back().score;
  }

  size_t limit_ = 0;
  double threshold_ = 0;
  std::vector<Candidate> kept_;
};

// What one thread needs for its rows; all zero between rows.
struct Workspace {
  std::vector<uint32_t> counts;
  std::vector<Cell> cells;
  std::vector<Index> touched;
  BestNeighbours best;
};

class Workspaces {
 public:
  std::unique_ptr<Workspace> take() {
    std::lock_guard guard(mutex_);
    if (idle_.empty()) return std::make_unique<Workspace>();
    auto workspace = std::move(idle_.back());
    idle_.pop_back();
    return workspace;
  }
  void put(std::unique_ptr<Workspace> workspace) {
    std::lock_guard guard(mutex_);
    idle_.push_back(std::move(workspace));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

class RowCounter {
 public:
  RowCounter(const Places& places, const Occurrences& occurrences, const CoOccurrenceSettings& settings)
      : places_(places),
        items_(places.items.data()),
        occurrences_(occurrences),
        settings_(settings),
        window_(settings.window == 0 ? std::numeric_limits<uint32_t>::max() : settings.window),
        plain_(!places.baskets && settings.window == 0 && !settings.inverseGap && places.weights.empty() &&
               settings.direction == CoOccurrenceSettings::Direction::kBoth) {}

  // Appends the best of a row; returns how many.
  uint32_t append(Index item, Workspace& workspace, std::vector<Neighbour>& neighbours) const {
    if (occurrences_.of(item).empty()) return 0;
    workspace.best.begin(settings_.keep);
    if (plain_) {
      countPlain(item, workspace);
    } else {
      countWeighted(item, workspace);
    }
    const double own = settings_.rowFactor.empty() ? 1.0 : settings_.rowFactor[item];
    const auto best = workspace.best.sorted();
    for (const Candidate& one : best)
      neighbours.push_back({one.item, static_cast<float>(one.score * own), one.people});
    return static_cast<uint32_t>(best.size());
  }

 private:
  double factor(Index item) const {
    return settings_.columnFactor.empty() ? 1.0 : settings_.columnFactor[item];
  }

  void offer(Index item, double weight, uint32_t people, Workspace& workspace) const {
    if (people >= settings_.leastPeople) workspace.best.offer({weight * factor(item), item, people});
  }

  // Whole histories, one for each pair: nothing but increments.
  void countPlain(Index item, Workspace& workspace) const {
    const Index items = places_.itemCount();
    workspace.counts.resize(items);
    workspace.touched.resize(size_t{items} + 1);
    uint32_t* const counts = workspace.counts.data();
    // Where many pairs come together, to look at all items is cheaper than to note the touched ones.
    const size_t steps = occurrences_.of(item).size() * (occurrences_.places.size() / occurrences_.people);
    if (steps > items / 2) {
      walk(item, [&](Index other) { ++counts[other]; });
      for (Index other = 0; other < items; ++other)
        if (counts[other] >= std::max(1U, settings_.leastPeople))
          offer(other, counts[other], counts[other], workspace);
      std::fill(workspace.counts.begin(), workspace.counts.end(), 0);
      return;
    }
    Index* const touched = workspace.touched.data();
    size_t used = 0;
    walk(item, [&](Index other) {
      touched[used] = other;
      used += counts[other]++ == 0;
    });
    for (size_t i = 0; i < used; ++i) {
      offer(touched[i], counts[touched[i]], counts[touched[i]], workspace);
      counts[touched[i]] = 0;
    }
  }

  template <class Visit>
  void walk(Index item, const Visit& visit) const {
    const auto places = occurrences_.of(item);
    for (size_t i = 0; i < places.size(); ++i) {
      if (i + kAhead < places.size()) {
        __builtin_prefetch(items_ + places[i + kAhead]);
        __builtin_prefetch(items_ + places[i + kAhead] + 16);
        __builtin_prefetch(items_ + places[i + kAhead] - std::min<uint32_t>(places[i + kAhead], 16));
      }
      for (size_t at = places[i] + 1; items_[at] < Places::kEndOfBasket; ++at) visit(items_[at]);
      for (size_t at = places[i] - 1; items_[at] < Places::kEndOfBasket; --at) visit(items_[at]);
    }
  }

  void countWeighted(Index item, Workspace& workspace) const {
    workspace.cells.resize(places_.itemCount());
    workspace.touched.clear();
    if (places_.baskets) {
      addBaskets(item, workspace);
    } else {
      for (const uint32_t place : occurrences_.of(item)) addWindow(place, workspace);
    }
    for (const Index other : workspace.touched) {
      const Cell& cell = workspace.cells[other];
      if (cell.weight > 0) offer(other, cell.weight, cell.people, workspace);
      workspace.cells[other] = {};
    }
  }

  double weightAt(size_t place) const {
    return places_.weights.empty() ? 1.0 : static_cast<double>(places_.weights[place]);
  }

  Cell& touch(Index item, Workspace& workspace) const {
    Cell& cell = workspace.cells[item];
    if (cell.people == 0) workspace.touched.push_back(item);
    return cell;
  }

  void addWindow(size_t place, Workspace& workspace) const {
    const double own = weightAt(place);
    const auto add = [&](size_t at, uint32_t gap) {
      Cell& cell = touch(items_[at], workspace);
      cell.weight += own * weightAt(at) * (settings_.inverseGap ? 1.0 / gap : 1.0);
      ++cell.people;  // an item stands once in a history
    };
    for (uint32_t gap = 1; gap <= window_ && items_[place + gap] < Places::kEndOfBasket; ++gap)
      add(place + gap, gap);
    if (settings_.direction == CoOccurrenceSettings::Direction::kForward) return;
    for (uint32_t gap = 1; gap <= window_ && items_[place - gap] < Places::kEndOfBasket; ++gap)
      add(place - gap, gap);
  }

  void addBaskets(Index item, Workspace& workspace) const {
    size_t endOfPerson = 0;
    for (const uint32_t place : occurrences_.of(item)) {
      if (place >= endOfPerson) endOfPerson = addPerson(item, place, workspace);
      addBasket(place, workspace);
    }
  }

  // Every other item of the person, once. Returns the place where the history ends.
  size_t addPerson(Index item, size_t place, Workspace& workspace) const {
    size_t before = place;
    while (items_[before] != Places::kEndOfPerson) --before;
    const auto stamp = static_cast<uint32_t>(before + 1);
    const double own = weightAt(place) * settings_.lifetimeWeight;
    size_t at = before + 1;
    for (; items_[at] != Places::kEndOfPerson; ++at) {
      if (items_[at] == Places::kEndOfBasket || items_[at] == item) continue;
      Cell& cell = touch(items_[at], workspace);
      if (cell.person == stamp) continue;
      cell.person = stamp;
      cell.weight += own * weightAt(at);
      ++cell.people;
    }
    return at;
  }

  void addBasket(size_t place, Workspace& workspace) const {
    size_t first = place, last = place + 1;
    while (items_[first - 1] < Places::kEndOfBasket) --first;
    while (items_[last] < Places::kEndOfBasket) ++last;
    const double weight = weightAt(place) / std::log2(1.0 + static_cast<double>(last - first));
    for (size_t at = first; at < last; ++at)
      if (at != place) workspace.cells[items_[at]].weight += weight * weightAt(at);
  }

  static constexpr size_t kAhead = 6;

  const Places& places_;
  const Index* const items_;
  const Occurrences& occurrences_;
  const CoOccurrenceSettings& settings_;
  const uint32_t window_;
  const bool plain_;
};

// The rows of one block, until all are put together.
struct Block {
  std::vector<uint32_t> lengths;
  std::vector<Neighbour> neighbours;
};

CoOccurrence together(std::vector<Block>& blocks, Index items) {
  std::vector<uint64_t> offsets{0};
  offsets.reserve(size_t{items} + 1);
  for (const Block& block : blocks)
    for (const uint32_t length : block.lengths) offsets.push_back(offsets.back() + length);
  std::vector<Neighbour> neighbours(offsets.back());
  parallelFor(blocks.size(), [&](size_t i) {
    std::copy(blocks[i].neighbours.begin(), blocks[i].neighbours.end(),
              neighbours.begin() + static_cast<ptrdiff_t>(offsets[i * kRowsPerBlock]));
    blocks[i] = {};
  });
  return {std::move(offsets), std::move(neighbours)};
}

}  // namespace

Result<CoOccurrence> countCoOccurrence(const Places& places, const CoOccurrenceSettings& settings,
                                       Progress& progress) {
  const Index items = places.itemCount();
  progress.begin("counting", "items", items);
  const Occurrences occurrences = findOccurrences(places);
  const RowCounter counter(places, occurrences, settings);
  Workspaces workspaces;
  std::vector<Block> blocks((size_t{items} + kRowsPerBlock - 1) / kRowsPerBlock);
  parallelFor(blocks.size(), [&](size_t i) {
    if (progress.cancelled()) return;
    auto workspace = workspaces.take();
    const Index first = static_cast<Index>(i) * kRowsPerBlock;
    const Index last = std::min<Index>(items, first + kRowsPerBlock);
    for (Index item = first; item < last; ++item)
      blocks[i].lengths.push_back(counter.append(item, *workspace, blocks[i].neighbours));
    blocks[i].neighbours.shrink_to_fit();
    workspaces.put(std::move(workspace));
    progress.add(last - first);
  });
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  return together(blocks, items);
}

uint32_t affordableNeighbours(size_t items) {
  constexpr size_t kInAll = 10'000'000, kLeast = 50, kMost = 500;
  return static_cast<uint32_t>(std::clamp(kInAll / std::max<size_t>(items, 1), kLeast, kMost));
}

}  // namespace proffer::recipes
