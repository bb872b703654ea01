#include "recipes/sequence/sequence_model.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <numeric>

namespace proffer::recipes {
namespace {

constexpr size_t kCacheBytes = size_t{64} << 20;
constexpr size_t kHeldAgainst = 200;  // popular items
std::atomic<uint64_t> nextNumber = 1;

bool allFinite(std::span<const float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float number) { return std::isfinite(number); });
}

uint64_t chained(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0xFF51AFD7ED558CCDULL;
  hash = (hash ^ (hash >> 32)) * 0xC4CEB9FE1A85EC53ULL;
  return hash ^ (hash >> 29);
}

uint64_t hashOfEvent(uint64_t hash, const SequenceEvent& event) {
  hash = chained(hash, uint64_t{event.item} << 16 | event.type);
  hash = chained(hash, static_cast<uint64_t>(event.time));
  return chained(hash, std::bit_cast<uint32_t>(event.value));
}

}  // namespace

SequenceModel::SequenceModel(SequenceParts parts, size_t scannedFrom)
    : parts_(std::move(parts)),
      dimension_(parts_.network->shape().dimension),
      number_(nextNumber.fetch_add(1, std::memory_order_relaxed)),
      cache_(kCacheBytes) {
  gatherVectors();
  if (vectors_.size() >= scannedFrom && allFinite(vectors_)) scan_.emplace(vectors_, dimension_);
  reader_.emplace(parts_.inputs, parts_.inputs.eventTypes());
  popular_.resize(parts_.items.size());
  std::iota(popular_.begin(), popular_.end(), Index{0});
  const size_t kept = std::min(kHeldAgainst, popular_.size());
  std::partial_sort(popular_.begin(), popular_.begin() + static_cast<ptrdiff_t>(kept), popular_.end(),
                    [&](Index a, Index b) {
                      const uint32_t ofA = parts_.interactions[a], ofB = parts_.interactions[b];
                      return ofA != ofB ? ofA > ofB : a < b;
                    });
  popular_.resize(kept);
}

void SequenceModel::gatherVectors() {
  const Network& network = *parts_.network;
  if (parts_.ofNetwork.empty()) {
    vectors_ = network.itemVectors();
    biases_ = network.itemBiases();
    return;
  }
  ownVectors_.resize(parts_.items.size() * dimension_);
  ownBiases_.resize(parts_.items.size());
  const std::span<const float> biases = network.itemBiases();
  // What came later is as likely as what is seldom chosen.
  float least = 0;
  for (const float bias : biases) least = std::min(least, bias);
  for (Index item = 0; item < parts_.items.size(); ++item) {
    const std::span<float> to = std::span(ownVectors_).subspan(item * dimension_, dimension_);
    const Index known = parts_.ofNetwork[item];
    ownBiases_[item] = known == kNoIndex ? least : biases[known];
    if (known == kNoIndex)
      network.vectorOf(parts_.itemBags[item], to);
    else
      std::copy_n(network.itemVectors().begin() + static_cast<ptrdiff_t>(known * dimension_), dimension_,
                  to.begin());
  }
  vectors_ = ownVectors_;
  biases_ = ownBiases_;
}

size_t SequenceModel::firstEvent(size_t events) {
  return events <= kLongestRead ? 0 : (events - kReadStep) / kReadStep * kReadStep;
}

std::vector<SequenceEvent> SequenceModel::eventsOf(const Question& question) const {
  std::vector<SequenceEvent> events;
  if (!question.user) return events;
  const UserState& user = *question.user;
  if (user.eventTypes.empty())
    reader_->read(user.history, parts_.items, events);
  else
    HistoryReader(parts_.inputs, user.eventTypes).read(user.history, parts_.items, events);
  events.erase(events.begin(), events.begin() + static_cast<ptrdiff_t>(firstEvent(events.size())));
  return events;
}

// Row 0 is START, row k the k-th event.
void SequenceModel::step(std::span<const SequenceEvent> events, size_t row, Index user,
                         std::span<const std::pair<std::string, std::string>> context, std::span<float> state,
                         std::span<float> answer) const {
  std::vector<Feature> features;
  Index item = kNoIndex;
  if (row == 0) {
    features.push_back({SequenceInputs::kStart, 1});
    const auto own = user == kNoIndex ? std::span<const Feature>() : parts_.userBags[user];
    features.insert(features.end(), own.begin(), own.end());
  } else {
    const SequenceEvent& event = events[row - 1];
    item = event.item;
    if (item != kNoIndex && !parts_.ofNetwork.empty()) item = parts_.ofNetwork[item];
    parts_.inputs.appendEvent(event, row > 1 ? &events[row - 2] : nullptr, features);
  }
  parts_.inputs.appendContext(context, features);
  parts_.network->step(item, features, state, answer);
}

std::vector<float> SequenceModel::answerTo(const Question& question, std::span<const SequenceEvent> events,
                                           uint64_t& hash) const {
  const Index user = question.user ? question.user->user : kNoIndex;
  const size_t rows = events.size() + 1;
  std::vector<uint64_t> hashes = {chained(0, user)};
  for (const SequenceEvent& event : events) hashes.push_back(hashOfEvent(hashes.back(), event));
  hash = hashes.back();
  const uint64_t key =
      user != kNoIndex || events.empty() ? user : hashOfEvent(uint64_t{1} << 63, events.front());

  auto next = std::make_shared<CachedState>();
  next->state.resize(parts_.network->stateSize());
  next->answer.resize(dimension_);
  const bool contextual = parts_.inputs.hasContext();
  const bool asked = contextual && question.user && !question.user->context.empty();
  const std::shared_ptr<const CachedState> known = cache_.find(key);
  const bool fits = known && known->rows <= rows && known->hash == hashes[known->rows - 1];
  size_t row = 0;
  if (fits) {
    *next = *known;
    row = known->rows;
  } else {
    parts_.network->initial(next->state);
  }
  for (; row < rows; ++row) {
    if (contextual && row + 1 == rows) next->before = next->state;
    step(events, row, user, {}, next->state, next->answer);
  }
  std::vector<float> answer = next->answer;
  if (asked) {
    std::vector<float> state = next->before;
    step(events, rows - 1, user, question.user->context, state, answer);
  }
  if (!fits || known->rows < rows) {
    next->rows = rows;
    next->hash = hashes.back();
    cache_.put(key, std::move(next));
  }
  return answer;
}

void SequenceModel::save(SectionWriter& out) const {
  parts_.items.save(out);
  parts_.inputs.save(out);
  parts_.itemBags.save(out, "sequence/item-bags");
  parts_.userBags.save(out, "sequence/user-bags");
  parts_.counts.save(out);
  out.putArray<Index>("sequence/of-network", parts_.ofNetwork);
  out.putArray<uint32_t>("sequence/interactions", parts_.interactions);
  out.putArray<uint8_t>("sequence/answered", parts_.answered);
  out.put("sequence/settings",
          dumpJson({{"format", 1}, {"fusion", toJson(parts_.fusion)}, {"report", parts_.report}}));
  parts_.network->save(out);
}

Result<std::unique_ptr<Model>> SequenceModel::open(const SectionReader& sections) {
  SequenceParts parts;
  PROFFER_TRY(parts.items, ItemSpace::open(sections));
  PROFFER_TRY(parts.inputs, SequenceInputs::open(sections));
  PROFFER_TRY(parts.itemBags, StoredBags::open(sections, "sequence/item-bags", parts.inputs.items().size()));
  PROFFER_TRY(parts.userBags, StoredBags::open(sections, "sequence/user-bags", parts.inputs.rows()));
  PROFFER_TRY(parts.counts, FollowingCounts::open(sections, parts.items.size()));
  PROFFER_TRY(const auto ofNetwork, sections.getArray<Index>("sequence/of-network"));
  PROFFER_TRY(const auto interactions, sections.getArray<uint32_t>("sequence/interactions"));
  PROFFER_TRY(const auto answered, sections.getArray<uint8_t>("sequence/answered"));
  PROFFER_TRY(const std::string_view text, sections.get("sequence/settings"));
  const Result<Json> settings = parseJson(text);
  if (!settings) return fail(ErrorCode::kCorrupt, "the model's settings cannot be read");
  PROFFER_TRY(parts.fusion, fusionFromJson(member(*settings, "fusion")));
  parts.report = member(*settings, "report");
  PROFFER_TRY(parts.network, Network::open(sections));
  parts.ofNetwork.assign(ofNetwork.begin(), ofNetwork.end());
  parts.interactions.assign(interactions.begin(), interactions.end());
  parts.answered.assign(answered.begin(), answered.end());

  const size_t items = parts.items.size();
  const NetworkShape& shape = parts.network->shape();
  const bool mapped = parts.ofNetwork.empty() ? shape.items == items : parts.ofNetwork.size() == items;
  if (!mapped || parts.interactions.size() != items ||
      (!parts.answered.empty() && parts.answered.size() != items) ||
      shape.inputFeatures < parts.inputs.rows() || shape.itemFeatures < parts.inputs.items().size() ||
      shape.dimension == 0)
    return fail(ErrorCode::kCorrupt, "the model's parts are of {} and {} items and do not fit", items,
                shape.items);
  for (const Index item : parts.ofNetwork)
    if (item != kNoIndex && item >= shape.items)
      return fail(ErrorCode::kCorrupt, "the model's item {} of the network is one of {}", item, shape.items);
  return std::make_unique<SequenceModel>(std::move(parts));
}

int64_t SequenceModel::residentBytes() const {
  return static_cast<int64_t>(scan_ ? scan_->bytes() : 0) + parts_.items.residentBytes() +
         parts_.itemBags.residentBytes() + parts_.userBags.residentBytes() + parts_.counts.residentBytes() +
         parts_.network->residentBytes() +
         static_cast<int64_t>((ownVectors_.size() + ownBiases_.size()) * sizeof(float) +
                              (parts_.ofNetwork.size() + parts_.interactions.size()) * sizeof(Index) +
                              cache_.bytes());
}

}  // namespace proffer::recipes
