#include "controller/serving/explorations.h"

#include <algorithm>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/data/live_data.h"
#include "controller/serving/new_items.h"

namespace proffer::serving {
namespace {

using recipes::Index;

constexpr std::string_view kLearner = "exploration";
constexpr size_t kEventsAtOnce = 1000;
constexpr int64_t kLargestExplored = int64_t{1} << 31;
constexpr std::string_view kExploredMagic = "proffer explored 1\n";
constexpr int64_t kNewestStep =
    60;  // seconds that the newest interaction moves until new items are looked for

// Sections one after another, each with its name; the checksum of all at the end.
class ExploredWriter final : public recipes::SectionWriter {
 public:
  void put(std::string_view name, std::string_view bytes) override {
    addText(name);
    addText(bytes);
  }
  std::string finish() {
    const Hash128 digest = hash128(bytes_);
    addNumber(digest.high);
    addNumber(digest.low);
    return std::move(bytes_);
  }

 private:
  void addNumber(uint64_t number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); }
  void addText(std::string_view text) {
    addNumber(text.size());
    bytes_ += text;
  }
  std::string bytes_{kExploredMagic};
};

Result<recipes::MemorySections> exploredSections(std::string_view bytes) {
  constexpr size_t kDigest = 2 * sizeof(uint64_t);
  const auto corrupt = [] { return fail(ErrorCode::kCorrupt, "the file is not what was written"); };
  if (bytes.size() < kExploredMagic.size() + kDigest || !bytes.starts_with(kExploredMagic)) return corrupt();
  const std::string_view content = bytes.substr(0, bytes.size() - kDigest);
  Hash128 digest;
  std::memcpy(&digest.high, bytes.data() + content.size(), sizeof digest.high);
  std::memcpy(&digest.low, bytes.data() + content.size() + sizeof digest.high, sizeof digest.low);
  if (digest != hash128(content)) return corrupt();
  recipes::MemorySections sections;
  std::string_view left = content.substr(kExploredMagic.size());
  const auto take = [&](std::string_view& text) {
    uint64_t size = 0;
    if (left.size() < sizeof size) return false;
    std::memcpy(&size, left.data(), sizeof size);
    left.remove_prefix(sizeof size);
    if (left.size() < size) return false;
    text = left.substr(0, size);
    left.remove_prefix(size);
    return true;
  };
  while (!left.empty()) {
    std::string_view name, section;
    if (!take(name) || !take(section)) return corrupt();
    sections.put(name, section);
  }
  return sections;
}

// What the model says of everything for somebody it knows nothing of.
std::vector<float> usualPredictions(const recipes::Model& model) {
  recipes::UserState nobody;
  recipes::Question question;
  question.user = &nobody;
  question.limit = model.items().size();
  const auto found = model.recommend(question);
  std::vector<float> usual;
  if (!found) return usual;
  for (const recipes::ScoredItem& item : *found) {
    const Index group = model.items().groupIndex(item.item);
    if (group >= usual.size()) usual.resize(size_t{group} + 1);
    usual[group] = item.scored && item.score > 0 ? static_cast<float>(item.score) : 0;
  }
  return usual;
}

template <class T>
bool isOf(const std::weak_ptr<const T>& known, const std::shared_ptr<const T>& now) {
  return !known.owner_before(now) && !now.owner_before(known);
}

}  // namespace

// ---- Which routes there are, and what is kept of them

void Explorations::keepIn(std::filesystem::path directory, io::FileSystem& files) {
  directory_ = std::move(directory);
  files_ = &files;
}

std::shared_ptr<RouteExploration> Explorations::of(const std::string& groupUid, const std::string& name) {
  const std::string key = groupUid + "." + name;
  std::lock_guard guard(mutex_);
  auto& known = known_[key];
  if (known) return known;
  known = std::make_shared<RouteExploration>();
  if (files_ == nullptr) return known;
  const auto bytes = files_->read(pathOf(key), kLargestExplored);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return known;
  const auto opened = [&]() -> Result<void> {
    if (!bytes) return fail(bytes.error());
    PROFFER_TRY(const recipes::MemorySections sections, exploredSections(*bytes));
    return known->open(sections);
  }();
  if (!opened)
    logLine(LogLevel::kWarning, kLearner, "what was learned by exploring cannot be read, and is learned anew",
            {{"path", pathOf(key).string()}, {"error", opened.error().message}});
  return known;
}

Result<void> Explorations::saveOne(const std::string& key, const RouteExploration& exploration) {
  ExploredWriter writer;
  exploration.save(writer);
  std::filesystem::path fresh = pathOf(key);
  fresh += ".new";
  PROFFER_TRY(const auto file, files_->create(fresh));
  PROFFER_CHECK(file->append(writer.finish()));
  PROFFER_CHECK(file->sync());
  return files_->rename(fresh, pathOf(key));
}

Result<void> Explorations::save() {
  if (files_ == nullptr) return {};
  std::map<std::string, std::shared_ptr<RouteExploration>> known;
  {
    std::lock_guard guard(mutex_);
    known = known_;
  }
  savedAt_ = clock_.now();
  if (known.empty()) return {};
  PROFFER_CHECK(files_->createDirectories(directory_));
  for (const auto& [key, exploration] : known) PROFFER_CHECK(saveOne(key, *exploration));
  return files_->syncDirectory(directory_);
}

ExplorationFigures Explorations::figures() const {
  ExplorationFigures all;
  std::lock_guard guard(mutex_);
  for (const auto& [key, exploration] : known_) {
    const RouteExploration::Figures one = exploration->figures();
    all.answers += one.answers;
    all.slots += one.slots;
    all.explored += one.explored;
    all.choices += one.choices;
    all.eligible += one.eligible;
  }
  return all;
}

void Explorations::follow(const ServedTable& table) {
  std::map<std::string, std::vector<std::shared_ptr<const ServedRoute>>> exploring;
  for (const auto& [key, route] : table.routes)
    if (route->exploration && route->opened) exploring[route->wanted.groupUid].push_back(route);
  std::erase_if(groups_, [&](const auto& group) { return !exploring.contains(group.first); });
  for (const auto& [uid, routes] : exploring) {
    Group& group = groups_[uid];
    std::erase_if(group.routes, [&routes = routes](const auto& known) {
      return std::none_of(routes.begin(), routes.end(),
                          [&](const auto& route) { return route->wanted.name == known.first; });
    });
    for (const auto& route : routes) group.routes[route->wanted.name].route = route;
  }
}

// What nobody holds any more and has no route. One whose weight is 0 is kept: it may explore again.
void Explorations::forgetGone(const ServedTable& table) {
  std::lock_guard guard(mutex_);
  std::erase_if(known_, [&](const auto& known) {
    if (known.second.use_count() > 1) return false;
    const bool there = std::any_of(table.routes.begin(), table.routes.end(), [&](const auto& route) {
      return known.first == route.second->wanted.groupUid + "." + route.second->wanted.name;
    });
    if (!there && files_ != nullptr) (void)files_->remove(pathOf(known.first));
    return !there;
  });
}

// ---- What is new

void Explorations::refresh(Group& group, const ServedGroup& served) {
  const auto& snapshot = served.catalogue->shared();
  // Reading all interactions may take long: then not with every fold.
  constexpr int kSeldom = 50;
  const Time now = clock_.now();
  if (!group.births ||
      (!isOf(group.snapshot, snapshot) && now >= group.birthsMade + kSeldom * group.birthsTook)) {
    group.births = std::make_shared<const std::vector<int64_t>>(itemBirths(*snapshot));
    group.snapshot = snapshot;
    group.birthsMade = clock_.now();
    group.birthsTook = group.birthsMade - now;
  }
  group.newest = std::max(group.newest, snapshot->interactions().latestTime());
  group.newest = std::min(group.newest, toMicros(now) / 1'000'000);  // later ones are an error of some clock
  for (auto& [name, followed] : group.routes) {
    const ServedRoute& route = *followed.route;
    RouteExploration& exploration = *route.exploration;
    exploration.moveTo(route.version);
    const bool same = isOf(followed.model, route.opened);
    if (!same) exploration.setUsualPredictions(usualPredictions(*route.opened->model));
    if (same && followed.births == group.births && followed.cutOff == route.settings.explorationCutOff &&
        group.newest - followed.newest < kNewestStep)
      continue;
    exploration.setNewItems(newItems(route.opened->model->items(), *group.births, group.newest,
                                     route.settings.explorationCutOff));
    followed.model = route.opened;
    followed.births = group.births;
    followed.cutOff = route.settings.explorationCutOff;
    followed.newest = group.newest;
  }
}

// ---- What people chose

Result<void> Explorations::learnImported(Group& group, const std::string& uid) {
  std::shared_ptr<const data::Snapshot> snapshot;
  if (data_.live() != nullptr) {
    PROFFER_TRY(snapshot, data_.live()->imported(uid));
  } else {
    PROFFER_TRY(snapshot, data_.snapshot(uid));
  }
  const std::string fingerprint = snapshot->interactionsFingerprint();
  std::vector<RouteExploration*> routes;
  for (const auto& [name, followed] : group.routes)
    if (followed.route->exploration->progress().imported != fingerprint)
      routes.push_back(followed.route->exploration.get());
  if (routes.empty()) return {};
  const recipes::Interactions& rows = snapshot->interactions();
  const auto columns = rows.columns();
  const auto named = std::find_if(columns.begin(), columns.end(), [](const recipes::ColumnInfo& column) {
    return column.name == "IMPRESSION";
  });
  recipes::Interactions::Scratch scratch, codesScratch;
  for (Index user = 0; named != columns.end() && user < rows.userCount(); ++user) {
    const auto column = static_cast<size_t>(named - columns.begin());
    const recipes::History history = rows.history(user, scratch);
    const auto codes = rows.codes(user, column, codesScratch);
    for (size_t i = 0; i < history.size() && i < codes.size(); ++i) {
      if (codes[i] == recipes::kNoIndex) continue;
      const std::vector<std::string> items = split(rows.columnValues(column)[codes[i]], '|');
      const SeenList seen{{}, rows.userId(user), items, rows.itemId(history.items[i])};
      for (RouteExploration* route : routes)
        if (history.times[i] > route->progress().importedUpTo) route->learn(*snapshot, seen);
    }
  }
  for (RouteExploration* route : routes) {
    route->progress().imported = fingerprint;
    route->progress().importedUpTo = std::max(route->progress().importedUpTo, rows.latestTime());
  }
  return {};
}

Result<void> Explorations::learnStreamed(Group& group, const ServedGroup& served) {
  const std::string& dataset = served.catalogue->settings().interactions;
  if (data_.live() == nullptr || dataset.empty()) return {};
  const data::Snapshot& snapshot = served.catalogue->snapshot();
  int64_t after = std::numeric_limits<int64_t>::max();
  for (const auto& [name, followed] : group.routes)
    after = std::min(after, followed.route->exploration->progress().sequence);
  for (bool more = true; more;) {
    PROFFER_TRY(const data::EventBatch batch,
                data_.live()->readEvents(served.wanted.groupUid, dataset, after, kEventsAtOnce));
    for (const data::EventBatch::Stored& stored : batch.events) {
      const data::LiveEvent& event = stored.event;
      group.newest = std::max(group.newest, event.time);
      const std::vector<std::string>& items = event.impression.empty() ? event.shown : event.impression;
      if (items.empty()) continue;
      const SeenList seen{event.recommendationId, stored.owner, items, event.itemId};
      // An answer of one route says nothing of another one's predictions.
      const bool owned = std::any_of(group.routes.begin(), group.routes.end(), [&](const auto& route) {
        return route.second.route->exploration->remembers(event.recommendationId);
      });
      for (auto& [name, followed] : group.routes) {
        RouteExploration& exploration = *followed.route->exploration;
        if (stored.sequence <= exploration.progress().sequence) continue;
        if (!owned || exploration.remembers(event.recommendationId)) exploration.learn(snapshot, seen);
      }
    }
    for (auto& [name, followed] : group.routes) {
      int64_t& sequence = followed.route->exploration->progress().sequence;
      sequence = std::max(sequence, batch.sequence);
    }
    more = batch.more && batch.sequence > after;
    after = std::max(after, batch.sequence);
  }
  return {};
}

void Explorations::pass(const ServedTable& table) {
  follow(table);
  forgetGone(table);
  for (auto& [uid, group] : groups_) {
    const auto found = table.groups.find(uid);
    if (found == table.groups.end() || !found->second->catalogue) continue;
    const ServedGroup& served = *found->second;
    refresh(group, served);
    Result<void> learned = learnImported(group, uid);
    if (learned) learned = learnStreamed(group, served);
    if (!learned)
      logLine(LogLevel::kWarning, kLearner, "cannot learn from what people chose; it is tried again",
              {{"group", served.wanted.group}, {"error", learned.error().message}});
    for (auto& [name, followed] : group.routes) followed.route->exploration->fit();
  }
  if (savedAt_ == Time{}) savedAt_ = clock_.now();
  if (clock_.now() < savedAt_ + kSaveEvery) return;
  if (const auto saved = save(); !saved)
    logLine(LogLevel::kWarning, kLearner, "cannot save what was learned by exploring",
            {{"error", saved.error().message}});
}

}  // namespace proffer::serving
