#include "controller/generate/interactions.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "base/parallel.h"

namespace proffer::generate {
namespace {

constexpr int64_t kSmallBlock = 16'384;
constexpr int64_t kLargeBlock = 131'072;
// What is popular is looked at anew about twice a week, less often if there are more items than interactions.
constexpr int64_t kEpochs = 52;

template <class Number>
void appendNumber(Number number, std::string& out) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// "0.042": thousandths of a whole.
void appendShare(uint32_t thousandths, std::string& out) {
  const char digits[4] = {static_cast<char>('0' + thousandths / 100 % 10),
                          static_cast<char>('0' + thousandths / 10 % 10),
                          static_cast<char>('0' + thousandths % 10), 0};
  appendNumber(thousandths / 1000, out);
  out += '.';
  out.append(digits, 3);
}

void appendEvent(const Event& event, Kind kind, int64_t begin, std::string& out) {
  appendUserId(event.user, out);
  out += ',';
  appendItemId(kind, event.item, out);
  out += ',';
  out += eventTypeName(event.type);
  out += ',';
  appendNumber(begin + event.time, out);
  out += ',';
  if (event.type == EventType::kWatch) appendShare(event.value, out);
  if (event.type == EventType::kPurchase) {
    appendNumber(event.value / 100, out);
    out += '.';
    out += static_cast<char>('0' + event.value / 10 % 10);
    out += static_cast<char>('0' + event.value % 10);
  }
  out += ',';
  out += deviceNames()[event.device];
  if (kind == Kind::kShop) {
    out += ',';
    if (event.order > 0) {
      out += 'o';
      appendNumber(event.order, out);
    }
  }
  out += '\n';
}

std::string header(Kind kind) {
  std::string text = "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP,EVENT_VALUE,DEVICE";
  if (kind == Kind::kShop) text += ",ORDER_ID";
  return text + '\n';
}

// The span is cut into blocks of equally many rows. A block's visits may end in a later block; events are
// handed on to the block in whose time they lie, and a block is sorted and written once all blocks up to it
// have been made.
class Writer {
 public:
  Writer(const World& world, int64_t count, OutputFile& file, Progress& progress)
      : world_(world), groups_(world.catalogue), count_(count), file_(file), progress_(progress) {
    const int64_t wanted = std::clamp(count / 512, kSmallBlock, kLargeBlock);
    blocks_ = std::max(count / wanted, std::min(kEpochs, count));
    const auto items = static_cast<int64_t>(world.catalogue.items.size());
    epochs_ = std::min(blocks_, std::clamp(count / items, int64_t{12}, kEpochs));
    for (int64_t block = 0; block < blocks_; ++block) starts_.push_back(timeOf(block));
  }

  Result<void> run() {
    const int64_t together = int64_t{2} * parallelism();
    for (int64_t epoch = 0; epoch < epochs_; ++epoch) {
      const int64_t first = share(blocks_, epoch, epochs_);
      const int64_t last = share(blocks_, epoch + 1, epochs_);
      const Popularity popular(world_.catalogue, groups_,
                               world_.catalogue.begin + starts_[static_cast<size_t>(first)]);
      for (int64_t block = first; block < last; block += together) {
        if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "generating was cancelled");
        PROFFER_CHECK(writeBlocks(popular, block, std::min(block + together, last)));
      }
    }
    return {};
  }

 private:
  // How much of `whole` lies before part `number` of `parts`.
  static int64_t share(int64_t whole, int64_t number, int64_t parts) {
    return whole / parts * number + whole % parts * number / parts;
  }
  double flowBefore(int64_t block) const { return static_cast<double>(block) / static_cast<double>(blocks_); }
  uint32_t timeOf(int64_t block) const {
    return static_cast<uint32_t>(world_.rhythm.time(flowBefore(block)) - world_.catalogue.begin);
  }

  Result<void> writeBlocks(const Popularity& popular, int64_t first, int64_t last) {
    const auto blocks = static_cast<size_t>(last - first);
    std::vector<std::vector<Event>> made(blocks);
    parallelFor(blocks, [&](size_t i) { make(popular, first + static_cast<int64_t>(i), made[i]); });
    for (size_t i = 0; i < blocks; ++i) {
      handOn(first + static_cast<int64_t>(i), made[i]);
      takeOver(first + static_cast<int64_t>(i), made[i]);
    }
    std::vector<std::string> texts(blocks);
    parallelFor(blocks, [&](size_t i) { texts[i] = format(made[i]); });
    return write(texts);
  }

  void make(const Popularity& popular, int64_t block, std::vector<Event>& out) const {
    const auto rows = static_cast<size_t>(share(count_, block + 1, blocks_) - share(count_, block, blocks_));
    out.reserve(rows + rows / 8);
    const Stretch stretch{static_cast<uint64_t>(block), flowBefore(block), flowBefore(block + 1), rows};
    appendVisits(world_, popular, stretch, out);
  }

  // Moves the events that lie after the block to where they belong.
  void handOn(int64_t block, std::vector<Event>& events) {
    if (block + 1 == blocks_) return;
    const auto next = starts_.begin() + block + 1;
    const auto late =
        std::partition(events.begin(), events.end(), [&](const Event& event) { return event.time < *next; });
    for (auto event = late; event != events.end(); ++event) {
      const auto behind = std::upper_bound(next, starts_.end(), event->time);
      later_[behind - starts_.begin() - 1].push_back(*event);
    }
    events.erase(late, events.end());
  }

  void takeOver(int64_t block, std::vector<Event>& events) {
    const auto found = later_.find(block);
    if (found == later_.end()) return;
    events.insert(events.end(), found->second.begin(), found->second.end());
    later_.erase(found);
  }

  std::string format(std::vector<Event>& events) const {
    std::sort(events.begin(), events.end());
    std::string text;
    text.reserve(events.size() * 56);
    for (const Event& event : events) appendEvent(event, world_.catalogue.kind, world_.catalogue.begin, text);
    progress_.add(static_cast<int64_t>(events.size()));
    return text;
  }

  Result<void> write(const std::vector<std::string>& texts) {
    std::vector<int64_t> offsets;
    for (const std::string& text : texts) offsets.push_back(file_.reserve(text.size()));
    std::vector<Result<void>> results(texts.size());
    parallelFor(texts.size(), [&](size_t i) { results[i] = file_.writeAt(offsets[i], texts[i]); });
    for (auto& result : results) PROFFER_CHECK(std::move(result));
    return {};
  }

  const World& world_;
  Groups groups_;
  int64_t count_;
  OutputFile& file_;
  Progress& progress_;
  int64_t blocks_ = 0;
  int64_t epochs_ = 0;
  std::vector<uint32_t> starts_;                 // of each block, seconds after the beginning
  std::map<int64_t, std::vector<Event>> later_;  // handed on to blocks not written yet
};

}  // namespace

Result<void> writeInteractions(const World& world, int64_t count, OutputFile& file, Progress& progress) {
  progress.begin("writing interactions", "rows", count);
  PROFFER_CHECK(file.append(header(world.catalogue.kind)));
  if (count == 0) return {};
  return Writer(world, count, file, progress).run();
}

}  // namespace proffer::generate
