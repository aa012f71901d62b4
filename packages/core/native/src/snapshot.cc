#include "snapshot.h"

namespace baton {

SlotFigures& Snapshot::add_settled(const Target& target) {
  SlotFigures& slot = slots[target.slot];
  slot.claimed += target.claimed();
  slot.given_back += target.given_back();
  latency.add(target.latency());
  return slot;
}

void Snapshot::add_live(const Target& target) {
  SlotFigures& slot = add_settled(target);
  const uint64_t lost = target.fds_lost();
  slot.lost += lost;
  slot.open += target.open_offers() - lost;
  slot.connections += target.connections() - lost;
}

void Snapshot::add_gone(const Target& target) { add_settled(target).lost += target.open_offers(); }

}  // namespace baton
