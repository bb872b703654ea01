// Lets as many threads compute at a time as there are cores: an HTTP server has a thread per connection, and
// more of them computing at once would only make each slower.
//
// Any thread.
#pragma once

#include <condition_variable>
#include <mutex>

namespace proffer::serving {

class CoreLimit {
 public:
  explicit CoreLimit(int cores) : free_(cores) {}

  /// Holds one core as long as it lives.
  class Hold {
   public:
    explicit Hold(CoreLimit& limit) : limit_(limit) {
      std::unique_lock lock(limit_.mutex_);
      limit_.changed_.wait(lock, [&] { return limit_.free_ > 0; });
      --limit_.free_;
    }
    ~Hold() {
      {
        std::lock_guard guard(limit_.mutex_);
        ++limit_.free_;
      }
      limit_.changed_.notify_one();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    CoreLimit& limit_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
};

}  // namespace proffer::serving
