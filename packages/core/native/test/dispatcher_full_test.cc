// Workers whose servers are full: connections go to others, or wait until one has a vacancy.
#include "both_ends.h"
#include "check.h"
#include "give_back.h"

using namespace baton;

namespace {

uint64_t refused_by(Primary& primary, uint32_t slot) {
  return Primary::revoked(primary.dispatcher.snapshot(), slot, RevokeReason::kFull);
}

std::unique_ptr<Worker> add_limited(Primary& primary, uint32_t id, uint32_t slot, size_t most) {
  auto worker = primary.add_worker(id, slot);
  worker->most_connections = most;
  return worker;
}

// Another listener, at that place of the ledgers, which the worker serves. Its port.
uint16_t add_listener(Primary& primary, uint32_t id, uint32_t place, uint32_t target, Worker& worker) {
  auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  const uint16_t port = inspect_socket(socket.value).value.port;
  primary.dispatcher.add_listener(id, place, "another");
  primary.dispatcher.add_socket(id, ListeningSocket::kEverySlot, std::move(socket.value), 512);
  worker.receiver->start_listening(id);
  primary.dispatcher.serve(target, id);
  return port;
}

}  // namespace

TEST(full_worker_passes_on_what_was_on_its_way) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 2);
  const auto clients = primary.connect_many(5);
  CHECK(primary.wait_accepted(5));  // all offered to the one
  CHECK(limited->read_connections(2));
  limited->turn(0);
  auto other = primary.add_worker(2, 1);
  CHECK(other->read_connections(3));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 2 && snapshot.slots.at(1).claimed == 3);
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kFull) == 3);
}

TEST(full_worker_is_offered_nothing) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 2);
  const auto first = primary.connect_many(2);
  CHECK(limited->read_connections(2));
  auto other = primary.add_worker(2, 1);
  const auto clients = primary.connect_many(20);
  CHECK(other->read_connections(20));
  CHECK(refused_by(primary, 0) == 0);
  // Until it has a vacancy: then it has its turn, for one.
  limited->close_last();
  limited->turn(0);
  const auto more = primary.connect_many(2);
  CHECK(limited->read_connections(2) && other->read_connections(21));
}

TEST(connections_wait_in_the_kernel_while_all_are_full) {
  Primary primary(Policy::kLeastLoaded);
  auto one = add_limited(primary, 1, 0, 1);
  auto two = add_limited(primary, 2, 1, 1);
  const auto first = primary.connect_many(2);
  CHECK(one->read_connections(1) && two->read_connections(1));
  const auto clients = primary.connect_many(3);
  for (int i = 0; i < 10; ++i) one->turn(1), two->turn(1);
  // But for one whose coming may have shown it.
  CHECK(primary.dispatcher.snapshot().listeners.at("test").accepted <= 3);
  // The primary sleeps; no timer would wake it. One comes for each that ends.
  for (int i = 0; i < 3; ++i) {
    one->close_last();
    CHECK(one->read_connections(1));
  }
  CHECK(refused_by(primary, 0) == 0 && refused_by(primary, 1) == 0);
}

TEST(what_all_have_refused_waits_in_the_primary) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 1);
  const auto clients = primary.connect_many(4);
  CHECK(primary.wait_accepted(4));
  CHECK(limited->read_connections(1));
  for (int i = 0; i < 10; ++i) limited->turn(1);
  CHECK(refused_by(primary, 0) == 3);  // once each: it is not asked again and again
  CHECK(primary.dispatcher.snapshot().listeners.at("test").waiting == 3);
  // The limit is lifted, and nothing else happens.
  limited->most_connections = SIZE_MAX;
  CHECK(limited->read_connections(4));
}

TEST(what_waits_for_a_vacancy_is_closed_after_the_queue_timeout) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.queue_timeout_ns = 100'000'000;
  Primary primary(options);
  auto limited = add_limited(primary, 1, 0, 0);
  const UniqueFd client = primary.connect();
  limited->turn(1000);
  CHECK(refused_by(primary, 0) == 1);
  CHECK(is_closed(client));
}

TEST(full_is_one_listener_and_not_another) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 1);
  const uint16_t another = add_listener(primary, 5, 7, 1, *limited);
  const auto first = primary.connect_many(1);
  CHECK(limited->read_connections(1));
  const UniqueFd waits = primary.connect();
  const auto clients = primary.connect_many(3, another);
  CHECK(limited->read_connections(4));
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed == 4);
  // The one that waits may have been offered before it was known that it must.
  CHECK(refused_by(primary, 0) <= 1);
}

// Its place in the ledger is the next listener's.
TEST(full_listener_that_is_left_leaves_its_place_clean) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 1);
  const UniqueFd first = primary.connect();
  CHECK(limited->read_connections(1));
  limited->receiver->stop_listening(1);
  CHECK(primary.wait_for<ListenerLeft>());
  primary.dispatcher.remove_listener(1);
  const uint16_t next = add_listener(primary, 9, 0, 1, *limited);
  const auto clients = primary.connect_many(2, next);
  CHECK(limited->read_connections(3));
}

TEST(what_is_given_back_waits_for_a_vacancy) {
  Primary primary(Policy::kLeastLoaded);
  auto old = primary.add_worker(1, 0);
  const auto clients = primary.connect_many(3);
  CHECK(old->read_connections(3));
  auto limited = add_limited(primary, 2, 1, 2);
  primary.dispatcher.drain(1);
  for (int i = 0; i < 3; ++i) CHECK(give_back_last(*old, 1, true) == 0);
  CHECK(primary.wait_until([](const Snapshot& now) { return now.slots.at(0).given_back == 3; }));
  CHECK(limited->read_connections(2));
  limited->turn(1);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").waiting == 1);
  limited->close_last();
  CHECK(limited->read_connections(2));
}

TEST(what_a_stalled_worker_has_stays_there_while_the_other_is_full) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 20'000'000;
  Primary primary(options);
  auto limited = add_limited(primary, 1, 0, 1);
  const UniqueFd first = primary.connect();
  CHECK(limited->read_connections(1));
  auto stalled = primary.add_worker(2, 1);
  stalled->turn(0);
  const auto clients = primary.connect_many(2);
  CHECK(primary.wait_until([](const Snapshot& now) { return now.workers.at(2).stalled_for_ns > 0; }));
  // A worker that stands still is better than one that is full.
  const UniqueFd third = primary.connect();
  CHECK(primary.wait_accepted(4));
  CHECK(stalled->read_connections(3));
  CHECK(refused_by(primary, 0) == 0);
  CHECK(Primary::revoked(primary.dispatcher.snapshot(), 1, RevokeReason::kStalled) == 0);
}

TEST(rebalance_orders_nothing_for_one_that_is_full) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.rebalance_every_ns = 2'000'000;
  options.settle_ns = 0;
  Primary primary(options);
  auto limited = add_limited(primary, 1, 0, 2);
  const auto first = primary.connect_many(2);
  CHECK(limited->read_connections(2));
  auto other = primary.add_worker(2, 1);
  const auto clients = primary.connect_many(20);
  CHECK(other->read_connections(20));
  for (int i = 0; i < 20; ++i) {
    primary.dispatcher.snapshot();  // which has it look
    other->turn(2), limited->turn(2);
  }
  CHECK(other->orders.empty() && other->questions == 0);
  // As soon as that has a vacancy, it gets some.
  limited->most_connections = 5;
  for (int i = 0; i < 500 && other->orders.empty(); ++i) {
    primary.dispatcher.snapshot();
    other->turn(2), limited->turn(2);
  }
  CHECK(other->orders.size() == 1);
}

// However many wait, no more come than there are vacancies.
TEST(worker_with_few_vacancies_is_offered_no_more) {
  Primary primary(Policy::kRoundRobin);
  auto limited = add_limited(primary, 1, 0, 2);
  const auto clients = primary.connect_many(30);
  CHECK(primary.wait_accepted(30));
  CHECK(limited->read_connections(2));
  limited->turn(0);
  CHECK(refused_by(primary, 0) == 28);
  for (int i = 0; i < 28; ++i) {
    limited->close_last();
    CHECK(limited->read_connections(2));
  }
  CHECK(refused_by(primary, 0) == 28);
}
