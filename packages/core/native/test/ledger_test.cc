#include "ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "check.h"

using namespace baton;

TEST(ledger_shows_one_side_what_the_other_counts) {
  auto created = Ledger::create();
  CHECK(created.ok());
  auto worker = Ledger::map(created.value.memfd);
  CHECK(worker.ok());
  worker.value.count_claimed(1'000'000, 1'015'000);  // 15 µs
  worker.value.count_claimed(1'000'000, 1'010'000);  // 10 µs: bounds are inclusive
  worker.value.count_claimed(1'000'000, 2'000'000'000);
  worker.value.count_closed();
  worker.value.count_fd_lost();
  const Ledger& primary = created.value.ledger;
  CHECK(primary.claimed() == 3);
  CHECK(primary.closed() == 1);
  CHECK(primary.fds_lost() == 1);
  const Latency latency = primary.latency();
  CHECK(latency.buckets[0] == 1);
  CHECK(latency.buckets[1] == 1);
  CHECK(latency.buckets[kLatencyBounds] == 1);
  CHECK(latency.sum_ns == 15'000 + 10'000 + 1'999'000'000);
}

TEST(ledger_takes_a_clock_that_went_back_for_no_time) {
  auto created = Ledger::create();
  created.value.ledger.count_claimed(2'000, 1'000);
  CHECK(created.value.ledger.latency().buckets[0] == 1);
  CHECK(created.value.ledger.latency().sum_ns == 0);
}

TEST(ledger_cannot_be_resized) {
  auto created = Ledger::create();
  CHECK(::ftruncate(created.value.memfd.get(), 0) != 0 && errno == EPERM);
  CHECK(::ftruncate(created.value.memfd.get(), 1 << 20) != 0 && errno == EPERM);
}

TEST(ledger_refuses_what_is_none) {
  const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(!Ledger::map(file).ok());
  const UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC));
  CHECK(::ftruncate(unsealed.get(), sizeof(LedgerMemory)) == 0);
  CHECK(Ledger::map(unsealed).error == EPROTO);
  const UniqueFd foreign(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK(::ftruncate(foreign.get(), sizeof(LedgerMemory)) == 0);
  CHECK(::fcntl(foreign.get(), F_ADD_SEALS, F_SEAL_SHRINK) == 0);
  CHECK(Ledger::map(foreign).error == EPROTO);  // right size, no magic
}

TEST(latency_bounds_run_from_10_microseconds_to_a_third_of_a_second) {
  CHECK(latency_bound_ns(0) == 10'000);
  CHECK(latency_bound_ns(kLatencyBounds - 1) == 327'680'000);
}
