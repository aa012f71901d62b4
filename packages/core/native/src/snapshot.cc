#include "snapshot.h"

namespace baton {

void Snapshot::add_live(const Target& target) {
  const TargetFigures figures = target.figures();
  SlotFigures& slot = slots[target.slot];
  slot.claimed += figures.claimed;
  slot.given_back += figures.given_back;
  slot.lost += figures.lost;
  slot.open += figures.open;
  slot.connections += figures.connections;
  latency.add(target.latency());
}

void Snapshot::add_gone(const Target& target) {
  const TargetFigures figures = target.figures();
  SlotFigures& slot = slots[target.slot];
  slot.claimed += figures.claimed;
  slot.given_back += figures.given_back;
  slot.lost += figures.lost + figures.open;
  latency.add(target.latency());
}

}  // namespace baton
