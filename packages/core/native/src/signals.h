#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "result.h"

namespace baton {

// The signals that other processes send to this one, or the terminal does: nobody hears them here but who
// asks for them. What the process sends itself goes its usual way: where somebody is said to hear it, to the
// handler that was there when it was watched; else it has its default effect. SIGTTIN and SIGTTOU of the
// terminal, for the process group in its background (termios(3)), stop the process, as they do by default.

// Watches a signal from here on; 0 or an errno. The handler before, which must be one, stays where it is for
// as long as the signal is watched.
int watch_signal(int number);

struct OutsideSignal {
  int number;
  // The process that has sent it; 0: the kernel, as for a terminal; -1: one that cannot be seen from here.
  pid_t sender;
  // CLOCK_MONOTONIC, when it came last.
  uint64_t at_ns;
};

// Whether anybody of this process hears what it sends itself.
void set_signal_heard(int number, bool is_heard);

// An eventfd(2) that can be read once a watched signal has come: for as long as the process lives, since a
// signal may come in any thread and at any time.
Result<int> signal_fd();

// Those that have come since the last call, each once.
std::vector<OutsideSignal> take_signals();

}  // namespace baton
