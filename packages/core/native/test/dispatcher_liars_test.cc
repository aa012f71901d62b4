// Workers that break the rules of the channel and of the ledger: they are counted, what they sent is closed,
// and the others are served. check.h's runner sees that no fd is left.
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <random>

#include "check.h"
#include "kernel.h"
#include "liar.h"

using namespace baton;

using Fixture = LiarFixture;

TEST(liar_sends_records_that_are_none_and_is_cut_off) {
  Fixture f;
  const auto hello = encode(HelloMessage{});
  const auto offered = encode(Offered{});
  const auto stopped = encode(StoppedListening{77});
  CHECK(f.channel.send("x", -1) == 0);                           // short
  CHECK(f.channel.send(std::string(kMaxRecord, 'x'), -1) == 0);  // long, and no record
  CHECK(f.channel.send({hello.data(), hello.size()}, -1) == 0);  // the other way's
  CHECK(f.channel.send({offered.data(), offered.size()}, -1) == 0);
  CHECK(f.refused(4));
  // Of a listener that does not exist: no harm, and its owner may know of it.
  CHECK(f.channel.send({stopped.data(), stopped.size()}, -1) == 0);
  CHECK(f.primary.wait_for<ListenerLeft>());
  CHECK(f.primary.count<TargetGone>() == 0);
  std::mt19937 random(1);
  for (int i = 0; i < 12; ++i) {
    std::string record(1 + random() % 200, 0);
    for (char& byte : record) byte = static_cast<char>(random());
    while (f.channel.send(record, -1) == EAGAIN) std::this_thread::yield();
  }
  CHECK(f.primary.wait_for<TargetGone>());
  CHECK(f.refused(16));
  CHECK(f.serves(4));
}

TEST(liar_sends_fds_nobody_asked_for) {
  const auto stopped = encode(StoppedListening{77});
  const std::string_view stopped_bytes(stopped.data(), stopped.size());
  auto udp = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kDatagram, false);
  Fixture f;
  for (uint64_t i = 1; i < 16; ++i) {
    CHECK(f.channel.send(stopped_bytes, udp.value.get()) == 0);  // right, but for its fd
    CHECK(f.refused(i));
  }
  CHECK(f.primary.count<TargetGone>() == 0);
  CHECK(f.channel.send(stopped_bytes, udp.value.get()) == 0);
  CHECK(f.primary.wait_for<TargetGone>());
}

TEST(liar_sends_what_is_no_socket_or_more_than_one_and_is_cut_off_at_once) {
  NEEDS(kSurplusFdsClosed);
  const auto given = encode(GivenBack{});
  const std::string_view record(given.data(), given.size());
  const UniqueFd file = a_file();
  for (const size_t count : {1, 2, 200}) {
    Fixture f;
    f.primary.dispatcher.drain(kLiar);
    CHECK(send_fds(f.channel, record, std::vector<int>(count, file.get())));
    CHECK(f.primary.wait_for<TargetGone>());
    CHECK(f.primary.dispatcher.snapshot().records_refused == 1);
    CHECK(f.serves(4));
  }
}

TEST(liar_sends_a_record_longer_than_any) {
  Fixture f;
  const std::string record(kMaxRecord + 1, 'x');
  CHECK(::send(f.channel.fd(), record.data(), record.size(), MSG_NOSIGNAL) > 0);
  CHECK(f.refused(1));
  CHECK(f.primary.wait_for<TargetGone>());
}

TEST(liar_sends_an_empty_record_which_ends_its_channel) {
  Fixture f;
  CHECK(::send(f.channel.fd(), "", 0, MSG_NOSIGNAL) == 0);
  CHECK(f.primary.wait_for<TargetGone>());
  CHECK(f.serves(4));
}

TEST(liar_claims_offers_never_made) {
  Fixture f;
  for (uint64_t seq = 1; seq <= LedgerMemory::kOffers; ++seq) f.memory->offers[seq % 256].word = seq << 4 | 2;
  f.memory->closed = UINT64_MAX;
  f.memory->requests = UINT64_MAX;
  const Snapshot snapshot = f.primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 0 && snapshot.slots.at(0).connections == 0);
  // What it is offered then is as open as any, until it claims it: from that on it is its own.
  const UniqueFd one = f.primary.connect(), two = f.primary.connect();
  CHECK(f.primary.wait_accepted(2));
  CHECK(f.primary.dispatcher.snapshot().slots.at(0).open == 1);
  CHECK(f.honest->read_connections(1));
  f.channel.close();
  CHECK(f.honest->read_connections(2));
}

TEST(liar_fills_the_ring_with_garbage_and_is_cut_off) {
  Fixture f;
  const UniqueFd one = f.primary.connect(), two = f.primary.connect();
  CHECK(f.primary.wait_accepted(2));
  std::mt19937_64 random(1);
  for (auto& offer : f.memory->offers) offer.word = random(), offer.claimed_at_ns = random();
  ::eventfd_write(f.wake.get(), 1);
  CHECK(f.primary.wait_for<TargetGone>());
  CHECK(f.honest->read_connections(1));
  const Snapshot snapshot = f.primary.dispatcher.snapshot();
  CHECK(snapshot.records_refused == 1);
  CHECK(snapshot.dropped[static_cast<size_t>(DropReason::kBrokenLedger)] == 1);
  f.channel.close();
  CHECK(is_closed(one) || is_closed(two));
  CHECK(f.serves(4));
}

TEST(liar_writes_nonsense_for_its_load_and_the_wake_up_flag) {
  Fixture f;
  f.primary.dispatcher.snapshot();
  f.memory->phase = UINT64_MAX;
  f.memory->closed = UINT64_MAX;
  f.memory->wake_on = UINT32_MAX;
  for (int i = 0; i < 1000; ++i) ::eventfd_write(f.wake.get(), 1);
  // It is judged by its offers. They stay with it while it could be honest, so it has to hang up.
  const UniqueFd one = f.primary.connect(), two = f.primary.connect();
  CHECK(f.primary.wait_accepted(2));
  f.channel.close();
  CHECK(f.honest->read_connections(2));
  CHECK(f.serves(4));
}

TEST(liar_that_shuts_its_channel_for_reading_is_nobody_to_wait_for) {
  Fixture f;
  ::shutdown(f.channel.fd(), SHUT_RD);
  CHECK(f.serves(4));
  CHECK(f.primary.wait_for<TargetGone>());
}

TEST(liar_floods_its_owner_and_is_not_read_until_that_has_caught_up) {
  Fixture f(false);
  const std::string text = encode_control("{}");
  // More than the owner is told before it acknowledges, and less than the channel holds besides.
  for (int i = 0; i < 64; ++i) {
    while (f.channel.send(text, -1) == EAGAIN) std::this_thread::yield();
  }
  CHECK(f.primary.wait_for<ControlArrived>(64));
  int more = 0;
  while (f.channel.send(text, -1) == 0) ++more;
  CHECK(more > 0);
  CHECK(f.serves(4));
  CHECK(f.primary.count<ControlArrived>() == 64);
  // What has been dealt with makes room for as much.
  for (int i = 0; i < 64; ++i) f.primary.dispatcher.acknowledge(kLiar);
  CHECK(f.primary.wait_for<ControlArrived>(64 + std::min(more, 64)));
  // Its hang-up is seen although it is not read.
  f.channel.close();
  CHECK(f.primary.wait_for<TargetGone>());
}

TEST(liar_passes_on_connections_of_a_socket_that_it_was_not_handed_or_has_given_up) {
  Fixture f;
  const auto stopped = encode(StoppedAccepting{1});
  const UniqueFd client = f.primary.connect();
  for (uint64_t i = 1; i <= 3; ++i) {
    CHECK(f.channel.send({stopped.data(), stopped.size()}, client.get()) == 0);
    CHECK(f.refused(i));
  }
  CHECK(f.primary.dispatcher.snapshot().slots.at(0).given_back == 0);
  auto holder = f.primary.add_holder(7, 2);
  const auto clients = f.primary.connect_shared(2);
  CHECK(holder->accept_own(Primary::kCounter) == 2);
  for (UniqueFd& connection : holder->connections)
    CHECK(holder->receiver->stop_accepting(Primary::kShared, 1, std::move(connection)) == 0);
  CHECK(f.refused(4));
  CHECK(is_closed(clients[0]) || is_closed(clients[1]));
}

// Nobody waits for it, and nothing spins.
TEST(liar_says_that_it_is_full_and_claims_or_that_it_is_not_and_refuses) {
  Fixture f;
  f.memory->vacancies[0] = 0;
  f.memory->vacancy_changes = 1;
  CHECK(f.serves(4));
  f.memory->vacancies[0] = 255;
  f.memory->vacancy_changes = UINT64_MAX;
  const UniqueFd one = f.primary.connect(), two = f.primary.connect();
  CHECK(f.primary.wait_until([](const Snapshot& now) { return now.slots.at(0).open == 1; }));
  f.memory->offers[1].word = 1 << 4 | static_cast<uint64_t>(OfferState::kFull);
  ::eventfd_write(f.wake.get(), 1);
  CHECK(f.primary.wait_revoked(0, RevokeReason::kFull, 1));
  f.channel.close();
  CHECK(f.honest->read_connections(6));
}

TEST(liar_has_news_without_end_and_the_primary_sleeps) {
  Fixture f;
  const UniqueFd one = f.primary.connect(), two = f.primary.connect();
  CHECK(f.primary.wait_until([](const Snapshot& now) { return now.slots.at(0).open == 1; }));
  f.memory->offers[1].claimed_at_ns = monotonic_ns();
  f.memory->offers[1].word = 1 << 4 | static_cast<uint64_t>(OfferState::kClaimed);
  CHECK(f.primary.wait_until([](const Snapshot& now) { return now.slots.at(0).claimed == 1; }));
  // The primary has a copy, of which there is always something new. It sets the flag before it sleeps.
  int turns = 0;
  const uint64_t end_ns = monotonic_ns() + 100'000'000;
  while (monotonic_ns() < end_ns) {
    f.memory->done += 1;
    if (f.memory->wake_on.exchange(0) != 0) ++turns;
  }
  CHECK(turns < 500);
  CHECK(f.honest->read_connections(1));
}

TEST(liar_writes_figures_that_nobody_can_have) {
  Fixture f;
  const uint64_t begin_ns = monotonic_ns();
  Snapshot before = f.primary.dispatcher.snapshot();
  for (const uint64_t lie : {UINT64_MAX, uint64_t{0}, UINT64_MAX / 2, UINT64_MAX - 1, uint64_t{1}}) {
    f.memory->requests = lie;
    f.memory->idle_ns = lie;
    f.memory->stalled_ns = lie;
    f.memory->own_connections = lie;
    f.memory->phase = lie;
    const Snapshot now = f.primary.dispatcher.snapshot();
    const SlotFigures& slot = now.slots.at(0);
    const Snapshot::Worker& worker = now.workers.at(kLiar);
    const uint64_t lifetime_ns = monotonic_ns() - begin_ns + 1'000'000'000;
    CHECK(slot.requests <= 1 << 30 && slot.connections <= 1 << 30);
    CHECK(worker.idle_ns < lifetime_ns && worker.stalled_for_ns < lifetime_ns);
    CHECK(worker.idle_ns >= before.workers.at(kLiar).idle_ns);
    CHECK(slot.stalled_ns < lifetime_ns && slot.stalled_ns >= before.slots.at(0).stalled_ns);
    before = now;
  }
}
