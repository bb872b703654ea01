#include "controller/serving/group_filters.h"

#include "base/log.h"
#include "manifests/filter_fields.h"

namespace proffer::serving {
namespace {

using recipes::Index;

constexpr std::string_view kIdColumn = "ITEM_ID";
constexpr std::string_view kItems = "Items.", kCurrentItem = "CurrentItem.";

// The columns of the items that a program reads.
void addColumns(const dsl::Program& program, std::set<std::string>& columns) {
  for (const std::string& field : program.uses().fields)
    for (const std::string_view dataset : {kItems, kCurrentItem})
      if (field.starts_with(dataset)) columns.insert(field.substr(dataset.size()));
}

// Where the texts of a field stand. A column that no import brought yet is null everywhere.
dsl::ColumnSource sourceOf(const dsl::Field& field, const data::Snapshot& snapshot) {
  const recipes::MetadataTable* items = snapshot.items();
  dsl::ColumnSource source;
  source.field = field;
  source.text = [](Index) -> std::optional<std::string_view> { return std::nullopt; };
  if (!items) return source;
  if (field.name == kIdColumn) {
    source.text = [&snapshot, items](Index item) -> std::optional<std::string_view> {
      return items->has(item) ? std::optional(snapshot.interactions().itemId(item)) : std::nullopt;
    };
    return source;
  }
  for (size_t column = 0; column < items->columns().size(); ++column) {
    if (items->columns()[column].name != field.name) continue;
    source.text = [items, column](Index item) -> std::optional<std::string_view> {
      if (item >= items->size() || items->isNull(item, column)) return std::nullopt;
      return items->text(item, column);
    };
  }
  return source;
}

std::shared_ptr<const dsl::ItemIndex> buildIndex(const data::Snapshot& snapshot, const dsl::Fields& fields,
                                                 const std::set<std::string>& columns) {
  std::vector<dsl::ColumnSource> sources;
  if (fields.items)
    for (const dsl::Field& field : fields.items->fields)
      if (columns.contains(field.name)) sources.push_back(sourceOf(field, snapshot));
  return dsl::ItemIndex::build(snapshot.interactions().itemCount(), sources);
}

GroupFilter compileFilter(const FilterDefinition& definition, const dsl::Fields& fields) {
  GroupFilter filter{definition, dialectFromName(definition.dialect).value_or(dsl::Dialect::kExtended),
                     nullptr, fail(ErrorCode::kInternal, "not prepared")};
  // Quotas are the reconciler's business: here, what means something is applied.
  auto program =
      dsl::compileText(definition.expression, fields, {.dialect = filter.dialect, .mostFields = 0});
  if (program)
    filter.program = std::move(*program);
  else
    filter.prepared = fail(program.error());
  return filter;
}

}  // namespace

Result<std::shared_ptr<const GroupFilters>> GroupFilters::make(const data::Snapshot& snapshot,
                                                               const CatalogueSettings& settings,
                                                               const GroupFilters* before) {
  auto made = std::make_shared<GroupFilters>();
  PROFFER_TRY(made->fields_, filterFieldsFromJson(settings.fields));
  made->fieldsJson_ = settings.fields;
  made->itemsFingerprint_ = snapshot.itemsFingerprint();
  const bool sameFields = before && before->fieldsJson_ == made->fieldsJson_;
  Columns columns;
  for (const auto& [name, definition] : settings.filters) {
    const GroupFilter* old = sameFields ? before->find(name) : nullptr;
    const bool kept = old && old->definition == definition;
    const GroupFilter& filter =
        made->filters_.emplace(name, kept ? *old : compileFilter(definition, made->fields_)).first->second;
    if (filter.program) addColumns(*filter.program, columns);
  }
  if (made->filters_.empty()) return made;
  const bool grew = made->index(snapshot, std::move(columns), sameFields ? before : nullptr);
  for (auto& [name, filter] : made->filters_) {
    const GroupFilter* old = grew ? before->find(name) : nullptr;
    if (old && old->program == filter.program && filter.prepared)
      filter.prepared = old->prepared->refreshed(made->index_, {});
    else if (filter.program)
      filter.prepared = dsl::PreparedFilter::prepare(filter.program, made->index_);
    if (!filter.prepared)
      logLine(LogLevel::kWarning, "serving", "a filter cannot be used",
              {{"filter", name}, {"error", filter.prepared.error().message}});
  }
  return made;
}

std::shared_ptr<const GroupFilters> GroupFilters::withRows(std::span<const dsl::ItemRow> rows,
                                                           std::span<const Index> changed) const {
  auto newer = std::make_shared<GroupFilters>(*this);
  newer->itemsFingerprint_.clear();
  if (!index_) return newer;
  newer->index_ = index_->withRows(rows);
  for (auto& [name, filter] : newer->filters_)
    if (filter.prepared) filter.prepared = filter.prepared->refreshed(newer->index_, changed);
  return newer;
}

bool GroupFilters::index(const data::Snapshot& snapshot, Columns columns, const GroupFilters* before) {
  columns_ = std::move(columns);
  const bool same = before && before->index_ && !itemsFingerprint_.empty() &&
                    before->itemsFingerprint_ == itemsFingerprint_ && before->columns_ == columns_;
  index_ = same ? before->index_->grown(snapshot.interactions().itemCount())
                : buildIndex(snapshot, fields_, columns_);
  return same;
}

const GroupFilter* GroupFilters::find(const std::string& name) const {
  const auto found = filters_.find(name);
  return found == filters_.end() ? nullptr : &found->second;
}

std::vector<std::string> GroupFilters::names() const {
  std::vector<std::string> names;
  for (const auto& [name, filter] : filters_) names.push_back(name);
  return names;
}

GroupFilter GroupFilters::adHoc(const data::Snapshot& snapshot, const FilterDefinition& definition) const {
  GroupFilter filter = compileFilter(definition, fields_);
  if (!filter.program) return filter;
  Columns columns;
  addColumns(*filter.program, columns);
  filter.prepared = dsl::PreparedFilter::prepare(filter.program, buildIndex(snapshot, fields_, columns));
  return filter;
}

int64_t GroupFilters::bytes() const {
  int64_t bytes = index_ ? index_->bytes() : 0;
  for (const auto& [name, filter] : filters_)
    if (filter.prepared) bytes += filter.prepared->bytes();
  return bytes;
}

}  // namespace proffer::serving
