#include "controller/data/naming.h"

namespace proffer::data {

void PieceNames::settle(uint32_t* words, size_t width) {
  for (size_t i = 0; i < waitingCount_; ++i) space_->prefetchEntry(waiting_[i].hash);
  for (size_t i = 0; i < waitingCount_; ++i) {
    const Waiting& name = waiting_[i];
    uint32_t found = space_->find(name.text, name.hash);
    if (found == Dictionary::kUnknown) found = kLocalName | localNumber(name.text, name.hash);
    words[name.row * width] = found;
  }
  waitingCount_ = 0;
}

uint32_t PieceNames::localNumber(std::string_view text, uint64_t hash) {
  if (names_.size() * 2 >= slots_.size()) {
    slots_.assign(std::max<size_t>(64, slots_.size() * 4), 0);
    const size_t mask = slots_.size() - 1;
    for (uint32_t number = 0; number < names_.size(); ++number) {
      size_t i = names_[number].hash & mask;
      while (slots_[i] != 0) i = (i + 1) & mask;
      slots_[i] = number + 1;
    }
  }
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask) {
    const Name& name = names_[slots_[i] - 1];
    if (name.hash == hash && name.text == text) return slots_[i] - 1;
  }
  const auto number = static_cast<uint32_t>(names_.size());
  slots_[i] = number + 1;
  if (!isStable(text)) text = copies_.emplace_back(text);
  names_.push_back({text, hash});
  return number;
}

}  // namespace proffer::data
