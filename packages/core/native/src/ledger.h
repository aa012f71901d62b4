#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "result.h"
#include "unique_fd.h"

namespace baton {

// Upper bounds of the handoff histogram: 10 µs, doubling, up to 327.68 ms; one more bucket for all that is
// slower.
inline constexpr size_t kLatencyBounds = 16;
inline constexpr size_t kLatencyBuckets = kLatencyBounds + 1;
constexpr uint64_t latency_bound_ns(size_t bucket) { return uint64_t{10'000} << bucket; }

// The memory that one worker shares with the primary. The worker alone writes it, so each counter is a plain
// relaxed store; the primary only reads it, and believes nothing it reads beyond its own figures (see
// Target).
struct LedgerMemory {
  static constexpr uint64_t kMagic = 0x4E4F544142ull;  // "BATON"
  static constexpr uint32_t kVersion = 1;

  uint64_t magic;
  uint32_t version;
  uint32_t size;

  alignas(64) std::atomic<uint64_t> claimed;  // connections that became the worker's own
  std::atomic<uint64_t> closed;               // of those, no longer open in it
  std::atomic<uint64_t> fds_lost;  // records whose socket did not arrive: no room for an fd (EMFILE)

  alignas(64) std::atomic<uint64_t> latency_sum_ns;  // accept4 in the primary → claim, summed
  std::atomic<uint64_t> latency[kLatencyBuckets];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free, "the ledger is shared between processes");
static_assert(offsetof(LedgerMemory, claimed) == 64 && offsetof(LedgerMemory, latency_sum_ns) == 128);
static_assert(sizeof(LedgerMemory) == 320);

// How long handoffs took.
struct Latency {
  uint64_t sum_ns = 0;
  uint64_t buckets[kLatencyBuckets] = {};

  void add(const Latency& other);
};

// One mapping of a ledger, in either process. The memfd behind it is sealed against resizing, so that neither
// side can make the other's mapping fault (memfd_create(2), F_SEAL_SHRINK).
class Ledger {
 public:
  Ledger() = default;
  Ledger(Ledger&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  Ledger& operator=(Ledger&& other) noexcept;
  ~Ledger();

  struct Created;
  // In the primary: a new ledger and the memfd to hand to its worker.
  static Result<Created> create();
  // In the worker: maps what the primary sent. EPROTO if it is not a ledger of this version.
  static Result<Ledger> map(const UniqueFd& memfd);

  // Worker's side.
  void count_claimed(uint64_t accepted_at_ns, uint64_t now_ns);
  void count_closed();
  void count_fd_lost();

  // Primary's side.
  uint64_t claimed() const { return memory_->claimed.load(std::memory_order_relaxed); }
  uint64_t closed() const { return memory_->closed.load(std::memory_order_relaxed); }
  Latency latency() const;
  uint64_t fds_lost() const { return memory_->fds_lost.load(std::memory_order_relaxed); }

 private:
  explicit Ledger(LedgerMemory* memory) : memory_(memory) {}
  static Result<Ledger> map_pages(const UniqueFd& memfd);

  LedgerMemory* memory_ = nullptr;
};

struct Ledger::Created {
  Ledger ledger;
  UniqueFd memfd;
};

// CLOCK_MONOTONIC in nanoseconds: one clock for all processes of a machine.
uint64_t monotonic_ns();

}  // namespace baton
