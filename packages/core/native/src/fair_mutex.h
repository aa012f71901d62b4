#pragma once

#include <mutex>

namespace baton {

// A mutex in which who waits gets the next turn. With a plain one the dispatcher, which unlocks and locks
// again at once under load, could keep the JavaScript thread out for long.
class FairMutex {
 public:
  void lock() {
    std::lock_guard<std::mutex> turn(turnstile_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex turnstile_;
  std::mutex mutex_;
};

}  // namespace baton
