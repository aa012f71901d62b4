#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "latency.h"
#include "target.h"

namespace baton {

// The figures of one slot, over all the workers it has had.
using SlotFigures = TargetFigures;

// The label of all listeners together that were closed long ago.
inline constexpr const char* kClosedLabel = "closed";

// The figures of the listeners of one label.
struct ListenerFigures {
  uint64_t accepted = 0;
  uint64_t waiting = 0;  // accepted, and now waiting in the primary for a worker with room
  // In the kernel's queue now, by the slot whose worker accepts from it (ListeningSocket::kEverySlot); none
  // where the kernel does not tell.
  std::map<uint32_t, uint64_t> queued;
};

// Why the primary closed a connection itself.
enum class DropReason {
  kListenerClosed,  // all workers closed its listener while it waited
  kQueueTimeout,    // nobody claimed it in time
  kBrokenLedger,    // it was offered to a worker whose ledger holds nonsense
  kWorkersDied,     // two workers claimed it, and died before they had touched it: it may have killed them
};
inline constexpr size_t kDropReasons = 4;

// The dispatcher's counters at one moment. They live in the primary and survive every worker. Every accepted
// or recovered connection is claimed, dropped, waits, or is offered.
struct Snapshot {
  std::map<uint32_t, SlotFigures> slots;
  std::map<std::string, ListenerFigures> listeners;
  std::map<int, uint64_t> accept_errors;  // by errno
  uint64_t dropped[kDropReasons] = {};
  uint64_t records_refused = 0;   // records of workers that broke the channel's rules, and broken ledgers
  uint64_t accept_paused_ns = 0;  // time without accepting for lack of fds or memory
  Latency latency;
  struct Worker {
    uint64_t connections = 0;
    uint64_t requests = 0;
    uint64_t idle_ns = 0;
    uint64_t stalled_for_ns = 0;
  };
  std::map<uint32_t, Worker> workers;  // those that live, by their target's id

  // Adds a worker's figures, or the last of one that has gone.
  void add_live(uint32_t id, uint32_t slot, const TargetFigures& figures);
  void add_gone(uint32_t slot, const TargetFigures& last_figures);

 private:
  void add(uint32_t slot, const TargetFigures& figures);
};

}  // namespace baton
