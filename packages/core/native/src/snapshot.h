#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "target.h"

namespace baton {

// The figures of one slot, over all the workers it has had. Every offer is in exactly one of the first four.
struct SlotFigures {
  uint64_t claimed = 0;      // handoffs the worker took
  uint64_t given_back = 0;   // handoffs it returned: it does not serve that listener any more
  uint64_t lost = 0;         // handoffs whose socket was lost: the worker died, or had no room for an fd
  uint64_t open = 0;         // handoffs on their way now
  uint64_t connections = 0;  // open connections now, those on their way included
};

// The figures of the listeners of one label.
struct ListenerFigures {
  uint64_t accepted = 0;
  uint64_t waiting = 0;  // accepted, and now waiting in the primary for a worker with room
};

// The dispatcher's counters at one moment. They live in the primary and survive every worker.
struct Snapshot {
  std::map<uint32_t, SlotFigures> slots;
  std::map<std::string, ListenerFigures> listeners;
  std::map<int, uint64_t> accept_errors;  // by errno
  uint64_t dropped = 0;           // accepted, then closed: their listener was closed while they waited
  uint64_t records_refused = 0;   // records of workers that broke the channel's rules
  uint64_t accept_paused_ns = 0;  // time without accepting for lack of fds or memory
  Latency latency;                // accept4 → claim

  // Adds the figures of a worker that serves, or those of one that has gone and took what was on its way with
  // it.
  void add_live(const Target& target);
  void add_gone(const Target& target);
};

}  // namespace baton
