#include "held_sockets.h"

#include <algorithm>

namespace baton {
namespace {

// No accept4(2) is faster.
constexpr uint64_t kLeastNs = 100;

}  // namespace

// From here on, since the worker accepts before it can say so.
void HeldSockets::on_handed_over(const ListeningSocket& socket, uint32_t counter, uint64_t& accepted) {
  remove(socket.listener);
  handed_.push_back(
      {socket.listener, socket.id, counter, ledger_.own_accepted(counter), &accepted, nullptr, false});
}

bool HeldSockets::has(const ListeningSocket& socket) const {
  return std::any_of(handed_.begin(), handed_.end(),
                     [&](const Handed& handed) { return handed.socket_id == socket.id; });
}

bool HeldSockets::hold(ListeningSocket& socket) {
  for (Handed& handed : handed_) {
    if (handed.socket_id != socket.id || handed.was_held) continue;
    handed.socket = &socket;
    handed.was_held = true;
    ++claimed_;
    return true;
  }
  return false;
}

void HeldSockets::on_taken_over(uint32_t listener) {
  for (Handed& handed : handed_) {
    if (handed.listener == listener) handed.socket = nullptr;
  }
}

bool HeldSockets::remove(uint32_t listener) {
  count();
  const auto found = std::find_if(handed_.begin(), handed_.end(),
                                  [&](const Handed& handed) { return handed.listener == listener; });
  if (found == handed_.end()) return false;
  if (!found->was_held) ++revoked_;
  handed_.erase(found);
  return true;
}

void HeldSockets::count() {
  for (Handed& handed : handed_) {
    const uint64_t now = ledger_.own_accepted(handed.counter);
    if (now <= handed.seen) continue;
    const uint64_t most = (monotonic_ns() - since_ns_) / kLeastNs;
    const uint64_t more = std::min(now - handed.seen, most - std::min(accepted_, most));
    accepted_ += more;
    *handed.accepted += more;
    handed.seen = now;
  }
}

uint64_t HeldSockets::neglected_since_ns(LoopPhase phase) const {
  uint64_t first_ns = 0;
  for (const Handed& handed : handed_) {
    if (handed.socket == nullptr) continue;
    const uint64_t since_ns = handed.socket->queue_watch.neglected_since_ns(phase);
    if (since_ns != 0 && (first_ns == 0 || since_ns < first_ns)) first_ns = since_ns;
  }
  return first_ns;
}

}  // namespace baton
