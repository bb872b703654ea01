#include "random_world.h"

#include <fmt/format.h>

namespace proffer::dsl::reference {

namespace {

const std::vector<std::string> kWords = {"Comedy",    "Drama",      "comedy", "Film Noir",   "Krimi",
                                         "caf\u00e9", "say \"hi\"", "it's",   "back\\slash", "$ 5",
                                         "a, b",      "true",       "1"};
/// Not in lists: an element joined by |, nothing, and what stands for all event types elsewhere.
const std::vector<std::string> kOddWords = {"a|b", "", "*"};
const std::vector<std::string> kEventTypes = {"Buy", "buy", "Watch", "WATCH", "click", "rate it"};

/// Names that begin like keywords, or are some.
const std::vector<std::string> kFieldNames = {"GENRE",  "TIER",    "PRICE", "YEAR",     "INNER", "NOT_NEW",
                                              "ORIGIN", "ANDROID", "IFFY",  "NULLABLE", "L1",    "AGE",
                                              "NOW",    "VALUE",   "TRUE",  "BETWEEN"};

Field makeField(Dice& dice, std::vector<std::string>& names, ValueType type, bool multiValued) {
  const size_t at = dice.below(names.size());
  Field field{names[at], type, multiValued};
  names.erase(names.begin() + static_cast<std::ptrdiff_t>(at));
  return field;
}

DatasetFields randomFields(Dice& dice, bool ofEvents) {
  std::vector<std::string> names = kFieldNames;
  DatasetFields dataset;
  auto& fields = dataset.fields;
  const auto add = [&](ValueType type, bool multiValued) {
    for (int n = dice.percent(25) ? 2 : 1; n > 0; --n)
      fields.push_back(makeField(dice, names, type, multiValued));
  };
  add(ValueType::kText, false);
  add(ValueType::kText, true);
  add(ValueType::kNumber, false);
  add(ValueType::kBoolean, false);
  if (!ofEvents) fields.push_back({"CREATION_TIMESTAMP", ValueType::kNumber});
  if (ofEvents) {
    fields.push_back({"EVENT_TYPE", ValueType::kText});
    fields.push_back({"EVENT_VALUE", ValueType::kNumber});
    fields.push_back({"TIMESTAMP", ValueType::kNumber});
  }
  if (dice.percent(30)) {
    Field textual = makeField(dice, names, ValueType::kText, false);
    textual.textual = true;
    fields.push_back(textual);
  }
  return dataset;
}

std::vector<Event> randomEvents(Dice& dice, const DatasetFields& fields, size_t targets) {
  std::vector<Event> events;
  const size_t count = dice.percent(10) ? 0 : dice.below(dice.percent(30) ? 60 : 15);
  const size_t favourites = 1 + dice.below(targets + 1);
  int64_t time = kNow - 86400 * dice.between(5, 60);
  for (size_t i = 0; i < count; ++i) {
    Event event;
    // The last index is one that the catalogue does not hold.
    event.target = dice.below(dice.percent(70) ? favourites : targets + 1);
    // Mostly onwards, sometimes at the same second, sometimes out of order.
    time += dice.percent(10) ? -3600 : static_cast<int64_t>(dice.below(3)) * dice.between(1, 200'000);
    event.time = time;
    if (!dice.percent(12)) event.type = randomEventType(dice);
    if (!dice.percent(20)) event.value = static_cast<float>(randomRating(dice));
    for (const Field& field : fields.fields) {
      if (field.name.starts_with("EVENT_") || field.name == "TIMESTAMP" || dice.percent(20)) continue;
      event.columns[field.name] = randomCell(dice, field);
    }
    events.push_back(std::move(event));
  }
  return events;
}

size_t randomSize(Dice& dice) {
  if (dice.percent(2)) return 0;
  return dice.percent(10) ? 1 + dice.below(5) : 5 + dice.below(dice.percent(20) ? 196 : 30);
}

}  // namespace

bool isTime(const std::string& field) {
  return field.ends_with("TIMESTAMP");
}

std::string randomWord(Dice& dice) {
  // The first few most of the time, so that random tests find them.
  if (dice.percent(3)) return dice.pick(kOddWords);
  return dice.percent(75) ? kWords[dice.below(4)] : dice.pick(kWords);
}

std::string randomEventType(Dice& dice) {
  return dice.pick(kEventTypes);
}

std::string randomNumber(Dice& dice, bool time) {
  if (time) return std::to_string(kNow + 3600 * dice.between(-24 * 40, 24));
  switch (dice.below(6)) {
    case 0:
      return fmt::format("{}", dice.between(-12, 48) / 4.0);  // float holds it exactly
    case 1:
      return fmt::format("{}", dice.between(0, 60) / 10.0);  // float does not
    case 2:
      return fmt::format("{}e{}", dice.between(1, 9), dice.between(-1, 1));
    case 3:
      return fmt::format("{:.2f}", dice.between(0, 500) / 100.0);
    default:
      return std::to_string(dice.percent(3) ? dice.between(-2'000'000'000, 2'000'000'000)
                                            : dice.between(-2, 8));
  }
}

double randomRating(Dice& dice) {
  static const std::vector<double> ratings = {-1, 0, 0.7, 1, 2.5, 3.4, 4.1, 5};
  return dice.pick(ratings);
}

std::string randomBoolean(Dice& dice) {
  static const std::vector<std::string> texts = {"true", "false", "True", "FALSE", "1", "0"};
  return dice.pick(texts);
}

std::string randomCell(Dice& dice, const Field& field) {
  if (field.type == ValueType::kBoolean) return dice.percent(5) ? "maybe" : randomBoolean(dice);
  if (field.type == ValueType::kNumber) {
    static const std::vector<std::string> wrong = {"n/a", "", "12abc", "--1"};
    return dice.percent(5) ? dice.pick(wrong) : randomNumber(dice, isTime(field.name));
  }
  if (!field.multiValued) return randomWord(dice);
  if (dice.percent(6)) return dice.percent(50) ? "" : "||";
  std::string cell = dice.percent(5) ? "|" : "";
  for (int n = dice.between(1, 4); n > 0; --n) {
    cell += dice.percent(75) ? kWords[dice.below(4)] : dice.pick(kWords);
    if (n > 1 || dice.percent(5)) cell += dice.percent(5) ? "||" : "|";
  }
  return cell;
}

Row randomRow(Dice& dice, const DatasetFields& fields) {
  Row row;
  if (dice.percent(8)) return row;  // known from interactions only
  for (const Field& field : fields.fields) {
    if (!dice.percent(15)) row[field.name] = randomCell(dice, field);
  }
  return row;
}

World randomWorld(Dice& dice) {
  World world;
  world.fields.items = randomFields(dice, false);
  world.fields.users = randomFields(dice, false);
  world.fields.actions = randomFields(dice, false);
  world.fields.interactions = randomFields(dice, true);
  world.fields.actionInteractions = randomFields(dice, true);
  world.fields.actions->fields[2].automatic = dice.percent(50);
  const size_t items = randomSize(dice), actions = randomSize(dice), users = 1 + dice.below(20);
  for (size_t i = 0; i < items; ++i) world.items.push_back(randomRow(dice, *world.fields.items));
  for (size_t i = 0; i < actions; ++i) world.actions.push_back(randomRow(dice, *world.fields.actions));
  for (size_t i = 0; i < users; ++i) {
    User user;
    user.attributes = randomRow(dice, *world.fields.users);
    user.events = randomEvents(dice, *world.fields.interactions, items);
    user.actionEvents = randomEvents(dice, *world.fields.actionInteractions, actions);
    world.users.push_back(std::move(user));
  }
  return world;
}

Request randomRequest(Dice& dice, const World& world) {
  Request request;
  if (!dice.percent(8)) request.user = &world.users[dice.below(world.users.size())];
  if (!dice.percent(18)) request.item = dice.below(world.items.size() + 1);
  request.now = kNow + 3600 * dice.between(-48, 48);
  if (dice.percent(40)) request.window = static_cast<size_t>(dice.between(1, 6));
  if (dice.percent(40)) request.actionWindow = static_cast<size_t>(dice.between(1, 6));
  return request;
}

}  // namespace proffer::dsl::reference
