#include "offers.h"

#include <algorithm>
#include <utility>

namespace baton {

void Offers::announce() {
  if (kept() == 0) ledger_.publish_released(claimed_copies_.done_seen());
  if (next_ > LedgerMemory::kOffers) claimed_copies_.forget(next_ - LedgerMemory::kOffers);
  ledger_.open(next_);
}

void Offers::keep(Connection connection, uint64_t now_ns) {
  at(next_) = {std::move(connection), now_ns};
  ++next_;
  ++open_;
}

bool Offers::settle(uint64_t now_ns, std::vector<Returned>& returned, Latency& latency) {
  const uint64_t done = ledger_.done();
  const bool is_sound = settle_offers(now_ns, returned, latency);
  claimed_copies_.let_go(done, now_ns);
  ledger_.publish_released(kept() == 0 ? UINT64_MAX : done);
  return is_sound;
}

bool Offers::settle_offers(uint64_t now_ns, std::vector<Returned>& returned, Latency& latency) {
  while (open_ > 0) {
    const uint64_t seq = first_;
    switch (ledger_.state(seq)) {
      case OfferState::kOpen:
        return true;
      case OfferState::kClaimed:
      case OfferState::kBegun:
      case OfferState::kClosed: {
        // No later than now: whatever the worker wrote, the sum stays a sum of times.
        const uint64_t claimed_at_ns = std::min(ledger_.claimed_at_ns(seq), now_ns);
        Connection& connection = at(seq).connection;
        latency.observe(connection.accepted_at_ns, claimed_at_ns);
        if (connection.claimed_before) ++reclaimed_;
        claimed_copies_.add(std::move(connection), seq, claimed_at_ns);
        --open_;
        ++claimed_;
        break;
      }
      case OfferState::kDeclined:
        give_back(seq, RevokeReason::kDeclined, returned);
        break;
      case OfferState::kSocketLost:
        give_back(seq, RevokeReason::kNoFds, returned);
        break;
      case OfferState::kFull:
        give_back(seq, RevokeReason::kFull, returned);
        break;
      case OfferState::kNone:
      case OfferState::kRevoked:  // by us, it would be settled; the worker never writes it
        return false;
    }
    skip_settled();
  }
  return true;
}

uint64_t Offers::drop_rest() {
  for (uint64_t seq = first_; seq < next_; ++seq) {
    if (at(seq).connection.socket.valid()) at(seq).connection.end();
  }
  first_ = next_;
  return std::exchange(open_, 0);
}

void Offers::give_back(uint64_t seq, RevokeReason reason, std::vector<Returned>& returned) {
  Connection& connection = at(seq).connection;
  connection.offered_before = true;
  returned.push_back({std::move(connection), reason, seq});
  --open_;
}

void Offers::skip_settled() {
  while (first_ < next_ && !at(first_).connection.socket.valid()) ++first_;
}

}  // namespace baton
