#pragma once

#include <cstdint>

#include "ledger.h"

namespace baton {

// Watches the accept queue of a socket from which a worker accepts by itself, for connections that the worker
// does not take. What waits there is to StallWatch what an open offer is: it would have ended the worker's
// wait for events at once.
//
// The kernel tells once that something has come (EPOLLONESHOT), which costs the primary a turn; so after that
// it looks by itself, once in stallAfter, until it finds the queue empty. An idle machine has no turn at all,
// a busy one some fifty a second, whatever the load.
class QueueWatch {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;

  explicit QueueWatch(uint64_t stall_after_ns) : stall_after_ns_(stall_after_ns) {}

  // Whether the kernel should tell.
  bool wants_notice() const { return queued_at_ns_ == 0; }
  // It has told. `phase`: of the worker's event loop now.
  void on_notice(LoopPhase phase, uint64_t now_ns);
  // When to look; kNever: not at all.
  uint64_t look_at_ns() const;
  // `queued`: whether something waits in the queue now.
  void look(bool queued, LoopPhase phase, uint64_t now_ns);
  // The worker does not accept any more, or does so anew.
  void reset() { queued_at_ns_ = 0; }

  // Since when something waits that the worker has not turned to, for all that is known; 0: nothing.
  uint64_t neglected_since_ns(LoopPhase phase) const;

 private:
  const uint64_t stall_after_ns_;
  uint64_t queued_at_ns_ = 0;  // something came no later than that, when the loop was in phase_
  LoopPhase phase_;
};

}  // namespace baton
