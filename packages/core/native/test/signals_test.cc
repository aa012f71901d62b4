#include "signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "check.h"

using namespace baton;

namespace {

volatile sig_atomic_t heard = 0;
void hear(int) { heard = heard + 1; }

// Signal handlers are the process's: each test has one of its own, and says by its exit code how it went.
int in_a_child(bool (*body)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void send_from_another_process(int number) {
  const pid_t receiver = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(::kill(receiver, number) == 0 ? 0 : 1);
  ::waitpid(pid, nullptr, 0);
}

std::vector<int> taken_numbers() {
  std::vector<int> numbers;
  for (const OutsideSignal& signal : take_signals()) numbers.push_back(signal.number);
  return numbers;
}

bool can_be_read() {
  pollfd watched{signal_fd().value, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

TEST(signals_of_other_processes_are_told_and_the_handler_before_does_not_hear_them) {
  CHECK(in_a_child([] {
          ::signal(SIGHUP, hear);
          ::signal(SIGTTIN, hear);
          if (watch_signal(SIGHUP) != 0 || watch_signal(SIGTTIN) != 0 || can_be_read()) return false;
          send_from_another_process(SIGHUP);
          send_from_another_process(SIGHUP);
          send_from_another_process(SIGTTIN);
          if (!can_be_read() || taken_numbers() != std::vector<int>{SIGHUP, SIGTTIN}) return false;
          return heard == 0 && !can_be_read() && take_signals().empty();
        }) == 0);
}

TEST(signals_are_told_with_who_has_sent_them_and_when) {
  CHECK(in_a_child([] {
          ::signal(SIGHUP, hear);
          if (watch_signal(SIGHUP) != 0) return false;
          const pid_t parent = ::getpid();
          timespec before{};
          ::clock_gettime(CLOCK_MONOTONIC, &before);
          const pid_t sender = ::fork();
          if (sender == 0) ::_exit(::kill(parent, SIGHUP) == 0 ? 0 : 1);
          ::waitpid(sender, nullptr, 0);
          const auto taken = take_signals();
          const auto before_ns =
              static_cast<uint64_t>(before.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(before.tv_nsec);
          return taken.size() == 1 && taken[0].sender == sender && taken[0].at_ns >= before_ns &&
                 taken[0].at_ns < before_ns + 60'000'000'000;
        }) == 0);
}

TEST(signals_of_its_own_go_to_the_handler_before) {
  CHECK(in_a_child([] {
          ::signal(SIGTERM, hear);
          // The second time changes nothing.
          if (watch_signal(SIGTERM) != 0 || watch_signal(SIGTERM) != 0) return false;
          set_signal_heard(SIGTERM, true);
          ::kill(::getpid(), SIGTERM);
          ::raise(SIGTERM);
          return heard == 2 && take_signals().empty();
        }) == 0);
}

TEST(signals_of_its_own_that_nobody_hears_have_their_default_effect) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTERM, hear);
    watch_signal(SIGTERM);
    set_signal_heard(SIGTERM, true);
    set_signal_heard(SIGTERM, false);
    ::kill(::getpid(), SIGTERM);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(signals_that_stop_a_process_stop_it_and_are_watched_on) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTTIN, hear);
    watch_signal(SIGTTIN);
    ::kill(::getpid(), SIGTTIN);
    ::kill(::getpid(), SIGTTIN);
    ::_exit(3);
  }
  int status = 0;
  for (int i = 0; i < 2; ++i) {
    CHECK(::waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    ::kill(pid, SIGCONT);
  }
  ::waitpid(pid, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

TEST(signals_without_a_handler_are_not_watched) {
  CHECK(in_a_child([] {
          ::signal(SIGTERM, SIG_DFL);
          return watch_signal(SIGTERM) == EINVAL && watch_signal(0) == EINVAL && watch_signal(64) == EINVAL;
        }) == 0);
}
