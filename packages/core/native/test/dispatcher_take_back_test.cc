// What comes back from workers that end, and the copies that the primary keeps for it.
#include <fcntl.h>

#include <cerrno>

#include "both_ends.h"
#include "check.h"
#include "kernel.h"

using namespace baton;

TEST(dispatcher_takes_back_what_a_dead_worker_has_not_claimed) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd taken = primary.connect();
  CHECK(worker->read_connections(1));
  CHECK(::send(worker->connections[0].get(), "x", 1, 0) == 1);
  char byte;
  CHECK(::recv(taken.get(), &byte, 1, 0) == 1);
  const UniqueFd on_its_way = primary.connect();
  CHECK(primary.wait_accepted(2));
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  CHECK(is_closed(taken));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 1 && snapshot.slots.at(0).recovered == 0);
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kWorkerGone) == 1);
  CHECK(snapshot.slots.at(0).connections == 0);
  CHECK(snapshot.listeners.at("test").waiting == 1);
  // The listener stays, and its next worker is served, with what came meanwhile.
  const UniqueFd later = primary.connect();
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(2));
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed == 3);
}

TEST(dispatcher_recovers_what_a_dead_worker_had_claimed_and_not_touched) {
  NEEDS(kWholeTcpInfo);
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd untouched = primary.connect(), half_closed = primary.connect(), silent = primary.connect();
  CHECK(::send(untouched.get(), "hello", 5, 0) == 5);
  CHECK(::send(half_closed.get(), "hello", 5, 0) == 5);
  CHECK(::shutdown(half_closed.get(), SHUT_WR) == 0);
  CHECK(primary.wait_accepted(3));
  CHECK(worker->read_connections(3));
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  const SlotFigures of_dead = primary.dispatcher.snapshot().slots.at(0);
  CHECK(of_dead.recovered == 3 && of_dead.unrecovered == 0);
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(3));
  CHECK(next->offered_before_count == 3);
  char text[5];
  CHECK(::recv(next->connections[0].get(), text, 5, 0) == 5);
  CHECK(::recv(next->connections[1].get(), text, 5, 0) == 5);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 6 && snapshot.listeners.at("test").accepted == 3);
}

// It may have been what killed the first.
TEST(dispatcher_recovers_a_connection_once) {
  NEEDS(kWholeTcpInfo);
  Primary primary(Policy::kRoundRobin);
  const UniqueFd client = primary.connect();
  for (uint32_t id = 1; id <= 2; ++id) {
    auto worker = primary.add_worker(id, 0);
    CHECK(worker->read_connections(1));
    worker.reset();
    CHECK(primary.wait_for<TargetGone>(id));
  }
  CHECK(is_closed(client));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.dropped[static_cast<size_t>(DropReason::kWorkersDied)] == 1);
  // accepted + recovered = claimed + dropped
  CHECK(snapshot.slots.at(0).claimed == 2 && snapshot.slots.at(0).recovered == 2);
}

TEST(dispatcher_does_not_recover_what_has_been_touched) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd read = primary.connect(), written = primary.connect(), shut = primary.connect();
  CHECK(::send(read.get(), "hello", 5, 0) == 5);
  CHECK(primary.wait_accepted(3));
  CHECK(worker->read_connections(3));
  char byte;
  CHECK(::recv(worker->connections[0].get(), &byte, 1, 0) == 1);
  CHECK(::send(worker->connections[1].get(), "x", 1, 0) == 1);
  CHECK(::shutdown(worker->connections[2].get(), SHUT_WR) == 0);
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).recovered == 0 && snapshot.slots.at(0).unrecovered == 3);
  CHECK(::recv(written.get(), &byte, 1, 0) == 1);
  CHECK(is_closed(read) && is_closed(written) && is_closed(shut));
}

TEST(dispatcher_recovers_what_a_dead_worker_had_and_whose_client_had_not_asked_yet) {
  NEEDS(kWholeTcpInfo);
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  worker->turn(0);
  primary.dispatcher.snapshot();
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
}

TEST(dispatcher_leaves_a_worker_that_lives_on_what_it_has_claimed) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd claimed = primary.connect();
  CHECK(worker->read_connections(1));
  const UniqueFd on_its_way = primary.connect();
  CHECK(primary.wait_accepted(2));
  worker->receiver->leave();
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).recovered == 0 && snapshot.slots.at(0).claimed == 2);
  CHECK(::send(worker->connections[0].get(), "x", 1, 0) == 1);
  char byte;
  CHECK(::recv(claimed.get(), &byte, 1, 0) == 1);
}

TEST(dispatcher_gets_back_what_is_on_its_way_to_a_worker_that_leaves) {
  Primary primary(Policy::kRoundRobin);
  auto leaving = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(30));
  leaving->receiver->close();
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(30));
  CHECK(Primary::revoked(primary.dispatcher.snapshot(), 0, RevokeReason::kWorkerGone) == 30);
}

TEST(dispatcher_closes_its_copy_while_it_sleeps_otherwise) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  // What the worker does is the only event: if its wake-up were lost, the end would never come.
  for (int i = 0; i < 200; ++i) {
    const UniqueFd client = primary.connect();
    CHECK(worker->read_connections(1));
    if (i % 2 == 0) worker->turn(0);
    worker->close_connections();
    worker->receiver->on_waiting();
    CHECK(is_closed(client));
  }
}

TEST(dispatcher_closes_its_copy_when_the_worker_has_begun_with_the_connection) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  worker->receiver->on_request(worker->claims[0]);
  worker->receiver->on_waiting();
  worker->connections.clear();  // without a word to the primary
  CHECK(is_closed(client));
}

TEST(worker_that_resets_a_connection_resets_it_whoever_has_a_duplicate) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  const linger at_once{1, 0};
  ::setsockopt(worker->connections[0].get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  worker->receiver->on_resetting(worker->connections[0].get(), worker->claims[0]);
  worker->connections.clear();
  worker->receiver->on_waiting();
  char byte;
  CHECK(::recv(client.get(), &byte, 1, 0) < 0 && errno == ECONNRESET);
  // In the channel of a stalled worker, nobody closes it.
  const UniqueFd other = primary.connect();
  CHECK(worker->read_connections(1));
  const UniqueFd duplicate(::fcntl(worker->connections[0].get(), F_DUPFD_CLOEXEC, 0));
  worker->receiver->on_resetting(worker->connections[0].get(), {worker->claims[0].seq, true});
  CHECK(::recv(other.get(), &byte, 1, 0) < 0 && errno == ECONNRESET);
}

TEST(dispatcher_keeps_what_a_dead_worker_has_counted_of_requests) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  auto count = [&](size_t place, double value) { worker->receiver->request_counts_place()[place] = value; };
  count(RequestCounts::kBegun, 7);
  count(RequestCounts::kResponses, 4);
  count(RequestCounts::kAborted, 1);
  CHECK(primary.dispatcher.snapshot().slots.at(0).http_lost == 0);
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  next->receiver->request_counts_place()[RequestCounts::kBegun] = 1;
  next->receiver->request_counts_place()[RequestCounts::kResponses] = 1;
  const SlotFigures both = primary.dispatcher.snapshot().slots.at(0);
  CHECK(both.http.values[RequestCounts::kBegun] == 8 && both.http.responses() == 5);
  CHECK(both.http_lost == 2);
}
