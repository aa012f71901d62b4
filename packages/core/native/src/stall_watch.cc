#include "stall_watch.h"

#include <algorithm>

namespace baton {

bool StallWatch::judge(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns, uint64_t counted_ns) {
  if (stalled_) {
    if (!has_gone_on(phase)) return true;
    stalled_ = false;
    uncounted_ns_ += uncounted_ns(phase, counted_ns, now_ns);
  }
  const uint64_t deadline_ns = deadline(phase, oldest_offer_at_ns, now_ns);
  if (now_ns < deadline_ns) return false;
  stalled_ = true;
  phase_ = phase;
  stalled_at_ns_ = deadline_ns;
  counted_at_ns_ = counted_ns;
  return true;
}

uint64_t StallWatch::deadline(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns) const {
  // A time to come is no time: such a worker is judged by its offers alone.
  const bool is_credible = phase.since_ns <= now_ns;
  if (is_credible && phase.running) return phase.since_ns + stall_after_ns_;
  if (oldest_offer_at_ns == 0) return kNever;
  return std::max(is_credible ? phase.since_ns : 0, oldest_offer_at_ns) + stall_after_ns_;
}

// A turn that goes on is counted by the worker later, from when it woke.
uint64_t StallWatch::uncounted_ns(LoopPhase next, uint64_t counted_ns, uint64_t now_ns) const {
  if (phase_.running || now_ns < stalled_at_ns_) return 0;
  const uint64_t stall_ns = std::clamp(next.since_ns, stalled_at_ns_, now_ns) - stalled_at_ns_;
  return stall_ns - std::min(counted_ns - std::min(counted_at_ns_, counted_ns), stall_ns);
}

uint64_t StallWatch::still_since_ns(LoopPhase phase, uint64_t now_ns) const {
  if (phase.running && phase.since_ns + stall_after_ns_ < now_ns) return phase.since_ns;
  return stalled_ && !has_gone_on(phase) ? stalled_at_ns_ - stall_after_ns_ : 0;
}

uint64_t StallWatch::total_ns(LoopPhase phase, uint64_t counted_ns, uint64_t now_ns) const {
  uint64_t total_ns = counted_ns + uncounted_ns_;
  if (stalled_ && has_gone_on(phase)) total_ns += uncounted_ns(phase, counted_ns, now_ns);
  const uint64_t still_since = still_since_ns(phase, now_ns);
  if (still_since != 0) total_ns += now_ns - std::min(still_since + stall_after_ns_, now_ns);
  return total_ns;
}

}  // namespace baton
