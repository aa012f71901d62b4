#include "target.h"

#include <algorithm>

#include "message.h"

namespace baton {
namespace {

constexpr uint64_t kRestNs = 100'000'000;

}  // namespace

bool Target::offer(const UniqueFd& socket, uint32_t listener, uint64_t accepted_at_ns) {
  Offered message;
  message.seq = offered_ + 1;
  message.accepted_at_ns = accepted_at_ns;
  message.listener = listener;
  const ConnectionRecord record = encode(message);
  if (!outbox_.try_send(channel_, {record.data(), record.size()}, socket.get())) return false;
  ++offered_;
  return true;
}

int Target::send_control(std::string_view payload, UniqueFd fd) {
  return outbox_.send(channel_, encode_control(payload), std::move(fd));
}

bool Target::take_back() {
  if (figures().open == 0) return false;
  ++given_back_;
  return true;
}

// Each of the worker's counters is read once, and bounded by what was offered to it: whatever a ledger holds,
// and however it changes meanwhile, nothing here is negative.
TargetFigures Target::figures() const {
  const uint64_t kept = offered_ - given_back_;
  TargetFigures figures;
  figures.given_back = given_back_;
  figures.claimed = std::min(ledger_.claimed(), kept);
  figures.lost = std::min(ledger_.fds_lost(), kept - figures.claimed);
  figures.open = kept - figures.claimed - figures.lost;
  figures.connections = kept - figures.lost - std::min(ledger_.closed(), figures.claimed);
  return figures;
}

// No more observations than claims, so that one worker cannot spoil the figures of all.
Latency Target::latency() const {
  Latency latency = ledger_.latency();
  uint64_t left = figures().claimed;
  for (uint64_t& bucket : latency.buckets) {
    bucket = std::min(bucket, left);
    left -= bucket;
  }
  return latency;
}

bool Target::rest_if_fds_were_lost() {
  const uint64_t lost = ledger_.fds_lost();
  if (lost == fds_lost_seen_) return false;
  fds_lost_seen_ = lost;
  closed_at_rest_ = ledger_.closed();
  resting_until_ns_ = monotonic_ns() + kRestNs;
  return true;
}

bool Target::is_resting() {
  if (resting_until_ns_ == 0) return false;
  if (ledger_.closed() != closed_at_rest_ || monotonic_ns() >= resting_until_ns_) resting_until_ns_ = 0;
  return resting_until_ns_ != 0;
}

}  // namespace baton
