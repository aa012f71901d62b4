#pragma once

#include <cstdint>

#include "unique_fd.h"

namespace baton {

// An accepted connection in the primary's hands, until a worker has claimed it.
struct Connection {
  UniqueFd socket;
  uint64_t accepted_at_ns = 0;  // CLOCK_MONOTONIC, when accept4(2) returned
  uint64_t client = 0;          // hash of the client's address; 0: it has none, or nobody asked
  uint32_t listener = 0;
  // A worker that has not read its record may still hold a duplicate.
  bool offered_before = false;
  bool recovered = false;  // from a worker that had claimed it, and died
  uint8_t stalls = 0;      // how often it was taken back from a stalled worker

  // Ends it for the client too, whoever has a duplicate (shutdown(2)).
  void end();
  // Whether nobody has read or written a byte of it, as far as the kernel can tell: it can for TCP.
  bool is_untouched() const;
};

}  // namespace baton
