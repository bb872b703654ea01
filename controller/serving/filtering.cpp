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
    return turnedDown("filter", fmt::format("filter {} is of {}, and items are asked for", quoted(asking.filter),
                                         program.entity() == dsl::Entity::kUser ? "users" : "actions"));
  if (asking.userId.empty() && (uses.interactions || uses.currentUser))
    return turnedDown("userId", fmt::format("is required by filter {}, which reads the {} of the user",
                                         quoted(asking.filter), uses.interactions ? "events" : "attributes"));
  if (asking.itemId.empty() && uses.currentItem)
    return turnedDown("itemId",
                   fmt::format("is required by filter {}, which reads CurrentItem", quoted(asking.filter)));
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
  const Index user = snapshot.findUser(asking.userId);
  if (user == kNoIndex) return {};  // F30
  if (uses.interactions) gatherHistory(uses, snapshot.interactions(), user);
  if (uses.currentUser) gatherAttributes(uses, snapshot, user);
  return {};
}

void FilterSituation::gatherHistory(const dsl::Uses& uses, const recipes::Interactions& interactions,
                                    Index user) {
  const recipes::History rows = interactions.history(user, scratch_);
  history_.items = rows.items;
  history_.times = rows.times;
  history_.types = rows.types;
  history_.typeNames = interactions.eventTypes();
  history_.values = rows.values;
  const auto columns = interactions.columns();
  codes_.reserve(columns.size());  // the spans below point into it
  recipes::Interactions::Scratch scratch;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!uses.fields.contains("Interactions." + columns[i].name)) continue;
    const std::span<const uint32_t> codes = interactions.codes(user, i, scratch);
    codes_.emplace_back(codes.begin(), codes.end());
    columns_.push_back({columns[i].name, codes_.back(), interactions.columnValues(i), {}});
  }
  history_.columns = columns_;
  situation_.history = &history_;
}

void FilterSituation::gatherAttributes(const dsl::Uses& uses, const data::Snapshot& snapshot, Index user) {
  const recipes::MetadataTable* users = snapshot.users();
  if (!users || user >= users->size() || !users->has(user)) return;
  if (uses.fields.contains("CurrentUser.USER_ID"))
    attributes_["USER_ID"] = std::string(snapshot.interactions().userId(user));
  const auto columns = users->columns();
  for (size_t i = 0; i < columns.size(); ++i)
    if (uses.fields.contains("CurrentUser." + columns[i].name) && !users->isNull(user, i))
      attributes_[columns[i].name] = std::string(users->text(user, i));
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
