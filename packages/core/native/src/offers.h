#pragma once

#include <cstdint>
#include <vector>

#include "claimed_copies.h"
#include "connection.h"
#include "latency.h"
#include "ledger.h"

namespace baton {

// Why a connection went from a worker to another one.
enum class RevokeReason {
  kWorkerGone,    // its channel hung up before it had claimed
  kStalled,       // its event loop did not turn
  kDeclined,      // it does not serve the listener any more
  kNoFds,         // it had no room for the socket
  kQueueTimeout,  // nobody claimed it in time; it is closed
  kDraining,      // it gets no connections any more
  kFull           // its server has as many as it takes at a time
};
inline constexpr size_t kRevokeReasons = 7;

// A connection that a worker did not get, back in the primary's hands.
struct Returned {
  Connection connection;
  RevokeReason reason;
  uint64_t seq;
};

// The primary's view of what it has offered to one worker: the connections that it keeps until their offers
// are settled, exactly once each. Offers are numbered from 1, and a worker settles them in that order.
class Offers {
 public:
  // `most` of them are open at a time, up to LedgerMemory::kOffers.
  Offers(Ledger& ledger, uint32_t most)
      : ledger_(ledger), most_(most), kept_(LedgerMemory::kOffers), claimed_copies_(ledger) {}

  bool full() const { return next_ - first_ >= most_; }
  uint64_t open() const { return open_; }
  // Copies of connections, those of claimed ones included.
  uint64_t kept() const { return open_ + claimed_copies_.size(); }
  uint64_t next_seq() const { return next_; }
  uint64_t claimed() const { return claimed_; }
  // Of those, the ones that another worker had claimed before.
  uint64_t reclaimed() const { return reclaimed_; }
  // When the oldest open offer was made. Only if there is one.
  uint64_t oldest_at_ns() const { return at(first_).offered_at_ns; }

  // Makes the offer known to the worker, which is then sent it. If that fails, nothing has happened unless
  // keep() is called.
  void announce();
  void keep(Connection connection, uint64_t now_ns);

  // Sees what the worker has settled: what it claimed passes to the claimed copies, what it did not want is
  // appended to `returned`. False if the ledger holds what no worker of ours writes.
  bool settle(uint64_t now_ns, std::vector<Returned>& returned, Latency& latency);
  // Ends what is still open, for a worker that is not believed; returns how many those were.
  uint64_t drop_rest();

  // Whether settle() would find something.
  bool has_settled() const {
    return claimed_copies_.has_news() || (open_ > 0 && ledger_.state(first_) != OfferState::kOpen);
  }
  ClaimedCopies& claimed_copies() { return claimed_copies_; }
  const ClaimedCopies& claimed_copies() const { return claimed_copies_; }

  // Takes back the open offers of which `wanted(connection, offered_at_ns)` says so, unless the worker has
  // just settled them.
  template <typename Wanted>
  void revoke_if(RevokeReason reason, std::vector<Returned>& returned, Wanted wanted) {
    for (uint64_t seq = first_; seq < next_; ++seq) {
      Kept& kept = at(seq);
      if (!kept.connection.socket.valid() || !wanted(kept.connection, kept.offered_at_ns)) continue;
      if (!ledger_.revoke(seq)) continue;
      give_back(seq, reason, returned);
    }
    skip_settled();
  }

  // Every open offer's connection, oldest first.
  template <typename Visit>
  void each_open(Visit visit) const {
    for (uint64_t seq = first_; seq < next_; ++seq) {
      if (at(seq).connection.socket.valid()) visit(at(seq).connection);
    }
  }

 private:
  struct Kept {
    Connection connection;  // its socket is valid while the offer is open
    uint64_t offered_at_ns = 0;
  };

  Kept& at(uint64_t seq) { return kept_[seq & (LedgerMemory::kOffers - 1)]; }
  const Kept& at(uint64_t seq) const { return kept_[seq & (LedgerMemory::kOffers - 1)]; }
  bool settle_offers(uint64_t now_ns, std::vector<Returned>& returned, Latency& latency);
  void give_back(uint64_t seq, RevokeReason reason, std::vector<Returned>& returned);
  void skip_settled();

  Ledger& ledger_;
  const uint32_t most_;
  std::vector<Kept> kept_;
  uint64_t first_ = 1;  // the oldest open offer, or next_
  uint64_t next_ = 1;   // the number of the next offer
  uint64_t open_ = 0;
  uint64_t claimed_ = 0;
  uint64_t reclaimed_ = 0;
  ClaimedCopies claimed_copies_;
};

}  // namespace baton
