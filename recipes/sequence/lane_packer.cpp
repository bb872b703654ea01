#include "recipes/sequence/lane_packer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

// The finalizer of splitmix64: every bit depends on every bit.
uint64_t mixBits(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

LanePacker::LanePacker(const SequenceData& data, const LaneSettings& settings)
    : data_(data),
      settings_(settings),
      reader_(*data.inputs, data.interactions->eventTypes(), HistoryReader::Unknown::kKept) {
  for (Index user = 0; user < data_.parts->lengths().size(); ++user)
    if (rowsOf(user) > 0) people_.push_back(user);
  for (const Index user : people_) rows_ += rowsOf(user);
  lengthOfLane_ = (rows_ + settings_.lanes - 1) / settings_.lanes;
  batches_ = (lengthOfLane_ + settings_.steps - 1) / settings_.steps;
  if (settings_.recency > 1) recencyMean_ = (settings_.recency - 1) / std::log(settings_.recency);
  count();
}

// START and all events but the last, which is only asked for.
uint32_t LanePacker::rowsOf(Index user) const {
  const uint32_t events = data_.parts->lengths()[user], held = data_.parts->heldOut(user);
  if (settings_.heldOut && held == 0) return 0;
  const auto longest = static_cast<uint32_t>(HistoryReader::kLongest);
  return std::min(settings_.heldOut ? events : events - held, longest);
}

void LanePacker::count() {
  counts_.assign(data_.items->size(), 0);
  constexpr size_t kPeoplePerPart = 512;
  std::vector<std::atomic<uint32_t>> counts(counts_.size());
  std::atomic<int64_t> targets{0};
  parallelFor((people_.size() + kPeoplePerPart - 1) / kPeoplePerPart, [&](size_t part) {
    Interactions::Scratch scratch;
    std::vector<SequenceEvent> events;
    const size_t last = std::min(people_.size(), (part + 1) * kPeoplePerPart);
    int64_t mine = 0;
    for (size_t i = part * kPeoplePerPart; i < last; ++i) {
      const Index user = people_[i];
      reader_.read(data_.interactions->history(user, scratch), *data_.items, events);
      const size_t held = std::min<size_t>(data_.parts->heldOut(user), events.size());
      const size_t first = settings_.heldOut ? events.size() - held : 0;
      const size_t end = settings_.heldOut ? events.size() : events.size() - held;
      for (size_t event = first; event < end; ++event) {
        if (events[event].item == kNoIndex) continue;
        counts[events[event].item].fetch_add(1, std::memory_order_relaxed);
        ++mine;
      }
    }
    targets += mine;
  });
  for (size_t item = 0; item < counts_.size(); ++item) counts_[item] = counts[item];
  targets_ = targets;
}

void LanePacker::shuffle(uint64_t epoch) {
  std::vector<std::pair<uint64_t, Index>> keyed;
  keyed.reserve(people_.size());
  for (const Index user : people_)
    keyed.emplace_back(settings_.heldOut ? 0 : mixBits(mixBits(settings_.seed + epoch) ^ user), user);
  std::sort(keyed.begin(), keyed.end());
  order_.clear();
  begins_.assign(1, 0);
  for (const auto& [key, user] : keyed) {
    order_.push_back(user);
    begins_.push_back(begins_.back() + rowsOf(user));
  }
  shift_ = settings_.heldOut || rows_ == 0 ? 0 : mixBits(settings_.seed ^ ~epoch) % rows_;
  epoch_ = epoch;
  next_ = ~size_t{0};
}

void LanePacker::load(Lane& lane) {
  const Index user = order_[lane.place];
  History history = data_.interactions->history(user, scratch_);
  if (!settings_.heldOut) {
    const size_t kept = std::min<size_t>(history.size(), data_.parts->trainedRows(user));
    history = {history.items.first(kept), history.times.first(kept),
               history.types.empty() ? history.types : history.types.first(kept),
               history.values.empty() ? history.values : history.values.first(kept)};
  }
  reader_.read(history, *data_.items, lane.events);
  if (data_.inputs->hasContext()) {
    if (!lane.context) lane.context = std::make_unique<ContextReader>(*data_.inputs, *data_.interactions);
    lane.context->read(user);
  }
  lane.loaded = true;
}

void LanePacker::seek(size_t number, size_t batch) {
  Lane& lane = at_[number];
  const size_t first = number * lengthOfLane_ + batch * settings_.steps;
  const size_t end = std::min((number + 1) * lengthOfLane_, rows_);
  lane.left = first < end ? end - first : 0;
  lane.loaded = false;
  if (lane.left == 0) return;
  const size_t row = (first + shift_) % rows_;
  lane.place =
      static_cast<size_t>(std::upper_bound(begins_.begin(), begins_.end(), row) - begins_.begin()) - 1;
  lane.row = static_cast<uint32_t>(row - begins_[lane.place]);
}

Result<void> LanePacker::fill(uint64_t epoch, size_t index, Batch& out) {
  if (index >= batches_) return fail(ErrorCode::kInternal, "batch {} of an epoch of {}", index, batches_);
  if (epoch != epoch_ || at_.empty()) {
    shuffle(epoch);
    at_.resize(settings_.lanes);
  }
  const bool jump = index != next_;
  if (jump)
    for (size_t lane = 0; lane < settings_.lanes; ++lane) seek(lane, index);
  next_ = index + 1;
  out.steps = settings_.steps;
  out.lanes = settings_.lanes;
  out.items.clear(), out.resets.clear(), out.targets.clear(), out.weights.clear(), out.features.clear();
  for (size_t step = 0; step < settings_.steps; ++step)
    for (Lane& lane : at_) put(lane, step == 0 && (!settings_.carry || index == 0), epoch, out);
  return {};
}

bool LanePacker::shown(double share, uint64_t epoch, Index user, uint64_t row) const {
  if (settings_.heldOut) return true;
  const uint64_t bits = mixBits(mixBits(settings_.seed + epoch * 0x10001) ^ (uint64_t{user} << 24) ^ row);
  return static_cast<double>(bits >> 11) * 0x1p-53 < share;
}

float LanePacker::weightOf(const SequenceEvent& event) const {
  if (settings_.recency <= 1) return event.weight;
  const double late = data_.parts->lateness(event.time);
  return event.weight * static_cast<float>(std::pow(settings_.recency, late) / recencyMean_);
}

void LanePacker::put(Lane& lane, bool begins, uint64_t epoch, Batch& out) {
  if (lane.left == 0) {
    out.items.push_back(kNoIndex);
    out.resets.push_back(1);
    out.targets.push_back(kNoIndex);
    out.weights.push_back(0);
    out.features.close();
    return;
  }
  if (!lane.loaded) load(lane);
  const Index user = order_[lane.place];
  const size_t row = lane.row;
  // A view that shrinks between calls would be a bug elsewhere; it must not become one here.
  const bool there = row < lane.events.size();
  const SequenceEvent* input = row > 0 && row - 1 < lane.events.size() ? &lane.events[row - 1] : nullptr;
  if (row == 0) {
    out.features.add({SequenceInputs::kStart, 1});
    if (shown(settings_.userShown, epoch, user, ~uint64_t{0}))
      for (const Feature& feature : (*data_.users)[user]) out.features.add(feature);
  } else if (input) {
    data_.inputs->appendEvent(*input, row > 1 ? &lane.events[row - 2] : nullptr, out.features.features);
  }
  if (there && lane.context && shown(settings_.contextShown, epoch, user, row))
    lane.context->append(lane.events[row].place, out.features.features);
  out.features.close();
  out.items.push_back(input ? input->item : kNoIndex);
  out.resets.push_back(row == 0 || begins);
  const uint32_t held = data_.parts->heldOut(user);
  const bool asked =
      there && lane.events[row].item != kNoIndex && (!settings_.heldOut || row + held >= lane.events.size());
  out.targets.push_back(asked ? lane.events[row].item : kNoIndex);
  out.weights.push_back(!asked ? 0 : settings_.heldOut ? 1 : weightOf(lane.events[row]));
  ++lane.row;
  --lane.left;
  if (begins_[lane.place] + lane.row < begins_[lane.place + 1]) return;
  lane.place = (lane.place + 1) % order_.size();
  lane.row = 0;
  lane.loaded = false;
}

}  // namespace proffer::recipes
