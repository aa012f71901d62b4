#pragma once

#include <cstdint>

#include "unique_fd.h"

namespace baton {

// Whom an event concerns. It names its subject by id, never by pointer: that one may be gone since
// epoll_wait(2) returned.
struct Subject {
  enum class Kind : uint32_t { kWake, kListeningSocket, kTarget, kSettled };
  Kind kind = Kind::kWake;
  uint32_t id = 0;
};

// What the dispatcher's thread sleeps on: epoll(7), and an eventfd that wakes it.
class Poller {
 public:
  struct Event {
    Subject subject;
    bool readable;
    bool writable;
    bool hung_up;  // what was sent before can still be read
  };
  static constexpr int kBatch = 64;

  // Each returns 0 or the errno of the system call.
  int open();
  int add(int fd, Subject subject);
  // For one event; then it must be removed.
  int add_once(int fd, Subject subject);
  // For an eventfd(2): an event for each time that it is written, and no need to read it.
  int add_edge_triggered(int fd, Subject subject);
  int modify(int fd, Subject subject, bool for_reading, bool for_writing);
  // Must come before close(2): a registration lives as long as the open file description, of which another
  // process may hold a duplicate (epoll(7)).
  void remove(int fd);

  // Waits for events, `timeout_ms` at most, -1 for ever; returns how many. A wake-up is an event too.
  int wait(Event (&events)[kBatch], int timeout_ms);
  // From any thread.
  void wake();
  void close();

 private:
  int control(int operation, int fd, uint32_t events, Subject subject);

  UniqueFd epoll_;
  UniqueFd wake_;
};

}  // namespace baton
