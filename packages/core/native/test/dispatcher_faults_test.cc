// Workers that are full, gone, short of fds or dishonest, and a primary that is short of fds itself.
#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

#include "both_ends.h"
#include "check.h"

using namespace baton;

TEST(dispatcher_loses_nothing_when_a_worker_does_not_read) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(primary.connect());
    CHECK(clients.back().valid());
  }
  CHECK(worker->read_connections(500));
  CHECK(primary.dispatcher.snapshot().listeners["test"].accepted == 500);
  CHECK(primary.dispatcher.snapshot().listeners["test"].waiting == 0);
}

TEST(dispatcher_offers_elsewhere_what_a_full_worker_cannot_take) {
  Primary primary(Policy::kRoundRobin);
  auto stuck = primary.add_worker(1, 0);
  auto well = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 900; ++i) {
    clients.push_back(primary.connect());
    CHECK(primary.wait_accepted(i + 1));
    well->receiver->receive(1000, *well);
  }
  const uint64_t on_their_way = primary.dispatcher.snapshot().slots.at(0).open;
  CHECK(on_their_way > 50 && on_their_way < 450);
  CHECK(well->read_connections(900 - on_their_way));
  CHECK(stuck->read_connections(on_their_way));
}

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
  CHECK(primary.dispatcher.snapshot().slots.at(0).recovered == 3);
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
  CHECK(primary.dispatcher.snapshot().slots.at(0).recovered == 0);
  CHECK(::recv(written.get(), &byte, 1, 0) == 1);
  CHECK(is_closed(read) && is_closed(written) && is_closed(shut));
}

TEST(dispatcher_recovers_what_a_dead_worker_had_and_whose_client_had_not_asked_yet) {
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

TEST(dispatcher_keeps_other_listeners_going_when_one_is_unusable) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  start_listening(socket.value, 16);
  UniqueFd other_holder(::fcntl(socket.value.get(), F_DUPFD_CLOEXEC, 0));
  primary.dispatcher.add_listener(2, std::move(socket.value), "broken");
  worker->receiver->start_listening(2);
  primary.dispatcher.serve(1, 2);
  ::shutdown(other_holder.get(), SHUT_RDWR);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(primary.connect());
  CHECK(worker->read_connections(50));
  CHECK(primary.dispatcher.snapshot().accept_errors.count(EINVAL) == 1);
  CHECK(primary.dispatcher.snapshot().accept_paused_ns == 0);
}

TEST(dispatcher_pauses_without_fds_and_goes_on_when_there_are_some) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  for (const UniqueFd& client : clients) primary.connect(client);
  bool paused = false;
  for (int i = 0; i < 500 && !paused; ++i) {
    paused = primary.dispatcher.snapshot().accept_errors.count(EMFILE) == 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(paused);
  CHECK(worker->read_connections(5));
  CHECK(primary.dispatcher.snapshot().accept_paused_ns > 0);
  CHECK(primary.dispatcher.snapshot().accept_errors.at(EMFILE) < 100);
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

TEST(dispatcher_is_called_from_several_threads_under_load) {
  Primary primary(Policy::kLeastLoaded);
  auto worker = primary.add_worker(1, 0);
  std::thread clients([&] {
    for (int i = 0; i < 300; ++i) primary.connect();
  });
  std::thread caller([&] {
    for (uint32_t i = 0; i < 200; ++i) {
      primary.dispatcher.snapshot();
      primary.dispatcher.send_control(1, "x", {});
      // One that serves the listener and goes: what was on its way to it comes back.
      auto passing = primary.add_worker(100 + i, 1 + i % 3);
    }
  });
  const bool all_came = worker->read_connections(300);
  clients.join();
  caller.join();
  CHECK(all_came);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 300);
  CHECK(snapshot.listeners.at("test").accepted == 300);
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

TEST(dispatcher_keeps_no_more_open_offers_than_it_may) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.most_open_offers = 3;
  Primary primary(options);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(3));
  CHECK(primary.dispatcher.snapshot().slots.at(0).open == 3);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").waiting == 0);
  CHECK(worker->read_connections(10));
}

TEST(dispatcher_closes_what_nobody_claims_in_time) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.most_open_offers = 2;
  options.queue_timeout_ns = 30'000'000;
  Primary primary(options);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd served = primary.connect();
  CHECK(worker->read_connections(1));
  CHECK(::send(worker->connections[0].get(), "x", 1, 0) == 1);
  // Two are offered, the third stays in the kernel's queue until they have gone.
  const UniqueFd one = primary.connect(), two = primary.connect(), three = primary.connect();
  CHECK(is_closed(one) && is_closed(two) && is_closed(three));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.dropped[static_cast<size_t>(DropReason::kQueueTimeout)] == 3);
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kQueueTimeout) == 3);
  CHECK(snapshot.slots.at(0).claimed == 1 && snapshot.slots.at(0).open == 0);
  worker->read();
  CHECK(worker->connections.size() == 1);
  // One whose worker is gone waits in the primary, and no longer than that either.
  const UniqueFd four = primary.connect();
  CHECK(primary.wait_accepted(5));
  worker.reset();
  CHECK(is_closed(four));
  CHECK(primary.dispatcher.snapshot().dropped[static_cast<size_t>(DropReason::kQueueTimeout)] == 4);
}

TEST(dispatcher_offers_elsewhere_what_a_worker_had_no_fd_for) {
  Primary primary(Policy::kRoundRobin);
  auto poor = primary.add_worker(1, 0);
  auto rich = primary.add_worker(2, 1);
  const UniqueFd client = primary.connect();
  CHECK(primary.wait_accepted(1));
  // No process of its own, so the limit holds for all here: nothing else may need an fd meanwhile.
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  poor->read();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(poor->connections.empty());
  CHECK(rich->read_connections(1));
  CHECK(primary.wait_revoked(0, RevokeReason::kNoFds, 1));
  // It rests, and gets none although it is its turn, until it has closed one or a tenth of a second is over.
  const UniqueFd second = primary.connect(), third = primary.connect();
  CHECK(rich->read_connections(3));
  poor->receiver->on_closing(-1, {});
  poor->turn(0);
  const UniqueFd fourth = primary.connect();
  CHECK(poor->read_connections(1));
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
