#pragma once

#include <vector>

#include "result.h"

namespace baton {

// The signals that other processes send to this one, or the terminal does: nobody hears them here but who
// asks for them. What the process sends itself goes on to the handler that was there when it was watched.
// SIGTTIN and SIGTTOU of the terminal, for the process group in its background (termios(3)), stop the
// process, as they do without a handler.

// Watches a signal from here on; 0 or an errno. The handler before, which must be one, stays where it is for
// as long as the signal is watched.
int watch_signal(int number);

// An eventfd(2) that can be read once a watched signal has come: for as long as the process lives, since a
// signal may come in any thread and at any time.
Result<int> signal_fd();

// Those that have come since the last call, each once.
std::vector<int> take_signals();

}  // namespace baton
