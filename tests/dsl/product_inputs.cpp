#include "product_inputs.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace proffer::dsl::reference {

namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

double numberOrNull(const std::string* text) {
  if (!text) return kNull;
  return readNumber(*text).value_or(kNull);
}

const std::string* cell(const Row& row, const std::string& column) {
  const auto found = row.find(column);
  return found == row.end() ? nullptr : &found->second;
}

/// Where `text` stands in `names`, put there if need be.
template <class Code>
Code codeOf(std::vector<std::string>& names, const std::string& text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<Code>(found - names.begin());
  names.push_back(text);
  return static_cast<Code>(names.size() - 1);
}

}  // namespace

History::History(Dice& dice, const std::vector<Event>& events, const DatasetFields& fields, Index offset) {
  if (dice.percent(30)) typeNames_.emplace_back("never");
  for (const Event& event : events) {
    items_.push_back(offset + static_cast<Index>(event.target));
    times_.push_back(event.time);
    types_.push_back(event.type ? codeOf<uint16_t>(typeNames_, *event.type) : uint16_t{0xFFFF});
    values_.push_back(event.value.value_or(std::numeric_limits<float>::quiet_NaN()));
  }
  if (std::all_of(types_.begin(), types_.end(), [](uint16_t code) { return code == 0xFFFF; })) types_.clear();
  if (std::all_of(values_.begin(), values_.end(), [](float value) { return std::isnan(value); }))
    values_.clear();
  for (const Field& field : fields.fields) addColumn(dice, events, field);
  for (const Column& column : columns_) {
    columnViews_.push_back({column.name, column.codes, column.values, column.numbers});
  }
}

void History::addColumn(Dice& dice, const std::vector<Event>& events, const Field& field) {
  const bool any = std::any_of(events.begin(), events.end(),
                               [&](const Event& event) { return event.columns.contains(field.name); });
  if (!any) return;
  Column column;
  column.name = field.name;
  const bool asNumbers = field.type == ValueType::kNumber && dice.percent(50);
  for (const Event& event : events) {
    const std::string* text = cell(event.columns, field.name);
    if (asNumbers) {
      column.numbers.push_back(numberOrNull(text));
    } else {
      column.codes.push_back(text ? codeOf<uint32_t>(column.values, *text) : kNoIndex);
    }
  }
  columns_.push_back(std::move(column));
}

UserHistory History::view() const {
  UserHistory view;
  view.items = items_;
  view.times = times_;
  view.types = types_;
  view.typeNames = typeNames_;
  view.values = values_;
  view.columns = columnViews_;
  return view;
}

std::shared_ptr<const ItemIndex> makeIndex(Dice& dice, const World& world, Entity entity, Index offset,
                                           bool allColumns) {
  const DatasetFields& fields = entity == Entity::kItem   ? *world.fields.items
                                : entity == Entity::kUser ? *world.fields.users
                                                          : *world.fields.actions;
  const auto rowOf = [&world, entity, offset](Index item) -> const Row* {
    if (item < offset) return nullptr;
    const size_t i = item - offset;
    if (entity == Entity::kUser) return &world.users[i].attributes;
    return entity == Entity::kItem ? &world.items[i] : &world.actions[i];
  };
  std::vector<ColumnSource> columns;
  for (const Field& field : fields.fields) {
    // A column that is null everywhere may as well not be there.
    bool any = false;
    for (size_t i = 0; i < candidates(world, entity); ++i) {
      any = any || rowOf(offset + static_cast<Index>(i))->contains(field.name);
    }
    if (!any && !allColumns && dice.percent(50)) continue;
    ColumnSource source;
    source.field = field;
    source.text = [rowOf, name = field.name](Index item) -> std::optional<std::string_view> {
      const Row* row = rowOf(item);
      const std::string* text = row ? cell(*row, name) : nullptr;
      return text ? std::optional<std::string_view>(*text) : std::nullopt;
    };
    if (field.type == ValueType::kNumber && dice.percent(40)) {
      source.number = [rowOf, name = field.name](Index item) {
        const Row* row = rowOf(item);
        return numberOrNull(row ? cell(*row, name) : nullptr);
      };
    }
    columns.push_back(std::move(source));
  }
  return ItemIndex::build(offset + static_cast<Index>(candidates(world, entity)), columns);
}

ItemRow makeRow(Dice& dice, const Row& row, Index item) {
  ItemRow made;
  made.item = item;
  made.values.assign(row.begin(), row.end());
  if (dice.percent(10)) made.values.emplace_back("NOT_IN_THE_SCHEMA", "1");
  return made;
}

Inputs::Inputs(Dice& dice, const World& world, const Request& request, Entity entity, Index offset) {
  if (request.user) {
    const bool ofItems = entity == Entity::kItem;
    events_ = History(dice, request.user->events, *world.fields.interactions, ofItems ? offset : 0);
    actionEvents_ =
        History(dice, request.user->actionEvents, *world.fields.actionInteractions, ofItems ? 0 : offset);
    eventView_ = events_.view();
    actionEventView_ = actionEvents_.view();
    attributes_.insert(request.user->attributes.begin(), request.user->attributes.end());
    situation_.history = &eventView_;
    situation_.actionHistory = &actionEventView_;
    situation_.user = &attributes_;
  }
  if (entity == Entity::kUser) {
    for (size_t i = 0; i < world.users.size(); ++i) {
      histories_.emplace(offset + static_cast<Index>(i),
                         History(dice, world.users[i].events, *world.fields.interactions, 0));
    }
    situation_.histories = this;
  }
  if (request.item) situation_.currentItem = offset + static_cast<Index>(*request.item);
  parameters_.insert(request.parameters.begin(), request.parameters.end());
  // No placeholder, no parameters.
  if (!parameters_.empty() || dice.percent(50)) situation_.parameters = &parameters_;
  situation_.now = request.now;
  situation_.interactionWindow = request.window;
  situation_.actionInteractionWindow = request.actionWindow;
}

UserHistory Inputs::of(Index user) {
  const auto found = histories_.find(user);
  return found == histories_.end() ? UserHistory{} : found->second.view();
}

}  // namespace proffer::dsl::reference
