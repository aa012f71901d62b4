#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "listening_socket.h"
#include "reuseport_group.h"
#include "target.h"

namespace baton {

// The dispatcher's view of one address that the app listens on: where it gets connections from, and who
// serves them. Used under the dispatcher's lock only.
class Listener {
 public:
  // `place`: its own in every worker's ledger, below LedgerMemory::kListeners. `accepted` counts the
  // connections of all listeners of this label, and outlives the listener.
  Listener(uint32_t id, uint32_t place, std::string label, uint64_t& accepted)
      : id(id), place(place), label(std::move(label)), accepted(accepted) {}

  const uint32_t id;
  const uint32_t place;
  const std::string label;
  uint64_t& accepted;

  std::vector<std::unique_ptr<ListeningSocket>> sockets;  // in the order of listen(2)
  int family = 0;                                         // of all of them, AF_INET, ...
  uint16_t port = 0;                                      // the same; 0 for AF_UNIX
  ReuseportGroup group;                                   // those of one slot each
  // The one that this slot's next worker is handed; none if there is none.
  ListeningSocket* socket_of(uint32_t slot) const;

  struct Serving {
    Target* target;
    uint64_t from_seq;  // the first of its offers that came after it began to serve
  };
  // In the order of their slots.
  const std::vector<Serving>& targets() const { return targets_; }
  void add_target(Target* target);
  void remove_target(const Target* target);
  // The target has declined this offer: it does not serve the listener, unless it has begun to since.
  void on_declined(const Target* target, uint64_t seq);

  std::deque<Connection> waiting;   // accepted or taken back, while no target had room
  uint32_t last_slot = UINT32_MAX;  // the slot chosen last; none yet

 private:
  std::vector<Serving> targets_;
};

}  // namespace baton
