#include "ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace baton {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

constexpr int kStateBits = 4;
constexpr uint64_t kStateMask = (1 << kStateBits) - 1;

uint64_t word(uint64_t seq, OfferState state) { return seq << kStateBits | static_cast<uint64_t>(state); }

// One writer only, so load and store need not be one step.
void add(std::atomic<uint64_t>& counter, int64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + static_cast<uint64_t>(n));
}

}  // namespace

uint64_t monotonic_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

Ledger& Ledger::operator=(Ledger&& other) noexcept {
  std::swap(memory_, other.memory_);
  return *this;
}

Ledger::~Ledger() {
  if (memory_ != nullptr) ::munmap(memory_, sizeof(LedgerMemory));
}

Result<Ledger> Ledger::map_pages(const UniqueFd& memfd) {
  void* pages = ::mmap(nullptr, sizeof(LedgerMemory), PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0);
  if (pages == MAP_FAILED) return Result<Ledger>::failure(errno);
  return Ledger(static_cast<LedgerMemory*>(pages));
}

Result<Ledger::Created> Ledger::create() {
  UniqueFd memfd(::memfd_create("baton-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memfd.valid()) return Result<Created>::failure(errno);
  if (::ftruncate(memfd.get(), sizeof(LedgerMemory)) != 0) return Result<Created>::failure(errno);
  if (::fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) return Result<Created>::failure(errno);
  auto mapped = map_pages(memfd);
  if (!mapped.ok()) return Result<Created>::failure(mapped.error);
  auto* memory = new (mapped.value.memory_) LedgerMemory{};
  memory->magic = LedgerMemory::kMagic;
  memory->version = LedgerMemory::kVersion;
  memory->size = sizeof(LedgerMemory);
  for (auto& vacancies : memory->vacancies) vacancies = LedgerMemory::kManyVacancies;
  return Created{std::move(mapped.value), std::move(memfd)};
}

Result<Ledger> Ledger::map(const UniqueFd& memfd) {
  struct stat status;
  if (::fstat(memfd.get(), &status) != 0) return Result<Ledger>::failure(errno);
  // A file that is too short, or can be made so, would turn a later write into SIGBUS.
  const int seals = ::fcntl(memfd.get(), F_GET_SEALS);
  if (status.st_size != sizeof(LedgerMemory) || seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return Result<Ledger>::failure(EPROTO);
  }
  auto mapped = map_pages(memfd);
  if (!mapped.ok()) return mapped;
  const LedgerMemory& memory = *mapped.value.memory_;
  if (memory.magic != LedgerMemory::kMagic || memory.version != LedgerMemory::kVersion ||
      memory.size != sizeof(LedgerMemory)) {
    return Result<Ledger>::failure(EPROTO);
  }
  return mapped;
}

bool Ledger::claim(uint64_t seq, uint64_t now_ns) {
  offer(seq).claimed_at_ns.store(now_ns, std::memory_order_relaxed);
  return settle(seq, OfferState::kClaimed);
}

bool Ledger::settle(uint64_t seq, OfferState outcome) { return advance(seq, OfferState::kOpen, outcome); }

bool Ledger::advance(uint64_t seq, OfferState from, OfferState to) {
  uint64_t expected = word(seq, from);
  return offer(seq).word.compare_exchange_strong(expected, word(seq, to));
}

void Ledger::publish_phase(LoopPhase phase) {
  memory_->phase.store(phase.since_ns << 1 | (phase.running ? 1 : 0));
}

void Ledger::count_done() { add(memory_->done, 1); }

void Ledger::count_closed() { add(memory_->closed, 1); }

void Ledger::count_own_accepted(uint32_t counter) {
  add(memory_->own_accepted[counter % LedgerMemory::kListeners], 1);
}

void Ledger::publish_vacancies(uint32_t place, uint32_t vacancies) {
  const auto number = static_cast<uint8_t>(std::min(vacancies, LedgerMemory::kManyVacancies));
  memory_->vacancies[place % LedgerMemory::kListeners].store(number);
  add(memory_->vacancy_changes, 1);
}

bool Ledger::take_wake(uint32_t events) {
  if ((memory_->wake_on.load() & events) == 0) return false;
  memory_->wake_on.store(0);
  return true;
}

void Ledger::open(uint64_t seq) { offer(seq).word.store(word(seq, OfferState::kOpen)); }

bool Ledger::revoke(uint64_t seq) { return settle(seq, OfferState::kRevoked); }

OfferState Ledger::state(uint64_t seq) const {
  const uint64_t found = offer(seq).word.load();
  const auto state = static_cast<OfferState>(found & kStateMask);
  return found >> kStateBits == seq && state <= OfferState::kClosed ? state : OfferState::kNone;
}

uint64_t Ledger::claimed_at_ns(uint64_t seq) const {
  return offer(seq).claimed_at_ns.load(std::memory_order_relaxed);
}

void Ledger::read_request_counts(RequestCounts& counts) const {
  for (size_t i = 0; i < RequestCounts::kPlaces; ++i) {
    counts.raise(i, memory_->request_counts[i].load(std::memory_order_relaxed));
  }
}

LoopPhase Ledger::phase() const {
  const uint64_t found = memory_->phase.load();
  return {found >> 1, (found & 1) != 0};
}

}  // namespace baton
