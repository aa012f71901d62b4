#pragma once

#include <cstdint>
#include <vector>

#include "ledger.h"
#include "listening_socket.h"

namespace baton {

// The primary's view of the listening sockets that one worker has been handed, and accepts from by itself.
class HeldSockets {
 public:
  explicit HeldSockets(const Ledger& ledger) : ledger_(ledger), since_ns_(monotonic_ns()) {}

  // A duplicate goes to the worker, which counts what it accepts in its ledger under `counter`. `accepted`
  // counts for all workers, and outlives this.
  void on_handed_over(const ListeningSocket& socket, uint32_t counter, uint64_t& accepted);
  // The worker accepts from it. False: it was handed another or none, or has said so before.
  bool hold(ListeningSocket& socket);
  // Whether the worker has a duplicate of it, for all that is known.
  bool has(const ListeningSocket& socket) const;
  // Another worker holds it now, although this one may accept from it still.
  void on_taken_over(uint32_t listener);
  // The worker does not accept from it any more, or the listener is closed. False: it was not handed it.
  bool remove(uint32_t listener);
  // Counts what the worker has accepted. What it says is believed, and is its own matter: but counts never go
  // down, and are no more than a worker can have come to.
  void count();

  bool empty() const { return handed_.empty(); }
  // Since when the worker has not turned to a connection that waits in one of them; 0: none does.
  uint64_t neglected_since_ns(LoopPhase phase) const;

  uint64_t accepted() const { return accepted_; }
  // Handoffs: taken by the worker; not taken.
  uint64_t claimed() const { return claimed_; }
  uint64_t revoked() const { return revoked_; }

 private:
  struct Handed {
    uint32_t listener;
    uint32_t socket_id;
    uint32_t counter;
    uint64_t seen;  // the counter, when it was counted last
    uint64_t* accepted;
    ListeningSocket* socket;  // null while the worker does not hold it
    bool was_held;
  };

  const Ledger& ledger_;
  const uint64_t since_ns_;
  std::vector<Handed> handed_;
  uint64_t accepted_ = 0;
  uint64_t claimed_ = 0;
  uint64_t revoked_ = 0;
};

}  // namespace baton
