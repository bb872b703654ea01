// Syntax tree to canonical text. Pure; any thread.
//
// One line; keywords upper case, `Items.PRICE`, double quotes (with \" and \\ escaped), one space between
// tokens, ", " in lists, " | " between expressions, `NOW - 30d` in the largest of d, h, m, s that fits,
// numbers in the shortest form that reads back to the same double. Parentheses only where NOT, AND, OR (in
// this order of binding) need them: around an OR below AND, and around an AND or OR below NOT. Always:
// parse(print(filter), kExtended) gives an equal tree; in kPersonalize too if the tree came from there.
#pragma once

#include <string>

#include "dsl/syntax.h"

namespace proffer::dsl {

std::string print(const Filter& filter);
std::string print(const Expression& expression);
std::string print(const Node& node);
std::string print(const Operand& operand);

}  // namespace proffer::dsl
