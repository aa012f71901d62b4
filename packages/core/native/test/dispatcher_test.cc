#include "dispatcher.h"

#include "both_ends.h"
#include "check.h"
#include "give_back.h"

using namespace baton;

TEST(dispatcher_hands_over_a_connection) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  CHECK(::send(worker->connections[0].get(), "hi", 2, 0) == 2);
  char text[2];
  CHECK(::recv(client.get(), text, 2, 0) == 2);
  // The primary's copy goes with it: the client sees the end as soon as the worker closes.
  worker->close_connections();
  worker->receiver->on_waiting();
  CHECK(is_closed(client));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 1);
  CHECK(snapshot.slots.at(0).open == 0);
  CHECK(snapshot.listeners.at("test").accepted == 1);
}

TEST(dispatcher_round_robin_is_exact) {
  Primary primary(Policy::kRoundRobin);
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint32_t i = 0; i < 4; ++i) workers.push_back(primary.add_worker(i + 1, i));
  for (int i = 0; i < 200; ++i) {
    const UniqueFd client = primary.connect();
    CHECK(primary.wait_accepted(i + 1));
  }
  for (auto& worker : workers) CHECK(worker->read_connections(50));
}

TEST(dispatcher_least_loaded_counts_what_is_on_its_way_and_what_was_closed) {
  Primary primary(Policy::kLeastLoaded);
  auto busy = primary.add_worker(1, 0);
  auto idle = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(10));  // while no event loop runs: that would count too
  CHECK(busy->read_connections(5));
  CHECK(idle->read_connections(5));
  for (int i = 0; i < 4; ++i) idle->close_last();
  for (int i = 0; i < 4; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(14));
  CHECK(idle->read_connections(5));
  CHECK(primary.dispatcher.snapshot().slots.at(0).connections == 5);
  CHECK(primary.dispatcher.snapshot().slots.at(1).connections == 5);
}

// Requests under way are in the ledger, connections that have not asked yet are known by their claims.
TEST(dispatcher_least_loaded_counts_requests_and_those_that_have_not_asked_yet) {
  Primary primary(Policy::kLeastLoaded);
  auto first = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(primary.connect());
  CHECK(first->read_connections(4));
  for (const auto& claim : first->claims) first->receiver->on_request(claim);
  first->receiver->requests_place()->store(2);  // two of the four are answered
  first->turn(0);
  auto second = primary.add_worker(2, 1);
  // Two are under way: so many go to the other, then each has its turn.
  const size_t now_in_second[] = {1, 2, 3, 3, 4};
  for (size_t i = 0; i < 5; ++i) {
    clients.push_back(primary.connect());
    CHECK(primary.wait_accepted(5 + i));
    first->turn(0);
    second->turn(0);
    CHECK(second->connections.size() == now_in_second[i]);
  }
}

TEST(dispatcher_spreads_what_is_given_back_by_connections) {
  for (const Policy policy : {Policy::kLeastLoaded, Policy::kRoundRobin}) {
    Primary primary(policy);
    auto old = primary.add_worker(1, 0);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 30; ++i) clients.push_back(primary.connect());
    CHECK(old->read_connections(30));
    auto other = primary.add_worker(2, 1);
    for (int i = 0; i < 10; ++i) old->close_last();
    CHECK(primary.wait_until([](const Snapshot& now) { return now.slots.at(0).connections == 20; }));
    primary.dispatcher.drain(1);
    for (int i = 0; i < 12; ++i) CHECK(give_back_last(*old, 1, true) == 0);
    CHECK(other->read_connections(12));
    // The fresh one has none: of eight it gets all, although the other has nothing to do either.
    auto next = primary.add_worker(3, 0);
    for (int i = 0; i < 8; ++i) CHECK(give_back_last(*old, 1, true) == 0);
    CHECK(next->read_connections(8));
  }
}

TEST(dispatcher_leaves_connections_in_the_kernel_while_nobody_serves) {
  Primary primary(Policy::kLeastLoaded);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(primary.connect());
  CHECK(primary.dispatcher.snapshot().listeners["test"].accepted == 0);
  auto worker = primary.add_worker(1, 0);
  CHECK(worker->read_connections(20));
}

TEST(dispatcher_gives_to_another_what_a_worker_declines) {
  Primary primary(Policy::kRoundRobin);
  auto leaving = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(primary.wait_accepted(1));
  // Closed while the connection was on its way: it is in the channel, and nobody will want it here.
  leaving->receiver->stop_listening(1);
  leaving->read();
  CHECK(leaving->connections.empty());
  CHECK(primary.wait_for<ListenerLeft>());
  // It has woken the primary, which no timer would have (stallAfter is a minute here).
  CHECK(primary.wait_accepted(1));
  auto staying = primary.add_worker(2, 1);
  CHECK(staying->read_connections(1));
  CHECK(staying->offered_before_count == 1);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kDeclined) == 1);
  CHECK(snapshot.slots.at(0).connections == 0);
  CHECK(snapshot.slots.at(1).claimed == 1);
  CHECK(snapshot.listeners.at("test").accepted == 1);
}

// The decline of an old offer may be seen after the worker has begun to listen again.
TEST(dispatcher_takes_a_decline_for_what_it_was) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd one = primary.connect();
  CHECK(primary.wait_accepted(1));
  worker->receiver->stop_listening(1);
  CHECK(primary.wait_for<ListenerLeft>());
  CHECK(primary.dispatcher.serve(1, 1) == 0);
  worker->read();  // declines
  worker->receiver->start_listening(1);
  CHECK(worker->read_connections(1));
}

TEST(dispatcher_frees_the_address_of_a_removed_listener_at_once) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  primary.dispatcher.remove_listener(1);
  CHECK(!primary.connect().valid());
  CHECK(bind_ip({"127.0.0.1", primary.port, AF_INET, false}, Transport::kStream, false).ok());
}

TEST(dispatcher_passes_control_records_in_order) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0, false);
  // More than the channel holds: the rest waits in the outbox.
  for (int i = 0; i < 600; ++i) CHECK(primary.dispatcher.send_control(1, std::to_string(i), {}) == 0);
  for (int i = 0; i < 600 && worker->controls.size() < 600; ++i) worker->read();
  CHECK(worker->controls.size() == 600);
  for (int i = 0; i < 600; ++i) CHECK(worker->controls[i] == std::to_string(i));
  worker->receiver->send_control("back");
  CHECK(primary.wait_for<ControlArrived>());
  CHECK(primary.dispatcher.send_control(99, "x", {}) == EPIPE);
}
