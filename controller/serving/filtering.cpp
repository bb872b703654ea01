#include "controller/serving/filtering.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace proffer::serving {
namespace {

using recipes::Index;
using recipes::kNoIndex;

constexpr size_t kWindow = 100, kActionWindow = 300;  // F25

tl::unexpected<Error> turnedDown(std::string field, std::string message, std::string hint = {}) {
  Error error{ErrorCode::kInvalidInput, std::move(message)};
  return fail(std::move(error).in(std::move(field)).hinting(std::move(hint)));
}

Result<void> checkAsked(const dsl::Program& program, const Asking& asking) {
  const dsl::Uses& uses = program.uses();
  if (program.entity() != dsl::Entity::kItem)
    return turnedDown("filter",
                      fmt::format("filter {} is of {}, and items are asked for", quoted(asking.filter),
                                  program.entity() == dsl::Entity::kUser ? "users" : "actions"));
  if (asking.userId.empty() && (uses.interactions || uses.currentUser))
    return turnedDown("userId",
                      fmt::format("is required by filter {}, which reads the {} of the user",
                                  quoted(asking.filter), uses.interactions ? "events" : "attributes"));
  if (asking.itemId.empty() && uses.currentItem)
    return turnedDown(
        "itemId", fmt::format("is required by filter {}, which reads CurrentItem", quoted(asking.filter)));
  return {};
}

}  // namespace

Result<void> FilterSituation::gather(const GroupFilter& filter, const Catalogue& catalogue,
                                     const Asking& asking) {
  const dsl::Program& program = *filter.program;
  const dsl::Uses& uses = program.uses();
  PROFFER_CHECK(checkAsked(program, asking));
  situation_ = {};
  situation_.now = toMicros(asking.now) / 1'000'000;
  if (filter.dialect == dsl::Dialect::kPersonalize) {
    situation_.interactionWindow = kWindow;
    situation_.actionInteractionWindow = kActionWindow;
  }
  if (!uses.placeholders.empty() && asking.values) {
    PROFFER_TRY(parameters_, dsl::parseParameters(*asking.values));
  }
  situation_.parameters = &parameters_;
  const data::Snapshot& snapshot = catalogue.snapshot();
  if (uses.currentItem) situation_.currentItem = snapshot.findItem(asking.itemId);
  if (!uses.interactions && !uses.currentUser) return {};
  if (uses.interactions) gatherHistory(uses, catalogue, asking.userId);
  if (uses.currentUser) gatherAttributes(uses, catalogue, asking.userId);
  return {};
}

void FilterSituation::gatherHistory(const dsl::Uses& uses, const Catalogue& catalogue,
                                    std::string_view userId) {
  rows_.gather(catalogue, userId);
  const recipes::History& rows = rows_.history();
  if (rows.size() == 0) return;  // F30
  history_.items = rows.items;
  history_.times = rows.times;
  history_.types = rows.types;
  history_.typeNames = rows_.typeNames();
  history_.values = rows.values;
  const auto columns = catalogue.snapshot().interactions().columns();
  codes_.reserve(columns.size());  // the spans below point into it
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!uses.fields.contains("Interactions." + columns[i].name)) continue;
    const UserRows::Column column = rows_.column(i);
    codes_.emplace_back(column.codes.begin(), column.codes.end());
    std::span<const std::string> values = column.values;
    if (values.data() != catalogue.snapshot().interactions().columnValues(i).data())
      values = values_.emplace_back(values.begin(), values.end());
    columns_.push_back({columns[i].name, codes_.back(), values, {}});
  }
  history_.columns = columns_;
  situation_.history = &history_;
}

void FilterSituation::gatherAttributes(const dsl::Uses& uses, const Catalogue& catalogue,
                                       std::string_view userId) {
  const auto add = [&](const std::string& name, std::string_view text) {
    if (uses.fields.contains("CurrentUser." + name)) attributes_[name] = std::string(text);
  };
  const auto put = catalogue.live() ? catalogue.live()->row(DatasetType::kUsers, userId) : nullptr;
  if (put) {
    for (const auto& [name, text] : put->columns)
      if (text) add(name, *text);
  } else {
    const Index user = catalogue.snapshot().findUser(userId);
    const recipes::MetadataTable* users = catalogue.snapshot().users();
    if (!users || user == kNoIndex || user >= users->size() || !users->has(user)) return;
    const auto columns = users->columns();
    for (size_t i = 0; i < columns.size(); ++i)
      if (!users->isNull(user, i)) add(columns[i].name, users->text(user, i));
  }
  add("USER_ID", userId);
  situation_.user = &attributes_;
}

Result<const GroupFilter*> filterNamed(const GroupFilters& filters, const std::string& group,
                                       const std::string& name) {
  const GroupFilter* found = filters.find(name);
  if (found) return found;
  Error error =
      makeError(ErrorCode::kNotFound, "there is no filter {} in group {}", quoted(name), quoted(group))
          .in("filter");
  return fail(std::move(error).hinting(didYouMean(name, filters.names())));
}

Result<const dsl::PreparedFilter*> usable(const GroupFilter& filter, std::string_view called) {
  if (filter.prepared) return &*filter.prepared;
  Error why = filter.prepared.error();
  why.position = {};
  return turnedDown("filter", fmt::format("filter {} cannot be used: {}", quoted(called), formatError(why)));
}

Result<AdmittedItems> admittedItems(const dsl::PreparedFilter& filter, const dsl::Situation& situation,
                                    const recipes::Admission& recommendable) {
  AdmittedItems admitted;
  PROFFER_CHECK(filter.resolveWords(situation, admitted.words));
  const std::span<const uint64_t> members = recommendable.allowed;
  for (size_t i = 0; i < admitted.words.size(); ++i) {
    if (recommendable.restricted) admitted.words[i] &= i < members.size() ? members[i] : 0;
    admitted.count += static_cast<size_t>(std::popcount(admitted.words[i]));
  }
  return admitted;
}

}  // namespace proffer::serving
