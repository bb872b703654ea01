#include "recipes/content_rows.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/parallel.h"

namespace proffer::recipes {
namespace {

constexpr size_t kRowsPerChunk = 128;
constexpr double kLeastColumnShare = 0.02;  // of a column that tells nothing

// Sums for one row at a time; all 0 between rows.
struct Adder {
  explicit Adder(size_t items) : own(items), lent(items), people(items) {}

  std::vector<double> own, lent;
  std::vector<uint32_t> people;
  std::vector<Index> touched;

  void add(std::vector<double>& sums, Index item, double value) {
    if (value <= 0) return;
    if (own[item] == 0 && lent[item] == 0) touched.push_back(item);
    sums[item] += value;
  }
  void clear() {
    for (const Index item : touched) own[item] = lent[item] = people[item] = 0;
    touched.clear();
  }
};

class RowMaker {
 public:
  RowMaker(const ItemFeatures& features, const CoOccurrence& counts, std::span<const uint32_t> people,
           const RowSettings& settings)
      : counts_(counts), people_(people), settings_(settings), index_(features, people) {
    totals_.resize(people.size());
    for (Index item = 0; item < people.size(); ++item)
      for (const Neighbour& neighbour : counts.row(item)) totals_[item] += weightOf(neighbour);
    for (const uint32_t one : people) everybody_ += one;
    for (const uint32_t one : people) discounts_.push_back(std::pow(one + 1.0, -settings.popularityDiscount));
  }

  std::vector<RelatedItem> row(Index item, Adder& adder, ContentIndex::Scratch& scratch) const {
    const ContentIndex::Found found = index_.similarTo(item, settings_.lenders, scratch);
    const double own = totals_[item] > 0 ? people_[item] : 0;
    const double lent = found.chosen.empty() ? 0 : settings_.lent;
    const double alike = found.all.empty() ? 0 : settings_.alike;
    const double all = own + lent + alike + settings_.popular;
    if (own > 0) {
      for (const Neighbour& neighbour : counts_.row(item)) {
        adder.add(adder.own, neighbour.item, own / all * weightOf(neighbour) / totals_[item]);
        adder.people[neighbour.item] = neighbour.people;
      }
    }
    if (lent > 0) lend(item, found.chosen, lent / all, adder);
    if (alike > 0) liken(found.all, alike / all, adder);
    std::vector<RelatedItem> row = best(item, settings_.popular / all, adder);
    adder.clear();
    return row;
  }

 private:
  static double weightOf(const Neighbour& neighbour) { return static_cast<double>(neighbour.score); }

  void lend(Index item, const std::vector<SimilarItem>& lenders, double share, Adder& adder) const {
    double sum = 0;
    std::vector<double> weights;
    for (const SimilarItem& lender : lenders) {
      const double believed = people_[lender.item] / (people_[lender.item] + settings_.lenderPrior);
      const double weight =
          totals_[lender.item] > 0 ? std::pow(lender.similarity, settings_.sharpness) * believed : 0;
      weights.push_back(weight);
      sum += weight;
    }
    if (sum <= 0) return;
    for (size_t i = 0; i < lenders.size(); ++i) {
      if (weights[i] <= 0) continue;
      const double factor = share * weights[i] / sum / totals_[lenders[i].item];
      for (const Neighbour& neighbour : counts_.row(lenders[i].item)) {
        if (neighbour.item != item) adder.add(adder.lent, neighbour.item, factor * weightOf(neighbour));
      }
    }
  }

  void liken(const std::vector<SimilarItem>& alike, double share, Adder& adder) const {
    double sum = 0;
    for (const SimilarItem& one : alike) sum += std::pow(one.similarity, settings_.sharpness);
    if (sum <= 0) return;
    for (const SimilarItem& one : alike)
      adder.add(adder.lent, one.item, share * std::pow(one.similarity, settings_.sharpness) / sum);
  }

  std::vector<RelatedItem> best(Index item, double popularity, const Adder& adder) const {
    std::vector<RelatedItem> row;
    for (const Index other : adder.touched) {
      if (other == item) continue;
      const double popular = everybody_ > 0 ? popularity * people_[other] / everybody_ : 0;
      const double sum = adder.own[other] + adder.lent[other] + popular;
      if (sum <= 0) continue;
      row.push_back({other, static_cast<float>(sum * discounts_[other]), adder.people[other],
                     static_cast<float>(adder.lent[other] / sum)});
    }
    const auto before = [](const RelatedItem& a, const RelatedItem& b) {
      return a.score != b.score ? a.score > b.score : a.item < b.item;
    };
    if (row.size() > settings_.keep) {
      std::nth_element(row.begin(), row.begin() + static_cast<ptrdiff_t>(settings_.keep), row.end(), before);
      row.resize(settings_.keep);
    }
    std::sort(row.begin(), row.end(), before);
    return row;
  }

  const CoOccurrence& counts_;
  std::span<const uint32_t> people_;
  RowSettings settings_;
  ContentIndex index_;
  std::vector<double> totals_;     // of the items' rows
  std::vector<double> discounts_;  // by item
  double everybody_ = 0;
};

// Calls rowOf(item, chunk's state) for all items on all cores and lays the rows end to end.
template <class MakeState, class RowOf>
Result<RelatedRows> inParallel(Index items, Progress& progress, const MakeState& makeState,
                               const RowOf& rowOf) {
  const size_t chunks = (size_t{items} + kRowsPerChunk - 1) / kRowsPerChunk;
  std::vector<std::vector<std::vector<RelatedItem>>> rows(chunks);
  progress.begin("comparing items", "items", items);
  parallelFor(chunks, [&](size_t chunk) {
    if (progress.cancelled()) return;
    auto state = makeState();
    const size_t first = chunk * kRowsPerChunk, last = std::min<size_t>(items, first + kRowsPerChunk);
    for (size_t item = first; item < last; ++item)
      rows[chunk].push_back(rowOf(static_cast<Index>(item), state));
    progress.add(static_cast<int64_t>(last - first));
  });
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  std::vector<uint64_t> offsets{0};
  std::vector<RelatedItem> related;
  for (auto& chunk : rows) {
    for (const auto& row : chunk) {
      related.insert(related.end(), row.begin(), row.end());
      offsets.push_back(related.size());
    }
    chunk = {};
  }
  return RelatedRows(std::move(offsets), std::move(related));
}

}  // namespace

std::vector<double> tellingShares(const ItemFeatures& features, const CoOccurrence& counts) {
  constexpr Index kSampled = 20'000;
  constexpr size_t kOfRow = 5;
  const size_t columns = features.columnCount();
  const Index items = features.itemCount();
  std::vector<double> together(columns), apart(columns), squares(columns);
  double pairs = 0;
  const Index step = std::max<Index>(1, items / kSampled);
  for (Index item = 0; item < items; item += step) {
    const auto row = counts.row(item);
    const auto other = static_cast<Index>(hash64({}, item + 1) % items);
    const auto otherRow = counts.row(other);
    for (size_t i = 0; i < std::min({kOfRow, row.size(), otherRow.size()}); ++i) {
      if (otherRow[i].item == item) continue;
      const std::vector<double> near = features.similarityByColumn(item, row[i].item);
      const std::vector<double> far = features.similarityByColumn(item, otherRow[i].item);
      for (size_t column = 0; column < columns; ++column) {
        together[column] += near[column];
        apart[column] += far[column];
        squares[column] += far[column] * far[column];
      }
      pairs += 1;
    }
  }
  std::vector<double> shares(columns, 1);
  if (pairs < 100) return shares;
  double sum = 0;
  for (size_t column = 0; column < columns; ++column) {
    const double mean = apart[column] / pairs;
    const double deviation = std::sqrt(std::max(0.0, squares[column] / pairs - mean * mean));
    shares[column] = std::max(0.0, (together[column] / pairs - mean) / (deviation + 0.01));
    sum += shares[column];
  }
  for (double& share : shares) share = std::max(share, sum > 0 ? kLeastColumnShare * sum : 1);
  return shares;
}

Result<RelatedRows> relatedRows(const ItemFeatures& features, const CoOccurrence& counts,
                                std::span<const uint32_t> people, const RowSettings& settings,
                                Progress& progress) {
  const RowMaker maker(features, counts, people, settings);
  struct State {
    Adder adder;
    ContentIndex::Scratch scratch;
  };
  const auto items = static_cast<Index>(people.size());
  return inParallel(
      items, progress,
      [&] {
        return State{Adder(items), {}};
      },
      [&](Index item, State& state) { return maker.row(item, state.adder, state.scratch); });
}

Result<RelatedRows> similarRows(const ItemFeatures& features, std::span<const uint32_t> people, size_t keep,
                                Progress& progress) {
  const ContentIndex index(features, people);
  return inParallel(
      static_cast<Index>(people.size()), progress, [] { return ContentIndex::Scratch(); },
      [&](Index item, ContentIndex::Scratch& scratch) {
        std::vector<RelatedItem> row;
        for (const SimilarItem& one : index.similarTo(item, keep, scratch).all)
          row.push_back({one.item, one.similarity, 0, 1});
        return row;
      });
}

}  // namespace proffer::recipes
