#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace baton {

// A worker that serves the same listeners as the others, as the rebalancer sees it.
struct Share {
  uint32_t target = 0;
  uint64_t connections = 0;  // open, those on their way included
  uint64_t immovable = 0;    // of those, the ones that could not move when it told; at most
  uint64_t movable = 0;      // that stay and could move, as it has told, and with what has moved since
  uint64_t told_at_ns = 0;   // when that was; 0: never
  bool is_asked = false;     // and will tell soon
  bool can_give = false;     // it can be ordered to give some of them back
  bool can_take = false;
};

// What came of an order to give connections back.
struct Obeyed {
  uint32_t ordered;
  uint32_t given;
};

// Decides which workers give idle connections back, for others to have, so that each has its share of those
// that stay: connections may live for hours, so one uneven moment (a crash, a worker that was added) would
// stay too.
//
// It looks at the shares at intervals while they are uneven, and otherwise when something happens: where
// they are even, it needs no timer. All connections are counted at each look, but a count goes up and down
// with clients that come and go, and some connections cannot move, such as WebSockets. So uneven counts, in
// several looks in a row, only make it ask the workers how many connections stay and could move; and that is
// what it makes even. The answers are believed for a while: for longer each time that they brought nothing.
//
// What a worker is ordered to give is the least that it had too much in several looks in a row. One that
// finds little to give, since its connections are busy, is left alone, each time for twice as long.
class Rebalancer {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;

  // A worker is to give back so many connections at most; none: it is only to tell how many could move.
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
  std::vector<Order> look(std::vector<Share> shares, uint64_t now_ns);
  // The worker has carried an order to give out.
  void on_done(uint32_t target, Obeyed obeyed, uint64_t now_ns);

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

  void keep_up_with(const std::vector<Share>& shares, uint64_t now_ns);
  uint64_t believed_until_ns(const Share& share) const;
  void leave_out_immovable(std::vector<Share>& shares) const;
  std::vector<Order> ask(const std::vector<Share>& shares, uint64_t now_ns);

  const uint64_t interval_ns_;
  bool has_event_ = false;
  uint64_t earliest_ns_ = 0;
  uint64_t alarm_ns_ = kNever;
  uint64_t changed_at_ns_ = 0;  // when workers came or went last: what they told before is not believed
  uint64_t belief_ns_ = 0;      // for how long what they tell is
  std::vector<Giver> givers_;   // of each share, in the same order
};

}  // namespace baton
