// The dispatcher's way of a connection that was accepted: choose → offer → settle, or take back.
#include <algorithm>

#include "dispatcher.h"

namespace baton {
namespace {

// 2^6 times stallAfter is longer than any client waits.
constexpr uint8_t kMostStalls = 6;

}  // namespace

// Whether a connection of this listener can be offered now. One that is stalled is better than none; while
// others are awake but have no room, they are waited for. Those whose servers are full are out of the
// question: that may last for hours.
bool Dispatcher::has_room(const Listener& listener) const {
  bool somebody_is_awake = false;
  bool somebody_stalled_can_take = false;
  for (const auto& [target, from_seq] : listener.targets()) {
    if (target->is_full(listener.place)) continue;
    if (target->is_stalled()) {
      somebody_stalled_can_take |= target->can_take(listener.place);
    } else if (target->can_take(listener.place)) {
      return true;
    } else {
      somebody_is_awake = true;
    }
  }
  return somebody_stalled_can_take && !somebody_is_awake;
}

// The same, without those that are stalled.
bool Dispatcher::has_well_room(const Listener& listener) const {
  const auto& targets = listener.targets();
  return std::any_of(targets.begin(), targets.end(), [&](const auto& serving) {
    return !serving.target->is_stalled() && serving.target->can_take(listener.place);
  });
}

// Those whom has_room() found; the worker that has given the connection back only if nobody else has room.
void Dispatcher::gather_candidates(const Connection& connection, const Listener& listener) {
  candidates_.clear();
  const auto& targets = listener.targets();
  const bool all_are_stalled = std::all_of(targets.begin(), targets.end(), [&](const auto& it) {
    return it.target->is_stalled() || it.target->is_full(listener.place);
  });
  for (const auto& [target, from_seq] : targets) {
    if (target->can_take(listener.place) && (!target->is_stalled() || all_are_stalled))
      candidates_.push_back(target);
  }
  if (candidates_.size() < 2) return;
  const auto is_giver = [&](const Target* target) { return target->id == connection.giver; };
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(), is_giver), candidates_.end());
}

// Keeps so many of the candidates, drawn at random.
void Dispatcher::draw_candidates(size_t count) {
  if (candidates_.size() <= count) return;
  for (size_t i = 0; i < count; ++i)
    std::swap(candidates_[i], candidates_[i + random_() % (candidates_.size() - i)]);
  candidates_.resize(count);
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Target* a, const Target* b) { return a->slot < b->slot; });
}

// An idle connection brings no work yet, but its share, unless it has to keep its slot.
Target& Dispatcher::choose_target(const Connection& connection, Listener& listener) {
  gather_candidates(connection, listener);
  const bool is_idle = connection.is_idle() && options_.policy != Policy::kSticky;
  const bool needs_loads = is_idle || needs_load(options_.policy, connection.client);
  if (needs_loads && !is_idle) draw_candidates(kLoadsCompared);
  loads_.clear();
  for (const Target* target : candidates_) {
    loads_.push_back(needs_loads ? Candidate{target->slot, target->queue(), target->connections()}
                                 : Candidate{target->slot});
  }
  return *candidates_[is_idle ? choose_for_idle(loads_, listener.last_slot)
                              : choose(options_.policy, loads_, listener.last_slot, connection.client)];
}

// Offers the connection to the target that the policy chooses, to the next if that one has no room. False:
// nobody has; the connection is still the caller's.
bool Dispatcher::deliver(Connection& connection, Listener& listener) {
  const bool is_idle = connection.is_idle();
  while (has_room(listener)) {
    Target& target = choose_target(connection, listener);
    if (target.offer(connection, listener.place, now_ns_)) {
      // Idle ones take no turn of those that come.
      if (!is_idle) listener.last_slot = target.slot;
      return true;
    }
    watch(target);
  }
  return false;
}

void Dispatcher::pump(Listener& listener) {
  while (!listener.waiting.empty() && deliver(listener.waiting.front(), listener))
    listener.waiting.pop_front();
  watch(listener);
}

void Dispatcher::settle_all() {
  // settle() may end its target.
  for (auto next = targets_.begin(); next != targets_.end();) settle(*(next++)->second);
}

// Sees what the worker has settled. What it did not want goes to others, on the way of an accepted
// connection: a worker is one more source. False: it is not believed any more, and gone.
bool Dispatcher::settle(Target& target) {
  const uint64_t kept = target.offers().kept();
  if (kept == 0) return true;
  const bool is_sound = target.settle(now_ns_, returned_);
  if (target.offers().kept() < kept) resume_accepting();  // there is room for fds again
  if (!is_sound) {
    ++totals_.records_refused;
    lose_target(target, false);
    return false;
  }
  take_in(target);
  return true;
}

// Puts what came back from a target where it waits for the next one.
void Dispatcher::take_in(Target& target) {
  for (Returned& returned : returned_) {
    target.count_revoked(returned.reason);
    Connection& connection = returned.connection;
    if (returned.reason == RevokeReason::kQueueTimeout) {
      drop(connection, DropReason::kQueueTimeout);
      continue;
    }
    if (returned.reason == RevokeReason::kDeclined) {
      const auto found = listeners_.find(connection.listener);
      if (found != listeners_.end()) found->second->on_declined(&target, returned.seq);
    }
    if (returned.reason == RevokeReason::kNoFds) target.rest(now_ns_);
    if (returned.reason == RevokeReason::kStalled && connection.stalls < kMostStalls) ++connection.stalls;
    wait_or_drop(std::move(connection));
  }
  returned_.clear();
}

void Dispatcher::wait_or_drop(Connection connection) {
  const auto found = listeners_.find(connection.listener);
  if (found == listeners_.end()) return drop(connection, DropReason::kListenerClosed);
  expire_later(connection);
  found->second->waiting.push_back(std::move(connection));
}

// What a stalled worker has not claimed goes to those that are awake. On a machine where all are short of
// processor time, connections would be on the move for ever: so each time one is taken back, the next worker
// has twice as long.
void Dispatcher::take_from_stalled() {
  take_back_later_ = false;
  const auto is_due = [this](const Connection& connection, uint64_t offered_at_ns) {
    const auto listener = listeners_.find(connection.listener);
    if (listener == listeners_.end()) return false;
    if (!has_well_room(*listener->second)) return false;
    if (connection.stalls == 0) return true;
    if (now_ns_ >= offered_at_ns + (options_.stall_after_ns << connection.stalls)) return true;
    take_back_later_ = true;
    return false;
  };
  for (auto& entry : targets_) {
    Target& target = *entry.second;
    if (!target.is_stalled() || target.offers().open() == 0) continue;
    target.offers().revoke_if(RevokeReason::kStalled, returned_, is_due);
    take_in(target);
  }
}

// Takes back all that the worker has not claimed; if it is gone, also what it has not touched.
void Dispatcher::take_back(Target& target, bool is_gone) {
  target.settle(now_ns_, returned_);
  const auto all = [](const Connection&, uint64_t) { return true; };
  target.offers().revoke_if(RevokeReason::kWorkerGone, returned_, all);
  // What it claimed meanwhile, if it lives.
  target.settle(now_ns_, returned_);
  take_in(target);
  count_dropped(DropReason::kBrokenLedger, target.offers().drop_rest());
  if (!is_gone) return;
  for (Connection& connection : target.recover()) {
    if (connection.recovered) {
      drop(connection, DropReason::kWorkersDied);
      continue;
    }
    connection.recovered = connection.offered_before = connection.claimed_before = true;
    connection.accepted_at_ns = now_ns_;  // its second wait begins
    wait_or_drop(std::move(connection));
  }
}

// Sets the alarm, if none is set: the connections that have it set are older, or it looks for the next then.
void Dispatcher::expire_later(const Connection& connection) {
  if (options_.queue_timeout_ns == 0 || expire_at_ns_ != 0) return;
  expire_at_ns_ = connection.accepted_at_ns + options_.queue_timeout_ns;
}

// Closes what nobody has claimed in time.
void Dispatcher::expire() {
  const uint64_t oldest_ns = now_ns_ - options_.queue_timeout_ns;
  uint64_t next_ns = StallWatch::kNever;
  const auto is_over = [&](const Connection& connection) {
    const bool over = connection.accepted_at_ns <= oldest_ns;
    if (!over) next_ns = std::min(next_ns, connection.accepted_at_ns + options_.queue_timeout_ns);
    return over;
  };
  for (auto& entry : targets_) {
    const auto is_late = [&](const Connection& connection, uint64_t) { return is_over(connection); };
    entry.second->offers().revoke_if(RevokeReason::kQueueTimeout, returned_, is_late);
    take_in(*entry.second);
  }
  for (auto& entry : listeners_) {
    auto& waiting = entry.second->waiting;
    const auto late = std::stable_partition(
        waiting.begin(), waiting.end(), [&](const Connection& connection) { return !is_over(connection); });
    for (auto it = late; it != waiting.end(); ++it) drop(*it, DropReason::kQueueTimeout);
    waiting.erase(late, waiting.end());
  }
  expire_at_ns_ = next_ns == StallWatch::kNever ? 0 : next_ns;
}

void Dispatcher::drop(Connection& connection, DropReason reason) {
  connection.end();
  count_dropped(reason, 1);
}

void Dispatcher::count_dropped(DropReason reason, uint64_t count) {
  totals_.dropped[static_cast<size_t>(reason)] += count;
}

}  // namespace baton
