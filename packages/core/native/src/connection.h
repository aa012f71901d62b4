#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "closer.h"

namespace baton {

// An accepted connection in the primary's hands, until a worker has claimed it.
struct Connection {
  SharedFd socket;
  uint64_t accepted_at_ns = 0;  // CLOCK_MONOTONIC, when accept4(2) returned
  uint64_t client = 0;          // client_hash(); 0: nobody asked
  uint32_t listener = 0;
  // A worker that has not read its record may still hold a duplicate.
  bool offered_before = false;
  bool recovered = false;       // from a worker that had claimed it, and died
  bool claimed_before = false;  // by a worker that has given it back, or died
  bool kept_alive = false;      // requests were answered on it, by a worker that has given it back
  uint32_t giver = 0;  // the worker (its target's id) that has given it back last, so that it is idle
  uint8_t stalls = 0;  // how often it was taken back from a stalled worker
  // TCP: what had been sent, and read of it, when it was given back.
  uint64_t sent_before = 0;
  uint64_t read_before = 0;

  // Whether nobody waits for an answer on it.
  bool is_idle() const { return giver != 0; }
  // Ends it for the client too, whoever has a duplicate (shutdown(2)).
  void end();
  // Whether nobody has read or written a byte of it, since it was given back if it was, as far as the kernel
  // can tell: it can for TCP.
  bool is_untouched() const;
  void look_up_client();
  // From here on what was read and written until now does not count.
  void begin_anew();
};

// Of a client's IP address, without the port; 0 for addresses that are none. An IPv4 client has the same hash
// on a dual-stack listener.
uint64_t client_hash(const sockaddr_storage& address);

}  // namespace baton
