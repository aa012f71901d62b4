#include "ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <new>

namespace baton {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

// One writer only, so load and store need not be one step.
void add(std::atomic<uint64_t>& counter, uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
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

void Ledger::count_claimed(uint64_t accepted_at_ns, uint64_t now_ns) {
  const uint64_t latency = now_ns > accepted_at_ns ? now_ns - accepted_at_ns : 0;
  size_t bucket = 0;
  while (bucket < kLatencyBounds && latency > latency_bound_ns(bucket)) ++bucket;
  add(memory_->latency[bucket], 1);
  add(memory_->latency_sum_ns, latency);
  add(memory_->claimed, 1);
}

void Ledger::count_closed() { add(memory_->closed, 1); }
void Ledger::count_fd_lost() { add(memory_->fds_lost, 1); }

Latency Ledger::latency() const {
  Latency latency;
  latency.sum_ns = memory_->latency_sum_ns.load(std::memory_order_relaxed);
  for (size_t i = 0; i < kLatencyBuckets; ++i) {
    latency.buckets[i] = memory_->latency[i].load(std::memory_order_relaxed);
  }
  return latency;
}

void Latency::add(const Latency& other) {
  sum_ns += other.sum_ns;
  for (size_t i = 0; i < kLatencyBuckets; ++i) buckets[i] += other.buckets[i];
}

}  // namespace baton
