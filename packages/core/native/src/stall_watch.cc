#include "stall_watch.h"

#include <algorithm>

namespace baton {

bool StallWatch::judge(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns) {
  if (stalled_) {
    if (!has_gone_on(phase)) return true;
    stalled_ = false;
    total_ns_ += std::clamp(phase.since_ns, stalled_at_ns_, now_ns) - stalled_at_ns_;
  }
  if (now_ns < deadline(phase, oldest_offer_at_ns, now_ns)) return false;
  stalled_ = true;
  phase_ = phase;
  stalled_at_ns_ = now_ns;
  return true;
}

uint64_t StallWatch::deadline(LoopPhase phase, uint64_t oldest_offer_at_ns, uint64_t now_ns) const {
  // A time to come is no time: such a worker is judged by its offers alone.
  const bool is_credible = phase.since_ns <= now_ns;
  if (is_credible && phase.running) return phase.since_ns + stall_after_ns_;
  if (oldest_offer_at_ns == 0) return kNever;
  return std::max(is_credible ? phase.since_ns : 0, oldest_offer_at_ns) + stall_after_ns_;
}

uint64_t StallWatch::total_ns(uint64_t now_ns) const {
  return total_ns_ + (stalled_ && now_ns > stalled_at_ns_ ? now_ns - stalled_at_ns_ : 0);
}

}  // namespace baton
