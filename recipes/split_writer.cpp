#include "recipes/split_writer.h"

#include <cctype>
#include <cmath>

namespace proffer::recipes {
namespace {

constexpr size_t kPiece = 64 << 10;

// "SIMS (version 3)" -> "sims-version-3"
std::string fileName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!plain.empty() && plain.back() != '-')
      plain += '-';
  }
  while (!plain.empty() && plain.back() == '-') plain.pop_back();
  return plain;
}

}  // namespace

SplitWriter::SplitWriter(const SplitSink& sink, std::string directory,
                         const OrderedInteractions& interactions, const HeldOut& heldOut, Protocol protocol,
                         bool related)
    : sink_(sink),
      directory_(std::move(directory)),
      interactions_(interactions),
      heldOut_(heldOut),
      related_(related),
      turns_(protocol == Protocol::kRolling || protocol == Protocol::kFollowing) {}

void SplitWriter::begin(std::string_view file) {
  flush();
  file_ = directory_ + std::string(file);
}

void SplitWriter::cell(std::string_view text) {
  if (!firstCell_) text_ += ',';
  firstCell_ = false;
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return;
  }
  text_ += '"';
  for (const char c : text) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
}

void SplitWriter::endRow() {
  text_ += '\n';
  firstCell_ = true;
  if (text_.size() >= kPiece) flush();
}

void SplitWriter::flush() {
  if (!text_.empty() && !ended_) ended_ = !sink_(file_, text_);
  text_.clear();
}

std::string_view SplitWriter::whichName() const {
  return related_ ? "query" : turns_ ? "turn" : "";
}

void SplitWriter::which(const HeldOutCase& one) {
  if (related_)
    cell(interactions_.itemId(one.query));
  else if (turns_)
    cell(std::to_string(one.turn));
}

void SplitWriter::writeSplit() {
  writeTraining();
  writeInputs();
  writeTruths();
  flush();
}

void SplitWriter::writeTraining() {
  begin("train.csv");
  Interactions::Scratch scratch;
  const auto types = interactions_.eventTypes();
  bool typed = false, valued = false;
  for (Index user = 0; user < interactions_.userCount(); ++user) {
    const History history = interactions_.history(user);
    typed = typed || !history.types.empty();
    valued = valued || !history.values.empty();
  }
  for (const char* name : {"USER_ID", "ITEM_ID", "TIMESTAMP"}) cell(name);
  if (typed) cell("EVENT_TYPE");
  if (valued) cell("EVENT_VALUE");
  endRow();
  for (Index user = 0; user < interactions_.userCount() && !ended_; ++user) {
    const History history = interactions_.history(user);
    for (size_t row = 0; row < heldOut_.kept[user]; ++row) {
      cell(interactions_.userId(user));
      cell(interactions_.itemId(history.items[row]));
      cell(std::to_string(history.times[row]));
      if (typed) cell(history.types[row] < types.size() ? std::string_view(types[history.types[row]]) : "");
      if (valued)
        cell(std::isnan(history.values[row]) ? std::string() : fmt::format("{}", history.values[row]));
      endRow();
    }
  }
}

void SplitWriter::writeInputs() {
  begin("input.csv");
  for (const char* name : {"user", "item", "timestamp"}) cell(name);
  if (!whichName().empty()) cell(whichName());
  endRow();
  for (const HeldOutCase& one : heldOut_.cases) {
    if (ended_) return;
    const History history = interactions_.history(one.user);
    for (size_t row = related_ ? one.queryRow : 0; row < (related_ ? one.queryRow + 1 : one.input); ++row) {
      cell(interactions_.userId(one.user));
      cell(interactions_.itemId(history.items[row]));
      cell(std::to_string(history.times[row]));
      which(one);
      endRow();
    }
  }
}

void SplitWriter::writeTruths() {
  begin("truth.csv");
  for (const char* name : {"user", "item"}) cell(name);
  if (!whichName().empty()) cell(whichName());
  endRow();
  for (const HeldOutCase& one : heldOut_.cases) {
    for (const Index item : one.truth) {
      cell(interactions_.userId(one.user));
      cell(interactions_.itemId(item));
      which(one);
      endRow();
    }
    if (ended_) return;
  }
}

void SplitWriter::writeLists(std::string_view task, std::string_view method,
                             const std::vector<RankedCase>& lists) {
  begin(fmt::format("list-{}-{}.csv", fileName(task), fileName(method)));
  for (const char* name : {"user", "rank", "item"}) cell(name);
  if (!whichName().empty()) cell(whichName());
  endRow();
  for (size_t i = 0; i < lists.size() && !ended_; ++i) {
    if (lists[i].truth.empty()) continue;
    for (size_t rank = 0; rank < lists[i].ranked.size(); ++rank) {
      cell(interactions_.userId(heldOut_.cases[i].user));
      cell(std::to_string(rank + 1));
      cell(interactions_.itemId(lists[i].ranked[rank]));
      which(heldOut_.cases[i]);
      endRow();
    }
  }
  flush();
}

}  // namespace proffer::recipes
