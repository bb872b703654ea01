#include "recipes/content.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "recipes/content_model.h"
#include "recipes/histories.h"

namespace proffer::recipes {
namespace {

constexpr const char* kSemantic = "aws-semantic-similarity";
constexpr const char* kSimilar = "aws-similar-items";
constexpr const char* kItems = "ITEMS";
constexpr const char* kCreated = "CREATION_TIMESTAMP";
constexpr uint32_t kCounted = 200;    // neighbours by counts that rows are made of
constexpr size_t kSemanticRow = 200;  // items a row; those that popularity and freshness choose from

std::set<std::string> excludedItems(const TrainingConfiguration& configuration) {
  const auto found = configuration.excludedColumns.find(kItems);
  return found == configuration.excludedColumns.end() ? std::set<std::string>{} : found->second;
}

// 1 for the newest item, 0 for the oldest and for those of which it is not known (SE-2).
std::vector<float> freshnessOf(const MetadataTable& table, const ItemSpace& items) {
  std::vector<float> freshness(items.size());
  const auto columns = table.columns();
  const auto created = std::find_if(columns.begin(), columns.end(),
                                    [](const ColumnInfo& column) { return column.name == kCreated; });
  if (created == columns.end()) return freshness;
  const auto column = static_cast<size_t>(created - columns.begin());
  const auto timeOf = [&](Index item) {
    return items.groupIndex(item) < table.size() ? table.number(items.groupIndex(item), column)
                                                 : std::nan("");
  };
  double oldest = std::numeric_limits<double>::infinity(), newest = -oldest;
  for (Index item = 0; item < items.size(); ++item) {
    const double time = timeOf(item);
    if (std::isnan(time)) continue;
    oldest = std::min(oldest, time);
    newest = std::max(newest, time);
  }
  if (newest <= oldest) return freshness;
  for (Index item = 0; item < items.size(); ++item)
    if (const double time = timeOf(item); !std::isnan(time))
      freshness[item] = static_cast<float>((time - oldest) / (newest - oldest));
  return freshness;
}

std::vector<uint32_t> peopleOf(const ItemSpace& items, const std::vector<uint32_t>& ofGroup) {
  std::vector<uint32_t> people(items.size());
  for (Index item = 0; item < items.size(); ++item)
    if (items.groupIndex(item) < ofGroup.size()) people[item] = ofGroup[items.groupIndex(item)];
  return people;
}

Result<ItemFeatures> featuresOf(const TrainingInput& input, const TrainingConfiguration& configuration,
                                const ItemSpace& items, bool semantic, Progress& progress) {
  if (!input.items) return ItemFeatures::none(items.size());
  return ItemFeatures::read(*input.items, items, {excludedItems(configuration), semantic}, progress);
}

}  // namespace

Result<ContentSettings> contentSettings(const TrainingConfiguration& configuration) {
  ContentSettings settings;
  settings.semantic = configuration.recipe == kSemantic;
  if (settings.semantic) return settings;
  std::vector<Error> errors;
  PROFFER_TRY(const Json complete,
              completeHyperparameters(*findRecipe(kSimilar), configuration.hyperparameters, "hyperparameters",
                                      errors));
  settings.rows.popularityDiscount = complete.at("popularity_discount_factor").get<double>();
  settings.rows.keep = complete.at("item_id_hidden_dim").get<size_t>();
  settings.rows.lenders = complete.at("item_metadata_hidden_dim").get<size_t>();
  return settings;
}

Result<std::unique_ptr<Model>> ContentRecipe::train(const TrainingInput& input,
                                                    const TrainingConfiguration& configuration,
                                                    Progress& progress, Checkpoints*) const {
  PROFFER_TRY(const ContentSettings settings, contentSettings(configuration));
  return trainContent(input, configuration, settings, progress);
}

Result<std::unique_ptr<Model>> trainContent(const TrainingInput& input,
                                            const TrainingConfiguration& configuration,
                                            const ContentSettings& settings, Progress& progress) {
  if (!input.interactions) return fail(ErrorCode::kInvalidInput, "there are no interactions to count");
  if (settings.semantic && !input.items)
    return fail(ErrorCode::kInvalidInput, "{} compares the texts of items, and there is no dataset of items",
                kSemantic);
  HistoryCut cut;
  cut.orderColumn = configuration.orderColumn;
  // The order within what is bought at one time means nothing.
  cut.baskets = mostlyInBaskets(*input.interactions, configuration);
  PROFFER_TRY(CutHistories histories, CutHistories::read(*input.interactions, configuration, cut, progress));
  const ItemSpace items = histories.items(input, configuration);
  if (items.size() == 0)
    return fail(ErrorCode::kInvalidInput, "there are no interactions to count and no items to compare");
  const std::vector<uint32_t> people = peopleOf(items, histories.people());
  PROFFER_TRY(ItemFeatures features, featuresOf(input, configuration, items, settings.semantic, progress));
  if (settings.semantic && features.columnCount() == 0)
    return fail(ErrorCode::kInvalidInput,
                "{} compares texts, and no column of the items is textual (or the item's name)", kSemantic);

  RelatedRows rows;
  std::vector<float> freshness;
  if (settings.semantic) {
    features.weigh(std::vector<double>(features.columnCount(), 1));
    PROFFER_TRY(rows, similarRows(features, people, kSemanticRow, progress));
    freshness = freshnessOf(*input.items, items);
  } else {
    CoOccurrenceSettings counting;
    counting.window = settings.window;
    counting.inverseGap = true;
    counting.lifetimeWeight = settings.lifetimeWeight;
    counting.keep = std::min(kCounted, affordableNeighbours(items.size()));
    PROFFER_TRY(const CoOccurrence counts,
                countCoOccurrence(std::move(histories).place(items), counting, progress));
    if (features.columnCount() > 0) features.weigh(tellingShares(features, counts));
    PROFFER_TRY(rows, relatedRows(features, counts, people, settings.rows, progress));
  }
  return std::make_unique<ContentModel>(items, std::move(rows), std::move(features), PopularList::of(people),
                                        std::move(freshness));
}

int64_t ContentRecipe::memoryNeeded(int64_t interactions, int64_t users, int64_t items) const {
  // Rows of counts and of the model, features (about 40 an item, as read and as kept), one array a thread.
  constexpr int64_t kPerItem = 200 * 12 + 2 * 100 * 16 + 40 * 40 + 256;
  return interactions * 16 + users * 8 + items * kPerItem;
}

Result<std::unique_ptr<Model>> ContentRecipe::open(const SectionReader& sections) const {
  return ContentModel::open(sections);
}

}  // namespace proffer::recipes
