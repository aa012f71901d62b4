#pragma once

#include <cstdint>

#include "ledger.h"

namespace baton {

// Judges whether a worker's event loop has stopped turning, by the phase that it publishes. A loop that waits
// in epoll looks like one that runs a callback which nobody saw begin; what tells them apart is an offer: it
// would have ended the wait at once. So a worker that idles is never stalled.
class StallWatch {
 public:
  explicit StallWatch(uint64_t stall_after_ns) : stall_after_ns_(stall_after_ns) {}

  static constexpr uint64_t kNever = UINT64_MAX;

  // `oldest_offer_at_ns`: when the worker's oldest open offer was made; 0: it has none. `counted_ns`: what
  // the worker has counted of its stalls, as read after the phase.
  bool judge(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns, uint64_t counted_ns = 0);
  // The last judgement.
  bool is_stalled() const { return stalled_; }
  // Whether a stalled worker has gone on since.
  bool has_gone_on(LoopPhase phase) const { return !(phase == phase_); }
  // When it will be stalled, if nothing changes until then.
  uint64_t deadline(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns) const;
  // Since when the loop stands still, if it is stalled now, with this phase; 0 if it is not. A phase that
  // runs tells that by itself, whenever the last judgement was.
  uint64_t still_since_ns(LoopPhase phase, uint64_t now_ns) const;
  // How long it has been stalled, all told: what the worker has counted, and what it cannot count. It counts
  // its turns when they are over, and none while it seems to wait, although something waits for it: it is
  // stopped, or gets no processor.
  uint64_t total_ns(LoopPhase phase, uint64_t counted_ns, uint64_t now_ns) const;

 private:
  // Of the stall that was judged and is over, as the loop is in its `next` phase, what the worker has not
  // counted.
  uint64_t uncounted_ns(LoopPhase next, uint64_t counted_ns, uint64_t now_ns) const;

  const uint64_t stall_after_ns_;
  bool stalled_ = false;  // since stalled_at_ns_, until the phase is another
  LoopPhase phase_;       // at that time
  uint64_t stalled_at_ns_ = 0;
  uint64_t counted_at_ns_ = 0;  // what the worker had counted then
  uint64_t uncounted_ns_ = 0;   // of the stalls that are over
};

}  // namespace baton
