#include "recipes/sequence/inputs.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/text.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr uint32_t kGapBuckets = 30;      // 0, then 1, 2, 4 ... seconds; the last has years
constexpr int64_t kSessionGap = 30 * 60;  // seconds without events that end a session
constexpr size_t kValueBuckets = 10;
constexpr size_t kMostContextValues = 200;  // of a column; the most frequent ones
constexpr uint32_t kLeastContextRows = 5;
constexpr uint32_t kLeastUsers = 5;  // that must share a value of theirs
constexpr size_t kMostUserFeatures = 5'000;
constexpr const char* kInteractionsType = "INTERACTIONS";

// Never trained on (TO-10, R29): what was shown, and the number of an answer.
bool neverContext(const std::string& column) {
  return column == "IMPRESSION" || column == "RECOMMENDATION_ID" || column == "EVENT_ID" ||
         column == "SESSION_ID";
}

std::set<std::string> excludedFrom(const TrainingConfiguration& configuration, const char* dataset) {
  const auto found = configuration.excludedColumns.find(dataset);
  return found == configuration.excludedColumns.end() ? std::set<std::string>{} : found->second;
}

std::vector<EventRule> normalized(std::vector<EventRule> rules) {
  double sum = 0;
  for (const EventRule& rule : rules) sum += rule.weight;
  if (sum > 0)
    for (EventRule& rule : rules) rule.weight *= static_cast<double>(rules.size()) / sum;
  return rules;
}

uint32_t gapBucket(int64_t gap) {
  if (gap <= 0) return 0;
  return std::min<uint32_t>(kGapBuckets - 1,
                            static_cast<uint32_t>(std::bit_width(static_cast<uint64_t>(gap))));
}

}  // namespace

Result<SequenceInputs> SequenceInputs::learn(const TrainingInput& input,
                                             const TrainingConfiguration& configuration,
                                             std::span<const Index> entities, const InputChoice& choice,
                                             Progress& progress) {
  SequenceInputs inputs;
  const Interactions& interactions = *input.interactions;
  inputs.rules_ = normalized(configuration.events);
  const EventSelector selector(inputs.rules_, interactions.eventTypes());
  const std::set<std::string> excluded = excludedFrom(configuration, kInteractionsType);
  inputs.eventTypes_.assign(interactions.eventTypes().begin(), interactions.eventTypes().end());
  for (const std::string& name : inputs.eventTypes_) inputs.types_.push_back(lower(name));
  std::sort(inputs.types_.begin(), inputs.types_.end());
  inputs.types_.erase(std::unique(inputs.types_.begin(), inputs.types_.end()), inputs.types_.end());
  if (choice.values && !excluded.contains("EVENT_VALUE"))
    inputs.learnValues(interactions, selector, progress);
  if (choice.context) PROFFER_CHECK(inputs.learnContexts(interactions, excluded, selector, progress));
  if (choice.metadata && input.items) {
    PROFFER_TRY(inputs.items_, MetadataVocabulary::learn(*input.items, entities,
                                                         excludedFrom(configuration, "ITEMS"), {}, progress));
  }
  if (choice.metadata && input.users) {
    std::vector<Index> all;
    for (Index user = 0; user < input.users->size(); ++user)
      if (input.users->has(user)) all.push_back(user);
    PROFFER_TRY(inputs.users_,
                MetadataVocabulary::learn(*input.users, all, excludedFrom(configuration, "USERS"),
                                          {kLeastUsers, kMostUserFeatures}, progress));
  }
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  inputs.number();
  return inputs;
}

// A sample of the values; what is equal falls into one bucket.
void SequenceInputs::learnValues(const Interactions& interactions, const EventSelector& selector,
                                 Progress& progress) {
  std::mutex mutex;
  std::vector<float> values;
  const uint64_t each = std::max<uint64_t>(1, static_cast<uint64_t>(interactions.rowCount()) / 100'000);
  forEachUserChunk(interactions, nullptr, [&](Index first, Index last, Interactions::Scratch& scratch) {
    if (progress.cancelled()) return;
    std::vector<float> mine;
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      for (size_t i = 0; i < history.values.size(); ++i)
        if (std::isfinite(history.values[i]) && selector.weight(history, i) > 0 && (user + i) % each == 0)
          mine.push_back(history.values[i]);
    }
    std::lock_guard guard(mutex);
    values.insert(values.end(), mine.begin(), mine.end());
  });
  std::sort(values.begin(), values.end());
  if (values.empty() || values.front() == values.back()) return;
  values_ = true;
  for (size_t i = 1; i < kValueBuckets; ++i) {
    const float knot = values[(values.size() - 1) * i / kValueBuckets];
    if (knot < values.back() && (valueKnots_.empty() || knot > valueKnots_.back()))
      valueKnots_.push_back(knot);
  }
}

Result<void> SequenceInputs::learnContexts(const Interactions& interactions,
                                           const std::set<std::string>& excluded,
                                           const EventSelector& selector, Progress& progress) {
  for (size_t column = 0; column < interactions.columns().size(); ++column) {
    const ColumnInfo& info = interactions.columns()[column];
    if (info.kind != ColumnKind::kCategorical || excluded.contains(info.name) || neverContext(info.name))
      continue;
    const auto names = interactions.columnValues(column);
    std::vector<std::atomic<uint32_t>> counts(names.size());
    forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
      Interactions::Scratch other;
      for (Index user = first; user < last; ++user) {
        const History history = interactions.history(user, scratch);
        if (history.size() == 0) continue;
        const auto codes = interactions.codes(user, column, other);
        for (size_t i = 0; i < std::min(codes.size(), history.size()); ++i)
          if (codes[i] < counts.size() && selector.weight(history, i) > 0)
            counts[codes[i]].fetch_add(1, std::memory_order_relaxed);
      }
    });
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
    std::vector<uint32_t> kept;
    for (uint32_t code = 0; code < counts.size(); ++code)
      if (counts[code] >= kLeastContextRows) kept.push_back(code);
    std::sort(kept.begin(), kept.end(), [&](uint32_t a, uint32_t b) {
      return counts[a] != counts[b] ? counts[a] > counts[b] : names[a] < names[b];
    });
    if (kept.size() > kMostContextValues) kept.resize(kMostContextValues);
    if (kept.size() < 2) continue;  // what is always the same says nothing
    Context context;
    context.column = info.name;
    for (const uint32_t code : kept) context.values.emplace_back(names[code]);
    contexts_.push_back(std::move(context));
  }
  return {};
}

void SequenceInputs::number() {
  firstType_ = kStart + 1;
  firstValue_ = firstType_ + static_cast<uint32_t>(types_.size());
  firstGap_ = firstValue_ + (values_ ? static_cast<uint32_t>(valueKnots_.size() + 1) : 0);
  session_ = firstGap_ + kGapBuckets;
  uint32_t next = session_ + 1;
  for (Context& context : contexts_) {
    context.firstRow = next;
    context.rows.clear();
    for (const std::string& value : context.values) context.rows.emplace(value, next++);
  }
  firstUserRow_ = next;
}

std::vector<std::string> SequenceInputs::contextColumns() const {
  std::vector<std::string> names;
  for (const Context& context : contexts_) names.push_back(context.column);
  return names;
}

uint16_t SequenceInputs::typeOf(const std::string& name) const {
  const std::string wanted = lower(name);
  const auto found = std::lower_bound(types_.begin(), types_.end(), wanted);
  if (found == types_.end() || *found != wanted) return kNoType;
  return static_cast<uint16_t>(found - types_.begin());
}

void SequenceInputs::appendEvent(const SequenceEvent& event, const SequenceEvent* before,
                                 std::vector<Feature>& out) const {
  if (event.type < types_.size()) out.push_back({firstType_ + event.type, 1});
  if (values_ && std::isfinite(event.value)) {
    const auto bucket = std::lower_bound(valueKnots_.begin(), valueKnots_.end(), event.value);
    out.push_back({firstValue_ + static_cast<uint32_t>(bucket - valueKnots_.begin()), 1});
  }
  if (before) out.push_back({firstGap_ + gapBucket(event.time - before->time), 1});
  if (!before || event.time - before->time > kSessionGap) out.push_back({session_, 1});
}

void SequenceInputs::appendContext(std::span<const std::pair<std::string, std::string>> given,
                                   std::vector<Feature>& out) const {
  for (const Context& context : contexts_) {
    for (const auto& [column, value] : given) {
      if (!equalsIgnoreCase(column, context.column)) continue;
      const auto row = context.rows.find(value);
      if (row != context.rows.end()) out.push_back({row->second, 1});
      break;
    }
  }
}

FeatureBags SequenceInputs::itemBags(const MetadataTable* table, std::span<const Index> groupItems) const {
  FeatureBags bags;
  if (items_.size() == 0) return bags;
  std::optional<MetadataVocabulary::Reader> reader;
  if (table) reader.emplace(items_, *table);
  for (const Index item : groupItems) {
    if (reader) reader->append(item, 0, bags.features);
    bags.close();
  }
  return bags;
}

FeatureBags SequenceInputs::userBags(const MetadataTable* table) const {
  FeatureBags bags;
  if (users_.size() == 0 || !table) return bags;
  const MetadataVocabulary::Reader reader(users_, *table);
  for (Index user = 0; user < table->size(); ++user) {
    reader.append(user, firstUserRow_, bags.features);
    bags.close();
  }
  return bags;
}

void SequenceInputs::save(SectionWriter& out) const {
  Json json = Json::object();
  json["rules"] = Json::array();
  for (const EventRule& rule : rules_) {
    Json one{{"eventType", rule.eventType}, {"weight", rule.weight}};
    if (rule.valueThreshold) one["valueThreshold"] = *rule.valueThreshold;
    json["rules"].push_back(std::move(one));
  }
  json["eventTypes"] = eventTypes_;
  json["types"] = types_;
  json["values"] = values_;
  json["valueKnots"] = valueKnots_;
  json["contexts"] = Json::array();
  for (const Context& context : contexts_)
    json["contexts"].push_back({{"column", context.column}, {"values", context.values}});
  out.put("sequence/inputs", dumpJson(json));
  items_.save(out, "sequence/item-words");
  users_.save(out, "sequence/user-words");
}

Result<SequenceInputs> SequenceInputs::open(const SectionReader& in) {
  SequenceInputs inputs;
  PROFFER_TRY(const std::string_view text, in.get("sequence/inputs"));
  PROFFER_TRY(inputs.items_, MetadataVocabulary::open(in, "sequence/item-words"));
  PROFFER_TRY(inputs.users_, MetadataVocabulary::open(in, "sequence/user-words"));
  const Result<Json> json = parseJson(text);
  try {
    if (!json) return fail(ErrorCode::kCorrupt, "the model's inputs cannot be read");
    for (const Json& one : json->at("rules")) {
      EventRule rule{one.at("eventType").get<std::string>(), {}, one.at("weight").get<double>()};
      if (one.contains("valueThreshold")) rule.valueThreshold = one.at("valueThreshold").get<double>();
      inputs.rules_.push_back(std::move(rule));
    }
    inputs.eventTypes_ = json->at("eventTypes").get<std::vector<std::string>>();
    inputs.types_ = json->at("types").get<std::vector<std::string>>();
    inputs.values_ = json->at("values").get<bool>();
    inputs.valueKnots_ = json->at("valueKnots").get<std::vector<float>>();
    for (const Json& one : json->at("contexts")) {
      Context context;
      context.column = one.at("column").get<std::string>();
      context.values = one.at("values").get<std::vector<std::string>>();
      inputs.contexts_.push_back(std::move(context));
    }
  } catch (const std::exception&) {
    return fail(ErrorCode::kCorrupt, "the model's inputs cannot be read");
  }
  if (!std::is_sorted(inputs.types_.begin(), inputs.types_.end()) ||
      !std::is_sorted(inputs.valueKnots_.begin(), inputs.valueKnots_.end()))
    return fail(ErrorCode::kCorrupt, "the model's inputs are not in order");
  inputs.number();
  return inputs;
}

HistoryReader::HistoryReader(const SequenceInputs& inputs, std::span<const std::string> eventTypes,
                             Unknown unknown)
    : selector_(inputs.rules_, eventTypes), unknown_(unknown) {
  for (const std::string& name : eventTypes) typeOf_.push_back(inputs.typeOf(name));
}

void HistoryReader::read(const History& history, const ItemSpace& items,
                         std::vector<SequenceEvent>& events) const {
  events.clear();
  for (size_t i = 0; i < history.size(); ++i) {
    const float weight = selector_.weight(history, i);
    if (weight <= 0) continue;
    SequenceEvent event;
    event.item = items.fromGroup(history.items[i]);
    if (event.item == kNoIndex && unknown_ == Unknown::kLeftOut) continue;
    event.place = static_cast<uint32_t>(i);
    event.time = history.times[i];
    event.weight = weight;
    if (!history.values.empty()) event.value = history.values[i];
    if (!history.types.empty() && history.types[i] < typeOf_.size()) event.type = typeOf_[history.types[i]];
    events.push_back(event);
  }
  if (events.size() > kLongest) events.erase(events.begin(), events.end() - static_cast<ptrdiff_t>(kLongest));
}

ContextReader::ContextReader(const SequenceInputs& inputs, const Interactions& interactions)
    : interactions_(interactions) {
  for (const SequenceInputs::Context& context : inputs.contexts_) {
    for (size_t place = 0; place < interactions.columns().size(); ++place) {
      if (interactions.columns()[place].name != context.column) continue;
      Column column;
      column.place = place;
      for (const std::string& value : interactions.columnValues(place)) {
        const auto row = context.rows.find(value);
        column.rowOfCode.push_back(row == context.rows.end() ? kNoIndex : row->second);
      }
      columns_.push_back(std::move(column));
      break;
    }
  }
}

void ContextReader::read(Index user) {
  for (Column& column : columns_) {
    const auto codes = interactions_.codes(user, column.place, scratch_);
    column.codes.assign(codes.begin(), codes.end());
  }
}

void ContextReader::append(uint32_t place, std::vector<Feature>& out) const {
  for (const Column& column : columns_) {
    if (place >= column.codes.size() || column.codes[place] >= column.rowOfCode.size()) continue;
    const uint32_t row = column.rowOfCode[column.codes[place]];
    if (row != kNoIndex) out.push_back({row, 1});
  }
}

}  // namespace proffer::recipes
