#include "manifests/names.h"

#include <algorithm>

namespace proffer {
namespace {

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool isResourceName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && (isLetter(text[0]) || isDigit(text[0])) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '_'; });
}

bool isColumnName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestColumn && (isLetter(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(), [](char c) { return isLetter(c) || isDigit(c) || c == '_'; });
}

bool isSetName(std::string_view text) {
  return !text.empty() && text.size() <= 128 && (isLetter(text[0]) || isDigit(text[0])) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.' || c == '/';
         });
}

}  // namespace proffer
