// A compiled filter: the checked tree, bound to the fields' types, with what depends only on the items told
// apart from what depends on the request. Immutable; any thread; held by shared_ptr.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dsl/check.h"
#include "dsl/fields.h"
#include "dsl/syntax.h"

namespace proffer::dsl {

namespace detail {
struct Clause;
}

class Program {
 public:
  ~Program();
  Entity entity() const { return entity_; }
  const Filter& filter() const { return filter_; }
  const Uses& uses() const { return uses_; }
  const std::string& canonical() const { return canonical_; }
  const std::vector<detail::Clause>& clauses() const { return clauses_; }
  size_t staticParts() const { return staticParts_; }  ///< maximal subtrees that depend on the items only

 private:
  friend Result<std::shared_ptr<const Program>> compile(Filter filter, const Fields& fields);
  Program();
  Entity entity_ = Entity::kItem;
  Filter filter_;
  Uses uses_;
  std::string canonical_;
  std::vector<detail::Clause> clauses_;
  size_t staticParts_ = 0;
};

/// REQUIRES a filter that check() found no errors in, for the same fields; kInvalidInput if it was not.
Result<std::shared_ptr<const Program>> compile(Filter filter, const Fields& fields);

/// Parse, check and compile; of several errors the first.
Result<std::shared_ptr<const Program>> compileText(std::string_view text, const Fields& fields,
                                                   const CheckOptions& options);

}  // namespace proffer::dsl
