#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace baton {

// A worker that serves the same listeners as the others, as the rebalancer sees it.
struct Share {
  uint32_t target = 0;
  uint64_t connections = 0;  // open, those on their way included; for all that is known, they could move
  bool can_give = false;     // it can be ordered to give some of them back
  bool can_take = false;
  bool is_known = true;  // which of them could not move is known, and they are left out
};

// Decides which workers give idle connections back, for others to have, so that each has its share of those
// that stay: connections may live for hours, so one uneven moment (a crash, a worker that was added) would
// stay too.
//
// It looks at the shares at intervals while they are uneven, and otherwise when something happens: where
// they are even, it needs no timer. Shares that go up and down with the traffic are not chased: what a worker
// is ordered to give is the least that it had too much in several looks in a row. One that finds nothing to
// give, since its connections are busy, is left alone, each time for twice as long. Connections that cannot
// move do not count: before anything moves, all are asked how many could. Else a worker that holds many
// WebSockets would have to give all else that it has.
class Rebalancer {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;

  // A worker is to give back so many connections at most; none: it is only to say how many could move.
  struct Order {
    uint32_t target;
    uint32_t connections;
  };

  explicit Rebalancer(uint64_t interval_ns) : interval_ns_(interval_ns) {}

  // Something has happened that may have changed the shares.
  void on_event() { has_event_ = true; }
  bool is_due(uint64_t now_ns) const { return now_ns >= look_at_ns(); }
  // When it is; kNever: not before something happens.
  uint64_t look_at_ns() const { return has_event_ ? earliest_ns_ : alarm_ns_; }

  // Returns the orders that are to be given now.
  std::vector<Order> look(const std::vector<Share>& shares, uint64_t now_ns);
  // The worker has carried its order out, and has given back so many.
  void on_done(uint32_t target, uint64_t given, uint64_t now_ns);

  // The most connections of one order: so that giving them back is a matter of milliseconds.
  static constexpr uint32_t kMostAtOnce = 64;

 private:
  // Looks in a row that must find a worker above its share before it is ordered to give.
  static constexpr uint32_t kLooks = 3;

  struct Giver {
    uint32_t target = 0;
    uint32_t looks = 0;                   // in a row that found too many connections
    std::array<uint64_t, kLooks> excess;  // what was too much in the last of them
    uint64_t pause_ns = 0;
    uint64_t paused_until_ns = 0;
  };

  void keep_up_with(const std::vector<Share>& shares);
  static void ask_first(const std::vector<Share>& shares, std::vector<Order>& orders);

  const uint64_t interval_ns_;
  bool has_event_ = false;
  uint64_t earliest_ns_ = 0;
  uint64_t alarm_ns_ = kNever;
  std::vector<Giver> givers_;  // of each share, in the same order
};

}  // namespace baton
