// Listener handoff: workers accept for themselves, and the primary covers for them.
#include <sys/resource.h>

#include <algorithm>

#include "both_ends.h"
#include "check.h"
#include "kernel.h"

using namespace baton;

namespace {

constexpr uint32_t kCounter = Primary::kCounter;

DispatcherOptions options() {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.retire_after_ns = 50'000'000;
  return options;
}

uint64_t accepted(Primary& primary) { return primary.dispatcher.snapshot().listeners.at("shared").accepted; }

uint64_t queued(Primary& primary, uint32_t slot) {
  const Snapshot snapshot = primary.dispatcher.snapshot();
  const auto& queued = snapshot.listeners.at("shared").queued;
  return queued.count(slot) == 0 ? 0 : queued.at(slot);
}

// Another socket for every slot of the listener `test`. Its port.
uint16_t add_newer(Primary& primary) {
  auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  const uint16_t port = inspect_socket(socket.value).value.port;
  primary.dispatcher.add_socket(1, ListeningSocket::kEverySlot, std::move(socket.value), 512);
  return port;
}

// Whether nobody listens there any more, in the end.
bool is_closed(Primary& primary, uint16_t port) {
  const uint64_t end_ns = monotonic_ns() + 5'000'000'000;
  while (primary.connect(port).valid()) {
    if (monotonic_ns() > end_ns) return false;
  }
  return true;
}

// Accepts and takes offers until it has that many connections in all.
bool serve_until(Worker& worker, size_t count) {
  const uint64_t end_ns = monotonic_ns() + 5'000'000'000;
  while (worker.connections.size() < count && monotonic_ns() < end_ns) {
    worker.turn(1);
    worker.accept_own(kCounter);
  }
  return worker.connections.size() == count;
}

}  // namespace

TEST(listening_is_left_to_a_worker_that_is_well) {
  NEEDS(kWholeTcpInfo);
  Primary primary(options());
  auto worker = primary.add_holder(1, 0);
  CHECK(worker->listener.valid());
  const auto clients = primary.connect_shared(5);
  CHECK(queued(primary, 0) == 5);
  CHECK(worker->accept_own(kCounter) == 5);
  worker->receiver->publish_own_connections(5);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.listeners.at("shared").accepted == 5);
  CHECK(snapshot.slots.at(0).own_accepted == 5 && snapshot.slots.at(0).claimed == 0);
  CHECK(snapshot.slots.at(0).connections == 5);
  CHECK(snapshot.slots.at(0).listeners_claimed == 1 && snapshot.slots.at(0).listeners_revoked == 0);
}

TEST(listening_is_covered_until_the_worker_holds_its_socket) {
  Primary primary(options());
  auto first = primary.add_holder(1, 0);
  auto second = primary.add_holder(2, 1, false);
  const auto clients = primary.connect_shared(40);
  const uint64_t end_ns = monotonic_ns() + 5'000'000'000;
  while (first->connections.size() + second->connections.size() < 40 && monotonic_ns() < end_ns) {
    first->turn(1);
    first->accept_own(kCounter);
    second->turn(1);  // takes offers, but does not accept
  }
  CHECK(first->connections.size() + second->connections.size() == 40);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).own_accepted > 0 && snapshot.slots.at(1).own_accepted == 0);
  CHECK(snapshot.slots.at(1).claimed > 0);
  CHECK(snapshot.listeners.at("shared").accepted == 40);
}

// Whoever holds it last is looked after.
TEST(listening_is_covered_for_the_newest_of_two_workers_of_a_slot) {
  NEEDS(kWholeTcpInfo);
  DispatcherOptions impatient = options();
  impatient.stall_after_ns = 100'000'000;
  Primary primary(impatient);
  auto awake = primary.add_holder(1, 0);
  auto older = primary.add_holder(2, 1);
  auto newer = primary.add_holder(3, 1);
  newer->turn(0);  // and no more
  const auto clients = primary.connect_shared(40);
  const uint64_t end_ns = monotonic_ns() + 5'000'000'000;
  while (awake->connections.size() + older->connections.size() < 40 && monotonic_ns() < end_ns) {
    awake->turn(1);
    awake->accept_own(kCounter);
    older->turn(1);
  }
  CHECK(awake->connections.size() + older->connections.size() == 40);
}

TEST(listening_loses_nothing_that_was_queued_for_a_worker_that_died) {
  NEEDS(kWholeTcpInfo);
  Primary primary(options());
  auto first = primary.add_holder(1, 0);
  auto second = primary.add_holder(2, 1);
  const auto clients = primary.connect_shared(40);
  CHECK(queued(primary, 0) + queued(primary, 1) == 40);
  second.reset();
  CHECK(serve_until(*first, 40));
}

TEST(listening_gives_the_next_worker_the_same_socket_with_what_is_queued) {
  Primary primary(options());
  auto worker = primary.add_holder(1, 0);
  const auto clients = primary.connect_shared(5);
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  worker = primary.add_holder(2, 0);
  CHECK(serve_until(*worker, 5));
  CHECK(accepted(primary) == 5);
}

TEST(listening_is_covered_for_a_worker_that_is_stalled_and_no_longer) {
  NEEDS(kWholeTcpInfo);
  DispatcherOptions impatient = options();
  impatient.stall_after_ns = 100'000'000;
  Primary primary(impatient);
  auto awake = primary.add_holder(1, 0);
  auto stalled = primary.add_holder(2, 1);
  stalled->turn(0);
  const auto clients = primary.connect_shared(40);
  CHECK(queued(primary, 1) > 0);
  CHECK(serve_until(*awake, 40));
  CHECK(primary.dispatcher.snapshot().slots.at(1).stalled_ns > 0);

  // Both turn again, and get their own.
  const uint64_t claimed = primary.dispatcher.snapshot().slots.at(0).claimed;
  stalled->turn(0);
  stalled->accept_own(kCounter);
  awake->turn(0);
  const auto later = primary.connect_shared(40);
  const size_t own = stalled->accept_own(kCounter) + awake->accept_own(kCounter);
  awake->turn(0);
  // The first that comes finds the primary still awake for it, and may be taken by it.
  CHECK(own >= 39);
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed <= claimed + 1);
}

TEST(listening_waits_in_the_queue_while_all_are_stalled) {
  NEEDS(kWholeTcpInfo);
  DispatcherOptions impatient = options();
  impatient.stall_after_ns = 100'000'000;
  Primary primary(impatient);
  auto worker = primary.add_holder(1, 0);
  const auto clients = primary.connect_shared(3);
  CHECK(primary.wait_until([](const Snapshot& now) { return now.slots.at(0).stalled_ns > 0; }));
  CHECK(queued(primary, 0) == 3);
  worker->turn(0);
  CHECK(worker->accept_own(kCounter) == 3);
}

TEST(listening_is_not_stalled_where_an_idle_worker_has_accepted_what_came) {
  DispatcherOptions impatient = options();
  impatient.stall_after_ns = 100'000'000;
  // Again where this process had to wait for a processor: then the worker was stalled indeed.
  for (int i = 0; i < 20; ++i) {
    Primary primary(impatient);
    auto worker = primary.add_holder(1, 0);
    worker->turn(0);
    const uint64_t from_ns = monotonic_ns();
    const auto clients = primary.connect_shared(1);
    // Its loop waits again, in the same phase for all that is seen.
    const UniqueFd own(::accept4(worker->listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    CHECK(own.valid());
    if (monotonic_ns() - from_ns > 50'000'000) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    CHECK(primary.dispatcher.snapshot().slots.at(0).stalled_ns == 0);
    return;
  }
  CHECK(!"a machine that lets this process run");
}

TEST(listening_ends_for_a_slot_without_a_loss) {
  NEEDS(kWholeTcpInfo);
  Primary primary(options());
  auto stays = primary.add_holder(1, 0);
  auto leaves = primary.add_holder(2, 1);
  const auto before = primary.connect_shared(40);
  CHECK(queued(primary, 1) > 0);
  leaves->receiver->stop_listening(Primary::kShared);
  CHECK(primary.wait_for<ListenerLeft>());
  primary.dispatcher.retire_socket(Primary::kShared, 1);
  CHECK(serve_until(*stays, 40));
  const uint64_t claimed = primary.dispatcher.snapshot().slots.at(0).claimed;
  const auto after = primary.connect_shared(40);
  CHECK(serve_until(*stays, 80));
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed == claimed);  // none came to the other's socket
  CHECK(primary.wait_until(
      [](const Snapshot& now) { return now.listeners.at("shared").queued.count(1) == 0; }));
  const auto last = primary.connect_shared(20);
  CHECK(serve_until(*stays, 100));
  CHECK(leaves->listener.valid());  // although it has not closed its duplicate
}

TEST(listening_moves_to_a_newer_socket_without_a_loss) {
  Primary primary(options());
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(primary.connect());  // queued: nobody serves yet
  const uint16_t newer = add_newer(primary);
  for (int i = 0; i < 5; ++i) clients.push_back(primary.connect(newer));
  auto worker = primary.add_worker(1, 0);
  CHECK(worker->read_connections(10));
  clients.push_back(primary.connect());
  CHECK(worker->read_connections(11));  // both are, until the older one is not wanted any more
  primary.dispatcher.retire_older(1);
  CHECK(is_closed(primary, primary.port));
  clients.push_back(primary.connect(newer));
  CHECK(clients.back().valid());
  CHECK(primary.wait_until([](const Snapshot& now) { return now.listeners.at("test").accepted >= 12; }));
}

TEST(listening_on_an_older_socket_lasts_as_long_as_a_worker_has_it) {
  Primary primary(options());
  const auto add = [&](uint32_t id) {
    auto worker = primary.add_worker(id, id);
    primary.dispatcher.hand_over(id, 1, kCounter, "here");
    worker->read();
    return worker;
  };
  auto old_one = add(1);
  const uint16_t newer = add_newer(primary);
  primary.dispatcher.hold(1, 1);
  auto first = primary.connect(newer);
  CHECK(serve_until(*old_one, 1));  // the primary accepts for it from what it has not been handed
  auto new_one = add(2);
  primary.dispatcher.hold(2, 1);
  primary.dispatcher.retire_older(1);
  auto second = primary.connect();
  auto third = primary.connect(newer);
  CHECK(serve_until(*new_one, 1));
  CHECK(serve_until(*old_one, 2));
  CHECK(second.valid() && third.valid());
  old_one.reset();
  CHECK(primary.wait_for<TargetGone>());
  CHECK(is_closed(primary, primary.port));
  auto last = primary.connect(newer);
  CHECK(last.valid() && new_one->accept_own(kCounter) == 1);
}

TEST(listening_goes_on_for_a_slot_that_comes_back_while_its_socket_retires) {
  NEEDS(kWholeTcpInfo);
  Primary primary(options());
  auto stays = primary.add_holder(1, 0);
  auto leaves = primary.add_holder(2, 1);
  leaves.reset();
  CHECK(primary.wait_for<TargetGone>());
  primary.dispatcher.retire_socket(Primary::kShared, 1);
  auto back = primary.add_holder(3, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(120));  // longer than retiring takes
  const auto clients = primary.connect_shared(40);
  CHECK(queued(primary, 0) + queued(primary, 1) == 40);
  CHECK(queued(primary, 1) > 0);
}

TEST(listening_closes_one_socket_of_a_group_after_the_other) {
  NEEDS(kReuseportFilters);
  Primary primary(options());
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint32_t slot = 0; slot < 4; ++slot) workers.push_back(primary.add_holder(slot + 1, slot));
  for (uint32_t slot : {0, 1, 2}) {
    workers[slot].reset();
    CHECK(primary.wait_for<TargetGone>(slot + 1));
    primary.dispatcher.retire_socket(Primary::kShared, slot);
  }
  size_t connected = 0;
  const auto only_one_is_left = [](const Snapshot& now) {
    return now.listeners.at("shared").queued.size() == 1;
  };
  std::vector<UniqueFd> clients;
  while (!only_one_is_left(primary.dispatcher.snapshot()) && connected < 20'000) {
    for (UniqueFd& client : primary.connect_shared(1)) clients.push_back(std::move(client));
    ++connected;
    CHECK(clients.back().valid());
    CHECK(serve_until(*workers[3], connected));
    if (clients.size() > 100) clients.clear();
  }
  CHECK(only_one_is_left(primary.dispatcher.snapshot()));
  CHECK(accepted(primary) == connected);
}

TEST(listening_counts_what_a_worker_did_not_take) {
  Primary primary(options());
  auto worker = primary.add_holder(1, 0);
  CHECK(primary.dispatcher.hand_over(1, Primary::kShared, kCounter, "again") == 0);
  worker->receiver->stop_listening(Primary::kShared);
  CHECK(primary.wait_for<ListenerLeft>());
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).listeners_claimed == 1 && snapshot.slots.at(0).listeners_revoked == 1);
  CHECK(primary.dispatcher.hand_over(1, 99, kCounter, "unknown") == ENOENT);
  CHECK(primary.dispatcher.hand_over(99, Primary::kShared, kCounter, "unknown") == ENOENT);
}

TEST(listening_leaves_no_socket_behind) {
  auto primary = std::make_unique<Primary>(options());
  auto worker = primary->add_holder(1, 0);
  const auto clients = primary->connect_shared(3);
  primary->dispatcher.remove_listener(Primary::kShared);
  worker->listener.reset();
  for (const UniqueFd& client : clients) CHECK(is_closed(client));
}

// As OwnListenHandle does when its server is full: the socket is closed, and the primary told.
TEST(listening_passes_to_the_primary_when_the_server_is_full) {
  Primary primary(options());
  auto full = primary.add_holder(1, 0);
  auto other = primary.add_holder(2, 1);
  const auto clients = primary.connect_shared(20);
  const size_t taken = full->accept_own(kCounter);
  CHECK(taken > 0);
  full->listener.reset();
  UniqueFd surplus = std::move(full->connections.back());
  full->connections.pop_back();
  CHECK(full->receiver->stop_accepting(Primary::kShared, 1, std::move(surplus)) == 0);
  // What it had accepted too many, and what comes to its socket from now on.
  CHECK(serve_until(*other, 20 - full->connections.size()));
  const auto more = primary.connect_shared(20);
  const uint64_t end_ns = monotonic_ns() + 5'000'000'000;
  while (full->connections.size() + other->connections.size() < 40 && monotonic_ns() < end_ns) {
    full->turn(1);
    other->turn(1);
    other->accept_own(kCounter);
  }
  CHECK(full->connections.size() + other->connections.size() == 40);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).own_accepted == taken && snapshot.slots.at(0).given_back == 1);
  CHECK(snapshot.listeners.at("shared").accepted == 40);
  CHECK(snapshot.records_refused == 0);
}

TEST(listening_that_has_passed_to_the_primary_does_not_begin_again) {
  Primary primary(options());
  auto full = primary.add_holder(1, 0, false);
  full->listener.reset();
  CHECK(full->receiver->stop_accepting(Primary::kShared, 1, {}) == 0);
  CHECK(full->receiver->send_control("then") == 0);
  CHECK(primary.wait_for<ControlArrived>());
  primary.dispatcher.hold(1, Primary::kShared);  // its owner hears of `listening` later
  const auto clients = primary.connect_shared(5);
  CHECK(full->read_connections(5));
}

TEST(listeners_that_are_opened_and_closed_over_and_over_leave_the_figures) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const auto open_one = [&](uint32_t id, const std::string& label) {
    auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
    const uint16_t port = inspect_socket(socket.value).value.port;
    primary.dispatcher.add_listener(id, 2, label);
    primary.dispatcher.add_socket(id, ListeningSocket::kEverySlot, std::move(socket.value), 16);
    worker->receiver->start_listening(id);
    primary.dispatcher.serve(1, id);
    return port;
  };
  const auto all_accepted = [&] {
    uint64_t sum = 0;
    for (const auto& [label, figures] : primary.dispatcher.snapshot().listeners) sum += figures.accepted;
    return sum;
  };
  // One that is opened again goes on counting.
  for (uint32_t id = 10; id < 12; ++id) {
    const UniqueFd client = primary.connect(open_one(id, "again"));
    CHECK(worker->read_connections(id - 9));
    primary.dispatcher.remove_listener(id);
  }
  CHECK(primary.dispatcher.snapshot().listeners.at("again").accepted == 2);
  // All others are one in the end.
  uint64_t sum = 2;
  for (uint32_t i = 0; i < 10'000; ++i) {
    const uint32_t id = 100 + i;
    if (i % 1000 == 0) {
      const UniqueFd client = primary.connect(open_one(id, "/sockets/" + std::to_string(i)));
      CHECK(worker->read_connections(++sum));
    } else {
      primary.dispatcher.add_listener(id, 2, "/sockets/" + std::to_string(i));
    }
    primary.dispatcher.remove_listener(id);
  }
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.listeners.size() < 40 && snapshot.listeners.count("test") == 1);
  CHECK(snapshot.listeners.count("again") == 0 && snapshot.listeners.at(kClosedLabel).accepted >= 2);
  CHECK(all_accepted() == sum);
}
