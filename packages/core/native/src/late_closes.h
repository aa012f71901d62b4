#pragma once

#include <cstdint>
#include <deque>

#include "unique_fd.h"

namespace baton {

// Duplicates of connections that the worker has closed while the primary still had its copy, until that is
// gone. Whoever closes a connection last pays for its end, which is not the primary's to pay: it has all
// workers' connections. The client sees nothing of it, since only what has sent its FIN already is kept.
class LateCloses {
 public:
  // Of a connection that is about to be closed, while fds are plenty. `done`: the primary lets its
  // copy go when it has seen that many (LedgerMemory::done).
  void keep(int fd, uint64_t done);
  // Closes those whose copies the primary has let go.
  void let_go(uint64_t released);
  void let_all_go() { waiting_.clear(); }
  bool empty() const { return waiting_.empty(); }

 private:
  struct Waiting {
    uint64_t done;
    UniqueFd socket;
  };
  std::deque<Waiting> waiting_;
};

}  // namespace baton
