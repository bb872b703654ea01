#include <algorithm>

#include "dsl/chunk_bits.h"
#include "dsl/column.h"
#include "dsl/evaluate.h"
#include "dsl/plan.h"
#include "dsl/request.h"

namespace proffer::dsl {
namespace {

using detail::Clause;
using detail::Part;
using detail::Request;

// More than so many changed items are evaluated as sets, not one by one.
constexpr size_t kManyChanged = 256;

void collectStatic(const Part& part, std::vector<const Part*>& slots) {
  if (part.staticSlot >= 0) {
    slots.resize(std::max(slots.size(), static_cast<size_t>(part.staticSlot) + 1));
    slots[static_cast<size_t>(part.staticSlot)] = &part;
    return;
  }
  for (const Part& child : part.parts) collectStatic(child, slots);
}

std::vector<const Part*> staticParts(const Program& program) {
  std::vector<const Part*> slots;
  for (const Clause& clause : program.clauses()) collectStatic(clause.where, slots);
  return slots;
}

Result<void> fits(const Part& part, const ItemIndex& items) {
  for (const Part& child : part.parts) PROFFER_CHECK(fits(child, items));
  if (part.kind != Part::Kind::kTest) return {};
  const auto same = [&](const detail::PlanField& field) -> Result<void> {
    const detail::Column* column = items.column(field.name);
    if (!column || column->field.type == field.type) return {};
    return fail(ErrorCode::kConflict, "{} has become a {} field; the filter was made for a {} field",
                field.name, valueTypeName(column->field.type), valueTypeName(field.type));
  };
  const Dataset dataset = part.field.dataset;
  if (dataset == Dataset::kItems || dataset == Dataset::kUsers || dataset == Dataset::kActions)
    PROFFER_CHECK(same(part.field));
  for (size_t i = 0; i < part.operands.size(); ++i)
    if (part.operands[i].kind == Operand::Kind::kField &&
        part.operandFields[i].dataset == Dataset::kCurrentItem)
      PROFFER_CHECK(same(part.operandFields[i]));
  return {};
}

Result<void> fits(const Program& program, const ItemIndex& items) {
  for (const Clause& clause : program.clauses()) PROFFER_CHECK(fits(clause.where, items));
  return {};
}

// F22 for one item of a filter that is the same for every request.
bool wholeHolds(const Program& program, const Request& request, Index item) {
  bool anyInclude = false, included = false;
  for (const Clause& clause : program.clauses()) {
    const bool matches = request.holds(clause.where, item);
    if (clause.action == Action::kExclude && matches) return false;
    anyInclude |= clause.action == Action::kInclude;
    included |= clause.action == Action::kInclude && matches;
  }
  return !anyInclude || included;
}

// The sentence of Explanation::reason.
std::string reasonOf(const Explanation& explanation) {
  const ClauseFinding* included = nullptr;
  bool anyInclude = false;
  for (const ClauseFinding& clause : explanation.clauses) {
    if (!clause.applies) continue;
    if (clause.action == Action::kExclude) {
      if (clause.matches) return "kept out by " + clause.text;
      continue;
    }
    anyInclude = true;
    if (clause.matches && !included) included = &clause;
  }
  if (included) return "let in by " + included->text;
  return anyInclude ? "no INCLUDE lets it in" : "nothing keeps it out";
}

}  // namespace

Result<PreparedFilter> PreparedFilter::prepare(std::shared_ptr<const Program> program,
                                               std::shared_ptr<const ItemIndex> items) {
  PROFFER_CHECK(fits(*program, *items));
  PreparedFilter prepared;
  prepared.program_ = std::move(program);
  prepared.items_ = std::move(items);
  const Situation nobody;
  const Request request(*prepared.program_, *prepared.items_, nobody);
  for (const Part* part : staticParts(*prepared.program_))
    prepared.staticSets_.push_back(request.setOf(*part, {}));
  if (prepared.program_->uses().fixed()) {
    PROFFER_TRY(prepared.whole_, prepared.resolve(nobody));
    prepared.staticSets_.clear();  // nobody asks for the parts again
  }
  return prepared;
}

Result<PreparedFilter> PreparedFilter::refreshed(std::shared_ptr<const ItemIndex> items,
                                                 std::span<const Index> changed) const {
  const Index known = items_->size(), size = items->size();
  if (size < known || changed.size() + (size - known) > kManyChanged)
    return prepare(program_, std::move(items));
  PROFFER_CHECK(fits(*program_, *items));
  PreparedFilter next;
  next.program_ = program_;
  const Situation nobody;
  const Request request(*program_, *items, nobody);
  // Those that the index grew by may have values, named or not.
  const auto updated = [&](ItemSet set, const auto& holds) {
    set = set.grown(size, holds(kNoIndex));
    const auto update = [&](Index item) {
      if (const bool member = holds(item); set.contains(item) != member) set = set.with(item, member);
    };
    for (const Index item : changed)
      if (item < known) update(item);
    for (Index item = known; item < size; ++item) update(item);
    return set;
  };
  const std::vector<const Part*> parts = staticParts(*program_);
  for (size_t i = 0; i < parts.size() && !whole_; ++i)
    next.staticSets_.push_back(
        updated(staticSets_[i], [&](Index item) { return request.holds(*parts[i], item); }));
  if (whole_)
    next.whole_ = updated(*whole_, [&](Index item) { return wholeHolds(*program_, request, item); });
  next.items_ = std::move(items);
  return next;
}

Result<ItemSet> PreparedFilter::resolve(const Situation& situation) const {
  if (whole_) return *whole_;
  Request request(*program_, *items_, situation);
  std::optional<ItemSet> included;
  ItemSet excluded = ItemSet::none(items_->size());
  for (const Clause& clause : program_->clauses()) {
    PROFFER_TRY(const bool bound, request.bind(clause));
    if (!bound || !request.applies(clause)) continue;
    ItemSet set = request.setOf(clause.where, staticSets_);
    if (clause.action == Action::kExclude) {
      excluded = excluded | set;
    } else {
      included = included ? *included | set : std::move(set);
    }
  }
  return (included ? *included : ItemSet::all(items_->size())) - excluded;
}

Result<void> PreparedFilter::resolveWords(const Situation& situation, std::vector<uint64_t>& words) const {
  if (whole_) {
    whole_->toWords(words);
    return {};
  }
  Request request(*program_, *items_, situation);
  std::vector<const Part*> included, excluded;
  bool anyInclude = false;
  for (const Clause& clause : program_->clauses()) {
    PROFFER_TRY(const bool bound, request.bind(clause));
    if (!bound || !request.applies(clause)) continue;
    anyInclude |= clause.action == Action::kInclude;
    (clause.action == Action::kInclude ? included : excluded).push_back(&clause.where);
  }
  const size_t used = (size_t{items_->size()} + 63) / 64;
  const size_t chunks = (size_t{items_->size()} + kChunkItems - 1) / kChunkItems;
  words.assign(chunks * detail::kChunkWords, anyInclude ? 0 : ~uint64_t{0});
  for (const Part* part : included) request.put(*part, staticSets_, true, words);
  for (const Part* part : excluded) request.put(*part, staticSets_, false, words);
  words.resize(used);
  if (items_->size() % 64) words.back() &= (uint64_t{1} << (items_->size() % 64)) - 1;
  return {};
}

Result<Explanation> PreparedFilter::explain(Index item, const Situation& situation) const {
  Request request(*program_, *items_, situation);
  Explanation explanation;
  bool anyInclude = false, included = false, excluded = false;
  for (const Clause& clause : program_->clauses()) {
    ClauseFinding finding;
    finding.action = clause.action;
    finding.text = clause.text;
    PROFFER_TRY(finding.applies, request.bind(clause, &finding.whyNot));
    if (finding.applies) {
      if (clause.condition) finding.condition = request.explained(*clause.condition, kNoIndex);
      finding.applies = request.applies(clause);
      if (!finding.applies) finding.whyNot = "IF is false";
      finding.where = request.explained(clause.where, item);
      finding.matches = finding.where.passes;
    }
    if (finding.applies) {
      anyInclude |= clause.action == Action::kInclude;
      included |= clause.action == Action::kInclude && finding.matches;
      excluded |= clause.action == Action::kExclude && finding.matches;
    }
    explanation.clauses.push_back(std::move(finding));
  }
  explanation.passes = (!anyInclude || included) && !excluded;
  explanation.reason = reasonOf(explanation);
  return explanation;
}

int64_t PreparedFilter::bytes() const {
  int64_t bytes = whole_ ? whole_->bytes() : 0;
  for (const ItemSet& set : staticSets_) bytes += set.bytes();
  return bytes;
}

}  // namespace proffer::dsl
