#include "queue_watch.h"

#include <algorithm>

namespace baton {
namespace {

// A worker that has long waited for events is given that long to turn to a connection which may have come
// just before the primary looked.
constexpr uint64_t kDoubtNs = 5'000'000;

}  // namespace

void QueueWatch::on_notice(LoopPhase phase, uint64_t now_ns) {
  queued_at_ns_ = now_ns;
  phase_ = phase;
}

uint64_t QueueWatch::look_at_ns() const {
  return queued_at_ns_ == 0 ? kNever : queued_at_ns_ + stall_after_ns_;
}

void QueueWatch::look(bool queued, LoopPhase phase, uint64_t now_ns) {
  if (!queued) return reset();
  if (phase == phase_) return;  // it has not turned since: StallWatch judges
  // It came since the loop turned last, or is there for longer; nobody saw when. (The worker may lie about
  // its phase: no later than now.)
  const uint64_t benefit_ns = stall_after_ns_ - std::min(kDoubtNs, stall_after_ns_);
  queued_at_ns_ = std::max(queued_at_ns_, std::min(phase.since_ns, now_ns));
  if (now_ns > benefit_ns) queued_at_ns_ = std::max(queued_at_ns_, now_ns - benefit_ns);
  phase_ = phase;
}

uint64_t QueueWatch::neglected_since_ns(LoopPhase phase) const {
  return queued_at_ns_ != 0 && phase == phase_ ? queued_at_ns_ : 0;
}

}  // namespace baton
