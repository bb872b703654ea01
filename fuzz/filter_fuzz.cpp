// Feeds bytes to the filter language: parse, check, compile, prepare, resolve and explain, in both dialects.
// Whatever the bytes, they give an answer or errors that point into the text; the canonical form reads back
// as the same tree, and an item's explanation agrees with the set.
//
//   fuzz_filter -dict=fuzz/filter.dict -max_len=2500 fuzz/corpus/filter
//
// The first line is the expression; the rest, if any, the value of every placeholder.
#include <cstdio>
#include <cstdlib>

#include "dsl/evaluate.h"
#include "dsl/parse.h"
#include "dsl/print.h"

using namespace proffer;
using namespace proffer::dsl;

namespace {

constexpr Index kItems = 70;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

const Fields& fields() {
  using enum ValueType;
  static const Fields all{
      DatasetFields{{{"G", kText, true},
                     {"T", kText},
                     {"N", kNumber},
                     {"B", kBoolean},
                     {.name = "X", .textual = true}}},
      DatasetFields{{{"EVENT_TYPE", kText}, {"EVENT_VALUE", kNumber}, {"TIMESTAMP", kNumber}, {"D", kText}}},
      DatasetFields{{{"G", kText, true}, {"N", kNumber}, {"B", kBoolean}}},
      DatasetFields{{{"G", kText, true}, {"N", kNumber}}},
      DatasetFields{{{"EVENT_TYPE", kText}, {"TIMESTAMP", kNumber}}}};
  return all;
}

std::shared_ptr<const ItemIndex> indexOf(const DatasetFields& dataset) {
  static const std::vector<std::string> texts{"a", "a|b", "", "1", "-2.5", "true", "$", "b|c|a"};
  std::vector<ColumnSource> columns;
  for (size_t c = 0; c < dataset.fields.size(); ++c)
    columns.push_back({dataset.fields[c], [c](Index item) -> std::optional<std::string_view> {
                         const size_t which = (item * 7 + c * 3) % (texts.size() + 1);
                         if (which == texts.size()) return std::nullopt;
                         return texts[which];
                       }});
  return ItemIndex::build(kItems, columns);
}

const std::shared_ptr<const ItemIndex>& indexFor(Entity entity) {
  static const auto items = indexOf(*fields().items), users = indexOf(*fields().users),
                    actions = indexOf(*fields().actions);
  return entity == Entity::kItem ? items : entity == Entity::kUser ? users : actions;
}

// Some events with every column, nulls among them.
struct Events final : Histories {
  std::vector<Index> items;
  std::vector<int64_t> times;
  std::vector<uint16_t> types;
  std::vector<float> values;
  std::vector<uint32_t> devices;
  std::vector<std::string> typeNames{"a", "A", "b", "watch"}, deviceNames{"a", "b|c"};
  std::vector<EventColumn> columns;
  UserHistory view;

  Events() {
    for (uint32_t i = 0; i < 40; ++i) {
      items.push_back(i * 3 % (kItems + 5));
      times.push_back(i * 1000);
      types.push_back(i % 5 == 4 ? 0xFFFF : static_cast<uint16_t>(i % 5));
      values.push_back(i % 3 ? static_cast<float>(i) : std::numeric_limits<float>::quiet_NaN());
      devices.push_back(i % 4 ? i % 2 : kNoIndex);
    }
    columns = {{"D", devices, deviceNames, {}}};
    view = {items, times, types, typeNames, values, columns};
  }
  UserHistory of(Index user) override { return user % 2 ? view : UserHistory{}; }
};

void checkErrors(const std::vector<Error>& errors, std::string_view text) {
  for (const Error& error : errors) {
    require(!error.message.empty(), "errors have messages");
    require(error.position.line >= 1 && error.position.column >= 1, "errors have positions");
    require(static_cast<size_t>(error.position.column) <= text.size() + 1, "errors lie within the text");
    require(!serviceMessage(error, text).empty(), "errors have the service's words");
    require(!formatError(error, true).empty(), "errors can be shown");
  }
}

void evaluate(const std::shared_ptr<const Program>& program, const Parameters& parameters) {
  static Events events;
  static const Attributes attributes{{"G", "a|c"}, {"N", "1"}, {"B", "false"}};
  const auto prepared = PreparedFilter::prepare(program, indexFor(program->entity()));
  require(prepared.has_value(), "a program fits its own index");
  Situation situation;
  situation.history = situation.actionHistory = &events.view;
  situation.histories = &events;
  situation.user = &attributes;
  situation.currentItem = 3;
  situation.parameters = &parameters;
  situation.now = 20'000;
  situation.interactionWindow = 3;
  const auto set = prepared->resolve(situation);
  std::vector<uint64_t> words, quicker;
  require(prepared->resolveWords(situation, quicker).has_value() == set.has_value(),
          "both ways answer alike");
  if (set) set->toWords(words);
  require(!set || words == quicker, "both ways give the same items");
  for (const Index item : {Index{0}, Index{3}, Index{41}, kItems - 1}) {
    const auto explanation = prepared->explain(item, situation);
    require(explanation.has_value() == set.has_value(), "what can be resolved can be explained");
    if (set) require(explanation->passes == set->contains(item), "explanations agree with the set");
  }
  require(prepared->resolve({}).has_value() || !program->uses().required.empty(),
          "without a request only missing values are errors");
}

void tryDialect(std::string_view text, Dialect dialect, const Parameters& values) {
  const Analysis analysis = analyze(text, fields(), {dialect, 0});
  checkErrors(analysis.errors, text);
  require(analysis.filter.has_value() == analysis.errors.empty(), "a filter or errors");
  if (!analysis.filter) return;
  const Parsed again = parse(print(*analysis.filter), Dialect::kExtended);
  // The canonical form may be longer than what may be typed.
  if (print(*analysis.filter).size() <= kLongest)
    require(again.errors.empty() && *again.filter == *analysis.filter, "the canonical form reads back");
  const auto program = compile(*analysis.filter, fields());
  require(program.has_value(), "what was checked compiles");
  Parameters parameters;
  if (const auto value = values.find(""); value != values.end())
    for (const std::string& name : (*program)->uses().placeholders) parameters[name] = value->second;
  evaluate(*program, parameters);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(all.find('\n'), all.size());
  Parameters values;
  if (end < all.size())
    if (auto parsed = parseParameter(all.substr(end + 1))) values[""] = std::move(*parsed);
  tryDialect(all.substr(0, end), Dialect::kExtended, values);
  tryDialect(all.substr(0, end), Dialect::kPersonalize, values);
  tryDialect(all, Dialect::kExtended, values);  // several lines
  return 0;
}
