#include "snapshot.h"

namespace baton {

void Snapshot::add(uint32_t slot, const TargetFigures& figures) {
  SlotFigures& sum = slots[slot];
  sum.claimed += figures.claimed;
  sum.reclaimed += figures.reclaimed;
  sum.recovered += figures.recovered;
  sum.unrecovered += figures.unrecovered;
  for (size_t i = 0; i < kRevokeReasons; ++i) sum.revoked[i] += figures.revoked[i];
  sum.open += figures.open;
  sum.given_back += figures.given_back;
  sum.given_back_lost += figures.given_back_lost;
  sum.rebalanced += figures.rebalanced;
  sum.connections += figures.connections;
  sum.requests += figures.requests;
  sum.own_accepted += figures.own_accepted;
  sum.listeners_claimed += figures.listeners_claimed;
  sum.listeners_revoked += figures.listeners_revoked;
  sum.stalled_ns += figures.stalled_ns;
  sum.latency.add(figures.latency);
  sum.http.add(figures.http);
  sum.http_lost += figures.http_lost;
  latency.add(figures.latency);
}

void Snapshot::add_live(uint32_t id, uint32_t slot, const TargetFigures& figures) {
  add(slot, figures);
  workers[id] = {figures.connections, figures.requests, figures.idle_ns, figures.stalled_for_ns};
}

void Snapshot::add_gone(uint32_t slot, const TargetFigures& last_figures) { add(slot, last_figures); }

}  // namespace baton
