#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "channel.h"
#include "closer.h"
#include "connection.h"
#include "held_sockets.h"
#include "latency.h"
#include "ledger.h"
#include "offers.h"
#include "outbox.h"
#include "rebalancer.h"
#include "stall_watch.h"

namespace baton {

// What became of the connections offered to one worker, and its load. Each offer is claimed, revoked or open;
// or its connection was dropped, as the worker's ledger was broken.
struct TargetFigures {
  uint64_t claimed = 0;
  uint64_t reclaimed = 0;    // of those, the ones that another worker had claimed before
  uint64_t recovered = 0;    // claimed, but not touched when the worker ended: offered to another
  uint64_t unrecovered = 0;  // touched, but without a request begun, when the worker ended
  uint64_t revoked[kRevokeReasons] = {};
  uint64_t open = 0;               // offered, and neither claimed nor revoked yet
  uint64_t given_back = 0;         // connections that it gave back, for another to have
  uint64_t given_back_lost = 0;    // and those that were lost on the way, for want of fds
  uint64_t rebalanced = 0;         // of those that it gave back, the ones that it was ordered to
  uint64_t own_accepted = 0;       // connections that it accepted from listeners it was handed
  uint64_t listeners_claimed = 0;  // listeners that it was handed, and took
  uint64_t listeners_revoked = 0;  // and did not
  uint64_t connections = 0;        // open in the worker, or on their way to it
  uint64_t requests = 0;           // being answered, as the worker says
  uint64_t stalled_ns = 0;
  uint64_t stalled_for_ns = 0;  // for how long its event loop has stood still now; 0: it is not stalled
  uint64_t idle_ns = 0;         // how long its event loop has waited for events
  Latency latency;              // of what it claimed
  RequestCounts http;
  uint64_t http_lost = 0;  // requests that were under way when it ended
};

// The dispatcher's view of one worker: whom it hands connections to. Used under the dispatcher's lock only.
class Target {
 public:
  // `wake` is the eventfd that the worker writes when the primary sleeps.
  // `closer`: of what the worker has, or has sent.
  Target(uint32_t id, uint32_t slot, Closer& closer, Channel channel, Ledger ledger, UniqueFd wake,
         uint32_t most_open_offers, uint64_t stall_after_ns)
      : id(id),
        slot(slot),
        added_at_ns(monotonic_ns()),
        closer_(closer),
        channel_(std::move(channel)),
        ledger_(std::move(ledger)),
        wake_(std::move(wake)),
        offers_(ledger_, most_open_offers),
        held_(ledger_),
        stall_watch_(stall_after_ns) {
    ledger_.set_stall_after(stall_after_ns);
    vacancies_.fill(LedgerMemory::kManyVacancies);
  }
  // What a worker has sent, and nobody has read, ends with the channel.
  ~Target() { closer_.close(channel_.take_socket()); }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const uint32_t id;
  const uint32_t slot;
  const uint64_t added_at_ns;  // just before its process is started

  const Channel& channel() const { return channel_; }
  int wake_fd() const { return wake_.get(); }
  Offers& offers() { return offers_; }
  const Offers& offers() const { return offers_; }
  HeldSockets& held() { return held_; }
  const HeldSockets& held() const { return held_; }

  // Whether one more connection can be offered to it.
  bool can_take() const {
    return outbox_.room() == Outbox::Room::kFree && resting_until_ns_ == 0 && !offers_.full();
  }
  // The same for one of the listener with that place. Its server may be full all the same: it says so then.
  bool can_take(uint32_t place) const {
    const bool are_many = vacancies_[place] >= LedgerMemory::kManyVacancies;
    return can_take() && (are_many || offers_.open() < vacancies_[place]);
  }
  // Whether the worker's server takes no more connections, as it has told last.
  bool is_full(uint32_t place) const { return vacancies_[place] == 0; }
  Outbox::Room room() const { return outbox_.room(); }
  // Call when the channel may have room again.
  void flush() { outbox_.flush(channel_); }
  // Errors as Outbox::send.
  int send_control(std::string_view payload, UniqueFd fd);

  // Hands over a duplicate of the connection, and keeps it until the offer is settled. False: no room; the
  // caller still has it, and tries another.
  bool offer(Connection& connection, uint32_t place, uint64_t now_ns);
  // Sees what the worker has settled, as Offers::settle.
  bool settle(uint64_t now_ns, std::vector<Returned>& returned) {
    const bool is_sound = offers_.settle(now_ns, returned, latency_);
    look_at_vacancies();
    return is_sound;
  }
  // Of a worker that has hung up. None of one that lives on, with what it has claimed.
  std::vector<Connection> recover();
  // It gets no connections any more, and gives back those that it has.
  void drain() { draining_ = true; }
  bool is_draining() const { return draining_; }
  // Orders it to give so many idle connections of these listeners back, at most, for others to have; none:
  // only to say how many could move. False: it has an order already, or no room in its channel.
  bool order_give_back(uint32_t connections, const std::vector<uint32_t>& listeners);
  // It gives one back. False: it may not, since it neither drains nor has been ordered to.
  bool may_give_back();
  // Its order is carried out. `movable`: how many connections could move, if it was asked that. Returns what
  // came of it; none if it had no order.
  std::optional<Obeyed> end_order(uint32_t movable, uint64_t now_ns);
  // What it has of the connections that all share.
  Share share();
  void count_given_back();
  void count_given_back_lost() { ++given_back_lost_; }
  void count_revoked(RevokeReason reason) { ++revoked_[static_cast<size_t>(reason)]; }

  // Call both at the beginning of each turn of the dispatcher, and look at the clock in between: a phase that
  // was published after that would seem to lie in the future.
  void look() {
    phase_ = ledger_.phase();
    counted_stalled_ns_ = ledger_.stalled_ns();
    if (phase_.since_ns > probed_at_ns_) probed_at_ns_ = 0;
    look_at_vacancies();
  }
  void on_turn(uint64_t now_ns);
  // As of this turn.
  LoopPhase phase() const { return phase_; }
  bool is_stalled() const { return stall_watch_.is_stalled(); }
  // Whether it was stalled, but has turned since.
  bool has_gone_on() const { return stall_watch_.has_gone_on(phase_); }
  // When its open offers, and what waits in its sockets, have to be looked at again; StallWatch::kNever if
  // there is nothing.
  uint64_t stall_deadline(uint64_t now_ns) const;
  // What a request has to wait for that comes to it now: connections on their way to it, those that it has
  // claimed and that have not asked yet, requests under way, and one more while callbacks run in its event
  // loop, as far as is known.
  uint64_t queue() const;
  uint64_t connections() const;
  TargetFigures figures(uint64_t now_ns);
  // Once it has ended.
  TargetFigures last_figures(uint64_t now_ns);
  // Sends something for its event loop to turn to, where that seems to have waited for long and nothing else
  // is on its way: what looks like a wait may be a callback that nobody saw begin. False: its channel has no
  // room.
  bool probe(uint64_t now_ns);

  // A worker without room for fds gets no connection until it has closed one, or a tenth of a second has
  // passed.
  void rest(uint64_t now_ns);
  // 0: it does not rest.
  uint64_t rest_deadline() const { return resting_until_ns_; }

  // Call before the dispatcher sleeps, with what it waits for besides being rid of its copies. False if
  // something has happened already, so that it must not sleep.
  bool ask_for_wake(uint32_t events);

  // Whether more may be read of it: what its owner has been told waits for being acknowledged.
  bool may_tell() const { return told_ < kMostTold; }
  void on_told() { ++told_; }
  // A record of it was refused. True if those are too many: it is not believed any more.
  bool on_refused() { return ++refused_ >= kMostRefused; }
  // True if more may be told, which was not so before.
  bool on_acknowledged() { return told_-- == kMostTold; }

 private:
  static constexpr uint32_t kMostTold = 64;
  static constexpr uint32_t kMostRefused = 16;

  void look_at_vacancies();
  bool can_end_rest(uint64_t now_ns) const;
  uint64_t idle_ns(uint64_t now_ns) const;
  uint64_t requests() const;
  void fill_in_times(TargetFigures& figures, uint64_t now_ns);
  uint64_t waited_for_since_ns() const;

  Closer& closer_;
  Channel channel_;
  Ledger ledger_;
  UniqueFd wake_;
  Outbox outbox_;
  Offers offers_;
  HeldSockets held_;
  LoopPhase phase_;  // when this turn began
  uint64_t counted_stalled_ns_ = 0;
  uint64_t probed_at_ns_ = 0;  // 0: no probe is on its way
  StallWatch stall_watch_;
  const uint64_t created_at_ns_ = monotonic_ns();
  uint64_t stalled_ns_ = 0;  // as told last
  uint64_t idle_ns_ = 0;     // as well
  uint64_t revoked_[kRevokeReasons] = {};
  uint64_t recovered_ = 0;
  uint64_t unrecovered_ = 0;
  uint64_t given_back_ = 0;
  uint64_t given_back_lost_ = 0;
  uint64_t rebalanced_ = 0;
  std::array<uint8_t, LedgerMemory::kListeners> vacancies_;  // by the listeners' places
  uint64_t vacancy_changes_ = 0;                             // in the ledger, as of then
  bool has_order_ = false;
  uint32_t ordered_ = 0;        // connections that it may give back without draining
  uint32_t obeyed_ = 0;         // and has, of that order
  uint64_t movable_ = 0;        // of its connections, as it has told, and with what has moved since
  uint64_t immovable_ = 0;      // the others, when it told; never more than it has had since
  uint64_t movable_at_ns_ = 0;  // when that was; 0: never
  Latency latency_;
  RequestCounts http_;
  bool draining_ = false;
  uint64_t closed_at_rest_ = 0;
  uint64_t resting_until_ns_ = 0;  // 0: not resting
  bool asked_ = false;             // to be woken
  uint32_t told_ = 0;
  uint32_t refused_ = 0;
};

}  // namespace baton
