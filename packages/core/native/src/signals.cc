#include "signals.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace baton {
namespace {

// All that the handler touches (signal-safety(7)).
std::atomic<int> fd{-1};
std::atomic<uint64_t> pending{0};
std::atomic<uint64_t> heard{0};
struct Watched {
  void (*before)(int) = nullptr;
  std::atomic<pid_t> sender{0};
  std::atomic<uint64_t> at_ns{0};
};
std::array<Watched, 64> all{};

static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// kill(2), sigqueue(3), tgkill(2); what the kernel sends has a positive code (sigaction(2)).
pid_t sender_of(const siginfo_t& info) {
  if (info.si_code > 0) return 0;
  // One of a pid namespace around ours has none here (pid_namespaces(7)).
  return info.si_pid == 0 ? -1 : info.si_pid;
}

bool stops(int number) { return number == SIGTTIN || number == SIGTTOU; }

uint64_t bit_of(int number) { return uint64_t{1} << number; }

// Of the signals that are watched, all end a process that do not stop it (signal(7)). While the handler runs
// all are blocked; after it this one comes again.
void take_default_effect(int number) {
  if (stops(number)) {
    ::kill(::getpid(), SIGSTOP);
    return;
  }
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(number, &by_default, nullptr);
  ::raise(number);
}

void on_signal(int number, siginfo_t* info, void*) {
  const int error = errno;
  Watched& watched = all[static_cast<size_t>(number)];
  if (sender_of(*info) == ::getpid()) {
    if ((heard & bit_of(number)) != 0) {
      watched.before(number);
    } else {
      take_default_effect(number);
    }
  } else if (stops(number) && info->si_code == SI_KERNEL) {
    take_default_effect(number);
  } else {
    watched.sender = sender_of(*info);
    watched.at_ns = now_ns();
    pending |= bit_of(number);
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
  }
  errno = error;
}

}  // namespace

int watch_signal(int number) {
  const auto opened = signal_fd();
  if (!opened.ok()) return opened.error;
  if (number < 1 || number >= static_cast<int>(all.size())) return EINVAL;
  struct sigaction now {};
  if (::sigaction(number, nullptr, &now) != 0) return errno;
  const bool is_watched = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_signal;
  if (is_watched) return 0;
  if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN) {
    return EINVAL;
  }
  all[static_cast<size_t>(number)].before = now.sa_handler;
  struct sigaction next {};
  next.sa_sigaction = on_signal;
  next.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&next.sa_mask);
  return ::sigaction(number, &next, nullptr) == 0 ? 0 : errno;
}

void set_signal_heard(int number, bool is_heard) {
  if (number < 1 || number >= static_cast<int>(all.size())) return;
  if (is_heard) {
    heard |= bit_of(number);
  } else {
    heard &= ~bit_of(number);
  }
}

Result<int> signal_fd() {
  if (fd >= 0) return fd.load();
  const int opened = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (opened < 0) return Result<int>::failure(errno);
  fd = opened;
  return opened;
}

std::vector<OutsideSignal> take_signals() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = ::read(fd, &count, sizeof count);
  std::vector<OutsideSignal> signals;
  const uint64_t taken = pending.exchange(0);
  for (int number = 1; number < 64; ++number) {
    if ((taken & bit_of(number)) == 0) continue;
    const Watched& watched = all[static_cast<size_t>(number)];
    signals.push_back({number, watched.sender, watched.at_ns});
  }
  return signals;
}

}  // namespace baton
