#include "claimed_copies.h"

#include <sys/socket.h>

#include "check.h"
#include "kernel.h"
#include "tcp_pair.h"

using namespace baton;

namespace {

struct Fixture {
  Ledger ledger = std::move(Ledger::create().value.ledger);
  ClaimedCopies copies{ledger};
  uint64_t seq = 0;

  void add(Connection connection, uint64_t claimed_at_ns) {
    ledger.open(++seq);
    ledger.claim(seq, claimed_at_ns);
    copies.add(std::move(connection), seq, claimed_at_ns);
  }
  void say(uint64_t of, OfferState from, OfferState to) {
    if (ledger.advance(of, from, to)) ledger.count_done();
  }
};

constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace

TEST(connection_is_untouched_until_a_byte_is_read_or_written) {
  NEEDS(kWholeTcpInfo);
  Pair idle = connect_pair();
  CHECK(idle.primary.is_untouched());
  CHECK(::send(idle.client.get(), "hello", 5, 0) == 5);
  CHECK(idle.primary.is_untouched());
  CHECK(::shutdown(idle.client.get(), SHUT_WR) == 0);
  CHECK(idle.primary.is_untouched());
  char byte;
  CHECK(::recv(idle.worker.get(), &byte, 1, MSG_PEEK) == 1);
  CHECK(idle.primary.is_untouched());
  CHECK(::recv(idle.worker.get(), &byte, 1, 0) == 1);
  CHECK(!idle.primary.is_untouched());

  Pair written = connect_pair();
  CHECK(::send(written.worker.get(), "x", 1, 0) == 1);
  CHECK(!written.primary.is_untouched());
  Pair shut = connect_pair();
  CHECK(::shutdown(shut.worker.get(), SHUT_WR) == 0);
  CHECK(!shut.primary.is_untouched());
  // Of a connection that is not TCP, nobody can tell.
  int ends[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd peer(ends[0]);
  Connection unix_connection;
  unix_connection.socket = SharedFd(UniqueFd(ends[1]), nullptr);
  CHECK(!unix_connection.is_untouched());
}

TEST(claimed_copies_await_a_first_request_of_new_connections_for_a_tenth_of_a_second) {
  Fixture f;
  for (int i = 0; i < 4; ++i) f.add(connect_pair().primary, kSecond);
  Connection idle = connect_pair().primary;
  idle.giver = 7;
  f.add(std::move(idle), kSecond);
  f.copies.let_go(f.ledger.done(), kSecond);
  CHECK(f.copies.size() == 5 && f.copies.awaiting() == 4);
  f.say(1, OfferState::kClaimed, OfferState::kBegun);
  f.say(2, OfferState::kClaimed, OfferState::kClosed);
  f.copies.let_go(f.ledger.done(), kSecond + kSecond / 20);
  CHECK(f.copies.size() == 3 && f.copies.awaiting() == 2);
  f.copies.let_go(f.ledger.done(), kSecond + kSecond / 10);
  CHECK(f.copies.size() == 3 && f.copies.awaiting() == 0);
  f.copies.let_all_go();
  CHECK(f.copies.awaiting() == 0);
}

TEST(claimed_copies_go_when_the_worker_begins_or_closes) {
  Fixture f;
  for (int i = 0; i < 3; ++i) f.add({}, 100);
  CHECK(!f.copies.has_news());
  f.copies.let_go(f.ledger.done(), 200);
  CHECK(f.copies.size() == 3);
  f.say(1, OfferState::kClaimed, OfferState::kBegun);
  f.say(2, OfferState::kClaimed, OfferState::kClosed);
  CHECK(f.copies.has_news());
  f.copies.let_go(f.ledger.done(), 200);
  CHECK(f.copies.size() == 1 && !f.copies.has_news());
}

TEST(claimed_copies_go_after_a_second) {
  Fixture f;
  f.add({}, 100);
  CHECK(f.copies.deadline_ns() == 100 + kSecond);
  f.copies.let_go(f.ledger.done(), 99 + kSecond);
  CHECK(f.copies.size() == 1);
  f.copies.let_go(f.ledger.done(), 100 + kSecond);
  CHECK(f.copies.size() == 0 && f.copies.deadline_ns() == UINT64_MAX);
}

TEST(claimed_copies_of_what_was_offered_before_stay_until_it_is_closed) {
  Fixture f;
  Connection connection;
  connection.offered_before = true;
  f.add(std::move(connection), 100);
  f.say(1, OfferState::kClaimed, OfferState::kBegun);
  f.copies.let_go(f.ledger.done(), 100 + 2 * kSecond);
  CHECK(f.copies.size() == 1);
  f.say(1, OfferState::kBegun, OfferState::kClosed);
  f.copies.let_go(f.ledger.done(), 100 + 2 * kSecond);
  CHECK(f.copies.size() == 0);
}

TEST(claimed_copies_are_few_and_go_with_their_place_in_the_ring) {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.add({}, 100);
  CHECK(f.copies.size() == 64);
  CHECK(f.copies.let_all_go() == 64 && f.copies.size() == 0);
  f.add({}, 100);
  f.ledger.open(f.seq + LedgerMemory::kOffers);
  f.copies.let_go(f.ledger.done(), 200);
  CHECK(f.copies.size() == 0);
}

TEST(claimed_copies_recover_what_was_neither_touched_nor_closed) {
  NEEDS(kWholeTcpInfo);
  Fixture f;
  Pair untouched = connect_pair(), touched = connect_pair(), closed = connect_pair(), begun = connect_pair();
  CHECK(::send(touched.worker.get(), "x", 1, 0) == 1);
  f.add(std::move(untouched.primary), 100);
  f.add(std::move(touched.primary), 100);
  f.add(std::move(closed.primary), 100);
  f.add(std::move(begun.primary), 100);
  f.say(3, OfferState::kClaimed, OfferState::kClosed);
  f.say(4, OfferState::kClaimed, OfferState::kBegun);
  std::vector<Connection> recovered;
  CHECK(f.copies.recover(recovered) == 1);
  CHECK(recovered.size() == 1 && recovered[0].is_untouched());
  CHECK(f.copies.size() == 0);
}
