#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "request_counts.h"
#include "result.h"
#include "unique_fd.h"

namespace baton {

// What has become of an offer. It is open until exactly one side settles it, by compare-and-swap.
enum class OfferState : uint64_t {
  kNone,        // there is no such offer
  kOpen,        // the primary waits
  kClaimed,     // by the worker: the connection is its own
  kDeclined,    // by the worker: it does not serve the listener any more
  kSocketLost,  // by the worker: the record came without its socket, for which it had no room (EMFILE)
  kFull,        // by the worker: its server has as many connections as it takes at a time
  kRevoked,     // by the primary: another worker gets the connection
  kBegun,       // by the worker, of a connection that it had claimed: it has read a request
  kClosed,      // by the worker, of such a connection: it closes it
};

// What a primary that sleeps wants to be woken for. Bits.
enum WakeOn : uint32_t {
  kOnSettled = 1,   // an offer was settled: there is room for another
  kOnTurn = 2,      // the event loop has turned
  kOnClosed = 4,    // a connection was closed
  kOnDone = 8,      // an offer was refused, or the copy of a claimed connection is not needed any more
  kOnVacancy = 16,  // a server takes more connections than was told last
};

// The memory that one worker shares with the primary. The worker can write all of it, so the primary believes
// nothing it reads there beyond its own figures.
struct LedgerMemory {
  static constexpr uint64_t kMagic = 0x4E4F544142ull;  // "BATON"
  static constexpr uint32_t kVersion = 8;
  static constexpr size_t kOffers = 256;     // a power of two: the most offers that can be open
  static constexpr size_t kListeners = 256;  // the most that a primary has
  static constexpr uint32_t kManyVacancies = 16;

  struct Offer {
    std::atomic<uint64_t> word;  // seq << 4 | OfferState
    std::atomic<uint64_t> claimed_at_ns;
  };

  uint64_t magic;
  uint32_t version;
  uint32_t size;

  // The worker's load; only the worker writes it.
  alignas(64) std::atomic<uint64_t> phase;  // of its event loop: since when, in ns << 1 | 1 if it runs
  std::atomic<uint64_t> done;               // how often a copy has become useless
  std::atomic<uint64_t> closed;             // of the connections it claimed, no longer open
  std::atomic<uint64_t> requests;           // being answered now
  std::atomic<uint64_t> left;        // 1: it has closed the channel, and goes on with what it has claimed
  std::atomic<uint64_t> idle_ns;     // how long its event loop has waited for events
  std::atomic<uint64_t> stalled_ns;  // how long its turns have lasted beyond stall_after_ns, all told

  // Set by the primary before it sleeps, cleared by whoever wakes it.
  alignas(64) std::atomic<uint32_t> wake_on;
  // Written by the primary: up to this `done`, it has let its copies go. UINT64_MAX: it has none at all.
  std::atomic<uint64_t> released;
  // Written by the primary at the start: a turn of the event loop that lasts longer is a stall.
  std::atomic<uint64_t> stall_after_ns;

  alignas(64) Offer offers[kOffers];

  // In listener handoff, of the connections that the worker accepts by itself: how many from each listener so
  // far, and how many are open.
  alignas(64) std::atomic<uint64_t> own_accepted[kListeners];
  std::atomic<uint64_t> own_connections;

  // By the listeners' places, how many more connections the worker's server takes: an offer beyond that would
  // be a trip in vain. Only the worker writes it, and counts how often. kManyVacancies: so many, or more.
  alignas(64) std::atomic<uint64_t> vacancy_changes;
  std::atomic<uint8_t> vacancies[kListeners];

  // By RequestCounts::Place. The worker's JavaScript writes it, whose numbers are doubles.
  alignas(64) std::atomic<double> request_counts[RequestCounts::kPlaces];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free, "the ledger is shared between processes");
static_assert(std::atomic<double>::is_always_lock_free && sizeof(std::atomic<double>) == 8);
static_assert((LedgerMemory::kOffers & (LedgerMemory::kOffers - 1)) == 0);
static_assert(offsetof(LedgerMemory, phase) == 64 && offsetof(LedgerMemory, wake_on) == 128);
static_assert(offsetof(LedgerMemory, offers) == 192 && sizeof(LedgerMemory::Offer) == 16);
static_assert(offsetof(LedgerMemory, own_accepted) == 192 + 256 * 16);
static_assert(offsetof(LedgerMemory, vacancy_changes) == 192 + 256 * 16 + 256 * 8 + 64);
static_assert(offsetof(LedgerMemory, request_counts) == 192 + 256 * 16 + 256 * 8 + 64 + 320);
static_assert(sizeof(LedgerMemory) == 192 + 256 * 16 + 256 * 8 + 64 + 320 + 256);

// Where a worker's event loop is, and since when.
struct LoopPhase {
  uint64_t since_ns = 0;  // CLOCK_MONOTONIC
  bool running = false;   // callbacks run; else it waits in epoll, or runs callbacks that nobody saw begin

  bool operator==(const LoopPhase& other) const {
    return since_ns == other.since_ns && running == other.running;
  }
};

// One mapping of a ledger, in either process. The memfd behind it is sealed against resizing, so that neither
// side can make the other's mapping fault (memfd_create(2), F_SEAL_SHRINK).
//
// Memory order: what a side publishes and the wake-up flag that it then reads (or sets and then looks once
// more) are sequentially consistent, so that not both can miss the other's (native/model/handoff.pml).
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

  // Worker's side. The first two are false if the primary has revoked the offer.
  bool claim(uint64_t seq, uint64_t now_ns);
  bool settle(uint64_t seq, OfferState outcome);
  void publish_phase(LoopPhase phase);
  void publish_left() { memory_->left.store(1); }
  void publish_idle(uint64_t ns) { memory_->idle_ns.store(ns, std::memory_order_relaxed); }
  // Call before publish_phase() of the wait that follows the turn: whoever sees that has the turn in this
  // sum.
  void publish_stalled(uint64_t ns) { memory_->stalled_ns.store(ns, std::memory_order_release); }
  uint64_t stall_after_ns() const { return memory_->stall_after_ns.load(std::memory_order_relaxed); }
  // What becomes of a connection that it claimed. False if it was not in the state `from`.
  bool advance(uint64_t seq, OfferState from, OfferState to);
  void count_done();
  void count_closed();
  // Where the worker counts requests: it writes there by itself, as JavaScript does in an array.
  std::atomic<uint64_t>* requests_place() { return &memory_->requests; }
  std::atomic<double>* request_counts_place() { return memory_->request_counts; }
  void count_own_accepted(uint32_t counter);
  void publish_own_connections(uint64_t count) {
    memory_->own_connections.store(count, std::memory_order_relaxed);
  }
  void publish_vacancies(uint32_t place, uint32_t vacancies);
  // True if the primary sleeps and wants to hear of one of these (WakeOn): wake it.
  bool take_wake(uint32_t events);
  uint64_t released() const { return memory_->released.load(std::memory_order_relaxed); }

  // Primary's side.
  void open(uint64_t seq);
  // False if the worker has settled it.
  bool revoke(uint64_t seq);
  // kNone if what is there cannot be this offer's.
  OfferState state(uint64_t seq) const;
  uint64_t claimed_at_ns(uint64_t seq) const;
  LoopPhase phase() const;
  uint64_t done() const { return memory_->done.load(); }
  bool left() const { return memory_->left.load() != 0; }
  uint64_t idle_ns() const { return memory_->idle_ns.load(std::memory_order_relaxed); }
  uint64_t stalled_ns() const { return memory_->stalled_ns.load(std::memory_order_acquire); }
  uint64_t closed() const { return memory_->closed.load(); }
  uint64_t requests() const { return memory_->requests.load(std::memory_order_relaxed); }
  // Raises what was read before.
  void read_request_counts(RequestCounts& counts) const;
  uint64_t own_accepted(uint32_t counter) const {
    return memory_->own_accepted[counter % LedgerMemory::kListeners].load(std::memory_order_relaxed);
  }
  uint64_t own_connections() const { return memory_->own_connections.load(std::memory_order_relaxed); }
  // Look at this one first: what vacancies() says then is no older.
  uint64_t vacancy_changes() const { return memory_->vacancy_changes.load(); }
  uint8_t vacancies(uint32_t place) const {
    return memory_->vacancies[place % LedgerMemory::kListeners].load();
  }
  void set_stall_after(uint64_t ns) { memory_->stall_after_ns.store(ns, std::memory_order_relaxed); }
  void wake_on(uint32_t events) { memory_->wake_on.store(events); }
  void publish_released(uint64_t done) { memory_->released.store(done, std::memory_order_relaxed); }

 private:
  explicit Ledger(LedgerMemory* memory) : memory_(memory) {}
  static Result<Ledger> map_pages(const UniqueFd& memfd);
  LedgerMemory::Offer& offer(uint64_t seq) const {
    return memory_->offers[seq & (LedgerMemory::kOffers - 1)];
  }

  LedgerMemory* memory_ = nullptr;
};

struct Ledger::Created {
  Ledger ledger;
  UniqueFd memfd;
};

// CLOCK_MONOTONIC in nanoseconds: one clock for all processes of a machine.
uint64_t monotonic_ns();

}  // namespace baton
