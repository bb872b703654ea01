// The work queue against its contract and, at random, against a naive model.
#include "controller/reconcile/queue.h"

#include <catch2/catch.hpp>
#include <list>
#include <random>
#include <thread>

namespace queue_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

ResourceKey key(int number) {
  return {"Dataset", "shop", fmt::format("d{}", number)};
}

// What the queue promises, in the simplest words: lists that are searched from end to end.
class NaiveQueue {
 public:
  explicit NaiveQueue(Clock& clock) : clock_(clock) {}

  void add(const ResourceKey& what, Priority priority) {
    if (const auto running = inWork_.find(what); running != inWork_.end()) {
      if (!running->second || priority < *running->second) running->second = priority;
      return;
    }
    for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
      if (one->first != what) continue;
      if (one->second <= priority) return;
      waiting_.erase(one);
      break;
    }
    waiting_.emplace_back(what, priority);
  }
  void addAfter(const ResourceKey& what, Duration delay) {
    if (delay <= 0s) return add(what, Priority::kPeriodic);
    const Time due = clock_.now() + delay;
    const auto known = delayed_.find(what);
    if (known == delayed_.end() || due < known->second) delayed_[what] = due;
  }
  std::optional<ResourceKey> next() {
    std::vector<std::pair<Time, ResourceKey>> due;
    for (const auto& [what, when] : delayed_)
      if (when <= clock_.now()) due.emplace_back(when, what);
    std::sort(due.begin(), due.end());
    for (const auto& [when, what] : due) {
      delayed_.erase(what);
      add(what, Priority::kPeriodic);
    }
    for (const Priority priority : {Priority::kEdit, Priority::kPeriodic}) {
      for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
        if (one->second != priority) continue;
        const ResourceKey what = one->first;
        waiting_.erase(one);
        delayed_.erase(what);
        inWork_[what] = std::nullopt;
        return what;
      }
    }
    return std::nullopt;
  }
  void done(const ResourceKey& what) {
    const auto again = inWork_.at(what);
    inWork_.erase(what);
    if (again) add(what, *again);
  }
  size_t depth() const { return waiting_.size(); }

 private:
  Clock& clock_;
  std::list<std::pair<ResourceKey, Priority>> waiting_;
  std::map<ResourceKey, std::optional<Priority>> inWork_;
  std::map<ResourceKey, Time> delayed_;
};

}  // namespace

TEST_CASE("a key waits once, however often it is added") {
  SimulatedClock clock(fromMicros(0));
  Queue queue(clock, 1);
  for (int i = 0; i < 5; ++i) queue.add(key(1), Priority::kPeriodic);
  CHECK(queue.depth() == 1);
  CHECK(queue.tryNext() == key(1));
  CHECK_FALSE(queue.tryNext());
}

TEST_CASE("edits go before periodic work, and lift a key that waits already") {
  SimulatedClock clock(fromMicros(0));
  Queue queue(clock, 1);
  for (int i = 0; i < 3; ++i) queue.add(key(i), Priority::kPeriodic);
  queue.add(key(9), Priority::kEdit);
  queue.add(key(2), Priority::kEdit);
  std::vector<std::string> order;
  while (const auto next = queue.tryNext()) order.push_back(next->name);
  CHECK(order == std::vector<std::string>{"d9", "d2", "d0", "d1"});
}

TEST_CASE("a key in work is not handed out again before done()") {
  SimulatedClock clock(fromMicros(0));
  Queue queue(clock, 1);
  queue.add(key(1), Priority::kEdit);
  REQUIRE(queue.tryNext() == key(1));
  queue.add(key(1), Priority::kEdit);
  CHECK_FALSE(queue.tryNext());
  queue.done(key(1));
  CHECK(queue.tryNext() == key(1));
  queue.done(key(1));
  CHECK_FALSE(queue.tryNext());
}

TEST_CASE("a delayed key comes at its time; the earliest request counts; running forgets it") {
  SimulatedClock clock(fromMicros(0));
  Queue queue(clock, 1);
  queue.addAfter(key(1), 1h);
  queue.addAfter(key(1), 10s);
  queue.addAfter(key(1), 5h);
  CHECK_FALSE(queue.tryNext());
  CHECK(queue.nextDue() == fromMicros(10'000'000));
  clock.advance(10s);
  REQUIRE(queue.tryNext() == key(1));
  queue.done(key(1));
  clock.advance(24h);
  CHECK_FALSE(queue.tryNext());

  queue.addAfter(key(1), 10s);
  queue.add(key(1), Priority::kEdit);
  REQUIRE(queue.tryNext() == key(1));
  queue.done(key(1));
  clock.advance(1h);
  CHECK_FALSE(queue.tryNext());
}

TEST_CASE("backoff grows from 1 s to 5 min with jitter, and starts anew when forgotten") {
  SimulatedClock clock(fromMicros(0));
  Queue queue(clock, 7);
  std::vector<double> delays;
  for (int i = 0; i < 12; ++i) {
    const double delay = std::chrono::duration<double>(queue.addWithBackoff(key(1)) - clock.now()).count();
    delays.push_back(delay);
    clock.advance(10min);
    REQUIRE(queue.tryNext() == key(1));
    queue.done(key(1));
    const double base = std::min(200.0, std::ldexp(1.0, i));
    INFO("attempt " << i);
    CHECK(delay >= base);
    CHECK(delay <= base * 1.5);
    CHECK(delay <= 300);
  }
  queue.forget(key(1));
  CHECK(queue.addWithBackoff(key(1)) - clock.now() <= 1500ms);

  Queue same(clock, 7);
  CHECK(std::chrono::duration<double>(same.addWithBackoff(key(1)) - clock.now()).count() ==
        Approx(delays[0]).margin(1e-5));
}

TEST_CASE("the queue does what the naive model does") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    SimulatedClock clock(fromMicros(0));
    Queue queue(clock, seed);
    NaiveQueue naive(clock);
    std::vector<ResourceKey> inWork;
    std::mt19937_64 random(seed);
    for (int step = 0; step < 3000; ++step) {
      const ResourceKey what = key(static_cast<int>(random() % 12));
      switch (random() % 6) {
        case 0:
        case 1: {
          const Priority priority = random() % 2 == 0 ? Priority::kEdit : Priority::kPeriodic;
          queue.add(what, priority);
          naive.add(what, priority);
          break;
        }
        case 2: {
          // Odd microseconds, so that no two keys are due at the same time.
          const Duration delay(static_cast<int64_t>(random() % 20'000'000));
          queue.addAfter(what, delay);
          naive.addAfter(what, delay);
          break;
        }
        case 3:
          clock.advance(Duration(static_cast<int64_t>(random() % 5'000'000)));
          break;
        case 4: {
          const auto next = queue.tryNext();
          REQUIRE(next == naive.next());
          if (next) inWork.push_back(*next);
          break;
        }
        default: {
          if (inWork.empty()) break;
          const size_t which = random() % inWork.size();
          queue.done(inWork[which]);
          naive.done(inWork[which]);
          inWork.erase(inWork.begin() + static_cast<ptrdiff_t>(which));
        }
      }
    }
  }
}

TEST_CASE("workers on several threads never hold the same key, and get every key that was added") {
  SystemClock clock;
  Queue queue(clock, 1);
  constexpr int kKeys = 20, kAdds = 4000;
  std::array<std::atomic<int>, kKeys> holders{}, runs{};
  std::atomic<int> doubles{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      while (const auto next = queue.next()) {
        const auto number = static_cast<size_t>(std::stoi(next->name.substr(1)));
        if (holders[number].fetch_add(1) != 0) ++doubles;
        ++runs[number];
        holders[number].fetch_sub(1);
        queue.done(*next);
      }
    });
  }
  for (int i = 0; i < kAdds; ++i) {
    if (i % 3 == 0)
      queue.addAfter(key(i % kKeys), Duration(i % 500));
    else
      queue.add(key(i % kKeys), i % 2 == 0 ? Priority::kEdit : Priority::kPeriodic);
  }
  while (queue.depth() > 0 || queue.nextDue()) std::this_thread::sleep_for(1ms);
  queue.shutDown();
  for (auto& worker : workers) worker.join();
  CHECK(doubles == 0);
  for (const auto& count : runs) CHECK(count > 0);
}

}  // namespace queue_test
