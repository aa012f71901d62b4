#include "listener.h"

#include <algorithm>

namespace baton {

void Listener::add_target(Target* target) {
  remove_target(target);
  const auto by_slot = [](const Serving& a, const Serving& b) { return a.target->slot < b.target->slot; };
  const Serving serving{target, target->offers().next_seq()};
  targets_.insert(std::upper_bound(targets_.begin(), targets_.end(), serving, by_slot), serving);
}

void Listener::remove_target(const Target* target) { on_declined(target, UINT64_MAX); }

void Listener::on_declined(const Target* target, uint64_t seq) {
  const auto is_over = [&](const Serving& serving) {
    return serving.target == target && seq >= serving.from_seq;
  };
  targets_.erase(std::remove_if(targets_.begin(), targets_.end(), is_over), targets_.end());
}

ListeningSocket* Listener::socket_of(uint32_t slot) const {
  const auto found = std::find_if(sockets.rbegin(), sockets.rend(), [slot](const auto& socket) {
    return socket->slot == slot || socket->slot == ListeningSocket::kEverySlot;
  });
  return found == sockets.rend() ? nullptr : found->get();
}

}  // namespace baton
