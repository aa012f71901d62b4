#include "signals.h"

#include <signal.h>
#include <sys/eventfd.h>
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
std::array<void (*)(int), 64> handlers_before{};

static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

// kill(2), sigqueue(3), tgkill(2); what the kernel sends has a positive code (sigaction(2)).
bool is_own(const siginfo_t& info) { return info.si_code <= 0 && info.si_pid == ::getpid(); }

bool is_of_the_terminal(int number, const siginfo_t& info) {
  return (number == SIGTTIN || number == SIGTTOU) && info.si_code == SI_KERNEL;
}

void on_signal(int number, siginfo_t* info, void*) {
  const int error = errno;
  if (is_own(*info)) {
    handlers_before[static_cast<size_t>(number)](number);
  } else if (is_of_the_terminal(number, *info)) {
    ::kill(::getpid(), SIGSTOP);
  } else {
    pending |= uint64_t{1} << number;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
  }
  errno = error;
}

}  // namespace

int watch_signal(int number) {
  const auto opened = signal_fd();
  if (!opened.ok()) return opened.error;
  if (number < 1 || number >= static_cast<int>(handlers_before.size())) return EINVAL;
  struct sigaction now {};
  if (::sigaction(number, nullptr, &now) != 0) return errno;
  const bool is_watched = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_signal;
  if (is_watched) return 0;
  if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN) {
    return EINVAL;
  }
  handlers_before[static_cast<size_t>(number)] = now.sa_handler;
  struct sigaction next {};
  next.sa_sigaction = on_signal;
  next.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&next.sa_mask);
  return ::sigaction(number, &next, nullptr) == 0 ? 0 : errno;
}

Result<int> signal_fd() {
  if (fd >= 0) return fd.load();
  const int opened = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (opened < 0) return Result<int>::failure(errno);
  fd = opened;
  return opened;
}

std::vector<int> take_signals() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = ::read(fd, &count, sizeof count);
  std::vector<int> numbers;
  const uint64_t taken = pending.exchange(0);
  for (int number = 1; number < 64; ++number) {
    if ((taken >> number & 1) != 0) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace baton
