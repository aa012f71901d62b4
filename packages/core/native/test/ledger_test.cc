#include "ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "check.h"

using namespace baton;

TEST(ledger_settles_an_offer_once) {
  auto created = Ledger::create();
  auto mapped = Ledger::map(created.value.memfd);
  CHECK(created.ok() && mapped.ok());
  Ledger& primary = created.value.ledger;
  Ledger& worker = mapped.value;
  CHECK(primary.state(1) == OfferState::kNone);
  CHECK(!worker.claim(1, 5));  // never made
  primary.open(1);
  CHECK(primary.state(1) == OfferState::kOpen);
  CHECK(worker.claim(1, 77));
  CHECK(primary.state(1) == OfferState::kClaimed);
  CHECK(primary.claimed_at_ns(1) == 77);
  CHECK(!primary.revoke(1));
  CHECK(!worker.claim(1, 78));
  CHECK(worker.advance(1, OfferState::kClaimed, OfferState::kBegun));
  CHECK(!worker.advance(1, OfferState::kClaimed, OfferState::kClosed));
  CHECK(worker.advance(1, OfferState::kBegun, OfferState::kClosed));
  CHECK(primary.state(1) == OfferState::kClosed);
  primary.open(2);
  CHECK(!worker.advance(2, OfferState::kClaimed, OfferState::kClosed));
  CHECK(primary.state(2) == OfferState::kOpen);
  CHECK(primary.revoke(2));
  CHECK(!worker.claim(2, 79));
  CHECK(!worker.settle(2, OfferState::kDeclined));
  primary.open(3);
  CHECK(worker.settle(3, OfferState::kSocketLost));
  CHECK(primary.state(3) == OfferState::kSocketLost);
}

TEST(ledger_does_not_take_an_offer_for_the_one_a_round_earlier) {
  auto created = Ledger::create();
  Ledger& ledger = created.value.ledger;
  ledger.open(5);
  CHECK(ledger.revoke(5));
  ledger.open(5 + LedgerMemory::kOffers);
  CHECK(!ledger.claim(5, 1));
  CHECK(ledger.state(5) == OfferState::kNone);
  CHECK(ledger.claim(5 + LedgerMemory::kOffers, 1));
}

TEST(ledger_shows_the_load) {
  auto created = Ledger::create();
  auto worker = Ledger::map(created.value.memfd);
  const Ledger& primary = created.value.ledger;
  CHECK(primary.phase().since_ns == 0 && !primary.phase().running);
  worker.value.publish_phase({1'000'000, true});
  CHECK(primary.phase().since_ns == 1'000'000 && primary.phase().running);
  worker.value.publish_phase({1'000'001, false});
  CHECK(primary.phase().since_ns == 1'000'001 && !primary.phase().running);
  worker.value.count_closed();
  worker.value.count_done();
  worker.value.requests_place()->store(1);
  CHECK(primary.closed() == 1 && primary.done() == 1);
  CHECK(primary.requests() == 1);
}

TEST(ledger_wakes_once_and_only_for_what_was_asked) {
  auto created = Ledger::create();
  Ledger& ledger = created.value.ledger;
  CHECK(!ledger.take_wake(kOnSettled));
  ledger.wake_on(kOnSettled | kOnClosed);
  CHECK(!ledger.take_wake(kOnTurn));
  CHECK(ledger.take_wake(kOnTurn | kOnClosed));
  CHECK(!ledger.take_wake(kOnSettled));
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

TEST(ledger_believes_no_count_of_requests_that_falls_or_is_no_number) {
  auto created = Ledger::create();
  auto worker = Ledger::map(created.value.memfd);
  const Ledger& primary = created.value.ledger;
  std::atomic<double>* told = worker.value.request_counts_place();
  RequestCounts counts;
  told[RequestCounts::kBegun] = 5;
  told[RequestCounts::kResponses + 2] = 2;
  told[RequestCounts::kAborted] = 1;
  primary.read_request_counts(counts);
  CHECK(counts.values[RequestCounts::kBegun] == 5);
  CHECK(counts.responses() == 2 && counts.under_way() == 2);
  for (const double nonsense : {3.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity(), 1e300}) {
    told[RequestCounts::kBegun] = nonsense;
    primary.read_request_counts(counts);
    CHECK(counts.values[RequestCounts::kBegun] == 5);
  }
  told[RequestCounts::kAborted] = 9;
  primary.read_request_counts(counts);
  CHECK(counts.under_way() == 0);
}
