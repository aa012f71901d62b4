// Workers whose event loop stands still, and such that only seem to.
#include <atomic>

#include "both_ends.h"
#include "check.h"

using namespace baton;

TEST(dispatcher_ends_for_a_dead_worker_what_a_stalled_one_has_a_duplicate_of) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 20'000'000;
  Primary primary(options);
  auto stalled = primary.add_worker(1, 0);
  auto awake = primary.add_worker(2, 1);
  const UniqueFd client = primary.connect();
  CHECK(awake->read_connections(1));
  CHECK(awake->offered_before_count == 1);
  CHECK(::send(awake->connections[0].get(), "x", 1, 0) == 1);
  char byte;
  CHECK(::recv(client.get(), &byte, 1, 0) == 1);
  awake->turn(0);
  primary.dispatcher.snapshot();
  awake.reset();
  CHECK(is_closed(client));
}

TEST(dispatcher_gives_a_stalled_workers_connections_to_one_that_is_awake) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 20'000'000;
  Primary primary(options);
  auto stalled = primary.add_worker(1, 0);
  auto awake = primary.add_worker(2, 1);
  // A connection for each in turn: the first goes to the worker that does nothing.
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(primary.connect());
  CHECK(awake->read_connections(6));
  CHECK(awake->offered_before_count >= 1);
  Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kStalled) == awake->offered_before_count);
  CHECK(snapshot.slots.at(0).claimed == 0 && snapshot.slots.at(1).claimed == 6);
  CHECK(snapshot.slots.at(0).stalled_ns > 0);
  // None goes to it as long as it does not turn.
  for (int i = 0; i < 4; ++i) clients.push_back(primary.connect());
  CHECK(awake->read_connections(10));
  // It wakes: it finds nothing to claim, and then gets its share.
  stalled->turn(0);
  CHECK(stalled->connections.empty());
  for (int i = 0; i < 2; ++i) {
    clients.push_back(primary.connect());
    CHECK(primary.wait_accepted(11 + static_cast<uint64_t>(i)));
  }
  CHECK(stalled->read_connections(1));
}

TEST(dispatcher_leaves_connections_with_stalled_workers_where_none_is_awake) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 5'000'000;
  Primary primary(options);
  auto first = primary.add_worker(1, 0);
  auto second = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 2; ++i) clients.push_back(primary.connect());
  const auto is_stalled = [](const Snapshot& now) {
    return now.slots.at(0).stalled_ns > 0 && now.slots.at(1).stalled_ns > 0;
  };
  CHECK(primary.wait_until(is_stalled));
  // The first one that goes on gets what it has, and then what the other has: nothing else wakes the primary.
  CHECK(second->read_connections(2));
  CHECK(first->connections.empty());
}

TEST(dispatcher_does_not_move_connections_for_ever) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 2'000'000;
  Primary primary(options);
  // Both turn now and then, but read nothing: one is always awake.
  std::vector<std::unique_ptr<Worker>> workers;
  workers.push_back(primary.add_worker(1, 0));
  workers.push_back(primary.add_worker(2, 1));
  const UniqueFd client = primary.connect();
  const auto end = monotonic_ns() + 500'000'000;
  for (int i = 0; monotonic_ns() < end; ++i) {
    workers[i % 2]->receiver->on_turned();
    workers[i % 2]->receiver->on_waiting();
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
  }
  const Snapshot snapshot = primary.dispatcher.snapshot();
  const uint64_t moves = Primary::revoked(snapshot, 0, RevokeReason::kStalled) +
                         Primary::revoked(snapshot, 1, RevokeReason::kStalled);
  // 2 ms, then 4, 8, 16 …: half a second has room for eight at most.
  CHECK(moves >= 1 && moves <= 8);
}

TEST(dispatcher_does_not_take_a_worker_for_stalled_that_turns_while_it_looks) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 1'000'000'000;
  Primary primary(options);
  auto one = primary.add_worker(1, 0);
  auto two = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(20));
  std::atomic<bool> running{true};
  const auto turn = [&](Worker& worker) {
    while (running) {
      worker.receiver->on_turned();
      worker.receiver->on_waiting();
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  };
  std::thread first([&] { turn(*one); }), second([&] { turn(*two); });
  // Its offers are older than stallAfter soon, and each snapshot makes the dispatcher look.
  const uint64_t end_ns = monotonic_ns() + 1'500'000'000;
  while (monotonic_ns() < end_ns) primary.dispatcher.snapshot();
  running = false;
  first.join();
  second.join();
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kStalled) == 0);
  CHECK(Primary::revoked(snapshot, 1, RevokeReason::kStalled) == 0);
}

namespace {

DispatcherOptions stalls_after(uint64_t ns) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = ns;
  return options;
}

// A worker that has read all that it was sent, and whose event loop has just begun to wait.
std::unique_ptr<Worker> waiting_worker(Primary& primary) {
  auto worker = primary.add_worker(1, 0);
  worker->turn(0);
  return worker;
}

void block(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace

TEST(dispatcher_measures_a_stall_while_it_sleeps_itself) {
  Primary primary(stalls_after(20'000'000));
  auto worker = waiting_worker(primary);
  worker->receiver->on_turned();
  block(std::chrono::milliseconds(200));
  const Snapshot during = primary.dispatcher.snapshot();
  CHECK(during.workers.at(1).stalled_for_ns >= 200'000'000);
  CHECK(during.slots.at(0).stalled_ns >= 180'000'000);
  worker->receiver->on_waiting();
  const Snapshot after = primary.dispatcher.snapshot();
  CHECK(after.workers.at(1).stalled_for_ns == 0);
  CHECK(after.slots.at(0).stalled_ns >= during.slots.at(0).stalled_ns);
}

TEST(dispatcher_measures_stalls_that_were_over_before_it_looked) {
  Primary primary(stalls_after(20'000'000));
  auto worker = waiting_worker(primary);
  // Of one, the first callback was seen to begin, of the other it was not.
  worker->receiver->on_running();
  block(std::chrono::milliseconds(100));
  worker->receiver->on_turned();
  worker->receiver->on_waiting();
  block(std::chrono::milliseconds(100));
  worker->receiver->on_turned();
  worker->receiver->on_waiting();
  const uint64_t stalled_ns = primary.dispatcher.snapshot().slots.at(0).stalled_ns;
  CHECK(stalled_ns >= 160'000'000);
  CHECK(worker->turn(100) == Receiver::Outcome::kDrained);
  CHECK(primary.dispatcher.snapshot().slots.at(0).stalled_ns == stalled_ns);
}

TEST(dispatcher_finds_out_whether_a_worker_that_seems_to_wait_stands_still) {
  Primary primary(stalls_after(20'000'000));
  auto worker = waiting_worker(primary);
  CHECK(primary.dispatcher.snapshot().workers.at(1).stalled_for_ns == 0);
  block(std::chrono::milliseconds(1'100));
  CHECK(primary.wait_until([](const Snapshot& now) { return now.workers.at(1).stalled_for_ns > 0; }));
  // It has something to turn to, which is nothing that it would have to do.
  CHECK(worker->read() == Receiver::Outcome::kDrained);
  CHECK(worker->connections.empty() && worker->controls.empty());
  CHECK(primary.dispatcher.snapshot().workers.at(1).stalled_for_ns == 0);
}

TEST(dispatcher_does_not_believe_a_worker_that_says_it_was_stalled_for_longer_than_it_has_lived) {
  Primary primary(stalls_after(20'000'000));
  auto worker = waiting_worker(primary);
  // As if it had run since the machine was started.
  worker->receiver->set_idle_clock([] { return uint64_t{1} - monotonic_ns(); });
  worker->receiver->on_running();
  CHECK(primary.dispatcher.snapshot().slots.at(0).stalled_ns < 10'000'000'000);
}
