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

#include <array>
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
  /// What find() will touch first, and then.
  void prefetch(uint64_t hash) const {
    if (knownCount_ > 0) known_->prefetch(hash);
    added_.prefetch(hash);
  }
  void prefetchEntry(uint64_t hash) const {
    if (knownCount_ > 0) known_->prefetchEntry(hash);
    added_.prefetchEntry(hash);
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

  /// The index, or kLocalName | number. For names of which there are few.
  uint32_t number(std::string_view text) {
    Recent& recent =
        recent_[text.empty() ? 0 : (text.size() + static_cast<unsigned char>(text.back())) % kRecent];
    if (text == recent.text) return recent.number;
    const uint64_t hash = hash64(text);
    uint32_t found = space_->find(text, hash);
    if (found == Dictionary::kUnknown) found = kLocalName | localNumber(text, hash);
    recent = {found & kLocalName ? names_[found & ~kLocalName].text : space_->at(found), found};
    return found;
  }
  /// Writes the number of a row's name to words[row * width], at the latest when settle() is called. For
  /// names of which there are many: looking one up is waiting for memory, and waiting for several at once is
  /// quicker.
  void number(std::string_view text, size_t row, uint32_t* words, size_t width) {
    if (!isStable(text)) {
      settle(words, width);
      words[row * width] = number(text);
      return;
    }
    const uint64_t hash = hash64(text);
    space_->prefetch(hash);
    waiting_[waitingCount_++] = {text, hash, row};
    if (waitingCount_ == kWaiting) settle(words, width);
  }
  void settle(uint32_t* words, size_t width);

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
  struct Waiting {
    std::string_view text;
    uint64_t hash;
    size_t row;
  };
  struct Recent {
    std::string_view text{"\0", 1};  ///< no name: cells hold no NUL
    uint32_t number = 0;
  };
  static constexpr size_t kWaiting = 32;
  static constexpr size_t kRecent = 8;

  bool isStable(std::string_view text) const {
    return text.data() >= stable_.data() && text.data() + text.size() <= stable_.data() + stable_.size();
  }
  uint32_t localNumber(std::string_view text, uint64_t hash);

  const NameSpace* space_;
  std::string_view stable_;
  std::array<Recent, kRecent> recent_;
  std::vector<Name> names_;
  std::vector<uint32_t> slots_;  ///< number + 1; 0: empty
  std::deque<std::string> copies_;
  std::vector<uint32_t> indexes_;
  std::array<Waiting, kWaiting> waiting_;
  size_t waitingCount_ = 0;
};

}  // namespace proffer::data
