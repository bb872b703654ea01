// Turning names into indexes while pieces are parsed in parallel, so that a new name's index depends only on
// where it first stands in the files.
//
// A NameSpace has what is already known (a dictionary that does not change during the import) and what this
// import adds. Each piece looks names up in both; a name that neither has gets a number of the piece's own.
// When the pieces are taken over in order, their new names get their indexes, and the piece's rows are
// patched.
//
// NameSpace::find: any thread. NameSpace::adopt: one thread at a time. A PieceNames belongs to one thread at
// a time.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "controller/data/dictionary.h"

namespace proffer::data {

/// Set in the number of a name that has no index yet.
inline constexpr uint32_t kLocalName = 0x80000000;

class NameSpace {
 public:
  explicit NameSpace(const Dictionary* known) : known_(known), knownCount_(known ? known->size() : 0) {}

  /// The index, or kUnknown.
  uint32_t find(std::string_view text, uint64_t hash) const {
    if (knownCount_ > 0) {
      if (const uint32_t index = known_->find(text, hash); index < knownCount_) return index;
    }
    const uint32_t index = added_.find(text, hash);
    return index == Dictionary::kUnknown ? index : knownCount_ + index;
  }
  uint32_t size() const { return knownCount_ + added_.size(); }
  const Dictionary& added() const { return added_; }
  std::string_view at(uint32_t index) const {
    return index < knownCount_ ? known_->at(index) : added_.at(index - knownCount_);
  }
  /// The index of a name, given now if it has none.
  uint32_t adopt(std::string_view text, uint64_t hash) {
    if (const uint32_t index = find(text, hash); index != Dictionary::kUnknown) return index;
    return knownCount_ + added_.findOrAppend(text, hash);
  }

 private:
  const Dictionary* known_;
  uint32_t knownCount_;
  Dictionary added_;
};

/// The names of one piece and one space.
class PieceNames {
 public:
  /// Texts inside `stable` stay where they are as long as this object; others are copied.
  PieceNames(const NameSpace& space, std::string_view stable) : space_(&space), stable_(stable) {}

  /// The index, or kLocalName | number.
  uint32_t number(std::string_view text) {
    if (text == last_) return lastNumber_;
    const uint64_t hash = hash64(text);
    uint32_t found = space_->find(text, hash);
    if (found == Dictionary::kUnknown) found = kLocalName | localNumber(text, hash);
    last_ = found & kLocalName ? names_[found & ~kLocalName].text : space_->at(found);
    lastNumber_ = found;
    return found;
  }

  bool anyNew() const { return !names_.empty(); }
  /// In order, on taking over: gives every new name its index.
  void adopt(NameSpace& space) {
    indexes_.reserve(names_.size());
    for (const auto& name : names_) indexes_.push_back(space.adopt(name.text, name.hash));
  }
  /// After adopt(): the index for any number but a null's.
  uint32_t resolve(uint32_t number) const {
    return number & kLocalName ? indexes_[number & ~kLocalName] : number;
  }

 private:
  struct Name {
    std::string_view text;
    uint64_t hash;
  };

  bool isStable(std::string_view text) const {
    return text.data() >= stable_.data() && text.data() + text.size() <= stable_.data() + stable_.size();
  }
  uint32_t localNumber(std::string_view text, uint64_t hash);

  const NameSpace* space_;
  std::string_view stable_;
  std::string_view last_{"\0", 1};  ///< no name: cells hold no NUL
  uint32_t lastNumber_ = 0;
  std::vector<Name> names_;
  std::vector<uint32_t> slots_;  ///< number + 1; 0: empty
  std::deque<std::string> copies_;
  std::vector<uint32_t> indexes_;
};

}  // namespace proffer::data
