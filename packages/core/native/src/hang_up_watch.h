#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "unique_fd.h"

namespace baton {

// Watches, on a thread of its own, for the end of a worker's primary, and whether the event loop turns then:
// a loop that stands still does not see that end, and nobody is there any more to kill the process. It would
// hold its listening sockets, on which it accepts nothing.
//
// Whoever deals with the hang-up ends this.
class HangUpWatch {
 public:
  // `channel` is borrowed, and outlives this. `on_blocked` is called on the thread, once, where the loop has
  // not turned for `after_ms` since the hang-up.
  HangUpWatch(int channel, int after_ms, std::function<void()> on_blocked);
  ~HangUpWatch();
  HangUpWatch(const HangUpWatch&) = delete;
  HangUpWatch& operator=(const HangUpWatch&) = delete;

  // Call in each turn of the event loop.
  void on_turn() { turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

 private:
  void run();
  bool wait_for_hang_up();

  const int channel_;
  const int after_ms_;
  const std::function<void()> on_blocked_;
  UniqueFd ended_;  // eventfd
  std::atomic<uint32_t> turns_{0};
  std::thread thread_;
};

}  // namespace baton
