#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "connection.h"
#include "ledger.h"

namespace baton {

// The primary's copies of connections that a worker has claimed, until it has touched them: read a byte, or
// written one. They are what saves a connection from a worker that is killed before it has begun with it.
// Whether it has touched one, the kernel tells; that is asked once the worker's event loop has polled. A copy
// would hold back the FIN of close(2), so a worker says in the ledger what it closes.
//
// A connection of which a stalled worker may have a duplicate, too, is kept longer: if this worker dies,
// nobody else would end it.
class ClaimedCopies {
 public:
  explicit ClaimedCopies(Ledger& ledger) : ledger_(ledger) {}

  void add(Connection connection, uint64_t seq, uint64_t claimed_at_ns);
  size_t size() const { return copies_.size(); }
  // Whether the worker has done something since that let_go() wants to see.
  bool has_news() const;
  // When let_go() has to be called even so; UINT64_MAX: never.
  uint64_t deadline_ns() const;
  // Closes the copies that are of no use any more.
  void let_go(uint64_t now_ns);
  // For want of fds; returns how many those were.
  size_t let_all_go();
  // For a worker that is gone: the connections that it has neither touched nor closed. The others are ended.
  std::vector<Connection> recover();

 private:
  struct Copy {
    Connection connection;
    uint64_t seq;
    uint64_t claimed_at_ns;
    bool was_idle = false;  // when the worker had polled
  };
  bool is_needed(Copy& copy, uint64_t polled_from_ns, uint64_t now_ns) const;

  Ledger& ledger_;
  std::deque<Copy> copies_;  // in the order of their claims
  uint64_t closed_seen_ = 0;
};

}  // namespace baton
