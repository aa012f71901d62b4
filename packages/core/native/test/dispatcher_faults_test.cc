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

TEST(dispatcher_counts_what_a_dead_worker_took_with_it) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd taken = primary.connect();
  CHECK(worker->read_connections(1));
  const UniqueFd on_its_way = primary.connect();
  CHECK(primary.wait_accepted(2));
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  CHECK(is_closed(on_its_way));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 1);
  CHECK(snapshot.slots.at(0).lost == 1);
  CHECK(snapshot.slots.at(0).connections == 0);
  // The listener stays, and its next worker is served.
  const UniqueFd waiting = primary.connect();
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed == 2);
}

TEST(dispatcher_bears_a_worker_that_lies) {
  Primary primary(Policy::kRoundRobin);
  auto good = primary.add_worker(2, 1);
  auto pair = Channel::make_pair();
  auto created = Ledger::create();
  Ledger liars_view = std::move(Ledger::map(created.value.memfd).value);
  primary.dispatcher.add_target(1, 0, std::move(pair.value.first), std::move(created.value.ledger));
  primary.dispatcher.serve(1, 1);
  const Channel liar = std::move(pair.value.second);
  // Claims and closings of offers never made.
  for (int i = 0; i < 1000; ++i) {
    liars_view.count_claimed(0, 0);
    liars_view.count_closed();
    liars_view.count_fd_lost();
  }
  // Connections never offered, a file for a connection, nothing for one, wrong directions, noise.
  auto udp = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kDatagram, false);
  const auto given = encode(GivenBack{});
  const auto hello = encode(HelloMessage{});
  const auto offered = encode(Offered{});
  const std::string_view given_bytes(given.data(), given.size());
  CHECK(liar.send(given_bytes, udp.value.get()) == 0);
  CHECK(liar.send(given_bytes, -1) == 0);
  CHECK(liar.send({hello.data(), hello.size()}, -1) == 0);
  CHECK(liar.send({offered.data(), offered.size()}, udp.value.get()) == 0);
  CHECK(liar.send("noise", udp.value.get()) == 0);
  const auto stopped = encode(StoppedListening{77});
  CHECK(liar.send({stopped.data(), stopped.size()}, -1) == 0);
  CHECK(primary.wait_for<ListenerLeft>());
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.records_refused == 5);
  CHECK(snapshot.slots.at(0).claimed == 0);
  CHECK(snapshot.slots.at(0).connections == 0);
  // It says that it loses its sockets, so it gets none for a while.
  const UniqueFd one = primary.connect(), two = primary.connect();
  CHECK(good->read_connections(2));
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
  CHECK(primary.dispatcher.snapshot().slots.at(0).lost == 0);
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
      auto passing = primary.add_worker(100 + i, 1 + i % 3);
      // One that serves the listener and goes: what was on its way to it is counted as lost.
    }
  });
  uint64_t ended = 0;
  for (int i = 0; i < 1000 && ended < 300; ++i) {
    pollfd ready{worker->receiver->fd(), POLLIN, 0};
    ::poll(&ready, 1, 20);
    worker->receiver->receive(1000, *worker);
    ended = 0;
    for (const auto& [slot, figures] : primary.dispatcher.snapshot().slots)
      ended += figures.claimed + figures.lost;
  }
  clients.join();
  caller.join();
  CHECK(ended == 300);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").accepted == 300);
}
