#include "hang_up_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <csignal>
#include <utility>

namespace baton {

HangUpWatch::HangUpWatch(int channel, int after_ms, std::function<void()> on_blocked)
    : channel_(channel),
      after_ms_(after_ms),
      on_blocked_(std::move(on_blocked)),
      ended_(::eventfd(0, EFD_CLOEXEC)) {
  if (ended_.valid()) thread_ = std::thread([this] { run(); });
}

HangUpWatch::~HangUpWatch() {
  if (!thread_.joinable()) return;
  ::eventfd_write(ended_.get(), 1);
  thread_.join();
}

// False: this has ended.
bool HangUpWatch::wait_for_hang_up() {
  pollfd watched[] = {{channel_, 0, 0}, {ended_.get(), POLLIN, 0}};  // POLLHUP is told unasked (poll(2))
  while (watched[0].revents == 0 && watched[1].revents == 0) ::poll(watched, 2, -1);
  return watched[1].revents == 0;
}

void HangUpWatch::run() {
  ::pthread_setname_np(::pthread_self(), "baton-hang-up");
  // Signals are for the other threads, and interrupt no wait here.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  if (!wait_for_hang_up()) return;
  // A loop that turns may have much to read before it sees the hang-up.
  for (;;) {
    const uint32_t turns = turns_.load(std::memory_order_relaxed);
    pollfd ended{ended_.get(), POLLIN, 0};
    if (::poll(&ended, 1, after_ms_) != 0) return;
    if (turns_.load(std::memory_order_relaxed) == turns) return on_blocked_();
  }
}

}  // namespace baton
