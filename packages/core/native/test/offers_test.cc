#include "offers.h"

#include <fcntl.h>

#include "check.h"

using namespace baton;

namespace {

// The primary's half; the ledger is the worker's too.
struct Fixture {
  Ledger ledger = std::move(Ledger::create().value.ledger);
  Offers offers;
  std::vector<Returned> returned;
  Latency latency;

  explicit Fixture(uint32_t most = 4) : offers(ledger, most) {}

  void offer(uint64_t accepted_at_ns = 100, uint64_t now_ns = 200) {
    Connection connection;
    connection.socket = SharedFd(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), nullptr);
    connection.accepted_at_ns = accepted_at_ns;
    offers.announce();
    offers.keep(std::move(connection), now_ns);
  }
  bool settle(uint64_t now_ns = 1'000'000) { return offers.settle(now_ns, returned, latency); }
};

}  // namespace

TEST(offers_are_open_until_claimed) {
  Fixture f;
  f.offer(100, 200);
  f.offer(300, 400);
  CHECK(f.offers.open() == 2 && f.offers.oldest_at_ns() == 200);
  CHECK(!f.offers.has_settled());
  CHECK(f.settle() && f.offers.open() == 2);
  CHECK(f.ledger.claim(1, 15'100));
  CHECK(f.offers.has_settled());
  CHECK(f.settle());
  CHECK(f.offers.open() == 1 && f.offers.claimed() == 1 && f.returned.empty());
  // Its copy stays until the worker has begun with it.
  CHECK(f.offers.kept() == 2 && !f.offers.has_settled());
  CHECK(f.ledger.advance(1, OfferState::kClaimed, OfferState::kBegun));
  f.ledger.count_done();
  CHECK(f.offers.has_settled() && f.settle() && f.offers.kept() == 1);
  CHECK(f.offers.oldest_at_ns() == 400);
  CHECK(f.latency.buckets[1] == 1 && f.latency.sum_ns == 15'000);
}

TEST(offers_are_limited_and_numbered_on_past_the_ring) {
  Fixture f(2);
  for (uint64_t seq = 1; seq <= 3 * LedgerMemory::kOffers; ++seq) {
    CHECK(!f.offers.full() && f.offers.next_seq() == seq);
    f.offer();
    f.offer();
    CHECK(f.offers.full());
    CHECK(f.ledger.claim(seq, 1) && f.ledger.claim(++seq, 1));
    CHECK(f.settle() && f.offers.open() == 0);
  }
}

TEST(offers_come_back_when_the_worker_does_not_want_them) {
  Fixture f;
  f.offer();
  f.offer();
  CHECK(f.ledger.settle(1, OfferState::kDeclined));
  CHECK(f.ledger.settle(2, OfferState::kSocketLost));
  CHECK(f.settle());
  CHECK(f.returned.size() == 2 && f.offers.open() == 0 && f.offers.claimed() == 0);
  CHECK(f.returned[0].reason == RevokeReason::kDeclined && f.returned[0].seq == 1);
  CHECK(f.returned[1].reason == RevokeReason::kNoFds);
  CHECK(f.returned[0].connection.socket.valid() && f.returned[0].connection.offered_before);
}

TEST(offers_are_revoked_unless_claimed_meanwhile) {
  Fixture f;
  for (int i = 0; i < 3; ++i) f.offer();
  CHECK(f.ledger.claim(2, 1));
  const auto all = [](const Connection&, uint64_t) { return true; };
  f.offers.revoke_if(RevokeReason::kStalled, f.returned, all);
  CHECK(f.returned.size() == 2 && f.returned[1].seq == 3);
  CHECK(f.offers.open() == 1);
  CHECK(!f.ledger.claim(1, 1) && !f.ledger.claim(3, 1));
  CHECK(f.settle());
  CHECK(f.offers.open() == 0 && f.offers.claimed() == 1);
  f.offer();
  CHECK(f.ledger.claim(4, 1) && f.settle() && f.offers.claimed() == 2);
}

TEST(offers_see_what_no_worker_of_ours_writes) {
  const OfferState nonsense[] = {OfferState::kNone, OfferState::kRevoked};
  for (OfferState state : nonsense) {
    Fixture f;
    f.offer();
    f.offer();
    CHECK(f.ledger.settle(1, state));
    CHECK(!f.settle());
    CHECK(f.offers.open() == 2 && f.returned.empty());
    CHECK(f.offers.drop_rest() == 2);
    CHECK(f.offers.open() == 0);
  }
}

TEST(offers_count_no_time_that_has_not_passed) {
  Fixture f;
  f.offer(100);
  CHECK(f.ledger.claim(1, UINT64_MAX));
  CHECK(f.settle(1'100));
  CHECK(f.latency.sum_ns == 1'000);
}
