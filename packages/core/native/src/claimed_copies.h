#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "connection.h"
#include "ledger.h"

namespace baton {

// The primary's copies of connections that a worker has claimed, until it says in the ledger that it has
// begun with one, or closes it: a copy held longer would hold back the FIN of close(2). They are what saves a
// connection from a worker that is killed before it has begun. A worker that says nothing, since what it
// speaks is not HTTP/1, or since its client has not asked yet, has one second.
//
// A connection of which a stalled worker may have a duplicate, too, is kept longer: if this worker dies,
// nobody else would end it.
class ClaimedCopies {
 public:
  explicit ClaimedCopies(Ledger& ledger) : ledger_(ledger) {}

  void add(Connection connection, uint64_t seq, uint64_t claimed_at_ns);
  size_t size() const { return copies_.size(); }
  // Of how many of those a first request is likely to come at once, as of the last let_go().
  uint64_t awaiting() const { return std::min<uint64_t>(awaiting_, copies_.size()); }
  // Whether the worker has said something since let_go() was called.
  bool has_news() const { return !copies_.empty() && ledger_.done() != done_seen_; }
  // When let_go() has to be called even so; UINT64_MAX: never.
  uint64_t deadline_ns() const;
  // This offer's place in the ring is another's from now on: nothing more is said of it there.
  void forget(uint64_t seq);
  // The copy of this offer's connection, which the worker gives back.
  std::optional<Connection> take(uint64_t seq);
  // Closes the copies that are of no use any more. `done`: as the ledger had it before their claims were
  // seen.
  void let_go(uint64_t done, uint64_t now_ns);
  uint64_t done_seen() const { return done_seen_; }
  // For want of fds; returns how many those were.
  size_t let_all_go();
  // For a worker that is gone: the connections with which it had not begun. Those that it has not touched, as
  // far as the kernel can tell, are appended to `untouched`; the others are ended: returns how many those
  // were.
  size_t recover(std::vector<Connection>& untouched);

 private:
  struct Copy {
    Connection connection;
    uint64_t seq;
    uint64_t claimed_at_ns;
  };
  static uint64_t until_ns(const Copy& copy);

  Ledger& ledger_;
  std::deque<Copy> copies_;  // in the order of their claims
  uint64_t done_seen_ = 0;
  uint64_t awaiting_ = 0;
};

}  // namespace baton
