#include "small_catalogue.h"

#include <map>

using namespace proffer::dsl;

namespace small {
namespace {

constexpr int64_t kDay = 86400;
using Cells = std::vector<const char*>;  // null: null

std::string daysAgo(int days) {
  return std::to_string(kNow - days * kDay);
}

Field text(const char* name, bool multi = false) {
  return {name, ValueType::kText, multi};
}
Field number(const char* name) {
  return {name, ValueType::kNumber};
}
Field boolean(const char* name) {
  return {name, ValueType::kBoolean};
}
Field textual(const char* name) {
  return {.name = name, .type = ValueType::kText, .textual = true};
}
Field automatic(const char* name) {
  return {.name = name, .type = ValueType::kNumber, .automatic = true};
}

std::shared_ptr<const ItemIndex> indexOf(const DatasetFields& fields, const std::vector<Cells>& rows,
                                         Index size) {
  std::vector<ColumnSource> columns;
  for (size_t c = 0; c < fields.fields.size(); ++c)
    columns.push_back({fields.fields[c], [&rows, c](Index row) -> std::optional<std::string_view> {
                         if (row >= rows.size() || c >= rows[row].size() || !rows[row][c])
                           return std::nullopt;
                         return rows[row][c];
                       }});
  return ItemIndex::build(size, columns);
}

const std::vector<Cells>& itemRows() {
  static const std::vector<std::string> created{daysAgo(10),  daysAgo(40), daysAgo(5),
                                                daysAgo(400), daysAgo(1),  daysAgo(0),
                                                "",           daysAgo(30), daysAgo(2)};
  static const std::vector<Cells> rows{
      {"Action|Crime", "Heat", "1995", "10", "true", created[0].c_str(), "Warner"},
      {"Comedy", "Big", "1988", "5.5", "false", created[1].c_str(), "Fox"},
      {"Comedy|Drama", "Fargo", "1996", "12", "true", created[2].c_str(), "Polygram"},
      {"Drama", "Ran", "1985", nullptr, nullptr, created[3].c_str(), nullptr},
      {nullptr, "Nameless", "2001", "0", "True", created[4].c_str(), "Fox"},
      {"Action", "Alien", "1979", "20", "0", created[5].c_str(), "Fox"},
      {"Crime|Drama|Thriller", "Seven", "1995", "10.0", "1", nullptr, "Warner"},
      {"comedy", "Case", "2010", "-3", "true", created[7].c_str(), "warner"},
      {"Comedy, Romance", "Quote \"x\" \\", nullptr, "15", "false", created[8].c_str(), ""},
  };
  return rows;
}

const std::vector<Cells>& userRows() {
  static const std::vector<Cells> rows{{"25", "F", "NL", "Comedy|Drama", "true", "10"},
                                       {"41", "M", "US", nullptr, "false", nullptr},
                                       {nullptr, nullptr, "US", "Action", nullptr, "0"}};
  return rows;
}

const std::vector<Cells>& actionRows() {
  static const std::vector<Cells> rows{
      {"10", "gold", "1"}, {"5.5", "silver", "1"}, {nullptr, "gold", nullptr}, {"100"}};
  return rows;
}

struct Events {
  std::vector<Index> items;
  std::vector<int64_t> times;
  std::vector<uint16_t> types;
  std::vector<float> values;
  std::vector<uint32_t> devices;
  UserHistory view;
  std::vector<EventColumn> columns;
};

const std::vector<std::string>& typeNames() {
  static const std::vector<std::string> names{"click", "Buy", "watch", "buy", "Taken", "NOT_TAKEN", "viewed"};
  return names;
}

void add(Events& events, Index item, int type, int64_t time, float value, int device) {
  events.items.push_back(item);
  events.types.push_back(type < 0 ? 0xFFFF : static_cast<uint16_t>(type));
  events.times.push_back(time);
  events.values.push_back(value);
  events.devices.push_back(device < 0 ? kNoIndex : static_cast<uint32_t>(device));
}

void finish(Events& events) {
  static const std::vector<std::string> devices{"tv", "phone"};
  events.columns = {{"DEVICE", events.devices, devices, {}}};
  events.view = {events.items, events.times, events.types, typeNames(), events.values, events.columns};
}

const std::vector<Events>& eventsOfUsers() {
  static const std::vector<Events>* all = [] {
    const float none = std::nanf("");
    auto* events = new std::vector<Events>(4);
    Events& ann = (*events)[0];
    add(ann, 0, 0, kNow - 100 * kDay, none, -1);
    add(ann, 1, 1, kNow - 90 * kDay, 3, 0);
    add(ann, 2, 2, kNow - 20 * kDay, 4.1F, 1);
    add(ann, 0, 3, kNow - 10 * kDay, 5, 0);
    add(ann, 3, 2, kNow - 5 * kDay, 2, -1);
    add(ann, 5, -1, kNow - 4 * kDay, 4, 0);
    add(ann, 1, 0, kNow - 3 * kDay, none, 1);
    add(ann, 6, 2, kNow - 1 * kDay, 4, 0);
    add(ann, 9, 0, kNow - 3600, none, 1);
    add((*events)[2], 1, 0, kNow - kDay, none, 0);
    add((*events)[3], 2, 1, kNow - 2 * kDay, 1, 1);
    for (Events& one : *events) finish(one);
    return events;
  }();
  return *all;
}

int userNumber(std::string_view user) {
  const std::vector<std::string_view> names{"ann", "bob", "cat", "dan"};
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == user) return static_cast<int>(i);
  return -1;
}

}  // namespace

const Fields& fields() {
  static const Fields all{
      DatasetFields{{text("GENRES", true), text("TITLE"), number("YEAR"), number("PRICE"),
                     boolean("IN_STOCK"), number("CREATION_TIMESTAMP"), text("BRAND", true),
                     textual("DESCRIPTION")}},
      DatasetFields{
          {text("EVENT_TYPE"), number("EVENT_VALUE"), number("TIMESTAMP"), text("DEVICE"), text("PLACE")}},
      DatasetFields{{number("AGE"), text("GENDER", true), text("COUNTRY"), text("LIKES", true),
                     boolean("PREMIUM"), number("BUDGET")}},
      DatasetFields{{number("VALUE"), text("TIER", true), automatic("ACTION_EXPIRATION_TIMESTAMP")}},
      DatasetFields{{text("EVENT_TYPE"), number("TIMESTAMP")}}};
  return all;
}

std::shared_ptr<const ItemIndex> items() {
  static const auto index = indexOf(*fields().items, itemRows(), 10);
  return index;
}

std::shared_ptr<const ItemIndex> users() {
  static const auto index = indexOf(*fields().users, userRows(), 4);
  return index;
}

std::shared_ptr<const ItemIndex> actions() {
  static const auto index = indexOf(*fields().actions, actionRows(), 4);
  return index;
}

const UserHistory* history(std::string_view user) {
  const int number = userNumber(user);
  return number < 0 ? nullptr : &eventsOfUsers()[static_cast<size_t>(number)].view;
}

const UserHistory* actionHistory(std::string_view user) {
  static const Events* events = [] {
    auto* all = new Events;
    add(*all, 0, 4, kNow - 3 * kDay, 0, -1);
    add(*all, 1, 5, kNow - 2 * kDay, 0, -1);
    add(*all, 1, 6, kNow - 1 * kDay, 0, -1);
    add(*all, 3, 4, kNow - 3600, 0, -1);
    finish(*all);
    return all;
  }();
  return user == "ann" ? &events->view : nullptr;
}

const Attributes* attributes(std::string_view user) {
  static std::map<int, Attributes> all;
  const int number = userNumber(user);
  if (number < 0 || static_cast<size_t>(number) >= userRows().size()) return nullptr;
  Attributes& own = all[number];
  const Cells& row = userRows()[static_cast<size_t>(number)];
  for (size_t c = 0; c < row.size(); ++c)
    if (row[c]) own[fields().users->fields[c].name] = row[c];
  return &own;
}

Histories& histories() {
  class All final : public Histories {
   public:
    UserHistory of(Index user) override { return eventsOfUsers()[user].view; }
  };
  static All all;
  return all;
}

}  // namespace small
