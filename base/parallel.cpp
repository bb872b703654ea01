#include "base/parallel.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace proffer {
namespace {

struct Loop {
  size_t count;
  const std::function<void(size_t)>* body;
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable finished;
  size_t running = 0;  // guarded by mutex
  std::exception_ptr failure;
};

thread_local bool insideLoop = false;

void work(Loop& loop) {
  insideLoop = true;
  for (;;) {
    const size_t i = loop.next.fetch_add(1);
    if (i >= loop.count) break;
    try {
      (*loop.body)(i);
    } catch (...) {
      std::lock_guard guard(loop.mutex);
      if (!loop.failure) loop.failure = std::current_exception();
      loop.next = loop.count;
    }
  }
  insideLoop = false;
}

class Pool {
 public:
  Pool() {
    for (int i = 1; i < parallelism(); ++i) threads_.emplace_back([this] { run(); });
  }
  ~Pool() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  // Offers the loop to idle threads, works on it here too, and waits for those that took part.
  void execute(const std::shared_ptr<Loop>& loop) {
    {
      std::lock_guard guard(mutex_);
      for (size_t i = 0; i < std::min(threads_.size(), loop->count - 1); ++i) offers_.push_back(loop);
    }
    wake_.notify_all();
    work(*loop);
    std::unique_lock lock(loop->mutex);
    loop->finished.wait(lock, [&] { return loop->running == 0; });
  }

 private:
  void run() {
    for (;;) {
      std::shared_ptr<Loop> loop;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !offers_.empty(); });
        if (stopping_) return;
        loop = std::move(offers_.front());
        offers_.pop_front();
        std::lock_guard guard(loop->mutex);
        if (loop->next.load() >= loop->count) continue;
        ++loop->running;
      }
      work(*loop);
      std::lock_guard guard(loop->mutex);
      if (--loop->running == 0) loop->finished.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Loop>> offers_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

int parallelism() {
  static const int count = [] {
    const char* wanted = std::getenv("PROFFER_THREADS");
    const int number = wanted ? std::atoi(wanted) : 0;
    return number > 0 ? number : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }();
  return count;
}

void parallelFor(size_t count, const std::function<void(size_t)>& body) {
  if (count == 0) return;
  if (count == 1 || insideLoop || parallelism() == 1) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  static Pool pool;
  auto loop = std::make_shared<Loop>();
  loop->count = count;
  loop->body = &body;
  pool.execute(loop);
  if (loop->failure) std::rethrow_exception(loop->failure);
}

}  // namespace proffer
